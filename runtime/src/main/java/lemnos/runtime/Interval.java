package lemnos.runtime;

import org.jspecify.annotations.Nullable;

/**
 * Ticks for one sequential actor, made by {@link Context#interval} or {@link
 * Context#steadyInterval}. As an {@link Awaitable} it is ready when a tick is due; only {@link
 * #next} takes it.
 */
public final class Interval implements Awaitable {
  private final Process<?> process;
  private final long periodNanos;
  private final boolean steady;
  private long nextAt;
  private @Nullable Alarm alarm;

  Interval(Process<?> process, long periodNanos, boolean steady) {
    this.process = process;
    this.periodNanos = periodNanos;
    this.steady = steady;
    this.nextAt = Alarm.after(process.world().nanoTime(), periodNanos);
  }

  /** Whether a tick is due. */
  @Override
  public boolean isReady() {
    return process.world().nanoTime() >= nextAt;
  }

  @Override
  public void arm(Runnable wake) {
    if (alarm == null || alarm.at != nextAt) {
      alarm = new Alarm(nextAt);
      process.set(alarm);
    }
  }

  /**
   * Waits for the next tick and takes it.
   *
   * @return how many ticks there were since the last one was taken: more than 1 if the interval is
   *     a steady one and the actor came late
   */
  public long next() {
    if (!isReady()) {
      process.await(this);
    }
    long now = process.world().nanoTime();
    long ticks = steady ? 1 + (now - nextAt) / periodNanos : 1;
    nextAt = Alarm.after(steady ? nextAt : now, ticks * periodNanos);
    return ticks;
  }
}
