package lemnos.examples;

import java.util.concurrent.CompletableFuture;
import lemnos.net.NettyPoller;
import lemnos.runtime.ActorOptions;
import lemnos.runtime.Context;
import lemnos.runtime.Runtime;
import lemnos.runtime.SequentialActor;
import lemnos.runtime.Supervisor;

/** What an actor that a test starts has found out. */
final class Asked {
  private Asked() {}

  interface Asking<R> {
    R run(Context<Void> ctx) throws Exception;
  }

  static <R> R by(Asking<R> asking) throws Exception {
    var answer = new CompletableFuture<R>();
    SequentialActor<Void, CompletableFuture<R>> actor =
        (ctx, to) -> {
          try {
            to.complete(asking.run(ctx));
          } catch (Throwable t) {
            to.completeExceptionally(t);
          }
        };
    try (Runtime runtime = Runtime.setup().signals(false).poller(NettyPoller.best()).build()) {
      runtime.runOnWorkers(
          ref -> ref.spawnLocal(Supervisor.stopping(), actor, answer, ActorOptions.standard()));
      return answer.get();
    }
  }
}
