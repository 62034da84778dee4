package lemnos.runtime;

import lemnos.core.Ret;
import org.jspecify.annotations.Nullable;

/**
 * An answer that a sequential actor will wait for. Pass {@link #ret} to a call, then {@link #get}.
 * Several answers may be on their way at once.
 */
public final class Answer<R> implements Awaitable {
  private final Process<?, ?> process;
  private final Ret<R> ret;
  private @Nullable R value;
  private boolean done;

  Answer(Process<?, ?> process) {
    this.process = process;
    this.ret = process.loop().ret(this::arrived);
  }

  private void arrived(@Nullable R answer) {
    value = answer;
    done = true;
    process.wake();
  }

  /** The right to answer; to be passed on once. */
  public Ret<R> ret() {
    return ret;
  }

  @Override
  public boolean isReady() {
    return done;
  }

  /** Does nothing more: an answer always wakes the actor that it was made for. */
  @Override
  public void arm(Runnable wake) {}

  /** Waits for the answer: null if none will come. Only in the actor that it was made for. */
  public @Nullable R get() {
    while (!done) {
      process.park();
    }
    return value;
  }
}
