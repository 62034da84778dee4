package lemnos.core;

import java.time.Duration;
import java.time.Instant;
import java.util.SplittableRandom;

/**
 * A world in which time passes only when it is told to: for tests, simulations and replays, where a
 * day takes no time and every run is like the one before. A {@link Driver} moves the time on to the
 * next timer instead of sleeping; nothing else takes any, unless the program says so with {@link
 * #pass}.
 *
 * <p>There is one thread in it, which all methods belong to.
 */
public final class VirtualWorld implements World {
  private final Instant dawn;
  private final SplittableRandom chance = new SplittableRandom(0);
  private long now;

  /** A world whose {@link #nanoTime} begins at 0, when the time of day is {@code dawn}. */
  public VirtualWorld(Instant dawn) {
    this.dawn = dawn;
  }

  /** Lets time pass; none if {@code time} is negative. */
  public void pass(Duration time) {
    now = Timers.later(now, time.isNegative() ? Duration.ZERO : time);
  }

  /** Moves on to {@code nanos}, unless that is past. */
  void leapTo(long nanos) {
    now = Math.max(now, nanos);
  }

  @Override
  public long nanoTime() {
    return now;
  }

  @Override
  public Instant wallTime() {
    return dawn.plusNanos(now);
  }

  /** Bytes that are the same in every run. */
  @Override
  public void random(byte[] into) {
    chance.nextBytes(into);
  }

  /**
   * Refuses: what a thread does takes real time.
   *
   * @throws UnsupportedOperationException always
   */
  @Override
  public Thread start(String name, boolean virtual, Runnable body) {
    throw new UnsupportedOperationException(
        "thread '" + name + "' cannot start: a virtual world has one thread; do its work in calls");
  }
}
