package lemnos.runtime;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * The processes of a worker that other threads have woken, linked through themselves. Any thread
 * pushes, without a lock; the worker takes all of them at once, in the order in which they came.
 */
final class WokenStack {
  private static final VarHandle TOP;

  static {
    try {
      TOP = MethodHandles.lookup().findVarHandle(WokenStack.class, "top", LocalProcess.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** The one that came last; the others follow. */
  private volatile @Nullable LocalProcess<?> top;

  boolean isEmpty() {
    return top == null;
  }

  /** Adds a process that is not on the stack. Returns whether that was empty. Any thread. */
  boolean push(LocalProcess<?> process) {
    LocalProcess<?> below;
    do {
      below = top;
      process.nextWoken = below;
    } while (!TOP.compareAndSet(this, below, process));
    return below == null;
  }

  /** Tells each that its wake-up has arrived, the one that came first as the first. */
  void arrive() {
    if (top == null) {
      return;
    }
    LocalProcess<?> newest = (LocalProcess<?>) TOP.getAndSet(this, null);
    LocalProcess<?> oldest = null;
    while (newest != null) {
      LocalProcess<?> below = newest.nextWoken;
      newest.nextWoken = oldest;
      oldest = newest;
      newest = below;
    }
    while (oldest != null) {
      LocalProcess<?> above = oldest.nextWoken;
      oldest.nextWoken = null;
      oldest.wakeArrived(); // from here on it may be pushed again
      oldest = above;
    }
  }
}
