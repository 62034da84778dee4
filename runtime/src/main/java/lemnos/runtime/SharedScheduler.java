package lemnos.runtime;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import lemnos.core.World;
import org.jspecify.annotations.Nullable;

/**
 * What the workers of a runtime share: the run queue of its thread-safe actors, and their alarms.
 *
 * <p><b>The queue.</b> A process that becomes ready is pushed, from any thread, on a lock-free
 * stack that is linked through the processes themselves. A worker that looks for work moves all of
 * the stack, oldest first, to the ordered queue ({@link Scheduler}, the same as for local
 * processes) and takes the next one from there. The ordered queue, the list of the living and the
 * alarms are guarded by a spin lock that only workers take, between turns, for a few dozen
 * nanoseconds; so no actor's code ever waits for it.
 *
 * <p><b>Who wakes whom.</b> A worker that makes one process ready runs it itself when its turn is
 * over. For all that is beyond that, and for what comes from outside, sleeping workers are woken,
 * as many as there is work. A worker says that it polls before it looks here for the last time
 * ({@link Worker}), so either it sees the process or who pushed it sees that it polls.
 *
 * <p><b>Alarms.</b> Of the workers that sleep, one, the timekeeper, wakes for the next alarm. The
 * others would so {@value #SLACK_NANOS} ns later; they find nothing then, unless the timekeeper has
 * got caught in a long turn.
 *
 * <p><b>Ending.</b> {@link #life} counts the living processes and the workers in one word, so that
 * the last worker cannot leave while a process comes.
 */
final class SharedScheduler {
  /** How much later than the timekeeper the other workers look for alarms. */
  static final long SLACK_NANOS = 10_000_000;

  /** How often a worker looks at a lock that is taken before it lets other threads run. */
  private static final int SPINS = 100;

  private static final long ONE_WORKER = 1L << 32;

