package lemnos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** An exception ends the actor it comes from and nobody else; a dying machine ends the loop. */
final class ContainmentTest {
  private final Trace trace = new Trace();
  private final Loop loop = new Loop(0);
  private final ActorOwn<Probe> probe = Probe.start(loop, trace, "p");

  ContainmentTest() {
    loop.onUncaught((where, t) -> trace.add("uncaught in " + where + ": " + t.getMessage()));
  }

  private void run() {
    loop.run(loop.now() + 1, false);
  }

  private static RuntimeException oops() {
    return new UnsupportedOperationException("oops");
  }

  /** A Ret whose callback throws. */
  private static Ret<String> throwing(Core core, String message) {
    return core.ret(
        answer -> {
          throw new UnsupportedOperationException(message);
        });
  }

  private static final String FAILED =
      "p ended = Actor failed: java.lang.UnsupportedOperationException: oops";

  @Test
  void anExceptionInABehaviourFailsItsActorOnly() {
    ActorOwn<Probe> other = Probe.start(loop, trace, "other");
    probe.call(Probe::boom, "checked ones too");
    other.call(Probe::say, "lives");
    run();
    assertEquals(
        List.of(
            "p closed",
            "p ended = Actor failed: java.io.IOException: checked ones too",
            "other lives"),
        trace.take());
  }

  @Test
  void anErrorInABehaviourFailsItsActorOnly() {
    Probe.in(
        probe,
        cx -> {
          throw new AssertionError("oops");
        });
    run();
    assertEquals(
        List.of("p closed", "p ended = Actor failed: java.lang.AssertionError: oops"),
        trace.take());
  }

  @Test
  void everyShapeOfCallContainsItsExceptions() {
    int shapes = 0;
    for (var call : shapesThatThrow()) {
      ActorOwn<Probe> actor = Probe.start(loop, trace, "p");
      call.accept(actor);
      run();
      assertEquals(List.of("p closed", FAILED), trace.take());
      shapes++;
    }
    assertEquals(13, shapes);
  }

  private List<Consumer<ActorOwn<Probe>>> shapesThatThrow() {
    return List.of(
        p -> p.call(a -> boom()),
        p -> p.call((a, b) -> boom(), "x"),
        p -> p.call((a, b, c) -> boom(), 1, 2),
        p -> p.call((a, b, c, d) -> boom(), 1, 2, 3),
        p -> p.call((a, b, c, d, e) -> boom(), 1, 2, 3, 4),
        p -> p.call((Behaviour.OfInt<Probe>) (a, b) -> boom(), 1),
        p -> p.call((Behaviour.OfLong<Probe>) (a, b) -> boom(), 1L),
        p -> p.call((Behaviour.OfDouble<Probe>) (a, b) -> boom(), 1.0),
        p -> p.ask(a -> boom(), Ret.nop()),
        p -> p.ask((a, b) -> boom(), 1, Ret.nop()),
        p -> p.ask((a, b, c) -> boom(), 1, 2, Ret.nop()),
        p -> p.ask((a, b, c, d) -> boom(), 1, 2, 3, Ret.nop()),
        p -> p.ask((a, b, c, d, e) -> boom(), 1, 2, 3, 4, Ret.nop()));
  }

  private static Object boom() {
    throw oops();
  }

  @Test
  void behavioursOfEveryQueueContainTheirExceptions() {
    List<Consumer<Actor<Probe>>> queues =
        List.of(
            p -> loop.lazy(p, a -> boom()),
            p -> loop.idle(p, a -> boom()),
            p -> loop.after(Duration.ZERO, p, a -> boom()),
            p -> loop.every(Duration.ofNanos(1), p, a -> boom()),
            p -> new MaxTimer().set(loop, 0, p, a -> boom()),
            p -> new MinTimer().set(loop, 0, p, a -> boom()),
            p -> p.fwd((a, message) -> boom()).fwd("x"),
            p -> p.ret((a, answer) -> boom()).close());
    for (var queue : queues) {
      ActorOwn<Probe> actor = Probe.start(loop, trace, "p");
      run();
      queue.accept(actor.actor());
      loop.run(loop.now() + 1, true);
      assertEquals(List.of("p closed", FAILED), trace.take());
      assertTrue(actor.actor().isGone());
    }
    probe.call(Probe::say, "lives");
    run();
    assertEquals(List.of("p lives"), trace.take());
  }

