package lemnos.runtime;

import java.util.Objects;
import lemnos.core.Ret;
import org.jspecify.annotations.Nullable;

/**
 * An answer that a sequential actor will wait for. Pass {@link #ret} to a call, then {@link #get}.
 * Several answers may be on their way at once.
 */
public final class Answer<R> implements Awaitable {
  private final Process<?> process;

  /** Null if the process asks by {@link Process#request}. */
  private final @Nullable Ret<R> ret;

  private @Nullable R value;

  /** Set on the loop that the answer came to, which need not be that of the actor's next turn. */
  private volatile boolean done;

  private Answer(Process<?> process, boolean hasRet) {
    this.process = process;
    this.ret = hasRet ? process.loop().ret(this::arrived) : null;
  }

  /** One with a right to answer, to be passed on by the actor. */
  static <R> Answer<R> ofLoop(Process<?> process) {
    return new Answer<>(process, true);
  }

  /** One whose right to answer is made where the process asks. */
  static <R> Answer<R> ofRequest(Process<?> process) {
    return new Answer<>(process, false);
  }

  void arrived(@Nullable R answer) {
    value = answer;
    done = true;
    process.wake();
  }

  /** The right to answer; to be passed on once. */
  public Ret<R> ret() {
    return Objects.requireNonNull(ret);
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
