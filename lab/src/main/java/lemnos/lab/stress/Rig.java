package lemnos.lab.stress;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.function.Supplier;
import lemnos.core.Loop;

/**
 * Makes what a stress test needs, on a thread of its own. Were the loops made where jcstress makes
 * its tests, on the threads of its actors, then a sender would own the loop that it sends to, and
 * would go past the inbox straight to the queue which another thread runs.
 */
final class Rig<T> {
  private static final int CAPACITY = 1024;

  private final ArrayBlockingQueue<T> made = new ArrayBlockingQueue<>(CAPACITY);

  Rig(Supplier<T> maker) {
    Thread.ofPlatform().daemon().start(() -> fill(maker));
  }

  private void fill(Supplier<T> maker) {
    try {
      while (true) {
        made.put(maker.get());
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  T take() {
    try {
      return made.take();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Runs {@code loop}, which nobody owns, on the calling thread. jcstress's arbiter, which does so
   * after an actor, starts when the actors are done.
   */
  static void run(Loop loop) {
    loop.attach();
    loop.run(loop.now() + 1, false);
    loop.detach();
  }

  /** Closes {@code loop}, which nobody owns. */
  static void close(Loop loop) {
    loop.attach();
    loop.close();
  }
}
