package lemnos.runtime;

import lemnos.core.Loop;
import lemnos.core.World;
import org.jspecify.annotations.Nullable;

/**
 * Code that can be suspended in the middle and resumed later by a worker. Not thread-safe: a worker
 * and its coroutines take turns, and what one did in its turn is seen by the other.
 */
abstract sealed class Coroutine
    permits ContinuationCoroutine, VirtualCoroutine, ThreadCoroutine, SoleCoroutine {
  private boolean done;

  /**
   * A coroutine of the best kind that this JVM offers for code that one worker alone will resume.
   *
   * @param seat whom the code works for, if it gets a thread of its own
   */
  static Coroutine confined(Seat seat, Loop loop, World world, Runnable body) {
    return ContinuationCoroutine.isAvailable()
        ? new ContinuationCoroutine(body)
        : new ThreadCoroutine(seat, loop, world, body);
  }

  /**
   * A coroutine of the best kind that this JVM offers for code that any worker may resume.
   *
   * @param seat whom the code works for
   * @param unblocked run on any thread when a body that {@link #isBlocked} can go on
   */
  static Coroutine mobile(Seat seat, World world, Runnable body, Runnable unblocked) {
    return VirtualCoroutine.isAvailable()
        ? new VirtualCoroutine(seat, body, unblocked)
        : new ThreadCoroutine(seat, null, world, body);
  }

  /** Runs the body until it suspends, blocks or ends. Called by the worker. */
  abstract void resume();

  /** Returns to the worker; comes back with the next {@link #resume}. Called by the body. */
  abstract void suspend();

  /**
   * Whether the body's stack is that of the worker's thread, and was small when it was left last.
   */
  boolean isShallow() {
    return false;
  }

  /** The thread that the body runs on, if that is not the worker's. */
  @Nullable Thread thread() {
    return null;
  }

  /**
   * Whether the body, which neither suspended nor ended, blocks in code that is not ours and will
   * say when it can go on; false if it can already. Called by the worker once after a {@link
   * #resume}.
   */
  boolean isBlocked() {
    throw new AssertionError("a body of this kind blocks its worker too");
  }

  /** Interrupts whatever the body blocks in. Any thread. */
  void interrupt() {}

  /** Whether the body need not be resumed any more. */
  boolean canBeGivenUp() {
    return true;
  }

  final boolean isDone() {
    return done;
  }

  final void setDone() {
    done = true;
  }
}
