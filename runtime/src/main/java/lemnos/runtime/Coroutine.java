package lemnos.runtime;

import lemnos.core.Loop;
import lemnos.core.World;
import org.jspecify.annotations.Nullable;

/**
 * Code that can be suspended in the middle and resumed later, always by the worker that it belongs
 * to. Not thread-safe: a worker and its coroutines take turns.
 */
abstract sealed class Coroutine permits ContinuationCoroutine, ThreadCoroutine {
  private boolean done;

  /** A coroutine that will run {@code body}, of the best kind that this JVM offers. */
  static Coroutine of(Loop loop, World world, Runnable body) {
    return ContinuationCoroutine.isAvailable()
        ? new ContinuationCoroutine(body)
        : new ThreadCoroutine(loop, world, body);
  }

  /** Runs the body until it suspends or ends. Called by the worker. */
  abstract void resume();

  /** Returns to the worker; comes back with the next {@link #resume}. Called by the body. */
  abstract void suspend();

  /** The thread that the body runs on, if that is not the worker's. */
  @Nullable Thread thread() {
    return null;
  }

  final boolean isDone() {
    return done;
  }

  final void setDone() {
    done = true;
  }
}
