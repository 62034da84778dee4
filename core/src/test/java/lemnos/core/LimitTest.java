package lemnos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What a loop tells of its load, bounds on actors, names and identity. */
final class LimitTest {
  private final Trace trace = new Trace();
  private final Loop loop = new Loop(0);
  private final ActorOwn<Probe> probe = Probe.start(loop, trace, "p");

  private void run() {
    loop.run(loop.now() + 1, false);
  }

  private void limit(int calls) {
    Probe.in(probe, cx -> cx.limit(calls));
    run();
  }

  @Test
  void theLoadSaysWhatWaits() {
    assertEquals(new Load(1, 0, 0, 0, 1, 1, 0, 0, 0), loop.load());
    loop.lazy(() -> {});
    loop.lazy(() -> {});
    loop.idle(() -> {});
    loop.after(Duration.ofHours(1), () -> {});
    long key = loop.after(Duration.ofHours(1), () -> {});
    assertEquals(new Load(1, 2, 1, 2, 1, 1, 0, 0, 0), loop.load());
    loop.cancel(key);
    run();
    assertEquals(new Load(0, 0, 1, 1, 1, 0, 3, 0, 0), loop.load());
    loop.run(2, true);
    assertEquals(new Load(0, 0, 0, 1, 1, 0, 4, 0, 0), loop.load());
  }

  @Test
  void callsThatNobodyTookAreCounted() {
    run();
    probe.init(Probe::new, trace, "a second state");
    probe.call(Probe::stop);
    probe.call(Probe::say, "too late");
    probe.ask(Probe::name, Ret.nop());
    loop.lazy(probe.actor(), Probe::say, "too late");
    loop.after(Duration.ofNanos(1), probe.actor(), Probe::say, "too late");
    run();
    assertEquals(5, loop.load().discarded());
    assertEquals(List.of("p closed", "p ended = Actor stopped"), trace.take());
    ActorOwn<Probe> unready = loop.actor(Probe::never, trace, "u", Ret.nop());
    unready.call(Probe::say, "never");
    unready.call(Probe::say, "never");
    run();
    assertEquals(5, loop.load().discarded(), "they wait");
    unready.close();
    run();
    assertEquals(7, loop.load().discarded());
  }

  @Test
  void theEndsOfChildrenAfterTheirParentsAreNotCountedAsDiscarded() {
    Probe.in(
        probe,
        cx -> {
          var children = new Children<Probe>(cx);
          children.add(Probe::new, trace, "one");
          children.add(Probe::new, trace, "two");
          cx.stop();
        });
    run();
    assertEquals(0, loop.actorCount());
    assertEquals(0, loop.load().discarded());
  }

  @Test
  void actorsThatAreNotReadyAreCounted() {
    ActorOwn<Probe> ended = loop.actor(Probe::never, trace, "u", Ret.nop());
    ActorOwn<Probe> made = loop.actor(Probe::never, trace, "v", Ret.nop());
    run();
    assertEquals(3, loop.load().actors());
    assertEquals(2, loop.load().preparing());
    made.init(Probe::new, trace, "v");
    run();
    assertEquals(1, loop.load().preparing());
    loop.kill(ended, new ActorFailure("impatient"));
    assertEquals(0, loop.load().preparing());
    loop.kill(made, new ActorFailure("ready"));
    assertEquals(0, loop.load().preparing());
    loop.<Probe>actor(
        cx -> {
          cx.fail("no state");
          return null;
        },
        Ret.nop());
    run();
    assertEquals(0, loop.load().preparing());
    assertEquals(1, loop.load().actors());
  }

  @Test
  void whatGoesOverTheLimitIsDiscardedAndItsRetsAnsweredAtOnce() {
    limit(2);
    probe.call(Probe::say, "one");
    probe.ask(Probe::name, trace.ret(loop, "two"));
    probe.ask(Probe::name, trace.ret(loop, "three"));
    probe.call(Probe::answer, trace.<String>ret(loop, "four"));
    assertEquals(List.of("three = null", "four = null"), trace.take());
    assertEquals(2, loop.load().refused());
    assertEquals(2, loop.load().main());
    run();
    assertEquals(List.of("p one", "two = p"), trace.take());
    probe.call(Probe::say, "there is room again");
    run();
    assertEquals(List.of("p there is room again"), trace.take());
  }

