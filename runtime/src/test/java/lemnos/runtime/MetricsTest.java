package lemnos.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.event.KeyValuePair;
import org.slf4j.event.LoggingEvent;

/** The metrics, and the lines that SIGUSR2 asks for (PARITY-heph 2 and 3; rows 33 and 34). */
@Timeout(300)
final class MetricsTest {
  private static final List<String> COORDINATOR_KEYS =
      List.of(
          "lemnos_version",
          "host_os",
          "host_arch",
          "host_name",
          "host_id",
          "app_name",
          "process_id",
          "parent_process_id",
          "uptime",
          "worker_threads",
          "sync_actors",
          "shared_scheduler_ready",
          "shared_scheduler_inactive",
          "shared_timers_total",
          "shared_timers_next",
          "process_signals",
          "process_signal_receivers",
          "cpu_time",
          "total_cpu_time",
          "trace_file",
          "trace_counter");
  private static final List<String> WORKER_KEYS =
      List.of(
          "worker_id",
          "cpu_affinity",
          "scheduler_ready",
          "scheduler_inactive",
          "timers_total",
          "timers_next",
          "process_signal_receivers",
          "cpu_time",
          "trace_counter");

  private final ManualWorld world = new ManualWorld();

  @TempDir Path folder;

  private static List<String> keys(LoggingEvent event) {
    List<KeyValuePair> pairs = CapturedLog.pairs(event);
    return pairs.stream().map(pair -> pair.key).toList();
  }

  @Test
  void signalUsr2HasEachWorkersLineWrittenBeforeItsActorsAreTold() throws Exception {
    var ready = new CountDownLatch(2);
    Map<Integer, List<Object>> seen = new ConcurrentHashMap<>();
    try (var log = CapturedLog.of("metrics");
        Runtime runtime = Runtime.setup().name("app").workers(2).build()) {
      runtime.runOnWorkers(
          ref -> {
            ref.receiveSignals(
                Run.spawn(
                    ref,
                    (Context<Signal> ctx) -> {
                      ctx.receiveNext();
                      seen.put(ref.workerId(), workersThatLogged(log));
                    }));
            ready.countDown();
          });
      Run.await(ready);
      sun.misc.Signal.raise(new sun.misc.Signal("USR2"));
      runtime.start();
      assertEquals(Set.of(1, 2), seen.keySet());
      seen.forEach((id, logged) -> assertTrue(logged.contains(id), "worker " + id + ": " + logged));
      assertEquals(3, log.events().size());
      assertEquals(Set.of(1, 2), Set.copyOf(workersThatLogged(log)));
      for (LoggingEvent event : log.events()) {
        if (event.getMessage().equals("worker metrics")) {
          assertEquals(WORKER_KEYS, keys(event));
        } else {
          assertEquals("coordinator metrics", event.getMessage());
          assertEquals(COORDINATOR_KEYS, keys(event));
          assertEquals("app", CapturedLog.value(event, "app_name"));
          assertEquals(ProcessHandle.current().pid(), CapturedLog.value(event, "process_id"));
        }
      }
    }
  }

  private static List<Object> workersThatLogged(CapturedLog log) {
    return log.events().stream()
        .filter(event -> event.getMessage().equals("worker metrics"))
        .map(event -> CapturedLog.value(event, "worker_id"))
        .toList();
  }

