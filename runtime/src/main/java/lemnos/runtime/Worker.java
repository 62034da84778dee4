package lemnos.runtime;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Supplier;
import lemnos.core.Driver;
import lemnos.core.Loop;
import lemnos.core.Poller;
import lemnos.core.Pulse;
import lemnos.core.World;
import org.jspecify.annotations.Nullable;

/**
 * A thread that runs a core loop by its driver and a scheduler of processes, and sleeps on a
 * poller. Its cycle, from heph-rt's worker: run calls and up to {@value #RUN_POLL_RATIO} processes,
 * within a time limit; stop if nothing lives here any more; poll.
 */
final class Worker implements Runnable {
  /** How many processes run between two polls at most. */
  static final int RUN_POLL_RATIO = 32;

  private static final ThreadLocal<@Nullable Worker> CURRENT = new ThreadLocal<>();

  private final int id;
  private final World world;
  private final Supplier<? extends Poller> pollers;
  private final Runtime runtime;
  private final Loop loop;
  private final RuntimeRef ref;
  private final Tracer tracer;
  private final Gauges gauges = new Gauges();
  private final ActorGroup<Signal> signalReceivers = new ActorGroup<>();
  private final Scheduler scheduler = new Scheduler();
  private final Set<Process<?, ?>> processes = new HashSet<>();
  private @Nullable Process<?, ?> running;
  private boolean started;
  private boolean stopping;

  /** What the thread runs the loop by. Written once, by the thread. */
  private volatile @Nullable Driver driver;

  /** The CPU that the thread is bound to, or -1. Written once, by the thread. */
  private volatile int cpu = -1;

  /** What ends the worker; the first counts. */
  private @Nullable Throwable failure;

  Worker(int id, World world, Supplier<? extends Poller> pollers, Runtime runtime) {
    this.id = id;
    this.world = world;
    this.pollers = pollers;
    this.runtime = runtime;
    this.loop = new Loop(world);
    this.ref = new RuntimeRef(this);
    this.tracer = runtime.tracer().stream(id);
    loop.detach(); // until our own thread takes it; what others want meanwhile waits
  }

  /** The worker on whose behalf the calling thread runs, or null. */
  static @Nullable Worker currentOrNull() {
    return CURRENT.get();
  }

  /** Makes {@code worker} the one of the calling thread. */
  static void enter(@Nullable Worker worker) {
    CURRENT.set(worker);
  }

  int id() {
    return id;
  }

  Loop loop() {
    return loop;
  }

  World world() {
    return world;
  }

  RuntimeRef ref() {
    return ref;
  }

  Runtime runtime() {
    return runtime;
  }

  Tracer tracer() {
    return tracer;
  }

  OptionalInt cpu() {
    return cpu < 0 ? OptionalInt.empty() : OptionalInt.of(cpu);
  }

  /** Any thread. */
  ActorGroup<Signal> signalReceivers() {
    return signalReceivers;
  }

  /** The process whose turn it is, or null. */
  @Nullable Process<?, ?> running() {
    return running;
  }

  // For the watchdog, on any thread

  Gauges gauges() {
    return gauges;
  }

  /** A number that changes whenever the worker goes on to something else. */
  long position() {
    return gauges.moves() + Pulse.of(loop).calls();
  }

  /** Whether the worker sleeps, or handles what woke it. */
  boolean isPolling() {
    Driver d = driver;
    return d != null && d.isAsleep();
  }

  // From other threads

  /** Allows the worker to stop once nothing lives here. */
  void start() {
    control(() -> started = true);
  }

  /** Ends everything that lives here, and then the worker. */
  void stop() {
    control(this::stopHere);
  }

  /** Hands a signal out to the receivers of this worker. */
  void relay(Signal signal) {
    control(
        () -> {
          if (signal == Signal.USR2) {
            logMetrics();
          }
          TraceTiming timing = tracer.start();
          Signals.send(signal, signalReceivers);
          tracer.finish(
              timing,
              "Relaying process signal to actors",
              TraceAttribute.of("signal", signal.description));
        });
  }

  private void logMetrics() {
    TraceTiming timing = tracer.start();
    showGauges();
    Metrics.log("worker metrics", metrics(Thread.currentThread()).pairs());
    tracer.finish(timing, "Printing runtime metrics");
  }

  private void showGauges() {
    gauges.show(scheduler.size(), processes.size(), loop.nextExpiry());
  }

  /** How this worker, which runs on {@code thread}, is doing. Any thread. */
  WorkerMetrics metrics(@Nullable Thread thread) {
    return new WorkerMetrics(
        id,
        cpu < 0 ? null : cpu,
        gauges.ready(),
        gauges.inactive(),
        Pulse.of(loop).timers(),
        gauges.nextTimer(world.nanoTime()),
        signalReceivers.size(),
        Gauges.cpuTime(thread),
        tracer.count());
  }

  /** Has the worker do what the coordinator wants. */
  private void control(Runnable message) {
    loop.execute(
        () -> {
          TraceTiming timing = tracer.start();
          message.run();
          tracer.finish(timing, "Processing communication message(s)");
        });
  }

  private void stopHere() {
    started = true;
    stopping = true;
    for (Process<?, ?> process : new ArrayList<>(processes)) {
      process.cancel();
    }
  }

  void runFunction(WorkerFunction function) {
    control(
        () -> {
          TraceTiming timing = tracer.start();
          try {
            function.run(ref);
          } catch (Throwable t) {
            fail(t);
          }
          tracer.finish(timing, "Running user function");
        });
  }

  // The thread

