package lemnos.runtime;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The fate of a task: it has one life, at the end of which a future is completed. */
final class TaskFate<R extends @Nullable Object> implements Fate<Void> {
  /** Of those who wait for the result. Cancelled, it cancels the task. */
  final CompletableFuture<R> future = new CompletableFuture<>();

  private final Task<? extends R> task;

  // Of whoever has the turn

  private boolean hasReturned;
  private @Nullable R result;
  private @Nullable Throwable failure;

  TaskFate(Task<? extends R> task) {
    this.task = task;
  }

  @Override
  public ActorBody<Void> make(Process<Void> process) {
    future.whenComplete(
        (_, error) -> {
          if (error instanceof CancellationException) {
            process.cancel();
          }
        });
    return ctx -> {
      result = task.run(ctx);
      hasReturned = true;
    };
  }

  @Override
  public void ended(Process<Void> process, @Nullable Throwable error) {
    if (error != null) {
      Fate.warn("a task failed", process, error);
    }
    failure = error;
    process.end();
  }

  @Override
  public void notMade(Process<Void> process, Throwable error) {
    throw new AssertionError("a task has one life", error);
  }

  @Override
  @SuppressWarnings("NullAway") // it is null only if R allows that
  public void gone(Process<Void> process) {
    if (hasReturned) {
      future.complete(result);
    } else if (failure != null) {
      future.completeExceptionally(failure);
    } else {
      future.cancel(false); // the runtime is stopping
    }
  }
}
