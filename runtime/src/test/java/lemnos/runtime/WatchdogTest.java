package lemnos.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import lemnos.core.ActorOwn;
import lemnos.core.Cx;
import lemnos.core.Ret;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.event.LoggingEvent;

/** Actors that keep their worker from everything else, in virtual time. */
@Timeout(300)
final class WatchdogTest {
  private static final Duration LIMIT = Duration.ofMillis(50);
  private static final Duration PERIOD = LIMIT.dividedBy(Watchdog.LOOKS);

  private final ManualWorld world = new ManualWorld();
  private final List<Blocked> told = new ArrayList<>();
  private final Watchdog watchdog = new Watchdog(world, LIMIT, told::add);
  private final CountDownLatch blocked = new CountDownLatch(1);
  private final CountDownLatch end = new CountDownLatch(1);

  private Runtime build() {
    Runtime runtime = Run.setup(1).world(world).watchdog(Duration.ZERO).build();
    runtime.watchWith(watchdog);
    world.pass(Watchdog.WARM_UP);
    watchdog.look();
    return runtime;
  }

  private void look(int times) {
    for (int i = 0; i < times; i++) {
      world.pass(PERIOD);
      watchdog.look();
    }
  }

  private volatile @Nullable Thread blockedThread;

  private void awaitBlocked() throws InterruptedException {
    Run.await(blocked);
    Thread thread = blockedThread;
    assertNotNull(thread);
    Run.awaitParked(thread);
  }

