package lemnos.runtime;

import java.util.Objects;
import java.util.OptionalInt;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import lemnos.core.Driver;
import lemnos.core.Loop;
import lemnos.core.Poller;
import lemnos.core.Pulse;
import lemnos.core.World;
import org.jspecify.annotations.Nullable;

/**
 * A thread that runs a core loop by its driver and a scheduler of processes, shares another
 * scheduler with its siblings, and sleeps on a poller. Its cycle, from heph-rt's worker: run calls
 * and up to so many processes, local ones first, within a time limit, waking siblings for shared
 * ones that are too many; stop if nothing lives here any more; poll.
 */
final class Worker implements Seat, Runnable {
  private final int id;
  private final World world;
  private final Supplier<? extends Poller> pollers;
  private final Runtime runtime;
  private final SharedScheduler shared;
  private final Loop loop;
  private final RuntimeRef ref;
  private final Tracer tracer;
  private final Gauges gauges = new Gauges();
  private final ActorGroup<Signal> signalReceivers = new ActorGroup<>();
  private final Scheduler scheduler = new Scheduler();
  private final ProcessList processes = new ProcessList();
  private final Dispatcher dispatcher;

  /** The sync actor that the worker was made for, if it was. */
  private @Nullable LocalProcess<?> sole;

  private boolean started;
  private boolean stopping;
  private boolean draining;

  /** The worker has left the shared scheduler, to which nothing holds it any more. */
  private boolean hasLeft;

  /** How many local processes timers have woken since that was last asked. */
  private int timersRung;

  /** How many processes may run before the next poll, or in the midst of this one. */
  private int turnsLeft;

  /** A poll goes on in which whom an event makes ready may run at once. */
  private boolean runsEvents;

  /** Until when that is so, once the first event has come; and when the last run ended. */
  private long eventsDeadline;

  private long eventsNow;

  /** The last batch ended without a turn for the shared processes that were ready. */
  private boolean sharedIsDue;

  /** What the thread runs the loop by. Written once, by the thread. */
  private volatile @Nullable Driver driver;

  /** The CPU that the thread is bound to, or -1. Written once, by the thread. */
  private volatile int cpu = -1;

  private final WokenStack woken = new WokenStack();

  private final BooleanSupplier hasWork = this::hasWork;
  private final BooleanSupplier isCalled = this::isCalled;
  final Spinner spinner = new Spinner(java.lang.Runtime.getRuntime().availableProcessors());

  /** What ends the worker; the first counts. */
  private @Nullable Throwable failure;

  /** A worker that has {@code shared} in common with all others that are made with it. */
  Worker(
      int id,
      World world,
      Supplier<? extends Poller> pollers,
      Runtime runtime,
      SharedScheduler shared) {
    this.id = id;
    this.world = world;
    this.pollers = pollers;
    this.runtime = runtime;
    this.shared = shared;
    shared.add(this);
    this.loop = new Loop(world);
    this.ref = new RuntimeRef(this);
    this.tracer = runtime.tracer().stream(id);
    this.dispatcher = new Dispatcher(this, scheduler, shared, spinner);
    loop.detach(); // until our own thread takes it; what others want meanwhile waits
  }

  /** The worker on whose behalf the calling thread runs, or null. */
  static @Nullable Worker currentOrNull() {
    Seat seat = Seat.current();
    return seat == null ? null : seat.worker();
  }

  @Override
  public Worker worker() {
    return this;
  }

