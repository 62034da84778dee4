package lemnos.runtime;

import java.time.Duration;
import lemnos.core.World;
import org.jspecify.annotations.Nullable;

/** A time at which a process wants to be woken; in the list of its process while it waits. */
final class Alarm {
  /** The time of no alarm. */
  static final long NEVER = Long.MAX_VALUE;

  /** In nanoseconds of the world's time. */
  final long at;

  /** The time that was given to what ends then, if it does; null if the alarm just wakes. */
  final @Nullable Duration limit;

  @Nullable Alarm next;

  Alarm(long at) {
    this(at, null);
  }

  Alarm(long at, @Nullable Duration limit) {
    this.at = at;
    this.limit = limit;
  }

  /** {@code duration} in nanoseconds, or the most there can be. */
  static long nanos(Duration duration) {
    try {
      return duration.toNanos();
    } catch (ArithmeticException e) {
      return Long.MAX_VALUE;
    }
  }

  /** {@code nanos} after {@code now}, or as late as can be. */
  static long after(long now, long nanos) {
    return now + Math.min(nanos, NEVER - now);
  }

  /** The alarms that begin with {@code first} but for {@code alarm}, if that is one of them. */
  static @Nullable Alarm without(@Nullable Alarm first, Alarm alarm) {
    if (first == alarm) {
      return alarm.next;
    }
    for (Alarm a = first; a != null; a = a.next) {
      if (a.next == alarm) {
        a.next = alarm.next;
      }
    }
    return first;
  }

  /**
   * The alarms that begin with {@code first} but for those that have woken their actor, if it
   * {@code isWoken}.
   *
   * @throws DeadlinePassed if one of them is a limit and has rung
   */
  static @Nullable Alarm stillSet(@Nullable Alarm first, World world, boolean isWoken) {
    if (first == null) {
      return null;
    }
    long now = world.nanoTime();
    Alarm left = first;
    for (Alarm a = first; a != null; a = a.next) {
      if (a.at <= now && a.limit != null) {
        throw new DeadlinePassed(a.limit);
      }
      if (a.at <= now && isWoken) {
        left = without(left, a);
      }
    }
    return left;
  }

  /** Whether one of the alarms that begin with {@code first} ends what its actor does. */
  static boolean anyLimit(@Nullable Alarm first) {
    for (Alarm a = first; a != null; a = a.next) {
      if (a.limit != null) {
        return true;
      }
    }
    return false;
  }

  /** The first of the alarms that begin with {@code alarm}. */
  static long first(@Nullable Alarm alarm) {
    long first = NEVER;
    for (Alarm a = alarm; a != null; a = a.next) {
      first = Math.min(first, a.at);
    }
    return first;
  }
}
