package lemnos.runtime;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import lemnos.core.World;
import org.jspecify.annotations.Nullable;

/**
 * The part of a process that waits: for conditions, and until times. For the actor itself, in its
 * turn, and for the worker after that.
 */
abstract sealed class Sleeper<M> extends Receiver<M> implements Runnable permits Process {
  /** When the actor wants to be woken, of its own code. */
  private @Nullable Alarm alarms;

  abstract World world();

  /** Waits for a wake-up; returns at once if one came since the last park. */
  abstract void park();

  /** No alarm is set any more. */
  abstract void disarm();

  /** Waits until one of {@code sources} is ready. */
  final void await(Awaitable... sources) {
    await(Alarm.NEVER, sources);
  }

  /** Waits until one of {@code sources} is ready, or {@code until}; returns the former. */
  final boolean await(long until, Awaitable... sources) {
    Awaitable any = Awaitable.anyOf(sources);
    any.arm(this);
    return await(any::isReady, until);
  }

  /** Waits until {@code isOver}, or {@code until}; returns the former. */
  final boolean await(BooleanSupplier isOver, long until) {
    if (until == Alarm.NEVER) {
      while (!isOver.getAsBoolean()) {
        park();
      }
      return true;
    }
    return isOver.getAsBoolean() || (world().nanoTime() < until && parkUntil(isOver, until));
  }

  /** Waits, at least for a moment. */
  final boolean parkUntil(BooleanSupplier isOver, long until) {
    var alarm = new Alarm(until);
    set(alarm);
    try {
      boolean over;
      do {
        park();
        over = isOver.getAsBoolean();
      } while (!over && world().nanoTime() < until);
      return over;
    } finally {
      unset(alarm);
    }
  }

  /** The time that is {@code delay} from now; the loop's own is that of its last run. */
  final long later(Duration delay) {
    return Alarm.after(world().nanoTime(), Alarm.nanos(delay));
  }

  final void set(Alarm alarm) {
    alarm.next = alarms;
    alarms = alarm;
  }

  final void unset(Alarm alarm) {
    alarms = Alarm.without(alarms, alarm);
    if (alarms == null) {
      disarm();
    }
  }

  /** Forgets all alarms, and sets one if there is a time. */
  final void wakeOnlyAt(long at) {
    alarms = at == Alarm.NEVER ? null : new Alarm(at);
  }

  /** Whether something that the actor does is to end in time. */
  final boolean isWithinLimit() {
    return Alarm.anyLimit(alarms);
  }

  /**
   * @throws DeadlinePassed if something that the actor does should have ended
   */
  final void checkLimits() {
    alarms = Alarm.stillSet(alarms, world(), false);
  }

  /** As {@link #checkLimits}; and forgets what has woken the actor. */
  final void dropRung() {
    alarms = Alarm.stillSet(alarms, world(), true);
  }

  /** When the actor wants to be woken next. */
  final long nextAlarm() {
    return Alarm.first(alarms);
  }
}
