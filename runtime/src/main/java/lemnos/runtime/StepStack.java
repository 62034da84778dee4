package lemnos.runtime;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A stack on which actors of a worker have their steps, one after the other. When one waits in the
 * midst of its step it keeps the stack until the step is over, and the others use another.
 */
final class StepStack implements Runnable {
  private final Dispatcher dispatcher;
  private final Coroutine coroutine = new ContinuationCoroutine(this);

  /** Whose step is next, or goes on; null while the stack is free. */
  private @Nullable Steps<?> steps;

  StepStack(Dispatcher dispatcher) {
    this.dispatcher = dispatcher;
  }

  void assign(Steps<?> steps) {
    this.steps = steps;
  }

  Coroutine coroutine() {
    return coroutine;
  }

  @Override
  public void run() {
    while (true) {
      Steps<?> step = Objects.requireNonNull(steps);
      step.next();
      if (!dispatcher.stepDone(this, step.process())) {
        steps = null; // who may have ended is not to be kept in memory
        coroutine.suspend();
      }
    }
  }
}