  @Test
  void everyShapeOfCallCounts() {
    ActorOwn<Shapes> shapes = loop.actor(Shapes::new, Ret.nop());
    run();
    Runnable all =
        () -> {
          shapes.call(s -> s.add(1));
          shapes.call(Shapes::add, 10);
          shapes.call(Shapes::addLong, 100L);
          shapes.call(Shapes::addDouble, 1000.0);
          shapes.call(Shapes::addBoxed, Integer.valueOf(10_000));
          shapes.call((s, a, b) -> s.add(a * b), 10, 10_000);
          shapes.call((s, a, b, c) -> s.add(a * b * c), 10, 10, 10_000);
          shapes.call((s, a, b, c, d) -> s.add(a * b * c * d), 10, 10, 10, 10_000);
          shapes.ask(Shapes::sum, Ret.nop());
          shapes.ask((s, a) -> a, 1, Ret.nop());
          shapes.ask((s, a, b) -> a, 1, 2, Ret.nop());
          shapes.ask((s, a, b, c) -> a, 1, 2, 3, Ret.nop());
          shapes.ask((s, a, b, c, d) -> a, 1, 2, 3, 4, Ret.nop());
        };
    all.run();
    all.run();
    assertEquals(13, loop.load().main());
    assertEquals(13, loop.load().refused());
    run();
    all.run();
    run();
    assertEquals(Long.valueOf(22_222_222), loop.query(shapes, Shapes::sum));
    assertEquals(13, loop.load().refused());
  }

  /** Takes calls of every shape. */
  private static final class Shapes {
    private long sum;

    Shapes(Cx<Shapes> cx) {
      cx.limit(13);
    }

    void add(int n) {
      sum += n;
    }

    void addBoxed(Integer n) {
      sum += n;
    }

    void addLong(long n) {
      sum += n;
    }

    void addDouble(double n) {
      sum += (long) n;
    }

    long sum() {
      return sum;
    }
  }

  @Test
  void aLimitHoldsForOneActorOnly() {
    limit(1);
    ActorOwn<Probe> other = Probe.start(loop, trace, "q");
    run();
    for (int i = 0; i < 3; i++) {
      probe.call(Probe::say, "x");
      other.call(Probe::say, "x");
    }
    run();
    assertEquals(List.of("p x", "q x", "q x", "q x"), trace.take());
  }

  @Test
  void whatTheActorSendsItselfItsTimersAndItsAnswersAlwaysGetThrough() {
    limit(1);
    Ret<String> answer = probe.ret(Probe::heard);
    loop.at(3, probe.actor(), Probe::say, "timer");
    loop.lazy(probe.actor(), Probe::say, "lazy");
    loop.idle(probe.actor(), Probe::say, "idle");
    Probe.in(
        probe,
        cx -> {
          for (int i = 0; i < 3; i++) {
            cx.self().call(Probe::say, "self " + i);
          }
        });
    probe.call(Probe::say, "over the limit");
    answer.ret("it");
    loop.run(3, true);
    loop.run(4, true);
    assertEquals(
        List.of("p idle", "p heard it", "p timer", "p self 0", "p self 1", "p self 2", "p lazy"),
        trace.take());
    assertEquals(1, loop.load().refused());
    probe.call(Probe::stop);
    run();
    assertTrue(probe.actor().isGone());
  }

  @Test
  void whatTheActorAskedForAlwaysGetsThrough() {
    limit(1);
    var asked = new ArrayList<Fwd<String>>();
    Probe.in(probe, cx -> asked.add(cx.asked(Probe::say)));
    run();
    probe.call(Probe::say, "a call");
    for (int i = 0; i < 3; i++) {
      asked.getFirst().fwd("asked for " + i);
    }
    probe.call(Probe::say, "over the limit");
    run();
    assertEquals(
        List.of("p a call", "p asked for 0", "p asked for 1", "p asked for 2"), trace.take());
    assertEquals(1, loop.load().refused());
  }

