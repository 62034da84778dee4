package lemnos.runtime;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import lemnos.core.Pulse;
import org.jspecify.annotations.Nullable;

/**
 * What a worker shows of itself to other threads. It writes with opaque access, which costs no more
 * than plain: each number is whole, but a reader may see one of this round beside one of the last.
 */
@SuppressWarnings("UnusedVariable") // the fields are read by their handles
final class Gauges {
  private static final VarHandle READY = handle("ready", int.class);
  private static final VarHandle PROCESSES = handle("processes", int.class);
  private static final VarHandle NEXT_TIMER = handle("nextTimer", long.class);
  private static final VarHandle PROCESS = handle("process", Process.class);
  private static final VarHandle MOVES = handle("moves", long.class);

  private int ready;
  private int processes;

  /** When the next timer expires, or {@link Long#MAX_VALUE}. */
  private long nextTimer = Long.MAX_VALUE;

  /** The one whose turn it is. */
  private @Nullable Process<?> process;

  /** Changes with each round, and when a turn begins or ends. */
  private long moves;

  private static VarHandle handle(String name, Class<?> type) {
    try {
      return MethodHandles.lookup().findVarHandle(Gauges.class, name, type);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** By the worker, once a round. */
  void show(int ready, int processes, long nextTimer) {
    READY.setOpaque(this, ready);
    PROCESSES.setOpaque(this, processes);
    NEXT_TIMER.setOpaque(this, nextTimer);
    MOVES.setOpaque(this, moves + 1);
  }

  /** By the worker, which gives {@code next} a turn. */
  void begin(Process<?> next) {
    PROCESS.setOpaque(this, next);
    MOVES.setOpaque(this, moves + 1);
  }

  /** By the worker: the turn is over. */
  void end() {
    PROCESS.setOpaque(this, null);
    MOVES.setOpaque(this, moves + 1);
  }

  @Nullable Process<?> process() {
    return (Process<?>) PROCESS.getOpaque(this);
  }

  long moves() {
    return (long) MOVES.getOpaque(this);
  }

  int ready() {
    return (int) READY.getOpaque(this);
  }

  /** Those that are not ready, of all that live on the worker. */
  int inactive() {
    return Math.max(0, (int) PROCESSES.getOpaque(this) - ready());
  }

  @Nullable Duration nextTimer(long now) {
    return until((long) NEXT_TIMER.getOpaque(this), now);
  }

  /** How {@code worker}, whose gauges these are and which runs on {@code thread}, is doing. */
  WorkerMetrics metrics(Worker worker, @Nullable Thread thread) {
    return new WorkerMetrics(
        worker.id(),
        worker.cpu().isPresent() ? worker.cpu().getAsInt() : null,
        ready(),
        inactive(),
        Pulse.of(worker.loop()).timers(),
        nextTimer(worker.world().nanoTime()),
        worker.signalReceivers().size(),
        cpuTime(thread),
        worker.tracer().count());
  }

  /** How long until {@code expiry}; null if that is never. */
  static @Nullable Duration until(long expiry, long now) {
    return expiry == Long.MAX_VALUE ? null : Duration.ofNanos(Math.max(0, expiry - now));
  }

  /** The CPU time of a thread that may have ended, or not have begun. */
  static Duration cpuTime(@Nullable Thread thread) {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    if (thread == null || !threads.isThreadCpuTimeSupported()) {
      return Duration.ZERO;
    }
    return Duration.ofNanos(Math.max(0, threads.getThreadCpuTime(thread.threadId())));
  }
}
