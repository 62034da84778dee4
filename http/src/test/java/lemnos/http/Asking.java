package lemnos.http;

import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import lemnos.runtime.ActorOptions;
import lemnos.runtime.Context;
import lemnos.runtime.Runtime;
import lemnos.runtime.SequentialActor;
import lemnos.runtime.Supervisor;
import org.jspecify.annotations.Nullable;

/** What a test has an actor do. */
interface Asking<R extends @Nullable Object> {
  R run(Context<Void> ctx) throws Exception;

  /** Runs {@code body} in an actor of {@code runtime}. */
  static <R extends @Nullable Object> CompletableFuture<R> begin(Runtime runtime, Asking<R> body) {
    var result = new CompletableFuture<R>();
    SequentialActor<Void, CompletableFuture<R>> actor =
        (ctx, to) -> {
          try {
            to.complete(body.run(ctx));
          } catch (Throwable t) {
            to.completeExceptionally(t);
          }
        };
    runtime.runOnWorkers(
        ref -> ref.spawnLocal(Supervisor.stopping(), actor, result, ActorOptions.standard()));
    return result;
  }

  /** Runs {@code body} in an actor on the server's worker. */
  static <R extends @Nullable Object> R run(Served served, Asking<R> body) throws Exception {
    return begin(served.runtime(), body).get();
  }

  /** What {@code body} fails with. */
  static Throwable failure(Served served, Asking<?> body) {
    var e = assertThrows(ExecutionException.class, () -> run(served, body));
    return Objects.requireNonNull(e.getCause());
  }
}
