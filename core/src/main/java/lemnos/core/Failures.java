package lemnos.core;

import org.jspecify.annotations.Nullable;

/** What is contained in one actor, and what ends the whole loop. */
final class Failures {
  private Failures() {}

  /** The first of two failures, or the fatal one, with the other as a suppressed one. */
  static Throwable joined(@Nullable Throwable first, Throwable second) {
    if (first == null) {
      return second;
    }
    if (isFatal(second) && !isFatal(first)) {
      return joined(second, first);
    }
    if (first != second) {
      first.addSuppressed(second);
    }
    return first;
  }

  /** What went wrong while an actor ended makes that a failure, but hides no earlier error. */
  static StopCause joined(StopCause cause, Throwable t) {
    return switch (cause) {
      case StopCause.Failed(Throwable error) -> new StopCause.Failed(joined(error, t));
      case StopCause.Killed(Throwable error) -> new StopCause.Killed(joined(error, t));
      default -> new StopCause.Failed(t);
    };
  }

  /** Closes {@code value} if it can be closed; returns what that threw, or null. */
  static @Nullable Throwable ofClosing(@Nullable Object value) {
    try {
      if (value instanceof AutoCloseable closeable) {
        closeable.close();
      }
      return null;
    } catch (Throwable t) {
      return t;
    }
  }

  /** What becomes of an exception that nobody else wants. */
  static void log(Object where, Throwable t) {
    System.getLogger("lemnos.core").log(System.Logger.Level.ERROR, "uncaught in " + where, t);
  }

  /**
   * Whether the machine itself is in trouble. A stack overflow is not such a case: unwinding has
   * freed the stack, and only the actor that recursed is at fault.
   */
  static boolean isFatal(Throwable t) {
    return t instanceof VirtualMachineError && !(t instanceof StackOverflowError);
  }
}