  @Test
  void anExceptionAfterStopDoesNotChangeTheCause() {
    Probe.in(
        probe,
        cx -> {
          cx.stop();
          throw oops();
        });
    run();
    assertEquals(
        List.of("uncaught in Probe#1: oops", "p closed", "p ended = Actor stopped"), trace.take());
  }

  @Test
  void anExceptionWhileClosingTheStateMakesTheEndAFailure() {
    ActorOwn<AutoCloseable> own =
        loop.actor(
            cx ->
                () -> {
                  throw oops();
                },
            trace.ret(loop, "ended"));
    run();
    own.close();
    run();
    assertEquals(
        List.of("ended = Actor failed: java.lang.UnsupportedOperationException: oops"),
        trace.take());
  }

  @Test
  void anExceptionWhileClosingDoesNotHideAnEarlierError() {
    var causes = new ArrayList<@Nullable StopCause>();
    ActorOwn<AutoCloseable> own =
        loop.actor(
            cx ->
                () -> {
                  throw oops();
                },
            loop.ret(causes::add));
    run();
    var error = new ActorFailure("the real reason");
    loop.kill(own, error);
    var killed = assertInstanceOf(StopCause.Killed.class, causes.getFirst());
    assertSame(error, killed.error());
    assertEquals("oops", error.getSuppressed()[0].getMessage());
  }

  @Test
  void anExceptionInAStateThatInitMadeInVainIsNotLost() {
    loop.<AutoCloseable>actor(
        cx -> {
          cx.fail("no");
          return () -> {
            throw oops();
          };
        },
        trace.ret(loop, "ended"));
    run();
    assertEquals(
        List.of("uncaught in Actor#2: oops", "ended = Actor failed: lemnos.core.ActorFailure: no"),
        trace.take());
  }

  @Test
  void anExceptionInARetsCallbackFailsWhoeverAnswers() {
    probe.call(Probe::answer, throwing(loop, "oops"));
    run();
    assertEquals(List.of("p closed", FAILED), trace.take());
  }

  @Test
  void anExceptionInTheCallbackOfAQueryFailsTheActorAsked() {
    probe.ask(Probe::name, throwing(loop, "oops"));
    run();
    assertEquals(List.of("p closed", FAILED), trace.take());
  }

  @Test
  void anExceptionInTheCallbackOfAForgottenRetFailsWhoeverForgot() {
    probe.call(
        (p, a, b, c) -> {},
        trace.<String>ret(loop, "first"),
        throwing(loop, "oops"),
        trace.<String>ret(loop, "third"));
    run();
    assertEquals(List.of("first = null", "third = null", "p closed", FAILED), trace.take());
  }

  @Test
  void anExceptionInTheCallbackOfAHeldRetDoesNotKeepTheOthersFromTheirAnswers() {
    probe.call(Probe::hold, trace.<String>ret(loop, "first"));
    probe.call(Probe::hold, throwing(loop, "oops"));
    probe.call(Probe::hold, trace.<String>ret(loop, "third"));
    probe.call(Probe::stop);
    run();
    assertEquals(List.of("p closed", "first = null", "third = null", FAILED), trace.take());
  }

  @Test
  void anExceptionInANotifyIsTheHostsAndTheLoopGoesOn() {
    loop.actor(
        (cx, name) -> {
          cx.stop();
          return null;
        },
        "x",
        loop.ret(
            cause -> {
              throw oops();
            }));
    probe.call(Probe::say, "lives");
    run();
    assertEquals(List.of("uncaught in Actor#2: oops", "p lives"), trace.take());
  }

  @Test
  void anExceptionInTheRetOfADiscardedCallLeavesTheOthersAnswered() {
    probe.call(Probe::stop);
    probe.call(
        (p, a, b, c) -> {},
        throwing(loop, "one"),
        trace.<String>ret(loop, "two"),
        throwing(loop, "three"));
    probe.call(Probe::answer, trace.<String>ret(loop, "next"));
    run();
    assertEquals(
        List.of(
            "p closed",
            "p ended = Actor stopped",
            "two = null",
            "uncaught in Actor#1: one",
            "next = null"),
        trace.take());
  }

  @Test
  void anExceptionInTheRetOfAWaitingCallLeavesTheOthersAnsweredAndTheEndReported() {
    ActorOwn<Probe> unready = loop.actor(Probe::never, trace, "u", trace.ret(loop, "u ended"));
    unready.call(Probe::answer, throwing(loop, "oops"));
    unready.call(Probe::answer, trace.<String>ret(loop, "second"));
    run();
    unready.close();
    run();
    assertEquals(
        List.of(
            "second = null",
            "u ended = Actor failed: java.lang.UnsupportedOperationException: oops"),
        trace.take());
  }

