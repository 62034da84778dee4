package lemnos.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * An actor that waits lends its stack to those whose turns come next. Nobody can tell, but by his
 * stack trace.
 */
@Timeout(300)
final class LentStackTest {
  private static final int ROUNDS = 200;

  private final ManualWorld world = new ManualWorld();
  private final List<String> log = Collections.synchronizedList(new ArrayList<>());

  /** Of stacks; or any numbers. */
  private final List<Integer> depths = Collections.synchronizedList(new ArrayList<>());

  /** Who is answered; of the worker alone. */
  private @Nullable ActorRef<Integer> asker;

  /** The context of an actor that waits while it initialises a class. */
  private static volatile @Nullable Context<Integer> initContext;

  private ActorRef<Integer> asker() {
    return Objects.requireNonNull(asker);
  }

  private void onOneWorker(WorkerFunction function) throws RuntimeFailure {
    Run.on(Run.setup(1).world(world).poller(world::poller), function);
  }

  /** How often {@code method} of this class stands on the calling thread's stack. */
  private static int depthOf(String method) {
    return (int)
        Arrays.stream(Thread.currentThread().getStackTrace())
            .filter(f -> f.getClassName().equals(LentStackTest.class.getName()))
            .filter(f -> f.getMethodName().equals(method))
            .count();
  }

  /**
   * One that answers each number with the next one, after {@code note}, and then does what else
   * there is. Its own stack is so deep that it does not lend it.
   */
  private Run.Body<Integer> responder(Runnable note, Run.Body<Integer> last) {
    return ctx -> {
      answerFromTheDeep(ctx, note, 1000);
      last.run(ctx);
    };
  }

  private void answerFromTheDeep(Context<Integer> ctx, Runnable note, int deeper) {
    if (deeper > 0) {
      answerFromTheDeep(ctx, note, deeper - 1);
      return;
    }
    for (int i = 0; i < ROUNDS; i++) {
      int n = ctx.receiveNext();
      note.run();
      asker().send(n + 1);
    }
  }

  /** Notes how often {@code method} stands below. */
  private Run.Body<Integer> responder(String method) {
    return responder(() -> depths.add(depthOf(method)), _ -> {});
  }

  /** Sends 1, 2, 3 and so on, each when the number before has come back increased by one. */
  private static void ask(Context<Integer> ctx, ActorRef<Integer> other) {
    for (int i = 1; i <= ROUNDS; i++) {
      other.send(i);
      assertEquals(i + 1, ctx.receiveNext());
    }
  }

  private static void askEverDeeper(Context<Integer> ctx, ActorRef<Integer> other, int i) {
    if (i <= ROUNDS) {
      other.send(i);
      assertEquals(i + 1, ctx.receiveNext());
      deeper(ctx, other, i, 10);
    }
  }

  private static void deeper(Context<Integer> ctx, ActorRef<Integer> other, int i, int more) {
    if (more == 0) {
      askEverDeeper(ctx, other, i + 1);
    } else {
      deeper(ctx, other, i, more - 1);
    }
  }

  @Test
  void whoAnswersRunsOnTheStackOfWhoAsks() throws Exception {
    assumeTrue(ContinuationCoroutine.isAvailable());
    onOneWorker(
        ref -> {
          ActorRef<Integer> other = Run.spawn(ref, responder("ask"));
          asker = Run.spawn(ref, ctx -> ask(ctx, other));
        });
    assertThat(depths).hasSize(ROUNDS).containsOnly(0, 1);
    assertThat(Collections.frequency(depths, 1)).isGreaterThan(ROUNDS / 2);
  }

  /** There must be room left for the others. */
  @Test
  void whoseStackIsDeepDoesNotLendIt() throws Exception {
    assumeTrue(ContinuationCoroutine.isAvailable());
    onOneWorker(
        ref -> {
          ActorRef<Integer> other = Run.spawn(ref, responder("deeper"));
          asker = Run.spawn(ref, ctx -> askEverDeeper(ctx, other, 1));
        });
    assertThat(depths).hasSize(ROUNDS);
    assertThat(Collections.max(depths)).isPositive().isLessThan(11 * ROUNDS / 2);
    assertThat(depths.subList(ROUNDS / 2, ROUNDS)).containsOnly(0);
  }

