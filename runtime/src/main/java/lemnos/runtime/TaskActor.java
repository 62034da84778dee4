package lemnos.runtime;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Runs a task as an actor that nobody restarts, and completes a future when the actor has ended.
 */
final class TaskActor<R extends @Nullable Object>
    implements NewActor<Void, Task<? extends R>>, Supervisor<Task<? extends R>> {
  /** Of those who wait for the result. Cancelled, it cancels the actor. */
  final CompletableFuture<R> future = new CompletableFuture<>();

  // Of the actor

  private boolean hasReturned;
  private @Nullable R result;
  private @Nullable Throwable failure;

  @Override
  public ActorBody<Void> create(ActorRef<Void> self, Task<? extends R> task) {
    return ctx -> {
      result = task.run(ctx);
      hasReturned = true;
    };
  }

  @Override
  public Decision<Task<? extends R>> decide(Throwable error) {
    failure = error;
    return new Decision.Stop<>();
  }

  /** Has the future know of the actor's end, and the actor of the future's. */
  void join(Process<Void, ?> process) {
    process.inbox().onEnd(this::complete);
    future.whenComplete(
        (_, error) -> {
          if (error instanceof CancellationException) {
            process.cancel();
          }
        });
  }

  @SuppressWarnings("NullAway") // it is null only if R allows that
  private void complete() {
    if (hasReturned) {
      future.complete(result);
    } else if (failure != null) {
      future.completeExceptionally(failure);
    } else {
      future.cancel(false); // the runtime is stopping
    }
  }
}
