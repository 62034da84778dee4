package lemnos.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import lemnos.core.Actor;
import lemnos.core.ActorOwn;
import lemnos.core.Cx;
import lemnos.core.Driver;
import lemnos.core.Loop;
import lemnos.core.Poller;
import lemnos.core.Ret;
import lemnos.core.World;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The worker's cycle: its limits, who may starve whom (nobody), when it polls and when it stops.
 */
@Timeout(300)
final class WorkerTest {
  private static final Duration MILLI = Duration.ofMillis(1);

  private final ManualWorld world = new ManualWorld();
  private final List<String> log = Collections.synchronizedList(new ArrayList<>());

  /** How much was done since the last poll, and at most between two polls. */
  private final AtomicInteger done = new AtomicInteger();

  private final AtomicInteger mostDone = new AtomicInteger();

  private volatile @Nullable Loop workerLoop;

  private Setup watched() {
    return Run.setup(1).world(world).poller(() -> new WatchedPoller(world.poller(), this::polled));
  }

  private void polled() {
    mostDone.accumulateAndGet(done.getAndSet(0), Math::max);
  }

  /** An actor that is always ready, until {@code end}; each turn takes {@code turn}. */
  private void spawnBusy(RuntimeRef ref, Duration turn, AtomicBoolean end) {
    Run.<Void>spawn(
        ref,
        ctx -> {
          while (!end.get()) {
            done.incrementAndGet();
            world.pass(turn);
            ctx.sleep(Duration.ZERO);
          }
        });
  }

  /** An object actor that always has a call of itself queued, until {@code end}. */
  private static final class Busy {
    private final Cx<Busy> cx;
    private final WorkerTest test;
    private final Duration turn;
    private final AtomicBoolean end;

    Busy(Cx<Busy> cx, WorkerTest test, Duration turn, AtomicBoolean end) {
      this.cx = cx;
      this.test = test;
      this.turn = turn;
      this.end = end;
      cx.self().call(Busy::again);
    }

    void again() {
      test.done.incrementAndGet();
      test.world.pass(turn);
      if (end.get()) {
        cx.stop();
      } else {
        cx.self().call(Busy::again);
      }
    }
  }

  private ActorOwn<Busy> busy(RuntimeRef ref, Duration turn, AtomicBoolean end) {
    return ref.loop().actor(Busy::new, this, turn, end, Ret.nop());
  }

  @Test
  void atMost32ProcessesRunBetweenTwoPolls() throws RuntimeFailure {
    var end = new AtomicBoolean();
    Run.on(
        watched(),
        ref -> {
          IntStream.range(0, 100).forEach(_ -> spawnBusy(ref, Duration.ZERO, end));
          ref.loop().after(MILLI, () -> end.set(true));
          Run.<Void>spawn(ref, ctx -> endAfter(ctx, 300, end));
        });
    assertEquals(Setup.DEFAULT_RUN_POLL_RATIO, mostDone.get());
  }

  @Test
  void orAsManyAsAreSetUp() throws RuntimeFailure {
    var end = new AtomicBoolean();
    Run.on(
        watched().runPollRatio(7),
        ref -> {
          IntStream.range(0, 100).forEach(_ -> spawnBusy(ref, Duration.ZERO, end));
          ref.loop().after(MILLI, () -> end.set(true));
          Run.<Void>spawn(ref, ctx -> endAfter(ctx, 300, end));
        });
    assertEquals(7, mostDone.get());
  }

  private static void endAfter(Context<?> ctx, int turns, AtomicBoolean end) {
    for (int i = 0; i < turns; i++) {
      ctx.sleep(Duration.ZERO);
    }
    end.set(true);
  }

  @Test
  void slowProcessesEndABatchByTime() throws RuntimeFailure {
    var end = new AtomicBoolean();
    Run.on(
        watched(),
        ref -> {
          IntStream.range(0, 100).forEach(_ -> spawnBusy(ref, MILLI.multipliedBy(2), end));
          Run.<Void>spawn(ref, ctx -> endAfter(ctx, 10, end));
        });
    assertEquals(3, mostDone.get(), "3 times 2 ms are the first to pass 5 ms");
  }

