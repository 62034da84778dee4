package lemnos.runtime;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Goes through all interleavings of a few threads that share a few variables. A thread is a
 * function of its next step's number; a step is atomic, as a volatile access or a compare-and-set
 * is.
 */
final class Interleavings {
  /**
   * What a step returns if it cannot be taken now: the thread sleeps until the variables change.
   */
  static final int BLOCKED = -1;

  /** What a step returns after the last one. */
  static final int END = -2;

  /** A thread of the model. */
  interface Steps {
    /** Takes step {@code at} on the variables; returns the number of the next step. */
    int take(int at, int[] vars);
  }

  private final List<Steps> threads;
  private final int variables;

  Interleavings(int variables, List<Steps> threads) {
    this.variables = variables;
    this.threads = threads;
  }

  /**
   * Looks for an end, where no thread can go on, that {@code fault} is true of.
   *
   * @return what it looks like, or null if there is none
   */
  @Nullable String find(Predicate<int[]> fault) {
    var seen = new HashSet<List<Integer>>();
    var open = new ArrayDeque<int[]>();
    open.push(new int[variables + threads.size()]); // the variables, then each thread's next step
    while (!open.isEmpty()) {
      int[] state = open.pop();
      boolean stuck = true;
      for (int t = 0; t < threads.size(); t++) {
        int at = state[variables + t];
        int[] next = state.clone();
        int to = at == END ? BLOCKED : threads.get(t).take(at, next);
        if (to != BLOCKED) {
          stuck = false;
          next[variables + t] = to;
          if (seen.add(Arrays.stream(next).boxed().toList())) {
            open.push(next);
          }
        }
      }
      if (stuck && fault.test(state)) {
        return "variables and steps " + Arrays.toString(state);
      }
    }
    return null;
  }
}
