package lemnos.runtime;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Supplier;
import lemnos.core.Driver;
import lemnos.core.Loop;
import lemnos.core.Poller;
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
  private final Scheduler scheduler = new Scheduler();
  private final Set<Process<?, ?>> processes = new HashSet<>();
  private @Nullable Process<?, ?> running;
  private boolean started;
  private boolean stopping;

  /** What ends the worker; the first counts. */
  private @Nullable Throwable failure;

  Worker(int id, World world, Supplier<? extends Poller> pollers, Runtime runtime) {
    this.id = id;
    this.world = world;
    this.pollers = pollers;
    this.runtime = runtime;
    this.loop = new Loop(world);
    this.ref = new RuntimeRef(this);
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

  /** The process whose turn it is, or null. */
  @Nullable Process<?, ?> running() {
    return running;
  }

  // From other threads

  /** Allows the worker to stop once nothing lives here. */
  void start() {
    loop.execute(() -> started = true);
  }

  /** Ends everything that lives here, and then the worker. */
  void stop() {
    loop.execute(this::stopHere);
  }

  private void stopHere() {
    started = true;
    stopping = true;
    for (Process<?, ?> process : new ArrayList<>(processes)) {
      process.cancel();
    }
  }

  void runFunction(WorkerFunction function) {
    loop.execute(
        () -> {
          try {
            function.run(ref);
          } catch (Throwable t) {
            fail(t);
          }
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
    try (Poller poller = pollers.get()) {
      loop.putEnv(Poller.class, poller);
      cycle(new Driver(loop, poller));
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
        boolean events = driver.poll(scheduler.isEmpty() ? Long.MAX_VALUE : 0);
        runBatch(driver, !events);
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
    long now = driver.run(begin, deadline, idle && scheduler.isEmpty());
    int left = RUN_POLL_RATIO;
    boolean more = !scheduler.isEmpty();
    while (more) {
      int round = Math.min(left, scheduler.size());
      left -= round;
      do {
        now = runProcess(now);
        round--;
      } while (round > 0 && now < deadline);
      now = driver.run(now, deadline, false);
      more = left > 0 && now < deadline && !scheduler.isEmpty();
    }
  }

  /** Gives the next process its turn. Returns the time after that. */
  private long runProcess(long now) {
    Process<?, ?> process = scheduler.next();
    if (process == null) {
      return now;
    }
    running = process;
    try {
      process.resume();
    } finally {
      running = null;
      Thread.interrupted(); // the same of a process
      if (process.isDone()) {
        processes.remove(process);
      }
    }
    long end = world.nanoTime();
    process.runtime += (end - now) * process.weight();
    if (process.isReady()) {
      scheduler.add(process);
    }
    return end;
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