  @Test
  void theTimeOfABatchCanBeSetUp() throws RuntimeFailure {
    var end = new AtomicBoolean();
    Run.on(
        watched().maxRunTime(MILLI.multipliedBy(9)),
        ref -> {
          IntStream.range(0, 100).forEach(_ -> spawnBusy(ref, MILLI.multipliedBy(2), end));
          Run.<Void>spawn(ref, ctx -> endAfter(ctx, 10, end));
        });
    assertEquals(5, mostDone.get(), "5 times 2 ms are the first to pass 9 ms");
  }

  @Test
  void slowCallsEndABatchByTimeToo() throws RuntimeFailure {
    var end = new AtomicBoolean();
    Run.on(
        watched(),
        ref -> {
          busy(ref, MILLI, end);
          ref.loop().after(Duration.ofSeconds(3), () -> end.set(true));
        });
    assertEquals(Driver.CALLS_BETWEEN_LOOKS, mostDone.get());
  }

  @Test
  void fastCallsEndABatchByNumber() throws RuntimeFailure {
    var end = new AtomicBoolean();
    var polls = new AtomicInteger();
    Run.on(
        watched()
            .poller(
                () ->
                    new WatchedPoller(
                        Poller.parking(),
                        () -> {
                          polled();
                          end.set(polls.incrementAndGet() > 10);
                        })),
        ref -> busy(ref, Duration.ZERO, end));
    assertTrue(mostDone.get() <= Driver.MAX_CALLS + 2, mostDone::toString);
    assertTrue(mostDone.get() >= Driver.MAX_CALLS - 2, mostDone::toString);
  }

  @Test
  void actorsThatAreAlwaysReadyStarveNeitherCallsNorTimersNorPolls() throws RuntimeFailure {
    var end = new AtomicBoolean();
    var missing = new AtomicInteger(3);
    var polls = new AtomicInteger();
    Runnable arrived = () -> end.set(missing.decrementAndGet() == 0);
    Run.on(
        Run.setup(1)
            .world(world)
            .poller(
                () ->
                    new WatchedPoller(
                        world.poller(),
                        () -> {
                          if (polls.incrementAndGet() == 100) {
                            arrived.run();
                          }
                        })),
        ref -> {
          IntStream.range(0, 40).forEach(_ -> spawnBusy(ref, Duration.ofNanos(100), end));
          ref.loop().after(MILLI, arrived);
          Actor<Busy> other = busy(ref, Duration.ZERO, end).actor();
          other.call(self -> self.cx.after(MILLI, arrived));
        });
    assertEquals(0, missing.get());
  }

  @Test
  void callsThatNeverEndStarveNoActor() throws RuntimeFailure {
    var end = new AtomicBoolean();
    Run.on(
        watched(),
        ref -> {
          busy(ref, MILLI, end);
          Run.<Void>spawn(ref, ctx -> endAfter(ctx, 100, end));
        });
    assertTrue(end.get());
  }

  @Test
  void theIdleQueueRunsOnlyWhenNothingElseDoes() throws RuntimeFailure {
    var end = new AtomicBoolean();
    Run.on(
        watched(),
        ref -> {
          ref.loop()
              .idle(
                  () -> {
                    log.add("idle while busy: " + !end.get());
                    log.add("idle 1");
                  });
          ref.loop().idle(() -> log.add("idle 2"));
          busy(ref, MILLI, end);
          Run.<Void>spawn(
              ref,
              ctx -> {
                endAfter(ctx, 100, end);
                ctx.sleep(Duration.ofSeconds(1));
                log.add("slept");
              });
        });
    assertEquals(List.of("idle while busy: false", "idle 1", "idle 2", "slept"), log);
  }

  @Test
  void aCallFromAnotherThreadComesBeforeTheIdleQueue() throws Exception {
    var first = new AtomicBoolean(true);
    try (Runtime runtime =
        Run.setup(1)
            .poller(
                () ->
                    new WatchedPoller(
                        Poller.parking(),
                        () -> {
                          Loop loop = workerLoop;
                          if (loop != null && first.getAndSet(false)) {
                            executeElsewhere(loop, () -> log.add("call"));
                          }
                        }))
            .build()) {
      runtime.runOnWorkers(
          ref -> {
            ref.loop().idle(() -> log.add("idle"));
            Run.<Void>spawn(
                ref,
                ctx -> {
                  while (log.size() < 2) {
                    ctx.sleep(MILLI);
                  }
                });
            workerLoop = ref.loop();
          });
      runtime.start();
    }
    assertEquals(List.of("call", "idle"), log);
  }

