package lemnos.runtime;

import java.util.concurrent.CompletionException;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** The end of a {@code CompletionStage}, as the actor that waits for it sees it. */
final class Completion<R extends @Nullable Object> implements BiConsumer<R, @Nullable Throwable> {
  private final Process<?> process;
  private @Nullable R result;
  private @Nullable Throwable failure;

  /** Set on whatever thread completes the stage, after the rest. */
  private volatile boolean done;

  Completion(Process<?> process) {
    this.process = process;
  }

  @Override
  public void accept(R value, @Nullable Throwable error) {
    result = value;
    failure = error;
    done = true;
    process.wake();
  }

  /** Waits for the end. */
  @SuppressWarnings("NullAway") // the result is null only if R allows that
  R get() {
    while (!done) {
      process.park();
    }
    if (failure != null) {
      throw failure instanceof CompletionException e ? e : new CompletionException(failure);
    }
    return result;
  }
}