  @Test
  void aSnapshotShowsWhatWaitsForWhat() throws Exception {
    var asked = new LinkedBlockingQueue<Metrics>();
    world.pass(Duration.ofSeconds(1));
    try (Runtime runtime =
        Run.setup(1)
            .name("app")
            .world(world)
            .poller(world::poller)
            .tracing(folder.resolve("x.trace"))
            .build()) {
      runtime.runOnWorkers(
          ref -> {
            Run.<Void>spawn(ref, Context::receiveNext); // for ever
            Run.<Void>spawn(ref, ctx -> ctx.sleep(Duration.ofSeconds(7)));
            Run.<Void>spawn(
                ref,
                ctx -> {
                  ctx.sleep(Duration.ZERO); // others begin to wait
                  ctx.sleep(Duration.ofSeconds(2)); // the worker polls
                  asked.add(ref.runtime().metrics());
                  ref.runtime().stop();
                });
          });
      runtime.start();
      Metrics metrics = asked.take();
      assertEquals("app", metrics.name());
      assertEquals(Duration.ofSeconds(2), metrics.uptime());
      assertEquals(Host.current(), metrics.host());
      assertEquals(Set.of(), metrics.signals());
      assertEquals(folder.resolve("x.trace"), metrics.traceFile());
      assertEquals(ProcessHandle.current().pid(), metrics.processId());
      assertTrue(metrics.totalCpuTime().isPositive());
      assertTrue(metrics.traceCount() >= 2);
      WorkerMetrics worker = metrics.workers().getFirst();
      assertEquals(1, worker.id());
      assertNull(worker.cpu());
      assertEquals(3, worker.ready() + worker.inactive());
      assertEquals(1, worker.timers());
      assertEquals(Duration.ZERO, worker.nextTimer(), "the other has just expired");
      assertTrue(worker.traceCount() > 0);
    }
  }

  @Test
  void aSnapshotShowsThreadSafeActors() throws Exception {
    var asked = new LinkedBlockingQueue<Metrics>();
    try (Runtime runtime = Run.setup(1).world(world).poller(world::poller).build()) {
      runtime.runOnWorkers(
          _ -> {
            Run.<Void>spawnShared(runtime, Context::receiveNext); // for ever
            Run.<Void>spawnShared(runtime, ctx -> ctx.sleep(Duration.ofSeconds(7)));
            Run.<Void>spawnShared(
                runtime,
                ctx -> {
                  ctx.sleep(Duration.ofSeconds(2)); // the others begin to wait
                  Run.<Void>spawnShared(runtime, _ -> {});
                  asked.add(runtime.metrics());
                  runtime.stop();
                });
          });
      runtime.start();
      Metrics metrics = asked.take();
      assertEquals(1, metrics.sharedReady());
      assertEquals(3, metrics.sharedInactive(), "two wait, one asks");
      assertEquals(1, metrics.sharedTimers());
      assertEquals(Duration.ofSeconds(5), metrics.sharedNextTimer());
    }
  }

  /** The metric whose ancestor is zero for every timer that is yet to come. */
  @Test
  void theTimeUntilTheNextTimerIsShown() throws Exception {
    var gauges = new Gauges();
    assertNull(gauges.nextTimer(0));
    gauges.show(1, 3, 500);
    assertEquals(Duration.ofNanos(400), gauges.nextTimer(100));
    assertEquals(Duration.ZERO, gauges.nextTimer(600));
    assertEquals(2, gauges.inactive());
  }

  @Test
  void aWorkerThatIsBlockedKeepsNobodyFromItsMetrics() throws Exception {
    var blocked = new CountDownLatch(1);
    var end = new CountDownLatch(1);
    try (Runtime runtime = Run.setup(2).build();
        Run.Release _ = end::countDown) {
      runtime.runOnWorkers(
          ref ->
              Run.<Void>spawn(
                  ref,
                  ctx -> {
                    if (ref.workerId() == 1) {
                      blocked.countDown();
                      end.await();
                    }
                  }));
      Run.await(blocked);
      Metrics metrics = runtime.metrics();
      assertEquals(2, metrics.workers().size());
      assertTrue(metrics.workerThreads() >= 1);
      end.countDown();
      runtime.start();
      assertEquals(0, runtime.metrics().workerThreads());
    }
  }

  @Test
  void cpuTimeIsThatOfTheWorkersThread() throws Exception {
    var asked = new LinkedBlockingQueue<Duration>();
    Run.on(
        1,
        ref ->
            ref.loop()
                .execute(
                    () -> {
                      Duration before = cpuTime(ref);
                      while (cpuTime(ref).compareTo(before.plusMillis(2)) < 0) {
                        Thread.onSpinWait();
                      }
                      asked.add(cpuTime(ref));
                    }));
    assertTrue(asked.take().toMillis() >= 2);
    assertEquals(Duration.ZERO, Gauges.cpuTime(null));
    assertEquals(Duration.ZERO, Gauges.cpuTime(Thread.ofPlatform().unstarted(() -> {})));
  }

  private static Duration cpuTime(RuntimeRef ref) {
    return ref.runtime().metrics().workers().getFirst().cpuTime();
  }
}
