package lemnos.core;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The call of a periodic timer, which keeps its slot among the {@link Timers} and its key. */
final class PeriodicCall extends Call {
  private final long periodNanos;

  /** When the timer expires next. */
  long due;

  private PeriodicCall(
      int shape, @Nullable Cell<?> target, Object code, @Nullable Object a, long periodNanos) {
    super(shape, target, code);
    this.a = a;
    this.periodNanos = periodNanos;
  }

  /** Arms a periodic timer, for the first time one period from now. */
  static long arm(
      Loop loop,
      Duration period,
      int shape,
      @Nullable Cell<?> target,
      Object code,
      @Nullable Object a) {
    checkReusable(a, "this timer expires many times");
    long first = loop.later(period);
    if (first <= loop.now) {
      throw new IllegalArgumentException("the period " + period + " is not positive");
    }
    if (loop.checks.on && target != null) {
      loop.checks.checkShareable(target, a);
    }
    var call = new PeriodicCall(shape, target, code, a, first - loop.now);
    call.due = first;
    return loop.timers.arm(first, call);
  }

  /**
   * The timer has expired, maybe late: moves on to the first time on its grid that is still to
   * come.
   *
   * @return whether the timer goes on: not if its actor has ended
   */
  boolean moveOn(long now) {
    if (target != null && target.isGone()) {
      return false;
    }
    long late = Long.remainderUnsigned(now - due, periodNanos); // since the last time on the grid
    due = later(now - late, periodNanos);
    return true;
  }

  private static long later(long time, long nanos) {
    long sum = time + nanos;
    return sum < time ? Long.MAX_VALUE : sum;
  }
}
