package lemnos.runtime;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
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

  /** The number of the first sync actor's worker; those of the others follow. */
  private static final int FIRST_SYNC_ID = 10_000;

  /** A sync actor and the worker that it has to itself. */
  private record SyncActor(Worker worker, Process<?> process, Thread thread) {}

  private final String name;
  private final World world;
  private final Supplier<? extends Poller> pollers;
  private final List<Worker> workers = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private final ActorGroup<Signal> signalReceivers = new ActorGroup<>();
  private final Consumer<Signal> signalListener = s -> events.add(new Event.Signalled(s));
  private final boolean signals;
  private final Set<Signal> relayed;
  private final boolean cpuAffinity;
  private final int runPollRatio;
  private final long maxRunNanos;
  private final ActorOptions actorOptions;
  private final long builtNanos;

  /** What the coordinator does while nothing happens; null if it need not. */
  private final @Nullable Watchdog watchdog;

  private final @Nullable TraceLog trace;
  private final Tracer tracer;

  /** The thread that is in {@link #start}, or was. */
  private volatile @Nullable Thread coordinator;

  private final SharedScheduler shared;

  /** Those that have not ended. */
  private final Set<SupervisorTree> trees = ConcurrentHashMap.newKeySet();

  // Guarded by syncActors

  private final List<SyncActor> syncActors = new ArrayList<>();
  private int nextSyncId = FIRST_SYNC_ID;

  /**
   * How many workers, those of sync actors too, have not told the coordinator that they stopped.
   */
  private int living;

  private boolean stopping;
  private boolean draining;

  /** Of the coordinator. */
  private @Nullable RuntimeFailure failure;

  Runtime(Setup setup) {
    name = setup.name();
    world = setup.world();
    pollers = setup.pollers();
    signals = setup.signals();
    cpuAffinity = setup.cpuAffinity();
    runPollRatio = setup.runPollRatio();
    maxRunNanos = Alarm.nanos(setup.maxRunTime());
    actorOptions = setup.actorOptions();
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
          "sequential actors run on virtual threads in turn; start the JVM with --add-opens"
              + " java.base/jdk.internal.vm=ALL-UNNAMED --add-opens"
              + " java.base/java.lang=ALL-UNNAMED to switch between them many times faster");
    }
    shared = new SharedScheduler(world, tracer);
    for (int id = 1; id <= setup.workers(); id++) {
      workers.add(new Worker(id, world, pollers, this, shared));
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

  // Spawning

  /** The options that were {@linkplain Setup#actorOptions set up} for actors of this runtime. */
  public ActorOptions actorOptions() {
    return actorOptions;
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
    return spawn(new Supervision<>(new PlainActor<>(actor), supervisor, argument), options);
  }

  /**
   * Starts a thread-safe sequential actor that is made in two steps.
   *
   * @throws Exception what {@code actor} threw when it was to make the actor: nothing was spawned
   */
  public <M, T extends @Nullable Object> ActorRef<M> trySpawn(
      Supervisor<T> supervisor, NewActor<M, T> actor, T argument, ActorOptions options)
      throws Exception {
    return trySpawn(new Supervision<>(actor, supervisor, argument), options);
  }

  /**
   * Runs {@code task} on the workers, like a thread-safe actor, and completes the future when it
   * has ended. Who cancels the future stops the task, as stopping the runtime does; in that case
   * the future is cancelled. Nobody restarts a task.
   *
   * @throws IllegalStateException if all workers have stopped
   */
  public <R extends @Nullable Object> CompletableFuture<R> spawnFuture(
      Task<? extends R> task, ActorOptions options) {
    var fate = new TaskFate<R>(task);
    spawn(fate, options);
    return fate.future;
  }

  <M> ActorRef<M> spawn(Fate<M> fate, ActorOptions options) {
    var process = new SharedProcess<>(shared, fate, options);
    process.makePlain();
    return spawn(process);
  }

  <M> ActorRef<M> trySpawn(Fate<M> fate, ActorOptions options) throws Exception {
    var process = new SharedProcess<>(shared, fate, options);
    process.make();
    return spawn(process);
  }

  private <M> ActorRef<M> spawn(SharedProcess<M> process) {
    if (!shared.enter()) {
      process.end();
      throw hasEnded();
    }
    shared.push(process);
    if (shared.isDeserted()) {
      process.end(); // the last worker has failed meanwhile
    }
    return process.inbox();
  }

  private IllegalStateException hasEnded() {
    return new IllegalStateException(this + " has ended: no worker is left to run an actor");
  }

  /**
   * Starts a sync actor: a sequential actor that has a thread to itself, named after the runtime
   * and the actor, and may block it. Whatever else it does is as for any other: it can wait for
   * messages, answers and time, and has a loop, which runs while it waits. {@link #stop} interrupts
   * it. The runtime ends no sooner than the actor.
   *
   * @param supervisor decides when it fails, on the actor's thread
   * @return the reference to send it messages
   * @throws IllegalStateException if the runtime has ended
   */
  public <M, T extends @Nullable Object> ActorRef<M> spawnSync(
      Supervisor<T> supervisor, SequentialActor<M, T> actor, T argument, ActorOptions options) {
    return spawnSync(new Supervision<>(new PlainActor<>(actor), supervisor, argument), options);
  }

  <M> ActorRef<M> spawnSync(Fate<M> fate, ActorOptions options) {
    synchronized (syncActors) {
      if (living == 0) {
        throw hasEnded();
      }
      var own = new SharedScheduler(world, tracer);
      var worker = new Worker(nextSyncId++, world, pollers, this, own);
      var process = new LocalProcess<>(worker, true, fate, options);
      process.makePlain();
      if (stopping) {
        process.end();
      } else {
        start(worker, process);
      }
      return process.inbox();
    }
  }

  private void start(Worker worker, LocalProcess<?> process) {
    worker.dedicate(process);
    if (draining) {
      worker.drain();
    }
    Thread thread = world.start(name + "-sync-" + process, false, worker);
    syncActors.removeIf(actor -> !actor.thread.isAlive());
    syncActors.add(new SyncActor(worker, process, thread));
    living++;
  }

  /** A supervisor tree for actors of this runtime. It ends when that does, if not before. */
  public SupervisorTree tree(TreeOptions options) {
    SupervisorTree tree = SupervisorTree.root(this, options);
    trees.add(tree);
    tree.end().whenComplete((_, _) -> trees.remove(tree));
    return tree;
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
      while (isAlive()) {
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

  private boolean isAlive() {
    synchronized (syncActors) {
      return living > 0;
    }
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
    synchronized (syncActors) {
      living--;
    }
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
        syncActors(),
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

  private int syncActors() {
    synchronized (syncActors) {
      return (int) syncActors.stream().filter(actor -> actor.thread.isAlive()).count();
    }
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

  /**
   * Ends everything in an orderly manner: each sequential actor still gets the messages that it has
   * been sent, and when it wants another, {@link Disconnected}; unless it catches that, it ends,
   * and whoever sends to it learns that it is gone. Nothing else is touched: what waits for other
   * than messages goes on, as do tasks and object actors. Returns at once; {@link #stop} may
   * follow. Any thread.
   */
  public void shutdown() {
    List<SyncActor> toDrain;
    synchronized (syncActors) {
      draining = true;
      toDrain = List.copyOf(syncActors);
    }
    workers.forEach(Worker::drain);
    toDrain.forEach(actor -> actor.worker.drain());
  }

  /**
   * Ends everything: actors that wait get {@link Cancelled}, those that block where they may are
   * interrupted, then the workers stop.
   */
  public void stop() {
    List<SyncActor> toStop;
    synchronized (syncActors) {
      stopping = true;
      toStop = List.copyOf(syncActors);
    }
    workers.forEach(Worker::stop);
    for (SyncActor actor : toStop) {
      actor.worker.stop();
      actor.process.cancel();
    }
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
    var all = new ArrayList<>(threads);
    synchronized (syncActors) {
      syncActors.forEach(actor -> all.add(actor.thread));
    }
    boolean interrupted = false;
    for (Thread thread : all) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    trees.forEach(SupervisorTree::stop);
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

  int runPollRatio() {
    return runPollRatio;
  }

  long maxRunNanos() {
    return maxRunNanos;
  }

  World world() {
    return world;
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
