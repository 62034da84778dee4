package lemnos.net;

import java.util.concurrent.Callable;
import lemnos.core.Core;

/** Work that blocks, done beside the worker on a virtual thread. */
final class Offload {
  private Offload() {}

  /** Runs {@code work}, and brings what it comes to back to the worker. */
  static <T> Pending<T> run(Core core, String name, Callable<T> work) {
    var pending = new Pending<T>();
    core.world()
        .start(
            name,
            true,
            () -> {
              try {
                T value = work.call();
                core.execute(() -> pending.complete(value));
              } catch (Throwable t) {
                core.execute(() -> pending.fail(t));
              }
            });
    return pending;
  }
}
