package lemnos.runtime;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Stack traces without what lies below an actor's own code: its worker, and maybe another actor
 * that has lent it its stack and has nothing to do with it.
 */
final class StackTraces {
  /** The methods that call an actor's code, with their classes. */
  private static final Map<String, String> BOTTOMS =
      Map.of("runBody", Process.class.getName(), "next", Steps.class.getName());

  /** Causes may go round in a circle. */
  private static final int MAX_CAUSES = 100;

  private StackTraces() {}

  /** The upper frames of {@code stack}, down to where the actor on top begins, if it is one. */
  static List<StackTraceElement> ofTop(StackTraceElement[] stack) {
    List<StackTraceElement> frames = List.of(stack);
    for (int i = 0; i < stack.length; i++) {
      if (stack[i].getClassName().equals(BOTTOMS.get(stack[i].getMethodName()))) {
        return frames.subList(0, i + 1);
      }
    }
    return frames;
  }

  /** Shortens the traces of what an actor has thrown, and of its causes. Returns it. */
  static Throwable ofOne(Throwable thrown) {
    try {
      @Nullable Throwable t = thrown;
      for (int i = 0; t != null && i < MAX_CAUSES; i++) {
        StackTraceElement[] stack = t.getStackTrace();
        List<StackTraceElement> own = ofTop(stack);
        if (own.size() < stack.length) {
          t.setStackTrace(own.toArray(StackTraceElement[]::new));
        }
        t = t.getCause();
      }
    } catch (RuntimeException e) {
      // it overrides what it should not; then its trace stays as it is
    }
    return thrown;
  }
}
