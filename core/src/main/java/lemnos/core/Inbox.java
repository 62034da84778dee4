package lemnos.core;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Where calls from other threads wait for a loop: a lock-free stack that the loop takes whole and
 * turns around. The calls of one sender stay in order, and every push is seen by a take that comes
 * after it. Unbounded: bounds belong to what is built on top.
 */
final class Inbox {
  /** Stands for the whole stack once the loop is closed. */
  private static final Call CLOSED = new Call(CallQueue.HOST, null, Inbox.class);

  private static final VarHandle TOP;

  static {
    try {
      TOP = MethodHandles.lookup().findVarHandle(Inbox.class, "top", Call.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /**
   * The newest call; the older ones follow by {@link Call#next}. Pushed by compare-and-set, taken
   * by get-and-set: whoever takes a call sees all that its sender did before.
   */
  private volatile @Nullable Call top;

  /** What a push found. */
  enum Found {
    EMPTY,
    OTHERS,
    CLOSED
  }

  /** Adds a call; any thread. After {@code EMPTY} the caller has to wake the loop. */
  Found push(Call call) {
    for (; ; ) {
      Call found = top;
      if (found == CLOSED) {
        return Found.CLOSED;
      }
      call.next = found;
      if (TOP.compareAndSet(this, found, call)) {
        return found == null ? Found.EMPTY : Found.OTHERS;
      }
    }
  }

  boolean isEmpty() {
    Call found = top;
    return found == null || found == CLOSED;
  }

  /** Takes all calls, oldest first, linked by {@link Call#next}; for the loop's thread only. */
  @Nullable Call takeAll() {
    return isEmpty() ? null : reversed((Call) TOP.getAndSet(this, null));
  }

  /** Takes all calls and refuses those that come later. */
  @Nullable Call close() {
    Call last = (Call) TOP.getAndSet(this, CLOSED);
    return last == CLOSED ? null : reversed(last);
  }

  private static @Nullable Call reversed(@Nullable Call call) {
    Call oldest = null;
    while (call != null) {
      Call older = call.next;
      call.next = oldest;
      oldest = call;
      call = older;
    }
    return oldest;
  }
}
