package lemnos.net;

import java.util.concurrent.Callable;
import java.util.function.Consumer;
import lemnos.core.Core;

/** Work that blocks, done beside the worker. */
final class Offload {
  private Offload() {}

  /**
   * Starts a thread of the system for work that blocks for long, such as reading a pipe: of virtual
   * ones only some hundred can do that at a time. It does not keep the program from ending, which
   * it inherits from the virtual thread that starts it.
   *
   * @param failed is told, on that one, if there is no thread to be had
   */
  static void start(Core core, String name, Runnable work, Consumer<Throwable> failed) {
    core.world()
        .start(
            name,
            true,
            () -> {
              try {
                core.world().start(name, false, work);
              } catch (Throwable t) {
                failed.accept(t);
              }
            });
  }

  /** Runs {@code work} on a virtual thread, and brings what it comes to back to the worker. */
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
