package lemnos.runtime;

import java.time.Duration;
import java.util.List;

/**
 * Something keeps its worker from everything else: it blocks, or computes for too long.
 *
 * @param worker the number of the worker
 * @param actor the name of the actor, sequential or object, whose turn it is; "the runtime" if it
 *     is nobody's
 * @param time for how long, not counting the time in which the machine ran nothing of us
 * @param state what its thread does: {@code RUNNABLE} if it computes, or waits in native code
 * @param stack where its thread is, innermost first
 */
public record Blocked(
    int worker, String actor, Duration time, Thread.State state, List<StackTraceElement> stack) {
  public Blocked {
    stack = List.copyOf(stack);
  }
}
