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

  /**
   * Whether the machine itself is in trouble. A stack overflow is not such a case: unwinding has
   * freed the stack, and only the actor that recursed is at fault.
   */
  static boolean isFatal(Throwable t) {
    return t instanceof VirtualMachineError && !(t instanceof StackOverflowError);
  }
}
