package lemnos.runtime;

import org.jspecify.annotations.Nullable;

/** Work that blocks, done by a thread of its own for an actor that waits for it. */
final class BlockingCall<R extends @Nullable Object, X extends Exception> implements Runnable {
  private final Process<?> process;
  private final Context.Work<R, X> work;
  private @Nullable R result;
  private @Nullable Throwable failure;

  /** Set by the thread, after the rest. */
  private volatile boolean done;

  BlockingCall(Process<?> process, Context.Work<R, X> work) {
    this.process = process;
    this.work = work;
  }

  @Override
  public void run() {
    try {
      result = work.run();
    } catch (Throwable t) {
      failure = t;
    }
    done = true;
    process.wake();
  }

  /** Waits for {@code thread}, which runs this; interrupts it if the wait comes to nothing. */
  @SuppressWarnings({
    "unchecked",
    "NullAway"
  }) // it is null, or checked and no X, only if R and X say
  R get(Thread thread) throws X {
    try {
      while (!done) {
        process.park();
      }
    } catch (Throwable t) {
      thread.interrupt();
      throw t;
    }
    if (failure instanceof Error error) {
      throw error;
    }
    if (failure != null) {
      throw (X) failure;
    }
    return result;
  }
}
