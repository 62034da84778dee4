package lemnos.runtime;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import lemnos.core.Poller;
import lemnos.core.World;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A runtime of several workers, each a thread with a loop of its own. Any number of them may live
 * in a process. All methods may be called from any thread.
 *
 * <p>Workers run from {@link Setup#build} on; after {@link #start} each stops when nothing lives on
 * it any more, neither a sequential actor nor an object actor. Source: heph-rt's {@code Runtime}.
 */
public final class Runtime implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Runtime.class);

  /** What the coordinator, the thread in {@link #start}, waits for. */
  private sealed interface Event {
    record Stopped(Worker worker, @Nullable Throwable cause) implements Event {}

    record Signalled(Signal signal) implements Event {}
  }

  private final String name;
  private final List<Worker> workers = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private final ActorGroup<Signal> signalReceivers = new ActorGroup<>();
  private final Consumer<Signal> signalListener = s -> events.add(new Event.Signalled(s));
  private final boolean signals;
  private final Set<Signal> relayed;
  private final boolean cpuAffinity;
  private final World world;
  private final long builtNanos;

  /** What the coordinator does while nothing happens; null if it need not. */
  private final @Nullable Watchdog watchdog;

  private final @Nullable TraceLog trace;
  private final Tracer tracer;

  /** The thread that is in {@link #start}, or was. */
  private volatile @Nullable Thread coordinator;

  private final SharedScheduler shared;

  /** How many workers sleep, or are about to. */
  private final AtomicInteger polling = new AtomicInteger();

  /** Where the next search for a sleeping worker begins, so that all get their share. */
  private final AtomicInteger nextToWake = new AtomicInteger();

  // Of the coordinator.
  private int living;
  private @Nullable RuntimeFailure failure;

  Runtime(Setup setup) {
    name = setup.name();
    signals = setup.signals();
    cpuAffinity = setup.cpuAffinity();
    world = setup.world();
    builtNanos = world.nanoTime();
    watchdog =
        setup.watchdog().isZero() ? null : new Watchdog(world, setup.watchdog(), setup.onBlocked());
    Path traceFile = setup.traceFile();
    trace = traceFile == null ? null : TraceLog.create(traceFile, setup.world());
    tracer = Tracer.of(trace);
    TraceTiming timing = tracer.start();
    relayed = signals ? Signals.listen(signalListener) : Set.of();
    if (!ContinuationCoroutine.isAvailable() || !VirtualCoroutine.isAvailable()) {
      LOG.info(
          "sequential actors run on virtual threads in turn; start the JVM with --add-exports"
              + " java.base/jdk.internal.vm=ALL-UNNAMED --add-opens"
              + " java.base/java.lang=ALL-UNNAMED to switch between them many times faster");
    }
    shared = new SharedScheduler(this, setup.world(), setup.workers());
    for (int id = 1; id <= setup.workers(); id++) {
      workers.add(new Worker(id, setup.world(), setup.pollers(), this));
    }
    living = workers.size();
    tracer.finish(timing, "Initialising the coordinator thread");
    timing = tracer.start();
    try {
      for (Worker worker : workers) {
        threads.add(world.start(name + "-worker-" + worker.id(), false, worker));
      }
      if (watchdog != null) {
        watchWith(watchdog);
      }
      tracer.finish(
          timing, "Spawning worker threads", TraceAttribute.ofUnsigned("amount", workers.size()));
    } catch (Throwable t) {
      stop();
      awaitEnd();
      throw t;
    }
  }

  /** A setup with one worker, to be changed and built. */
  public static Setup setup() {
    return new Setup();
  }

  /** How many workers there are. */
  public int workers() {
    return workers.size();
  }

  /** Runs {@code function} once on each worker, soon. An exception ends the runtime. */
  public void runOnWorkers(WorkerFunction function) {
    workers.forEach(w -> w.runFunction(function));
  }

  /**
   * Starts a thread-safe sequential actor: each of its turns may be on another worker, but it has
   * one turn at a time, and what one did is seen by the next. What it uses must not belong to a
   * worker. If the JVM was started with {@code --add-opens java.base/java.lang=ALL-UNNAMED} it may
   * block in the locks, queues and sleeps of the JDK; its worker goes on with others meanwhile.
   *
   * @param supervisor decides when it fails, on whichever worker that happens
   * @return the reference to send it messages
   * @throws IllegalStateException if all workers have stopped
   */
  public <M, T extends @Nullable Object> ActorRef<M> spawn(
      Supervisor<T> supervisor, SequentialActor<M, T> actor, T argument, ActorOptions options) {
    var process = new SharedProcess<>(shared, supervisor, actor, argument, options);
    if (!shared.enter()) {
      throw new IllegalStateException(this + " has ended: no worker is left to run an actor");
    }
    shared.push(process);
    if (shared.isDeserted()) {
      process.end(); // the last worker has failed meanwhile
    }
    return process.inbox();
  }

  /**
   * Lets {@code receiver} get the {@linkplain Signal signals} of the process. One that {@link
   * Signal#shouldStop} ends the runtime with a failure if there is no receiver at all, neither here
   * nor of any {@linkplain RuntimeRef#receiveSignals worker}.
   */
  public void receiveSignals(ActorRef<Signal> receiver) {
    signalReceivers.addUnique(receiver);
  }

  /**
   * Runs until all workers have stopped, relaying signals meanwhile. To be called once.
   *
   * @throws RuntimeFailure the first thing that went wrong on any worker; the others were then
   *     stopped
   */
  public void start() throws RuntimeFailure {
    checkMayWait();
    coordinator = Thread.currentThread();
    workers.forEach(Worker::start);
    try {
      while (living > 0) {
        handle(nextEvent());
      }
    } finally {
      awaitEnd();
    }
    if (failure != null) {
      throw failure;
    }
  }

  private void handle(Event event) {
    TraceTiming all = tracer.start();
    TraceTiming timing = tracer.start();
    switch (event) {
      case Event.Stopped(Worker worker, Throwable cause) -> {
        stopped(worker.id(), cause);
        tracer.finish(timing, "Processing worker event");
      }
      case Event.Signalled(Signal signal) -> {
        relay(signal);
        tracer.finish(timing, "Relaying process signal(s)");
      }
    }
    tracer.finish(all, "Handling OS events");
  }

  private Event nextEvent() {
    while (true) {
      TraceTiming timing = tracer.start();
      try {
        Event event = watchdog == null ? events.take() : awaitWatching(watchdog);
        tracer.finish(timing, "Polling for OS events");
        return event;
      } catch (InterruptedException e) {
        fail(new RuntimeFailure("the coordinator thread was interrupted", e));
      }
    }
  }

  private Event awaitWatching(Watchdog watchdog) throws InterruptedException {
    while (true) {
      Event event = events.poll(watchdog.periodNanos(), TimeUnit.NANOSECONDS);
      if (event != null) {
        return event;
      }
      watchdog.look();
    }
  }

  private void stopped(int workerId, @Nullable Throwable cause) {
    living--;
    if (cause != null) {
      fail(new RuntimeFailure("error in worker thread " + workerId + ": " + cause, cause));
    }
  }

  private void relay(Signal signal) {
    int receivers = countReceivers();
    LOG.atInfo()
        .addKeyValue("signal", signal)
        .addKeyValue("receivers", receivers)
        .log("received process signal");
    if (receivers == 0 && signal.shouldStop()) {
      fail(
          new RuntimeFailure(
              "received process signal " + signal + ", but no receivers for it: stopping runtime",
              null));
      return;
    }
    workers.forEach(w -> w.relay(signal));
    Signals.send(signal, signalReceivers);
    if (signal == Signal.USR2) {
      TraceTiming timing = tracer.start();
      metrics().log();
      tracer.finish(timing, "Printing runtime metrics");
    }
  }

  /** How many actors receive signals: those of the workers count as much as the runtime's own. */
  private int countReceivers() {
    signalReceivers.removeDisconnected();
    int sum = signalReceivers.size();
    for (Worker worker : workers) {
      worker.signalReceivers().removeDisconnected();
      sum += worker.signalReceivers().size();
    }
    return sum;
  }

  /**
   * How the runtime is doing now. A worker that is in the middle of a long turn shows how it was
   * before that. Any thread.
   */
  public Metrics metrics() {
    var process = ProcessHandle.current();
    List<WorkerMetrics> each = new ArrayList<>();
    for (int i = 0; i < workers.size(); i++) {
      each.add(workers.get(i).metrics(threads.get(i)));
    }
    return new Metrics(
        version(),
        Host.current(),
        name,
        process.pid(),
        process.parent().map(ProcessHandle::pid).orElse(null),
        Duration.ofNanos(world.nanoTime() - builtNanos),
        (int) threads.stream().filter(Thread::isAlive).count(),
        0,
        shared.size(),
        shared.inactive(),
        shared.timers(),
        shared.nextTimer(),
        relayed,
        signalReceivers.size(),
        Gauges.cpuTime(coordinator),
        process.info().totalCpuDuration().orElse(Duration.ZERO),
        trace == null ? null : trace.file(),
        tracer.count(),
        List.copyOf(each));
  }

  private static String version() {
    String version = Runtime.class.getPackage().getImplementationVersion();
    return version == null ? "unknown" : "v" + version;
  }

  private void fail(RuntimeFailure cause) {
    if (failure == null) {
      failure = cause;
      stop();
    } else {
      failure.addSuppressed(cause);
    }
  }

  /** Ends everything: actors that wait get {@link Cancelled}, then the workers stop. */
  public void stop() {
    workers.forEach(Worker::stop);
  }

  /** {@link #stop}, and waits until all threads have ended. Not on a worker. */
  @Override
  public void close() {
    checkMayWait();
    stop();
    awaitEnd();
  }

  private static void checkMayWait() {
    if (Worker.currentOrNull() != null) {
      throw new IllegalStateException("a worker cannot wait for a runtime to end: use stop()");
    }
  }

  private void awaitEnd() {
    boolean interrupted = false;
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (signals) {
      Signals.forget(signalListener);
    }
    if (trace != null) {
      trace.close();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  Tracer tracer() {
    return tracer;
  }

  boolean cpuAffinity() {
    return cpuAffinity;
  }

  /** Has {@code watchdog} watch all workers. */
  void watchWith(Watchdog watchdog) {
    for (int i = 0; i < workers.size(); i++) {
      watchdog.watch(workers.get(i), threads.get(i));
    }
  }

  /** The first worker is up, and knows what all of them sleep on. */
  void logStart(Poller poller) {
    LOG.atInfo()
        .addKeyValue("name", name)
        .addKeyValue("workers", workers.size())
        .addKeyValue("poller", poller)
        .addKeyValue(
            "coroutines", ContinuationCoroutine.isAvailable() ? "continuations" : "virtual threads")
        .addKeyValue("cpu_affinity", cpuAffinity)
        .addKeyValue("signals", relayed)
        .addKeyValue("trace_file", trace == null ? "none" : trace.file())
        .log("runtime started");
  }

  // For the workers

  SharedScheduler shared() {
    return shared;
  }

  /** Whether the calling code runs on a worker of this runtime. */
  boolean isOnWorker() {
    Worker worker = Worker.currentOrNull();
    return worker != null && worker.runtime() == this;
  }

  /** A worker is about to sleep: from here on it is counted until it is {@link #awake}. */
  void asleep() {
    polling.getAndIncrement();
  }

  void awake() {
    polling.getAndDecrement();
  }

  /** Wakes up to {@code number} workers that sleep. Any thread. Returns how many it woke. */
  int wakePolling(int number) {
    if (polling.get() == 0) {
      return 0;
    }
    int all = workers.size();
    int first = nextToWake.getAndIncrement();
    int left = number;
    for (int i = 0; i < all && left > 0; i++) {
      if (workers.get(Math.floorMod(first + i, all)).wake()) {
        left--;
      }
    }
    return number - left;
  }

  /** A worker's last word. */
  void stopped(Worker worker, @Nullable Throwable cause) {
    events.add(new Event.Stopped(worker, cause));
  }

  @Override
  public String toString() {
    return "Runtime " + name;
  }
}