  /** Queues a call from another thread, and waits until that is done. */
  private static void executeElsewhere(Loop loop, Runnable call) {
    try {
      Run.join(World.real().start("test-caller", false, () -> loop.execute(call)));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void theTimeOfCallsIsChargedToNoProcess() throws RuntimeFailure {
    var end = new AtomicBoolean();
    Run.on(
        watched(),
        ref -> {
          busy(ref, MILLI, end);
          for (String name : List.of("a", "b", "c")) {
            Run.<Void>spawn(
                ref,
                ctx -> {
                  for (int i = 0; i < 4; i++) {
                    world.pass(Duration.ofNanos(10));
                    log.add(name);
                    ctx.sleep(Duration.ZERO);
                  }
                  end.set(true);
                });
          }
        });
    assertEquals("abcabcabcabc", String.join("", log));
  }

  @Test
  void anActorThatIsRestartedWaitsForItsTurn() throws RuntimeFailure {
    var high = ActorOptions.standard().withPriority(Priority.HIGH);
    Run.on(
        watched(),
        ref -> {
          ref.spawnLocal(
              error -> new Supervisor.Decision.Restart<>(2),
              (Context<Void> ctx, Integer run) -> {
                log.add("restarted " + run);
                world.pass(MILLI);
                if (run == 1) {
                  throw new IllegalStateException("on purpose");
                }
              },
              1,
              high);
          for (String name : List.of("a", "b", "c")) {
            Run.<Void>spawn(ref, ctx -> log.add(name));
          }
        });
    assertEquals(List.of("restarted 1", "a", "b", "c", "restarted 2"), log);
  }

  /**
   * While a turn lasts another thread executes a call and wakes an actor, and alarms ring. What the
   * thread did first comes first; then whom it woke and whose timer it was, as local ones; and the
   * shared one whose alarm rang was before that which the call woke.
   */
  @Test
  void whoWasWokenComesBeforeAlarmsAndBothAfterWhatWasExecutedBefore() throws RuntimeFailure {
    var waiting = new AtomicInteger();
    Run.on(
        Run.setup(1).world(world),
        ref -> {
          ActorRef<String> woken = Run.spawn(ref, ctx -> receive(ctx, waiting));
          ActorRef<String> called = Run.spawnShared(ref.runtime(), ctx -> receive(ctx, waiting));
          Run.<Void>spawn(ref, ctx -> sleep(ctx, waiting, "timer"));
          Run.<Void>spawnShared(ref.runtime(), ctx -> sleep(ctx, waiting, "alarm"));
          Run.<Void>spawn(
              ref,
              ctx -> {
                while (waiting.get() < 4) {
                  ctx.sleep(Duration.ZERO);
                }
                ctx.sleep(Duration.ZERO); // now all wait
                Thread other =
                    World.real()
                        .start(
                            "test-other",
                            false,
                            () -> {
                              ref.loop().execute(() -> log.add("executed"));
                              ref.loop().execute(() -> called.trySend("called"));
                              woken.trySend("woken");
                            });
                Run.join(other);
                world.pass(MILLI);
              });
        });
    assertEquals(List.of("executed", "woken", "timer", "alarm", "called"), log);
  }

  private void receive(Context<String> ctx, AtomicInteger waiting) {
    waiting.incrementAndGet();
    log.add(ctx.receiveNext());
  }

  private void sleep(Context<Void> ctx, AtomicInteger waiting, String name) {
    waiting.incrementAndGet();
    ctx.sleep(MILLI);
    log.add(name);
  }

  /** Its calls, made before the worker's thread has begun, would else go past the inbox. */
  @Test
  void whoMakesAWorkerDoesNotOwnItsLoop() {
    try (Runtime runtime = Run.setup(1).build()) {
      assertFalse(
          new Worker(
                  2, world, Poller::parking, runtime, new SharedScheduler(world, runtime.tracer()))
              .loop()
              .isOwner());
    }
  }

  /** Else calls of the thread that built the runtime would race with the worker's. */
  @Test
  void aLoopBelongsToNobodyUntilItsWorkerHasBegun() {
    var mayBegin = new CountDownLatch(1);
    var slow =
        new World() {
          @Override
          public long nanoTime() {
            return World.real().nanoTime();
          }

          @Override
          public Instant wallTime() {
            return World.real().wallTime();
          }

          @Override
          public Thread start(String name, boolean virtual, Runnable body) {
            return World.real()
                .start(
                    name,
                    virtual,
                    () -> {
                      try {
                        mayBegin.await();
                      } catch (InterruptedException e) {
                        throw new AssertionError(e);
                      }
                      body.run();
                    });
          }
        };
    Set<String> ranOn = ConcurrentHashMap.newKeySet();
    try (Runtime runtime = Run.setup(2).world(slow).build()) {
      runtime.runOnWorkers(_ -> ranOn.add(Thread.currentThread().getName()));
      assertEquals(Set.of(), ranOn);
      mayBegin.countDown();
    }
    assertEquals(2, ranOn.size());
    assertFalse(ranOn.contains(Thread.currentThread().getName()));
  }

  @Test
  void nothingStopsBeforeStartAndAllStopsAfterIt() throws Exception {
    try (Runtime runtime = Run.setup(2).world(world).build()) {
      for (int i = 0; i < 3; i++) {
        var ran = new CountDownLatch(2);
        runtime.runOnWorkers(_ -> ran.countDown());
        Run.await(ran);
      }
      assertTrue(world.threads().stream().allMatch(Thread::isAlive));
      runtime.start();
    }
    assertFalse(world.threads().stream().anyMatch(Thread::isAlive));
  }

  private static final class Resident {
    private final Cx<Resident> cx;

    Resident(Cx<Resident> cx) {
      this.cx = cx;
    }

    void leave() {
      cx.stop();
    }
  }

  @Test
  void whateverLivesOnAWorkerKeepsItRunning() throws RuntimeFailure {
    Run.on(
        watched(),
        ref -> {
          ActorOwn<Resident> resident = ref.loop().actor(Resident::new, Ret.nop());
          Run.<Void>spawn(ref, ctx -> ctx.sleep(MILLI));
          ref.loop().after(MILLI.multipliedBy(2), () -> log.add("the actor has gone"));
          ref.loop()
              .after(
                  MILLI.multipliedBy(3),
                  () -> {
                    log.add("leave");
                    resident.call(Resident::leave);
                  });
          ref.loop().after(MILLI.multipliedBy(4), () -> log.add("nothing lives here"));
        });
    assertEquals(List.of("the actor has gone", "leave"), log);
  }

  private static final class Counter {
    private final Cx<Counter> cx;
    private final int last;
    private int count;

    Counter(Cx<Counter> cx, int last) {
      this.cx = cx;
      this.last = last;
    }

    void count() {
      if (++count == last) {
        cx.stop();
      }
    }
  }

  /** If one wake-up were lost the worker would sleep for ever. */
  @Test
  void noWakeUpIsLostAndNoPollIsWokenTwice() throws Exception {
    int threads = 4;
    int each = 20_000;
    var poller = new WatchedPoller();
    try (Runtime runtime = Run.setup(1).poller(() -> poller).build()) {
      runtime.runOnWorkers(
          ref -> {
            Actor<Counter> counter =
                ref.loop().actor(Counter::new, threads * each, Ret.nop()).actor();
            for (int i = 0; i < threads; i++) {
              World.real().start("test-caller", false, () -> callSlowly(counter, each, poller));
            }
          });
      runtime.start();
    }
    assertTrue(
        poller.wakeups.get() <= poller.polls.get(),
        () -> poller.wakeups + " wake-ups of " + poller.polls + " polls");
  }

  private static void callSlowly(Actor<Counter> counter, int each, WatchedPoller poller) {
    for (int i = 0; i < each; i++) {
      counter.call(Counter::count);
      if (i % 64 == 0) { // lets the worker fall asleep between
        int polls = poller.polls.get();
        for (int spin = 0; spin < 10_000 && poller.polls.get() == polls; spin++) {
          Thread.onSpinWait();
        }
      }
    }
  }
}
