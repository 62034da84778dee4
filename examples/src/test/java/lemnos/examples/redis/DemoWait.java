package lemnos.examples.redis;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for what is to come about, as long as it takes within a generous deadline. */
final class DemoWait {
  private static final Duration PATIENCE = Duration.ofMillis(DemoServer.PATIENCE_MILLIS);
  private static final Duration PAUSE = Duration.ofMillis(2);

  private DemoWait() {}

  /** Looks again and again until the condition holds. */
  static void until(String what, BooleanSupplier condition) {
    long start = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - start > PATIENCE.toNanos()) {
        throw new AssertionError("it did not come about in " + PATIENCE + ": " + what);
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }

  /** The result of what runs elsewhere; its failure is the caller's. */
  static <T> T result(Future<T> future) throws Exception {
    try {
      return future.get(2 * PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new AssertionError("it failed elsewhere: " + e.getCause(), e.getCause());
    } catch (TimeoutException e) {
      throw new AssertionError("it did not end in " + PATIENCE.multipliedBy(2), e);
    }
  }

  /** A task that has no result, for executors that would take it for one whose result matters. */
  static Callable<Boolean> task(Task task) {
    return () -> {
      task.run();
      return true;
    };
  }

  /** Something to do that may fail. */
  interface Task {
    void run() throws Exception;
  }
}
