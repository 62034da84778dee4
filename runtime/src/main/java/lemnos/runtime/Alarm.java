package lemnos.runtime;

import org.jspecify.annotations.Nullable;

/** A time at which a process wants to be woken; in the list of its process while it waits. */
final class Alarm {
  /** The time of no alarm. */
  static final long NEVER = Long.MAX_VALUE;

  /** In nanoseconds of the world's time. */
  final long at;

  @Nullable Alarm next;

  Alarm(long at) {
    this.at = at;
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
