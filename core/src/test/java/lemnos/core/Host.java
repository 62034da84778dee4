package lemnos.core;

import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.function.Executable;

/**
 * For tests with several threads: drives a loop, which sleeps on a poller while nothing happens.
 */
final class Host {
  private Host() {}

  /** Runs {@code loop}, whose time is no clock's, until {@code done}. */
  static void runUntil(Loop loop, BooleanSupplier done) {
    var poller = Poller.parking();
    loop.onWake(poller::wakeup);
    while (!done.getAsBoolean()) {
      poller.poll(loop.nextWait(loop.now(), Long.MAX_VALUE, false));
      loop.run(loop.now() + 1, false);
    }
  }

  /** Runs {@code body} on another thread to its end. */
  static void elsewhere(Executable body) throws InterruptedException {
    var failure = new AtomicReference<@Nullable Throwable>();
    start(body, failure).join();
    assertNull(failure.get());
  }

  /** Starts a thread that notes what {@code body} throws. */
  static Thread start(Executable body, AtomicReference<@Nullable Throwable> failure) {
    return Thread.ofPlatform()
        .start(
            () -> {
              try {
                body.execute();
              } catch (Throwable t) {
                failure.set(t);
              }
            });
  }

  /** Returns when {@code thread} waits for somebody else. */
  static void awaitWaiting(Thread thread) {
    while (thread.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
      if (!thread.isAlive()) {
        throw new AssertionError(thread + " ended and should have waited");
      }
    }
  }
}