  /** A message: who gets it passes one less on. */
  private record Hop(int left, int salt) {
    int next(int self, int actors) {
      return Math.floorMod(31 * self + 17 * left + salt, actors);
    }
  }

  /** As actors would run that each have a stack of their own, in the order they become ready. */
  private static List<String> model(int actors, List<Hop> first) {
    List<String> expected = new ArrayList<>();
    List<Queue<Hop>> inboxes = new ArrayList<>();
    var ready = new ArrayDeque<Integer>();
    for (int i = 0; i < actors; i++) {
      inboxes.add(new ArrayDeque<>());
      ready.add(i);
    }
    for (Hop hop : first) {
      inboxes.get(hop.next(0, actors)).add(hop);
    }
    while (!ready.isEmpty()) {
      int self = ready.remove();
      for (Hop hop = inboxes.get(self).poll(); hop != null; hop = inboxes.get(self).poll()) {
        expected.add(self + " got " + hop);
        if (hop.left() > 0) {
          int next = hop.next(self, actors);
          inboxes.get(next).add(new Hop(hop.left() - 1, hop.salt()));
          if (next != self && !ready.contains(next)) {
            ready.add(next);
          }
        }
      }
    }
    return expected;
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 5, 40})
  void whoRunsWhenIsAsIfEachHadAStackOfItsOwn(int actors) throws Exception {
    long seed = new Random().nextLong();
    System.out.println("LentStackTest seed " + seed);
    var random = new Random(seed);
    List<Hop> first = new ArrayList<>();
    for (int i = 0; i < 1 + actors / 2; i++) {
      first.add(new Hop(200 + random.nextInt(200), random.nextInt(1000)));
    }
    onOneWorker(
        ref -> {
          List<ActorRef<Hop>> all = new ArrayList<>();
          for (int i = 0; i < actors; i++) {
            int self = i;
            all.add(
                Run.spawn(
                    ref,
                    Run.inboxOf(1000),
                    ctx -> {
                      while (true) {
                        Hop hop = ctx.receiveNext();
                        log.add(self + " got " + hop);
                        if (hop.left() > 0) {
                          var next = new Hop(hop.left() - 1, hop.salt());
                          all.get(hop.next(self, actors)).send(next);
                        }
                      }
                    }));
          }
          first.forEach(hop -> all.get(hop.next(0, actors)).send(hop));
          ref.loop().after(Duration.ofSeconds(1), () -> ref.runtime().stop());
        });
    assertEquals(model(actors, first), log);
  }

  @Test
  void whoHasLentItsStackDoesNotSeeWhatIsThrownOnIt() {
    var fatal = new InternalError("on purpose");
    RuntimeFailure failure =
        assertThrows(
            RuntimeFailure.class,
            () ->
                onOneWorker(
                    ref -> {
                      ActorRef<Integer> other =
                          Run.spawn(
                              ref,
                              responder(
                                  () -> {},
                                  ctx -> {
                                    ctx.receiveNext();
                                    throw fatal;
                                  }));
                      asker = Run.spawn(ref, ctx -> askUntilItEnds(ctx, other));
                    }));
    assertSame(fatal, failure.getCause());
    assertEquals(List.of("Cancelled"), log);
  }

  private void askUntilItEnds(Context<Integer> ctx, ActorRef<Integer> other) {
    ask(ctx, other);
    try {
      other.send(0);
      ctx.receiveNext();
    } catch (Throwable t) {
      log.add(t.getClass().getSimpleName());
      throw t;
    }
  }

  /** Which it cannot do without giving its stack up, for the class initialiser is the JVM's. */
  private static final class WaitsForLong {
    static final int RECEIVED = Objects.requireNonNull(initContext).receiveNext();

    private WaitsForLong() {}
  }

  @Test
  void whoCannotLeaveItsStackAfterItLentItGoesOn() throws Exception {
    assumeTrue(ContinuationCoroutine.isAvailable());
    onOneWorker(
        ref -> {
          ActorRef<Integer> other = Run.spawn(ref, responder("ask"));
          asker =
              Run.spawn(
                  ref,
                  ctx -> {
                    ask(ctx, other);
                    initContext = ctx;
                    Run.<Void>spawn(ref, _ -> log.add("another's turn"));
                    assertThrows(
                        ExceptionInInitializerError.class,
                        () -> log.add("" + WaitsForLong.RECEIVED));
                    log.add("goes on");
                    assertEquals(7, ctx.receiveNext());
                    log.add("got 7");
                  });
          ref.loop().after(Duration.ofMillis(1), () -> asker().trySend(7));
        });
    assertEquals(List.of("another's turn", "goes on", "got 7"), log);
  }

  /** Two that talk keep nobody waiting: their turns are counted, on whichever stack. */
  @Test
  void eachTurnCounts() throws Exception {
    var poller = new WatchedPoller(world.poller(), () -> {});
    Run.on(
        Run.setup(1).world(world).poller(() -> poller),
        ref -> {
          ActorRef<Integer> other = Run.spawn(ref, responder(() -> {}, _ -> {}));
          asker =
              Run.spawn(
                  ref,
                  ctx -> {
                    int before = poller.polls.get();
                    ask(ctx, other);
                    depths.add(poller.polls.get() - before);
                  });
        });
    int most = 2 * ROUNDS / Setup.DEFAULT_RUN_POLL_RATIO;
    assertThat(depths.getFirst()).isBetween(most, 2 * most);
  }

  private static final class WaitsForOthers {
    static final int RECEIVED = Objects.requireNonNull(initContext).receiveNext();

    private WaitsForOthers() {}
  }

  /** It was to run when the row was over, and does: that is the turn. */
  @Test
  void whoCannotLeaveItsStackHasNoSecondTurn() throws Exception {
    assumeTrue(ContinuationCoroutine.isAvailable());
    onOneWorker(
        ref -> {
          ActorRef<Integer> other = Run.spawn(ref, responder("ask"));
          asker =
              Run.spawn(
                  ref,
                  ctx -> {
                    log.add("begins");
                    ask(ctx, other);
                    initContext = ctx;
                    Run.<Void>spawn(ref, _ -> asker().send(7));
                    for (int i = 0; i < Dispatcher.MAX_ROW; i++) {
                      Run.<Void>spawn(ref, _ -> log.add("another's turn"));
                    }
                    assertThrows(
                        ExceptionInInitializerError.class,
                        () -> log.add("" + WaitsForOthers.RECEIVED));
                    log.add("goes on");
                    assertEquals(7, ctx.receiveNext());
                  });
        });
    assertEquals(1, Collections.frequency(log, "begins"));
    assertThat(log.subList(1, log.indexOf("goes on")))
        .isNotEmpty()
        .hasSizeLessThan(Dispatcher.MAX_ROW);
  }

  /** As it would be at the end of the turn, if the stack had been put away. */
  @Test
  void whoWaitsForRoomGetsItWhenTheStackIsLent() throws Exception {
    onOneWorker(
        ref -> {
          ActorRef<Integer> receiver =
              Run.spawn(
                  ref,
                  Run.inboxOf(1),
                  ctx -> {
                    ctx.sleep(Duration.ZERO); // after which its stack is known to be small
                    log.add("got " + ctx.receiveNext());
                    log.add("got " + ctx.receiveNext());
                  });
          Run.<Void>spawn(
              ref,
              _ -> {
                receiver.send(1);
                receiver.send(2);
              });
          Run.<Void>spawn(
              ref,
              ctx -> {
                for (int i = 0; i < Dispatcher.MAX_ROW; i++) {
                  ctx.sleep(Duration.ZERO);
                  log.add("another's turn");
                }
              });
        });
    assertThat(log.subList(log.indexOf("got 1"), log.indexOf("got 2"))).hasSizeLessThan(4);
  }

  /** Which is why nobody may wait while he holds one: the JVM does not refuse it. */
  @Test
  void aMonitorIsNoProtectionWhileItsOwnerWaits() throws Exception {
    assumeTrue(ContinuationCoroutine.isAvailable());
    var monitor = new Object();
    for (int i = 0; i <= Dispatcher.MAX_ROW; i++) { // the stack is not lent at the end of a row
      int turns = i;
      onOneWorker(
          ref -> {
            ActorRef<Integer> other =
                Run.spawn(ref, responder(() -> {}, ctx -> enter(ctx, monitor)));
            asker =
                Run.spawn(
                    ref,
                    ctx -> {
                      ask(ctx, other);
                      for (int turn = 0; turn < turns; turn++) {
                        ctx.sleep(Duration.ZERO);
                      }
                      synchronized (monitor) {
                        other.send(0);
                        ctx.receiveNext();
                        log.add("goes on: " + Thread.holdsLock(monitor));
                      }
                    });
          });
    }
    assertThat(log).contains("enters, too");
    assertEquals(Dispatcher.MAX_ROW + 1, Collections.frequency(log, "goes on: true"));
  }

  /** Does not try if it is kept out: then it would block its worker for ever. */
  private void enter(Context<Integer> ctx, Object monitor) {
    ctx.receiveNext();
    if (Thread.holdsLock(monitor)) {
      synchronized (monitor) {
        log.add("enters, too");
      }
    }
    asker().send(1);
  }

  @Test
  void whatIsBoundBelowIsNotSeenAbove() throws Exception {
    ScopedValue<String> name = ScopedValue.newInstance();
    onOneWorker(
        ref -> {
          ActorRef<Integer> other =
              Run.spawn(ref, responder(() -> log.add("above: " + name.orElse("nothing")), _ -> {}));
          asker =
              Run.spawn(
                  ref,
                  ctx ->
                      ScopedValue.where(name, "mine")
                          .run(
                              () -> {
                                ask(ctx, other);
                                log.add("below: " + name.get());
                              }));
        });
    assertThat(log.subList(0, ROUNDS)).containsOnly("above: nothing");
    assertEquals("below: mine", log.getLast());
  }

  @Test
  void whatIsBoundBelowIsNotSeenByWhoBeginsAbove() throws Exception {
    ScopedValue<String> name = ScopedValue.newInstance();
    onOneWorker(
        ref -> {
          ActorRef<Integer> other = Run.spawn(ref, responder("ask"));
          asker =
              Run.spawn(
                  ref,
                  ctx -> {
                    ask(ctx, other); // after which its stack is known to be small
                    ScopedValue.where(name, "mine").run(() -> spawnAndWait(ctx, ref, name));
                  });
        });
    assertThat(log).hasSize(ROUNDS).containsOnly("nothing");
  }

  private void spawnAndWait(Context<Integer> ctx, RuntimeRef ref, ScopedValue<String> name) {
    for (int i = 0; i < ROUNDS; i++) {
      Run.<Void>spawn(ref, _ -> log.add(name.orElse("nothing")));
      ctx.sleep(Duration.ofNanos(1));
    }
  }

  @Test
  void aFailuresStackTraceEndsWhereItsActorBegins() throws Exception {
    List<StackTraceElement> trace = new ArrayList<>();
    onOneWorker(
        ref -> {
          ActorRef<Integer> other =
              Run.spawn(
                  ref,
                  failure -> {
                    trace.addAll(List.of(failure.getStackTrace()));
                    return new Supervisor.Decision.Stop<>();
                  },
                  responder(
                      () -> {},
                      _ -> {
                        throw new IllegalStateException("on purpose");
                      }));
          asker = Run.spawn(ref, ctx -> ask(ctx, other));
        });
    assertThat(trace).isNotEmpty();
    assertEquals("runBody", trace.getLast().getMethodName());
    assertThat(trace.toString()).doesNotContain("askUntil", "LentStackTest.ask(");
  }
}
