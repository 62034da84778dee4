package lemnos.runtime;

import java.time.Duration;
import java.util.ArrayDeque;
import lemnos.core.World;
import org.jspecify.annotations.Nullable;

/** Restarts while there were fewer than so many restarts in the window that ends now. */
final class RestartSupervisor<T extends @Nullable Object> implements Supervisor<T> {
  private final T argument;
  private final int maxRestarts;
  private final long windowNanos;

  /** The times of the restarts that still count, oldest first. */
  private final ArrayDeque<Long> restarts = new ArrayDeque<>();

  RestartSupervisor(T argument, int maxRestarts, Duration window) {
    if (maxRestarts < 0 || window.isNegative()) {
      throw new IllegalArgumentException(
          "maxRestarts is " + maxRestarts + " and window " + window + "; neither may be negative");
    }
    this.argument = argument;
    this.maxRestarts = maxRestarts;
    this.windowNanos = Worker.nanos(window);
  }

  @Override
  public Decision<T> decide(Throwable error) {
    Worker worker = Worker.currentOrNull();
    return decide((worker == null ? World.real() : worker.world()).nanoTime());
  }

  Decision<T> decide(long now) {
    while (!restarts.isEmpty() && now - restarts.getFirst() > windowNanos) {
      restarts.removeFirst();
    }
    if (restarts.size() >= maxRestarts) {
      return new Decision.Stop<>();
    }
    restarts.addLast(now);
    return new Decision.Restart<>(argument);
  }
}