  @Test
  void anExceptionInTheRetOfACancelledTimerIsTheHosts() {
    long key =
        loop.at(
            10,
            probe.actor(),
            (p, a, b) -> {},
            throwing(loop, "oops"),
            trace.<String>ret(loop, "second"));
    assertTrue(loop.cancel(key));
    assertEquals(List.of("second = null", "uncaught in Actor#1: oops"), trace.take());
  }

  @Test
  void anExceptionInALambdaFwdIsItsCallersOwn() {
    Fwd<String> fwd =
        message -> {
          throw oops();
        };
    Probe.in(probe, cx -> fwd.fwd("x"));
    run();
    assertEquals(List.of("p closed", FAILED), trace.take());
  }

  @Test
  void anExceptionInHostCodeGoesToTheHandlerAndTheRestRuns() {
    Runnable boom =
        () -> {
          throw oops();
        };
    loop.idle(boom);
    loop.execute(boom);
    loop.execute(() -> trace.add("main"));
    loop.lazy(boom);
    loop.lazy(() -> trace.add("lazy"));
    loop.at(1, boom);
    loop.at(1, () -> trace.add("timer"));
    loop.run(1, true);
    String uncaught = "uncaught in " + loop + ": oops";
    assertEquals(
        List.of(uncaught, uncaught, "main", uncaught, "timer", uncaught, "lazy"), trace.take());
  }

  @Test
  void anExceptionInTheHandlerItselfIsLoggedWithTheFirstAndDoesNoHarm() {
    loop.onUncaught(
        (where, t) -> {
          throw new IllegalStateException("handler");
        });
    loop.execute(
        () -> {
          throw oops();
        });
    loop.execute(() -> trace.add("goes on"));
    loggedByRun("oops", "handler");
    assertEquals(List.of("goes on"), trace.take());
  }

  @Test
  void withoutAHandlerExceptionsAreLogged() {
    var silent = new Loop(0);
    silent.execute(
        () -> {
          throw oops();
        });
    Logger logger = Logger.getLogger("lemnos.core");
    var messages = new ArrayList<String>();
    logger.setFilter(entry -> !messages.add(entry.getMessage()));
    silent.run(1, false);
    logger.setFilter(null);
    assertEquals(List.of("uncaught in " + silent), messages);
  }

  private void loggedByRun(String message, String suppressed) {
    Logger logger = Logger.getLogger("lemnos.core");
    var thrown = new ArrayList<Throwable>();
    logger.setFilter(entry -> !thrown.add(entry.getThrown()));
    run();
    logger.setFilter(null);
    assertEquals(message, thrown.getFirst().getMessage());
    assertEquals(suppressed, thrown.getFirst().getSuppressed()[0].getMessage());
    assertEquals(1, thrown.size());
  }

  @Test
  void anAnswerFromAnotherLoopWhoseCallbackThrowsIsTheHosts() {
    var otherLoop = new Loop(0);
    ActorOwn<Probe> away = Probe.start(otherLoop, trace, "away");
    away.ask(Probe::name, throwing(loop, "oops"));
    otherLoop.run(1, false);
    probe.call(Probe::say, "lives");
    run();
    assertEquals(List.of("uncaught in " + loop + ": oops", "p lives"), trace.take());
    assertFalse(away.actor().isGone());
  }

  // The machine in trouble

  private static int recurse(int depth) {
    return depth < 0 ? depth : recurse(depth + 1) + 1;
  }

  @Test
  void aStackOverflowFailsTheActorThatRecursed() {
    var causes = new ArrayList<@Nullable StopCause>();
    ActorOwn<Probe> deep = loop.actor(Probe::new, trace, "deep", loop.ret(causes::add));
    deep.call(p -> recurse(0));
    probe.call(Probe::say, "lives");
    run();
    assertEquals(List.of("deep closed", "p lives"), trace.take());
    var failed = assertInstanceOf(StopCause.Failed.class, causes.getFirst());
    assertInstanceOf(StackOverflowError.class, failed.error());
  }

  private static final class Trouble extends VirtualMachineError {
    private static final long serialVersionUID = 1L;

    Trouble() {
      super("trouble");
    }
  }

  /** Runs the loop, which has to end with everything answered. */
  private void assertLoopEnds(String... expected) {
    assertThrows(Trouble.class, this::run);
    assertEquals(List.of(expected), trace.take());
    assertEquals(0, loop.actorCount());
    assertThrows(IllegalStateException.class, this::run);
    assertFalse(loop.hasWork());
  }