  @Test
  void callsToAnActorInPrepCountUntilTheyRun() {
    ActorOwn<Probe> later =
        loop.actor(
            (Cx<Probe> cx) -> {
              cx.limit(2);
              return null;
            },
            Ret.nop());
    run();
    for (int i = 0; i < 3; i++) {
      later.call(Probe::say, "waited " + i);
      run();
    }
    later.init(Probe::new, trace, "later");
    later.ask(Probe::name, trace.ret(loop, "over the limit"));
    run();
    assertEquals(
        List.of("over the limit = null", "later waited 0", "later waited 1"), trace.take());
    later.call(Probe::say, "room");
    run();
    assertEquals(List.of("later room"), trace.take());
  }

  @Test
  void aFutureOverTheLimitFails() {
    limit(1);
    probe.call(Probe::say, "x");
    assertTrue(probe.asking(Probe::name).isCompletedExceptionally());
    run();
    var answered = probe.asking(Probe::name);
    run();
    assertEquals("p", answered.join());
  }

  @Test
  void theEndIsNotCounted() {
    limit(1);
    probe.call(Probe::say, "x");
    probe.close();
    run();
    assertTrue(probe.actor().isGone());
  }

  @Test
  void callsOfOtherThreadsCountWhenTheyArrive() throws InterruptedException {
    limit(2);
    Thread.ofPlatform()
        .start(
            () -> {
              for (int i = 0; i < 5; i++) {
                probe.call(Probe::say, "x" + i);
              }
            })
        .join();
    run();
    assertEquals(List.of("p x0", "p x1"), trace.take());
    assertEquals(3, loop.load().refused());
  }

  @Test
  void aLimitMayChange() {
    limit(1);
    limit(3);
    for (int i = 0; i < 5; i++) {
      probe.call(Probe::say, "x");
    }
    run();
    assertEquals(3, trace.take().size());
    Probe.in(probe, cx -> assertThrows(IllegalArgumentException.class, () -> cx.limit(0)));
    run();
    assertFalse(probe.actor().isGone());
  }

  @Test
  void aLimitKeepsWhatTheActorHolds() {
    Probe.in(probe, cx -> cx.hold(trace.<String>ret(cx, "held")));
    limit(1);
    assertEquals(List.of(), trace.take());
    probe.close();
    run();
    assertTrue(trace.take().contains("held = null"));
  }

  @Test
  void onlyTheActorItselfSetsItsLimitAndName() {
    var kept = new ArrayList<Cx<Probe>>();
    Probe.in(probe, kept::add);
    run();
    assertThrows(IllegalStateException.class, () -> kept.getFirst().limit(1));
    assertThrows(IllegalStateException.class, () -> kept.getFirst().name("x"));
  }

  // Identity

  @Test
  void anActorHasANameAndANumber() {
    Actor<Probe> actor = probe.actor();
    assertEquals("Actor#1", actor.name());
    run();
    assertEquals("Probe#1", actor.name());
    assertEquals(actor.name(), actor.toString());
    Probe.in(probe, cx -> cx.name("database"));
    run();
    assertEquals("database", actor.name());
    assertEquals("database", actor.toString());
    probe.close();
    run();
    assertEquals("database", actor.name());
  }

  @Test
  void actorsAreEqualOnlyToThemselves() {
    ActorOwn<Probe> other = Probe.start(loop, trace, "p");
    assertEquals(probe.actor(), probe.owned().actor());
    assertNotEquals(probe.actor(), other.actor());
    assertNotEquals(probe.actor().id(), other.actor().id());
    assertEquals(2, Set.of(probe.actor(), other.actor()).size());
    assertEquals(List.of(other.actor(), probe.actor()), loop.actors());
  }

  @Test
  void aRefusalIsNotTakenForTheEndOfWhoeverAsked() {
    limit(1);
    ActorOwn<Probe> asker = Probe.start(loop, trace, "asker");
    var answers = new ArrayList<CompletableFuture<String>>();
    Probe.in(
        asker,
        cx -> {
          cx.stop();
          answers.add(probe.asking(Probe::name));
          answers.add(probe.asking(Probe::name));
        });
    run();
    assertEquals("p", answers.get(0).join());
    assertEquals(
        "Actor#1 did not answer: too many calls wait for it, or its loop is closed",
        answers.get(1).exceptionNow().getMessage());
  }
}