  @Override
  public void run() {
    enter(this);
    loop.attach();
    try {
      drive();
      loop.close();
    } catch (Throwable t) {
      fail(t);
    } finally {
      runtime.stopped(this, failure);
    }
  }

  private void drive() {
    TraceTiming timing = tracer.start();
    if (runtime.cpuAffinity()) {
      cpu = CpuAffinity.bindWorker(id);
    }
    try (Poller poller = pollers.get()) {
      loop.putEnv(Poller.class, poller);
      var driver = new Driver(loop, poller);
      this.driver = driver;
      tracer.finish(timing, "Initialising the worker thread");
      if (id == 1) {
        runtime.logStart(poller);
      }
      cycle(driver);
      endProcesses();
      loop.close();
    } catch (Throwable t) {
      fail(t);
    }
  }

  private void cycle(Driver driver) {
    try {
      runBatch(driver, false);
      while (failure == null && !mayStop()) {
        runBatch(driver, !poll(driver));
      }
    } catch (Throwable t) {
      fail(t);
    }
  }

  private void fail(Throwable cause) {
    if (failure == null) {
      failure = cause;
    } else if (failure != cause) {
      failure.addSuppressed(cause);
    }
  }

  private boolean mayStop() {
    return started
        && processes.isEmpty()
        && (stopping || (loop.actorCount() == 0 && !loop.hasWork()));
  }

  /** Calls and processes, until either limit is reached or nothing is left to do. */
  private void runBatch(Driver driver, boolean idle) {
    long begin = world.nanoTime();
    long deadline = begin + Driver.MAX_RUN_NANOS;
    long now = runCalls(driver, begin, deadline, idle && scheduler.isEmpty());
    int left = RUN_POLL_RATIO;
    boolean more = !scheduler.isEmpty();
    while (more) {
      int round = Math.min(left, scheduler.size());
      left -= round;
      do {
        now = runProcess(now);
        round--;
      } while (round > 0 && now < deadline);
      now = runCalls(driver, now, deadline, false);
      more = left > 0 && now < deadline && !scheduler.isEmpty();
    }
  }

  /** Runs calls of the loop, some in any case. Returns the time after that. */
  private long runCalls(Driver driver, long now, long deadline, boolean idle) {
    boolean any = idle || loop.hasWork() || loop.nextExpiry() <= now;
    TraceTiming timing = any ? tracer.start() : null;
    int ready = scheduler.size();
    long time = driver.run(now, deadline, idle);
    if (timing != null) {
      traceScheduling(timing, scheduler.size() - ready);
    }
    return time;
  }

  /** Other threads' wake-ups and expired timers are calls of the loop: they make actors ready. */
  private void traceScheduling(TraceTiming timing, int local) {
    tracer.finish(
        timing,
        "Scheduling processes",
        TraceAttribute.ofUnsigned("local amount", local),
        TraceAttribute.ofUnsigned("shared amount", 0),
        TraceAttribute.ofUnsigned("total amount", local));
  }

  /** Gives the next process its turn. Returns the time after that. */
  private long runProcess(long now) {
    Process<?, ?> process = scheduler.next();
    if (process == null) {
      return now;
    }
    running = process;
    gauges.begin(process);
    TraceTiming timing = tracer.start();
    try {
      process.resume();
    } finally {
      running = null;
      gauges.end();
      Thread.interrupted(); // the same of a process
      if (process.isDone()) {
        processes.remove(process);
      }
      if (timing != null) {
        traceTurn(timing, process);
      }
    }
    long end = world.nanoTime();
    process.runtime += (end - now) * process.weight();
    if (process.isReady()) {
      scheduler.add(process);
    }
    return end;
  }

  private void traceTurn(TraceTiming timing, Process<?, ?> process) {
    tracer.finish(
        timing,
        "Running thread-local process",
        TraceAttribute.ofUnsigned("id", process.number()),
        TraceAttribute.of("name", process.toString()));
  }

  /** Waits for events if nothing else is to be done, and handles them. Whether any came. */
  private boolean poll(Driver driver) {
    showGauges();
    TraceTiming timing = tracer.start();
    boolean any = driver.poll(scheduler.isEmpty() ? Long.MAX_VALUE : 0);
    tracer.finish(timing, "Polling for OS events");
    return any;
  }

  /** Ends whatever still lives here: after a failure. */
  private void endProcesses() {
    stopHere();
    while (!scheduler.isEmpty() && loop.isOwner()) {
      try {
        runProcess(world.nanoTime());
      } catch (Throwable t) {
        fail(t);
      }
    }
    // If the machine failed the loop is closed by now, and no code of theirs can run any more.
    processes.forEach(Process::end);
  }

  // For processes

  void ready(Process<?, ?> process) {
    scheduler.add(process);
  }

  /** The time that is {@code delay} from now; the loop's own is that of its last run. */
  long later(Duration delay) {
    long now = world.nanoTime();
    return now + Math.min(nanos(delay), Long.MAX_VALUE - now);
  }

  /** {@code duration} in nanoseconds, or the most there can be. */
  static long nanos(Duration duration) {
    try {
      return duration.toNanos();
    } catch (ArithmeticException e) {
      return Long.MAX_VALUE;
    }
  }

  <M, T extends @Nullable Object> ActorRef<M> spawn(
      Supervisor<T> supervisor, SequentialActor<M, T> actor, T argument, ActorOptions options) {
    if (!loop.isOwner()) {
      throw new IllegalStateException(
          "a RuntimeRef belongs to its worker: from another thread use Runtime.runOnWorkers");
    }
    var process = new Process<>(this, supervisor, actor, argument, options);
    processes.add(process);
    scheduler.add(process);
    if (stopping) {
      process.cancel();
    }
    return process.inbox();
  }
}