  @Test
  void aDyingMachineClosesTheLoopAndEverybodyIsAnswered() {
    ActorOwn<Probe> other = Probe.start(loop, trace, "other");
    other.call(Probe::hold, trace.<String>ret(loop, "held"));
    probe.call(
        (p, ret) -> {
          throw new Trouble();
        },
        trace.<String>ret(loop, "argument"));
    probe.call(Probe::answer, trace.<String>ret(loop, "queued"));
    loop.lazy(other.actor(), Probe::answer, trace.<String>ret(loop, "lazy"));
    trace.<String>ret(loop, "root");
    assertLoopEnds(
        "argument = null",
        "queued = null",
        "lazy = null",
        "root = null",
        "p closed",
        "p ended = Actor failed: lemnos.core.ContainmentTest$Trouble: trouble",
        "other closed",
        "held = null",
        "other ended = Actor was dropped");
  }

  @Test
  void aDyingMachineIsNoticedInHostCode() {
    loop.execute(
        () -> {
          throw new Trouble();
        });
    probe.ask(Probe::name, trace.ret(loop, "ask"));
    assertLoopEnds("ask = null", "p closed", "p ended = Actor was dropped");
  }

  @Test
  void aDyingMachineIsNoticedInAFrameThatEnds() {
    probe.call(
        (p, ret) -> {},
        loop.<String>ret(
            answer -> {
              throw new Trouble();
            }));
    probe.ask(Probe::name, trace.ret(loop, "ask"));
    assertLoopEnds(
        "ask = null",
        "p closed",
        "p ended = Actor failed: lemnos.core.ContainmentTest$Trouble: trouble");
  }

  @Test
  void aDyingMachineIsNoticedInAClosingState() {
    ActorOwn<AutoCloseable> own =
        loop.actor(
            cx -> {
              cx.hold(trace.<String>ret(cx, "held"));
              return () -> {
                throw new Trouble();
              };
            },
            trace.ret(loop, "ended"));
    own.call(c -> {});
    own.close();
    probe.ask(Probe::name, trace.ret(loop, "ask"));
    loop.execute(() -> trace.add("never"));
    loop.lazy(() -> trace.add("never"));
    assertLoopEnds(
        "held = null",
        "ended = Actor failed: lemnos.core.ContainmentTest$Trouble: trouble",
        "ask = null",
        "p closed",
        "p ended = Actor was dropped");
  }

  @Test
  void aDyingMachineIsNoticedInANotify() {
    ActorOwn<Probe> own =
        loop.actor(
            Probe::new,
            trace,
            "q",
            loop.ret(
                cause -> {
                  throw new Trouble();
                }));
    own.call(Probe::stop);
    loop.lazy(() -> trace.add("never"));
    assertLoopEnds("q closed", "p closed", "p ended = Actor was dropped");
  }

  @Test
  void aDyingMachineLeavesNoCallThatWaitedWithoutItsAnswer() {
    ActorOwn<Probe> own = loop.actor(Ret.nop());
    own.call(
        p -> {
          throw new Trouble();
        });
    own.ask(Probe::name, trace.ret(loop, "waited"));
    run();
    own.init(Probe::new, trace, "q");
    assertLoopEnds("waited = null", "p closed", "p ended = Actor was dropped", "q closed");
  }

  @Test
  void aDyingMachineIsNoticedBetweenRuns() {
    run();
    probe.ask(Probe::name, trace.ret(loop, "queued"));
    assertThrows(
        Trouble.class,
        () ->
            loop.query(
                probe,
                p -> {
                  throw new Trouble();
                }));
    assertEquals(
        List.of(
            "queued = null",
            "p closed",
            "p ended = Actor failed: lemnos.core.ContainmentTest$Trouble: trouble"),
        trace.take());
  }

  @Test
  void troubleWhileClosingForTroubleKeepsNobodyFromAnAnswer() {
    for (int i = 0; i < 3; i++) {
      loop.<AutoCloseable>actor(
          cx ->
              () -> {
                throw new Trouble();
              },
          trace.ret(loop, "ended"));
    }
    loop.execute(() -> loop.execute(() -> boomTrouble()));
    String failed = "ended = Actor failed: lemnos.core.ContainmentTest$Trouble: trouble";
    assertLoopEnds("p closed", "p ended = Actor was dropped", failed, failed, failed);
  }

  private static void boomTrouble() {
    throw new Trouble();
  }
}
