package lemnos.core;

import org.jspecify.annotations.Nullable;

/**
 * The call of a {@link MaxTimer} or {@link MinTimer}. Its entry among the {@link Timers} stays
 * where it is while {@link #due} moves; it catches up when its own time comes.
 */
final class MovingCall extends Call {
  /** Why its argument cannot be a handle. */
  static final String MANY_TIMES = "this timer may be set many times";

  /** When the timer expires. */
  long due;

  /** The number of the arming that set it to that time, as part of a key. */
  private long number;

  /** Where its entry lies: not later than it is due. */
  long entry;

  /** The key of its entry; 0 if it is not active. */
  private long key;

  private @Nullable Loop loop;

  private MovingCall(int shape, @Nullable Cell<?> target, Object code, @Nullable Object a) {
    super(shape, target, code);
    this.a = a;
  }

  /** A call that is not active: {@code last} if that is the same, or a new one. */
  static MovingCall of(
      @Nullable MovingCall last,
      int shape,
      @Nullable Cell<?> target,
      Object code,
      @Nullable Object a) {
    if (last != null
        && last.shape == shape
        && last.target == target
        && last.code == code
        && last.a == a) {
      return last;
    }
    return new MovingCall(shape, target, code, a);
  }

  boolean isActive() {
    return key != 0;
  }

  /** Whether the timer is active; if so, {@code loop} must be its own. */
  boolean isActive(Loop loop) {
    loop.checkOwner("timer");
    if (key == 0) {
      return false;
    }
    if (this.loop != loop) {
      throw new IllegalStateException("this timer is active on another loop: cancel it first");
    }
    return true;
  }

  long expiry() {
    return key == 0 ? Long.MAX_VALUE : due;
  }

  /** Arms the timer for {@code due}, with an entry at {@code entry}, unless the loop is closed. */
  void arm(Loop loop, long due, long entry) {
    this.loop = loop;
    this.due = due;
    this.entry = entry;
    loop.timers.arm(this);
  }

  void armed(long key) {
    this.key = key;
    number = Timers.number(key);
  }

  /** Sets an active timer to another time. */
  void move(Loop loop, long due) {
    this.due = due;
    number = loop.timers.nextNumber();
  }

  /** Gives an active timer an entry at an earlier time. */
  void hasten(Loop loop, long entry) {
    loop.timers.hasten(this, key, entry);
  }

  /** Gets a new entry, for which this returns the key. */
  long moved(int slot, long entry) {
    this.entry = entry;
    key = number | slot;
    return key;
  }

  /** Deactivates the timer; returns whether it was active. */
  boolean cancel() {
    if (key == 0 || loop == null) {
      return false;
    }
    loop.checkOwner("timer");
    loop.timers.cancel(key);
    key = 0;
    return true;
  }

  /** The timer has expired, or its loop was closed. */
  void deactivate() {
    key = 0;
  }
}