  private void block() {
    blockedThread = Thread.currentThread();
    blocked.countDown();
    boolean interrupted = false;
    while (end.getCount() > 0) {
      try {
        end.await();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    assertTrue(!interrupted);
  }

  private void spawnBlocking(RuntimeRef ref) {
    Run.<Void>spawn(ref, ActorOptions.standard().withName("greedy"), ctx -> block());
  }

  @Test
  void anActorThatBlocksIsNamedWithItsStackAtTheLimit() throws Exception {
    try (Runtime runtime = build();
        Run.Release _ = end::countDown) {
      runtime.runOnWorkers(this::spawnBlocking);
      awaitBlocked();
      look(Watchdog.LOOKS);
      assertEquals(List.of(), told, "the first look is where the time begins");
      look(1);
      end.countDown();
      runtime.start();
    }
    Blocked one = told.getFirst();
    assertEquals(1, one.worker());
    assertEquals("greedy", one.actor());
    assertEquals(LIMIT, one.time());
    assertEquals(Thread.State.WAITING, one.state());
    assertThat(one.stack().toString()).contains("WatchdogTest.block");
    assertEquals(1, told.size());
  }

  /** It spins: if it waited, the worker would go on with others. */
  @Test
  void aThreadSafeActorThatKeepsItsWorkerIsNamedWithItsStack() throws Exception {
    try (Runtime runtime = build();
        Run.Release _ = end::countDown) {
      runtime.spawn(
          Supervisor.stopping(),
          (Context<Void> _, Integer _) -> spin(),
          0,
          ActorOptions.standard().withName("greedy"));
      Run.await(blocked);
      look(Watchdog.LOOKS + 1);
      end.countDown();
      runtime.start();
    }
    assertEquals("greedy", told.getFirst().actor());
    assertThat(told.getFirst().stack().toString()).contains("WatchdogTest.spin");
  }

  private void spin() {
    blocked.countDown();
    while (end.getCount() > 0) {
      Thread.onSpinWait();
    }
  }

  private static final class Slow {
    private final WatchdogTest test;

    Slow(Cx<Slow> cx, WatchdogTest test) {
      this.test = test;
    }

    void work() {
      test.block();
    }
  }

  @Test
  void aBehaviourThatBlocksIsNamedToo() throws Exception {
    try (Runtime runtime = build();
        Run.Release _ = end::countDown) {
      runtime.runOnWorkers(
          ref -> {
            ActorOwn<Slow> slow = ref.loop().actor(Slow::new, this, Ret.nop());
            slow.call(Slow::work);
            ref.loop().after(Duration.ofDays(1), slow::close);
          });
      awaitBlocked();
      look(Watchdog.LOOKS + 1);
      end.countDown();
      runtime.stop();
      runtime.start();
    }
    assertEquals("Slow#1", told.getFirst().actor());
    assertThat(told.getFirst().stack().toString()).contains("Slow.work");
  }

  @Test
  void whatIsNobodysIsTheRuntimes() throws Exception {
    try (Runtime runtime = build();
        Run.Release _ = end::countDown) {
      runtime.runOnWorkers(ref -> block());
      awaitBlocked();
      look(Watchdog.LOOKS + 1);
      end.countDown();
      runtime.start();
    }
    assertEquals("the runtime", told.getFirst().actor());
  }

  @Test
  void itIsToldAgainWhenTheTimeHasGrownTenfold() throws Exception {
    try (Runtime runtime = build();
        Run.Release _ = end::countDown) {
      runtime.runOnWorkers(this::spawnBlocking);
      awaitBlocked();
      look(10 * Watchdog.LOOKS);
      assertEquals(1, told.size());
      look(1);
      assertEquals(2, told.size());
      assertEquals(LIMIT.multipliedBy(10), told.get(1).time());
      end.countDown();
      runtime.start();
    }
  }

  @Test
  void timeThatNobodyHadIsNotBlamedOnAnActor() throws Exception {
    try (Runtime runtime = build();
        Run.Release _ = end::countDown) {
      runtime.runOnWorkers(this::spawnBlocking);
      awaitBlocked();
      look(1);
      world.pass(Duration.ofMinutes(1)); // the machine was asleep
      watchdog.look();
      assertEquals(List.of(), told);
      look(Watchdog.LOOKS - 3);
      assertEquals(List.of(), told, "the minute counts as two periods");
      look(1);
      assertEquals(1, told.size());
      end.countDown();
      runtime.start();
    }
  }

  /** Spawns an actor that waits for ever; {@code workers} gets its worker. */
  private static void spawnIdle(RuntimeRef ref, Queue<Worker> workers) {
    Run.<Void>spawn(ref, Context::receiveNext);
    workers.add(Objects.requireNonNull(Worker.currentOrNull()));
  }

  @Test
  void aWorkerThatSleepsIsNotKept() throws Exception {
    try (Runtime runtime = build()) {
      var workers = new LinkedBlockingQueue<Worker>();
      runtime.runOnWorkers(ref -> spawnIdle(ref, workers));
      look(10 * Watchdog.LOOKS);
      Run.awaitAsleep(workers.take());
      told.clear(); // what it did before it slept may have taken as long as it liked
      look(10 * Watchdog.LOOKS);
      assertEquals(List.of(), told);
    }
  }

  @Test
  void aWorkerThatHasEndedIsNotKept() throws Exception {
    try (Runtime runtime = Run.setup(2).world(world).watchdog(Duration.ZERO).build()) {
      runtime.watchWith(watchdog);
      world.pass(Watchdog.WARM_UP);
      var workers = new LinkedBlockingQueue<Worker>();
      runtime.runOnWorkers(
          ref -> {
            if (ref.workerId() == 1) {
              throw new IllegalStateException("ends it");
            }
            spawnIdle(ref, workers);
          });
      Run.join(world.threads().getFirst());
      Run.awaitAsleep(workers.take());
      look(10 * Watchdog.LOOKS);
      assertEquals(List.of(), told);
    }
  }

  /** Bytes that pass through the poller's own handlers are neither turns nor calls. */
  @Test
  void roundsWithoutTurnsAreMovesToo() {
    var gauges = new Gauges();
    long before = gauges.moves();
    gauges.show(0, 0, Long.MAX_VALUE);
    assertTrue(gauges.moves() != before);
  }

  @Test
  void manyShortTurnsAreNoLongOne() throws Exception {
    var turns = new LinkedBlockingQueue<Integer>();
    try (Runtime runtime = build()) {
      runtime.runOnWorkers(
          ref ->
              Run.<Void>spawn(
                  ref,
                  ctx -> {
                    for (int i = turns.take(); i > 0; i = turns.take()) {
                      ctx.sleep(Duration.ZERO);
                    }
                  }));
      for (int i = 0; i < 10 * Watchdog.LOOKS; i++) {
        turns.add(1);
        while (!turns.isEmpty()) {
          Thread.onSpinWait(); // it is taken in a turn that no look has seen
        }
        look(1);
      }
      turns.add(0);
      runtime.start();
    }
    assertEquals(List.of(), told);
  }

  @Test
  void inTheFirstSecondsNobodyIsBlamed() throws Exception {
    var early = new Watchdog(world, LIMIT, told::add);
    try (Runtime runtime = Run.setup(1).world(world).watchdog(Duration.ZERO).build();
        Run.Release _ = end::countDown) {
      runtime.watchWith(early);
      runtime.runOnWorkers(this::spawnBlocking);
      awaitBlocked();
      long looks = Watchdog.WARM_UP.dividedBy(PERIOD);
      for (int i = 0; i < looks + Watchdog.LOOKS - 1; i++) {
        world.pass(PERIOD);
        early.look();
      }
      assertEquals(List.of(), told);
      world.pass(PERIOD);
      early.look();
      assertEquals(1, told.size(), "but who still blocks after them is");
      end.countDown();
      runtime.start();
    }
  }

  @Test
  void theHandlerIsToldSoOftenInAMinuteAndNoMore() throws Exception {
    int workers = Watchdog.MAX_TOLD + 2;
    var all = new CountDownLatch(workers);
    try (Runtime runtime = Run.setup(workers).world(world).watchdog(Duration.ZERO).build();
        Run.Release _ = end::countDown) {
      runtime.watchWith(watchdog);
      world.pass(Watchdog.WARM_UP);
      watchdog.look();
      runtime.runOnWorkers(
          ref -> {
            all.countDown();
            block();
          });
      Run.await(all);
      look(Watchdog.LOOKS + 1);
      assertEquals(Watchdog.MAX_TOLD, told.size());
      world.pass(Duration.ofMinutes(1));
      watchdog.look();
      assertEquals(workers, told.size());
      end.countDown();
      runtime.start();
    }
  }

  @Test
  void aHandlerThatFailsIsLoggedAndCalledAgain() throws Exception {
    var failing =
        new Watchdog(
            world,
            LIMIT,
            one -> {
              told.add(one);
              throw new IllegalStateException("broken");
            });
    try (var log = CapturedLog.of(Watchdog.class);
        Runtime runtime = Run.setup(1).world(world).watchdog(Duration.ZERO).build();
        Run.Release _ = end::countDown) {
      runtime.watchWith(failing);
      runtime.runOnWorkers(this::spawnBlocking);
      awaitBlocked();
      for (int i = 0; i < 500; i++) {
        world.pass(PERIOD);
        failing.look();
      }
      assertEquals(2, told.size());
      assertEquals(2, log.events().size());
      end.countDown();
      runtime.start();
    }
  }

  /** The whole, as programs have it: the thread in start() watches and the warning is logged. */
  @Test
  void theCoordinatorWatchesAndLogs() throws Exception {
    try (var log = CapturedLog.of(Watchdog.class);
        Runtime runtime = Run.setup(1).world(world).build();
        Run.Release _ = end::countDown) {
      runtime.runOnWorkers(this::spawnBlocking);
      var coordinator =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      runtime.start();
                    } catch (RuntimeFailure e) {
                      throw new AssertionError(e);
                    }
                  });
      awaitBlocked();
      while (log.events().isEmpty()) {
        world.pass(PERIOD);
        assertTrue(!end.await(1, TimeUnit.MILLISECONDS));
      }
      LoggingEvent event = log.take();
      end.countDown();
      Run.join(coordinator);
      assertThat(CapturedLog.line(event))
          .startsWith("WARN an actor keeps its worker from everything else")
          .contains(" worker=1 actor=greedy millis=");
      assertThat(event.getThrowable()).hasMessage("stack of the worker");
      assertThat(List.of(event.getThrowable().getStackTrace()).toString())
          .contains("WatchdogTest.block");
    }
  }

  /** It may never get it: who holds it has to get a turn to leave it. */
  @Test
  void whoWantsAMonitorIsToldWhatMayBeWrong() {
    try (CapturedLog log = CapturedLog.of(Watchdog.class)) {
      for (Thread.State state : List.of(Thread.State.BLOCKED, Thread.State.WAITING)) {
        Watchdog.log(new Blocked(1, "stuck", Duration.ofMillis(70), state, List.of()));
      }
      String pairs = " worker=1 actor=stuck millis=70 state=";
      String before = "WARN an actor keeps its worker from everything else";
      String monitor =
          ", for it wants a monitor: does an actor of the same worker wait while it holds that?"
              + " Leave it before waiting";
      assertEquals(
          List.of(
              before + monitor + pairs + "BLOCKED",
              before + ": use a sync actor for what blocks" + pairs + "WAITING"),
          log.lines());
    }
  }

  @Test
  void aNegativeLimitIsRefused() {
    var failure =
        assertThrows(
            IllegalArgumentException.class, () -> Run.setup(1).watchdog(Duration.ofMillis(-1)));
    assertEquals(
        "the limit of the watchdog is PT-0.001S; it must be positive, or zero for none",
        failure.getMessage());
  }
}