  @Override
  public @Nullable Process<?> process() {
    return gauges.process();
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

  SharedScheduler shared() {
    return shared;
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

  /** A sync actor's worker is not told of signals, so the coordinator does its part. */
  void receiveSignals(ActorRef<Signal> receiver) {
    if (sole == null) {
      signalReceivers.addUnique(receiver);
    } else {
      runtime.receiveSignals(receiver);
    }
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
    control(
        () -> {
          stopHere();
          shared.cancelAll();
        });
  }

  /** Lets everything that lives here end when it has no messages left. */
  void drain() {
    control(
        () -> {
          draining = true;
          processes.all().forEach(Process::drain);
          shared.drainAll();
        });
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
    return gauges.metrics(this, thread);
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
    processes.all().forEach(Process::cancel);
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
    Seat.take(this);
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
    if (runtime.cpuAffinity() && sole == null) {
      cpu = CpuAffinity.bindWorker(id);
    }
    try (Poller poller = pollers.get()) {
      loop.putEnv(Poller.class, poller);
      var driver = new Driver(loop, poller);
      this.driver = driver;
      driver.onEvent(() -> eventHandled(driver));
      tracer.finish(
          timing, sole == null ? "Initialising the worker thread" : "setting up synchronous actor");
      if (id == 1) {
        runtime.logStart(poller);
      }
      poller.serve(() -> cycle(driver));
      timing = sole == null ? null : tracer.start();
      endProcesses();
      loop.close();
      tracer.finish(timing, "stopping synchronous actor");
    } catch (Throwable t) {
      fail(t);
    }
  }

  private void cycle(Driver driver) {
    try {
      for (boolean idle = false; failure == null; idle = !poll(driver)) {
        runBatch(driver, idle);
        if (failure != null || mayStop()) {
          return;
        }
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

  /** Whether the worker stops: nothing lives here, and it need not stay for the shared ones. */
  private boolean mayStop() {
    hasLeft = isEmpty() && shared.tryLeave();
    return hasLeft;
  }

  private boolean isEmpty() {
    return started
        && processes.isEmpty()
        && (stopping || (loop.actorCount() == 0 && !loop.hasWork()));
  }

  /** Calls and processes, some in any case, until a limit is reached or nothing is left to do. */
  private void runBatch(Driver driver, boolean idle) {
    long begin = world.nanoTime();
    long deadline = begin + runtime.maxRunNanos();
    long now = runCalls(driver, begin, deadline, idle);
    turnsLeft = runtime.runPollRatio();
    boolean more = hasReady();
    while (more) {
      boolean share = !shared.isEmpty();
      if (share) {
        wakeSiblings();
      }
      boolean localsFirst = !scheduler.isEmpty() && !(share && sharedIsDue);
      if (localsFirst) {
        now = runSome(true, now, deadline);
        sharedIsDue = share;
      }
      if (share && turnsLeft > 0 && (!localsFirst || now < deadline)) {
        now = runSome(false, now, deadline);
        sharedIsDue = false;
      }
      now = runCalls(driver, now, deadline, false);
      more = turnsLeft > 0 && now < deadline && hasReady();
    }
  }

  private boolean hasReady() {
    return !scheduler.isEmpty() || !shared.isEmpty();
  }

  /** Has siblings run what is ready beyond the one that this worker is about to run. */
  private void wakeSiblings() {
    int tooMany = shared.size() - (scheduler.isEmpty() ? 1 : 0);
    if (tooMany > 0) {
      tracer.step(tracer.start(), "Waking worker threads", shared.wakePolling(tooMany));
    }
  }

  /** Gives some processes a turn, local ones, or shared ones. Returns the time after that. */
  private long runSome(boolean local, long from, long deadline) {
    long time = dispatcher.runRow(local, turnsLeft, from, deadline);
    turnsLeft -= dispatcher.given();
    return time;
  }

  /**
   * Lets run whom other threads woke or an alarm rings for, and runs calls of the loop, some in any
   * case. Calls come last, so what a thread has executed before it woke a process runs before that.
   * Returns the time after that.
   */
  private long runCalls(Driver driver, long now, long deadline, boolean idle) {
    boolean wakes = !woken.isEmpty() || shared.isDue(now);
    boolean any = wakes || idle || loop.hasWork() || loop.nextExpiry() <= now;
    TraceTiming timing = any ? tracer.start() : null;
    int ready = scheduler.size();
    woken.arrive();
    int arrived = scheduler.size() - ready;
    TraceTiming step =
        tracer.step(timing, "Scheduling thread-local processes based on wake-up events", arrived);
    int rung = shared.ring(now);
    step = tracer.step(step, "Scheduling thread-safe processes based on timers", rung);
    timersRung = 0;
    long time = driver.run(now, deadline, idle && !hasReady());
    tracer.step(step, "Scheduling thread-local processes based on timers", timersRung);
    if (timing != null) {
      tracer.finishScheduling(timing, scheduler.size() - ready, rung);
    }
    return time;
  }

  /**
   * Goes on with the cycle, in the middle of the turn of {@link #sole}, until that is ready again:
   * so waits a sync actor, whose code never leaves the thread.
   */
  void awaitTurnOf(LocalProcess<?> waiting) {
    Driver own = Objects.requireNonNull(driver, "the thread runs");
    waiting.admit();
    waiting.settle();
    gauges.end();
    Process<?> next = scheduler.next();
    while (next != waiting) {
      if (next == null) {
        runCalls(own, world.nanoTime(), Long.MAX_VALUE, !poll(own));
      } else {
        dispatcher.runOne(next, world.nanoTime());
      }
      next = scheduler.next();
    }
    gauges.begin(waiting);
    waiting.begin(this);
  }

  /** Waits for events if nothing else is to be done, and handles them. Whether any came. */
  private boolean poll(Driver driver) {
    showGauges();
    TraceTiming timing = tracer.start();
    turnsLeft = runtime.runPollRatio();
    eventsDeadline = Alarm.NEVER;
    runsEvents = true;
    boolean any = hasWork() ? driver.poll(0) : sleep(driver);
    runsEvents = false;
    tracer.finish(timing, "Polling for OS events");
    return any;
  }

  /**
   * An event of the poll that goes on has been handled: whom it has made ready run at once, within
   * the limits of a batch. They are charged the time of the event, too.
   */
  private void eventHandled(Driver driver) {
    if (!runsEvents || turnsLeft == 0 || sole != null || (scheduler.isEmpty() && !loop.hasWork())) {
      return;
    }
    runsEvents = false; // what runs may make events happen
    if (eventsDeadline == Alarm.NEVER) {
      eventsNow = world.nanoTime();
      eventsDeadline = eventsNow + runtime.maxRunNanos();
    }
    try {
      if (eventsNow < eventsDeadline) {
        eventsNow = runSome(true, eventsNow, eventsDeadline);
        eventsNow = loop.hasWork() ? runCalls(driver, eventsNow, eventsDeadline, false) : eventsNow;
      }
      runsEvents = true;
    } catch (Throwable t) {
      fail(t); // not to the poller, for which it would be the failure of a connection
    }
  }

  /** From before the driver says that it sleeps, the worker counts as one to be woken. */
  private boolean sleep(Driver driver) {
    if (isCalled() || spinner.spin(isCalled, () -> driver.poll(0))) {
      return driver.poll(0);
    }
    long begin = world.nanoTime();
    shared.asleep();
    try {
      boolean any = driver.poll(shared.watch(this, begin), hasWork);
      if (!any && isCalled()) {
        spinner.slept(world.nanoTime() - begin);
      }
      return any;
    } finally {
      shared.awake();
      shared.unwatch(this);
    }
  }

  /** Whether an actor in its turn may look for a message: nobody else is to have one. */
  boolean mayLinger() {
    return spinner.mayLinger() && !hasReady();
  }

  Dispatcher dispatcher() {
    return dispatcher;
  }

  /** Looks for a moment whether {@code receiver}, the actor whose turn it is, gets one. */
  boolean linger(Receiver<?> receiver) {
    return spinner.linger(receiver, isCalled);
  }

  /** Whether another thread has something for this worker and no other. */
  private boolean isCalled() {
    return !woken.isEmpty() || loop.hasWork();
  }

  /** Whether there is something that the loop does not know of, or the worker may stop. */
  private boolean hasWork() {
    return !woken.isEmpty() || hasReady() || (isEmpty() && !shared.hasLiving());
  }

  /** Wakes the worker if it sleeps. Any thread, after it has put something where it will look. */
  boolean wake() {
    Driver d = driver;
    return d != null && d.wake();
  }

  /** Ends whatever still lives here: after a failure. */
  private void endProcesses() {
    stopHere();
    boolean isLast = !hasLeft && shared.leave();
    if (isLast) {
      shared.cancelAll();
    }
    while (loop.isOwner() && (!scheduler.isEmpty() || (isLast && !shared.isEmpty()))) {
      try {
        Process<?> next = scheduler.isEmpty() ? shared.next() : scheduler.next();
        dispatcher.runOne(next, world.nanoTime());
      } catch (Throwable t) {
        fail(t);
      }
    }
    // If the machine failed the loop is closed by now, and no code of theirs can run any more.
    processes.all().forEach(Process::end);
    if (isLast) {
      shared.endAll();
    }
  }

  // For processes

  void ready(Process<?> process) {
    scheduler.add(process);
  }

  /** A timer of the loop wakes a process. */
  void timerRang() {
    timersRung++;
  }

  /** Another thread has woken {@code process}. */
  void woken(LocalProcess<?> process) {
    if (woken.push(process)) {
      wake();
    }
  }

  void ended(LocalProcess<?> process) {
    processes.remove(process);
  }

  /** A process that will live here. Refuses other threads. */
  <M> LocalProcess<M> process(Fate<M> fate, ActorOptions options) {
    if (!loop.isOwner()) {
      throw new IllegalStateException(
          "a RuntimeRef belongs to its worker: from another thread use Runtime.runOnWorkers");
    }
    return new LocalProcess<>(this, false, fate, options);
  }

  /** Makes this the worker of a sync actor: it ends with that. Before the thread runs. */
  void dedicate(LocalProcess<?> actor) {
    sole = actor;
    started = true;
    add(actor);
  }

  /** Lets a process that has been made live here. On the worker, or before its thread runs. */
  void add(LocalProcess<?> process) {
    processes.add(process);
    scheduler.add(process);
    if (stopping) {
      process.cancel();
    } else if (draining) {
      process.drain();
    }
  }
}
