package lemnos.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import lemnos.core.Pulse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Deadlines, ticks and batches: what an actor can do while it waits, whatever its kind. */
@Timeout(300)
final class WaitingTest {
  private static final Duration MILLI = Duration.ofMillis(1);
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration LONG = Duration.ofDays(1);

  private final ManualWorld world = new ManualWorld();
  private final List<String> log = Collections.synchronizedList(new ArrayList<>());

  /** Runs one actor of {@code kind} in virtual time. */
  private void run(Kind kind, Run.Body<Integer> body) throws RuntimeFailure {
    Run.on(Run.setup(1).world(world).poller(world::poller), ref -> kind.spawn(ref, body));
  }

  private String now() {
    return world.nanoTime() / 1_000_000 + " ms";
  }

  // Deadlines

  @ParameterizedTest
  @EnumSource
  void workThatWaitsTooLongIsCutShort(Kind kind) throws RuntimeFailure {
    run(
        kind,
        ctx -> {
          var never = new CompletableFuture<String>();
          List<Context.Work<Object, Exception>> waits =
              List.of(
                  ctx::receiveNext,
                  () -> ctx.await(never),
                  () -> {
                    ctx.sleep(LONG);
                    return "";
                  },
                  () -> {
                    ctx.interval(LONG).next();
                    return "";
                  },
                  () -> {
                    ctx.await(ctx.messages());
                    return "";
                  });
          for (Context.Work<Object, Exception> wait : waits) {
            var e = assertThrows(DeadlinePassed.class, () -> ctx.within(SECOND, wait));
            log.add(now() + " " + e.getMessage());
          }
          ctx.sleep(LONG);
          log.add(now());
        });
    String text = " ms the time is up: it was to take PT1S at most";
    assertEquals(
        List.of(
            "1000" + text,
            "2000" + text,
            "3000" + text,
            "4000" + text,
            "5000" + text,
            "86405000 ms"),
        log);
  }

  @ParameterizedTest
  @EnumSource
  void workThatIsDoneInTimeGivesItsResultOrItsException(Kind kind) throws RuntimeFailure {
    run(
        kind,
        ctx -> {
          String result =
              ctx.within(
                  SECOND,
                  () -> {
                    ctx.sleep(MILLI);
                    return "done at " + now();
                  });
          log.add(result);
          assertThrows(
              IOException.class,
              () ->
                  ctx.within(
                      SECOND,
                      () -> {
                        throw new IOException("on purpose");
                      }));
          log.add(ctx.within(Duration.ZERO, () -> "did not wait"));
          ctx.sleep(SECOND); // the deadline is over and done with
          log.add(now());
        });
    assertEquals(List.of("done at 1 ms", "did not wait", "1001 ms"), log);
  }

  @ParameterizedTest
  @EnumSource
  void whoSwallowsADeadlineMeetsItAgainAndTheNearestCounts(Kind kind) throws RuntimeFailure {
    run(
        kind,
        ctx -> {
          Context.Work<String, RuntimeException> stubborn =
              () -> {
                for (int i = 0; i < 3; i++) {
                  assertThrows(DeadlinePassed.class, () -> ctx.sleep(LONG));
                  log.add(now());
                }
                return "ended by itself";
              };
          log.add(ctx.within(SECOND, stubborn));
          var outer =
              assertThrows(
                  DeadlinePassed.class,
                  () -> ctx.within(SECOND, () -> ctx.within(LONG, ctx::receiveNext)));
          log.add(now() + " " + outer.getMessage());
          assertThrows(
              DeadlinePassed.class,
              () ->
                  ctx.within(
                      LONG,
                      () -> {
                        assertThrows(
                            DeadlinePassed.class, () -> ctx.within(SECOND, ctx::receiveNext));
                        log.add(now());
                        return ctx.receiveNext();
                      }));
          log.add(now());
        });
    assertEquals(
        List.of(
            "1000 ms",
            "1000 ms",
            "1000 ms",
            "ended by itself",
            "2000 ms the time is up: it was to take PT1S at most",
            "3000 ms",
            "86402000 ms"),
        log);
  }