  private static final VarHandle LOCKED;
  private static final VarHandle TOP;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      LOCKED = lookup.findVarHandle(SharedScheduler.class, "locked", boolean.class);
      TOP = lookup.findVarHandle(SharedScheduler.class, "top", SharedProcess.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final World world;
  private final Tracer tracer;

  /** Complete before the first of them runs. */
  private final List<Worker> workers = new ArrayList<>();

  // Guarded by the lock

  private final Scheduler ready = new Scheduler();
  private final ProcessList living = new ProcessList();
  private final TreeSet<SharedProcess<?>> alarms =
      new TreeSet<>(
          Comparator.<SharedProcess<?>>comparingLong(p -> p.armedAt)
              .thenComparingLong(p -> p.serial));
  private long lastSerial;
  private boolean cancelled;
  private boolean draining;

  @SuppressWarnings("UnusedVariable") // by LOCKED
  private volatile boolean locked;

  // Read by anybody

  /** The process pushed last. */
  private volatile @Nullable SharedProcess<?> top;

  /** How many are in the ordered queue. Written under the lock. */
  private volatile int readySize;

  /** When the first alarm rings. Written under the lock. */
  private volatile long nextAlarm = Alarm.NEVER;

  /** How many alarms are set. Written under the lock. */
  private volatile int alarmCount;

  /** The sleeping worker that will wake for {@link #kept}; a hint, any worker writes it. */
  private volatile @Nullable Worker timekeeper;

  private volatile long kept;

  /** The workers that have not left, in the upper half, and the living processes. */
  private final AtomicLong life = new AtomicLong();

  /** How many workers sleep, or are about to. */
  private final AtomicInteger polling = new AtomicInteger();

  /** Where the next search for a sleeping worker begins, so that all get their share. */
  private final AtomicInteger nextToWake = new AtomicInteger();

  SharedScheduler(World world, Tracer tracer) {
    this.world = world;
    this.tracer = tracer;
  }

  /** Adds a worker, before any of them runs. */
  void add(Worker worker) {
    workers.add(worker);
    life.addAndGet(ONE_WORKER);
  }

  World world() {
    return world;
  }

  Tracer tracer() {
    return tracer;
  }

  // For those who measure, on any thread

  /** About how many living processes are not ready: they wait, or have their turn. */
  int inactive() {
    return Math.max(0, (int) life.get() - size());
  }

  /** How many alarms are set, one a process. */
  int timers() {
    return alarmCount;
  }

  /** How long until the next alarm; null if none is set. */
  @Nullable Duration nextTimer() {
    return Gauges.until(nextAlarm, world.nanoTime());
  }

  // The queue

  /** Adds a process that has become ready, or whose turn can go on. Any thread. */
  void push(SharedProcess<?> process) {
    SharedProcess<?> below;
    do {
      below = top;
      process.below = below;
      process.depth = below == null ? 1 : below.depth + 1;
    } while (!TOP.compareAndSet(this, below, process));
    if (size() > 1 || !isOnWorker()) {
      wakePolling(1);
    }
  }

  /** Whether the calling code runs on one of the workers. */
  private boolean isOnWorker() {
    Worker worker = Worker.currentOrNull();
    return worker != null && worker.shared() == this;
  }

  boolean isEmpty() {
    return top == null && readySize == 0;
  }

  /** About how many processes are ready. */
  int size() {
    SharedProcess<?> t = top;
    return readySize + (t == null ? 0 : t.depth);
  }

  /** Takes the process to run next, or null. By a worker, which gives it a turn. */
  @Nullable Process<?> next() {
    if (isEmpty()) {
      return null;
    }
    lock();
    try {
      admit();
      return ready.next();
    } finally {
      readySize = ready.size();
      unlock();
    }
  }

  /** Moves what was pushed to the ordered queue, and makes the acquaintance of newcomers. */
  private void admit() {
    if (top == null) {
      return;
    }
    readySize = ready.size() + 1; // or somebody might find nothing here nor there, and go to sleep
    SharedProcess<?> newest = (SharedProcess<?>) TOP.getAndSet(this, null);
    SharedProcess<?> oldest = null;
    while (newest != null) {
      SharedProcess<?> below = newest.below;
      newest.below = oldest;
      oldest = newest;
      newest = below;
    }
    while (oldest != null) {
      SharedProcess<?> above = oldest.below;
      oldest.below = null;
      if (oldest.serial == 0) {
        oldest.serial = ++lastSerial;
        living.add(oldest);
        if (cancelled) {
          oldest.cancel();
        } else if (draining) {
          oldest.drain();
        }
      }
      ready.add(oldest);
      oldest = above;
    }
  }

  // Sleep

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

  // The lock

  private void lock() {
    for (int spins = 0; !LOCKED.compareAndSet(this, false, true); spins++) {
      if (spins < SPINS) {
        Thread.onSpinWait();
      } else {
        Thread.yield(); // to whoever holds it, if the machine took its core away
      }
    }
  }

  private void unlock() {
    LOCKED.setRelease(this, false);
  }

  // Alarms

  /** Sets the alarm of a process whose turn ends, in place of the one it had. */
  void arm(SharedProcess<?> process, long at) {
    if (at == process.armedAt) {
      return;
    }
    lock();
    disarm(process);
    process.armedAt = at;
    if (at != Alarm.NEVER) {
      alarms.add(process);
    }
    showAlarms();
    unlock();
  }

  private void disarm(SharedProcess<?> process) {
    if (process.armedAt != Alarm.NEVER) {
      alarms.remove(process);
      process.armedAt = Alarm.NEVER;
    }
  }

  private void showAlarms() {
    alarmCount = alarms.size();
    nextAlarm = alarms.isEmpty() ? Alarm.NEVER : alarms.first().armedAt;
  }

  /** Whether an alarm rings at {@code now}. */
  boolean isDue(long now) {
    return nextAlarm <= now;
  }

  /** Wakes the processes whose alarms ring at {@code now}. By a worker. Returns how many. */
  int ring(long now) {
    if (!isDue(now)) {
      return 0;
    }
    var due = new ArrayList<Process<?>>();
    lock();
    while (!alarms.isEmpty() && alarms.first().armedAt <= now) {
      SharedProcess<?> process = alarms.first();
      disarm(process);
      due.add(process);
    }
    showAlarms();
    unlock();
    due.forEach(Process::wake);
    return due.size();
  }

  /** How long {@code worker}, which is about to sleep, may do so for the sake of alarms. */
  long watch(Worker worker, long now) {
    long at = nextAlarm;
    if (at == Alarm.NEVER) {
      return Long.MAX_VALUE;
    }
    long wait = Math.max(0, at - now);
    Worker keeper = timekeeper;
    if (keeper == null || keeper == worker || at < kept) {
      kept = at;
      timekeeper = worker;
      return wait;
    }
    return Math.min(wait, Long.MAX_VALUE - SLACK_NANOS) + SLACK_NANOS;
  }

  /** {@code worker} is awake again. */
  void unwatch(Worker worker) {
    if (timekeeper == worker) {
      timekeeper = null;
    }
  }

  // Life and death

  /** Counts a process that will be pushed; false if no worker is left to run it. Any thread. */
  boolean enter() {
    for (; ; ) {
      long seen = life.get();
      if (seen < ONE_WORKER) {
        return false;
      }
      if (life.compareAndSet(seen, seen + 1)) {
        return true;
      }
    }
  }

  /** A process has had its last turn. */
  void ended(SharedProcess<?> process) {
    lock();
    disarm(process);
    showAlarms();
    living.remove(process);
    unlock();
    if ((int) life.decrementAndGet() == 0) {
      wakePolling(Integer.MAX_VALUE); // they may leave now
    }
  }

  /** Whether any process lives. */
  boolean hasLiving() {
    return (int) life.get() != 0;
  }

  /** A worker wants to leave, for good: false if it has to stay for the living. */
  boolean tryLeave() {
    for (; ; ) {
      long seen = life.get();
      if ((int) seen != 0) {
        return false;
      }
      if (life.compareAndSet(seen, seen - ONE_WORKER)) {
        return true;
      }
    }
  }

  /** Whether no worker is left. */
  boolean isDeserted() {
    return life.get() < ONE_WORKER;
  }

  /** A worker leaves because it failed. Returns whether it was the last one. */
  boolean leave() {
    return life.addAndGet(-ONE_WORKER) < ONE_WORKER;
  }

  /** Has all processes know that no messages will come, also those that are yet to come. */
  void drainAll() {
    lock();
    draining = true; // whoever is admitted later is drained then
    List<Process<?>> toDrain = living.all();
    unlock();
    toDrain.forEach(Process::drain);
  }

  /** Cancels all processes, also those that are yet to come. By a worker. */
  void cancelAll() {
    List<Process<?>> toCancel = List.of();
    lock();
    admit();
    readySize = ready.size();
    if (!cancelled) {
      cancelled = true;
      toCancel = living.all();
    }
    unlock();
    toCancel.forEach(Process::cancel);
  }

  /** Ends all that are left: there is no worker any more to give them a turn. */
  void endAll() {
    cancelAll();
    living.all().forEach(Process::end);
  }
}