  @ParameterizedTest
  @EnumSource
  void waitingForSeveralThingsMayHaveALimit(Kind kind) throws RuntimeFailure {
    run(
        kind,
        ctx -> {
          assertFalse(ctx.await(SECOND, ctx.messages()));
          log.add(now());
          ctx.self().trySend(1);
          assertTrue(ctx.await(SECOND, ctx.messages()));
          assertTrue(ctx.await(Duration.ZERO, ctx.messages()));
          log.add(now());
          assertEquals(1, ctx.receiveNext());
          assertTrue(ctx.await(LONG, ctx.interval(SECOND), ctx.messages()));
          log.add(now());
        });
    assertEquals(List.of("1000 ms", "1000 ms", "2000 ms"), log);
  }

  /** A wait within another has its own time; when it is over the other's counts again. */
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "SYNC") // whose worker makes time pass, too
  void whenOneWaitIsOverTheNextMayBeShorter(Kind kind) throws RuntimeFailure {
    Run.on(
        Run.setup(1).world(world).poller(world::poller),
        ref -> {
          ActorRef<Integer> actor =
              kind.spawn(
                  ref,
                  ctx -> {
                    ctx.within(SECOND.multipliedBy(20), () -> waitOnAndOn(ctx));
                    log.add(now());
                    assertThrows(DeadlinePassed.class, () -> ctx.within(SECOND, ctx::receiveNext));
                    log.add(now());
                  });
          ref.loop().after(SECOND, () -> actor.trySend(1));
        });
    assertEquals(List.of("1000 ms", "2000 ms", "9000 ms", "9000 ms", "10000 ms"), log);
  }

  private Integer waitOnAndOn(Context<Integer> ctx) throws Exception {
    assertEquals(1, ctx.within(SECOND.multipliedBy(9), ctx::receiveNext));
    log.add(now());
    ctx.sleep(SECOND); // which is over before the limits that were set before
    log.add(now());
    assertFalse(ctx.await(SECOND.multipliedBy(7), ctx.messages()));
    log.add(now());
    return 0;
  }

  /** It comes to look when the time is over, and finds what came within it. */
  @Test
  void whatIsThereWhenTheTimeIsOverCounts() throws RuntimeFailure {
    Run.on(
        Run.setup(1).world(world),
        ref -> {
          ActorRef<Integer> actor =
              Run.spawn(ref, ctx -> log.add("ready: " + ctx.await(SECOND, ctx.messages())));
          Run.<Void>spawn(
              ref,
              _ -> {
                actor.trySend(1);
                world.pass(SECOND.multipliedBy(2));
              });
        });
    assertEquals(List.of("ready: true"), log);
  }

  @Test
  void whoNoLongerWaitsForATimeIsNotWokenByIt() throws RuntimeFailure {
    var looks = new AtomicInteger();
    Run.on(
        Run.setup(1).world(world).poller(world::poller),
        ref -> {
          ActorRef<Integer> actor =
              Run.spawn(
                  ref,
                  ctx -> {
                    assertTrue(ctx.await(SECOND.multipliedBy(5), ctx.messages()));
                    assertEquals(1, ctx.receiveNext());
                    ctx.await(counting(looks, ctx.messages()));
                    log.add(now());
                  });
          ref.loop().after(SECOND, () -> actor.trySend(1));
          ref.loop().after(SECOND.multipliedBy(9), () -> actor.trySend(2));
        });
    assertEquals(List.of("9000 ms"), log);
    assertEquals(2, looks.get(), "before it waited, and when the message was there");
  }

  private static Awaitable counting(AtomicInteger looks, Awaitable source) {
    return new Awaitable() {
      @Override
      public boolean isReady() {
        looks.incrementAndGet();
        return source.isReady();
      }

      @Override
      public void arm(Runnable wake) {
        source.arm(wake);
      }
    };
  }

  /** One timer at most stands for all times that a local actor waits for; another is the test's. */
  @Test
  void whoDoesNotWaitHasNoTimer() throws RuntimeFailure {
    Run.on(
        Run.setup(1).world(world).poller(world::poller),
        ref -> {
          ActorRef<Integer> actor =
              Run.spawn(
                  ref,
                  ctx -> {
                    ctx.within(SECOND.multipliedBy(20), () -> waitOnAndOn(ctx));
                    assertEquals(2, ctx.within(SECOND.multipliedBy(20), ctx::receiveNext));
                    log.add("timers: " + Pulse.of(ref.loop()).timers());
                  });
          ref.loop().after(SECOND, () -> actor.trySend(1));
          ref.loop().after(SECOND.multipliedBy(12), () -> actor.trySend(2));
          ref.loop()
              .after(
                  MILLI.multipliedBy(1500),
                  () -> log.add("timers: " + Pulse.of(ref.loop()).timers()));
        });
    assertEquals(List.of("1000 ms", "timers: 2", "2000 ms", "9000 ms", "timers: 0"), log);
  }

  // Ticks

  @ParameterizedTest
  @EnumSource
  void anIntervalCountsFromWhenATickWasTaken(Kind kind) throws RuntimeFailure {
    run(
        kind,
        ctx -> {
          Interval interval = ctx.interval(SECOND);
          for (int i = 0; i < 3; i++) {
            log.add(interval.next() + " at " + now());
            world.pass(MILLI.multipliedBy(100));
          }
          world.pass(SECOND.multipliedBy(10));
          log.add(interval.next() + " at " + now());
          log.add(interval.next() + " at " + now());
        });
    assertEquals(
        List.of("1 at 1000 ms", "1 at 2000 ms", "1 at 3000 ms", "1 at 13100 ms", "1 at 14100 ms"),
        log);
  }

  @ParameterizedTest
  @EnumSource
  void aSteadyIntervalDoesNotDriftAndCountsWhatWasMissed(Kind kind) throws RuntimeFailure {
    run(
        kind,
        ctx -> {
          Interval interval = ctx.steadyInterval(SECOND);
          for (int i = 0; i < 3; i++) {
            log.add(interval.next() + " at " + now());
            world.pass(MILLI.multipliedBy(100));
          }
          world.pass(SECOND.multipliedBy(10));
          assertTrue(interval.isReady());
          log.add(interval.next() + " at " + now());
          assertFalse(interval.isReady());
          log.add(interval.next() + " at " + now());
          world.pass(SECOND.multipliedBy(2)); // to the moment of a tick
          log.add(interval.next() + " at " + now());
        });
    assertEquals(
        List.of(
            "1 at 1000 ms",
            "1 at 2000 ms",
            "1 at 3000 ms",
            "10 at 13100 ms",
            "1 at 14000 ms",
            "2 at 16000 ms"),
        log);
  }

  @ParameterizedTest
  @EnumSource
  void ticksAreAwaitedBesideMessages(Kind kind) throws RuntimeFailure {
    run(
        kind,
        ctx -> {
          Interval interval = ctx.steadyInterval(SECOND);
          Interval forgotten = ctx.interval(SECOND.multipliedBy(2));
          ctx.await(forgotten, interval); // it stays behind, and does no harm
          for (int i = 0; i < 4; i++) {
            ctx.await(ctx.messages(), interval);
            if (interval.isReady()) {
              log.add("tick at " + now());
              interval.next();
              ctx.self().trySend(i);
            } else {
              log.add("got " + ctx.receiveNext() + " at " + now());
            }
          }
          ctx.sleep(SECOND.multipliedBy(5));
          log.add(now());
        });
    assertEquals(
        List.of(
            "tick at 1000 ms",
            "got 0 at 1000 ms",
            "tick at 2000 ms",
            "got 2 at 2000 ms",
            "7000 ms"),
        log);
  }

  @ParameterizedTest
  @EnumSource
  void aPeriodMustBePositive(Kind kind) throws RuntimeFailure {
    run(
        kind,
        ctx -> {
          for (Duration wrong : List.of(Duration.ZERO, MILLI.negated())) {
            assertThrows(IllegalArgumentException.class, () -> ctx.interval(wrong));
            assertThrows(IllegalArgumentException.class, () -> ctx.steadyInterval(wrong));
          }
          log.add("refused");
        });
    assertEquals(List.of("refused"), log);
  }

  // Batches

  @ParameterizedTest
  @EnumSource
  void aBatchIsWhatIsThereUpToALimit(Kind kind) throws RuntimeFailure {
    run(
        kind,
        ctx -> {
          var batch = new ArrayList<Integer>();
          for (int i = 0; i < 7; i++) {
            ctx.self().trySend(i);
          }
          log.add(ctx.receiveBatch(batch, 5) + " " + batch);
          log.add(ctx.receiveBatch(batch, 5) + " " + batch);
          assertThrows(
              DeadlinePassed.class, () -> ctx.within(SECOND, () -> ctx.receiveBatch(batch, 5)));
          ctx.self().trySend(7);
          log.add(ctx.receiveBatch(batch, 1) + " at " + now());
          assertThrows(IllegalArgumentException.class, () -> ctx.receiveBatch(batch, 0));
        });
    assertEquals(List.of("5 [0, 1, 2, 3, 4]", "2 [0, 1, 2, 3, 4, 5, 6]", "1 at 1000 ms"), log);
  }
}
