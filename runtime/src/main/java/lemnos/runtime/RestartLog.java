package lemnos.runtime;

import java.time.Duration;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The restarts within the window of time that ends now, and whether there may be another. The
 * window slides: no period of its length ever has more restarts than allowed.
 */
final class RestartLog {
  private final int maxRestarts;
  private final Duration window;
  private final Backoff backoff;

  /** The times of the restarts that still count, oldest first. */
  private final ArrayDeque<Long> restarts = new ArrayDeque<>();

  RestartLog(int maxRestarts, Duration window, Backoff backoff) {
    check(maxRestarts, window);
    this.maxRestarts = maxRestarts;
    this.window = window;
    this.backoff = backoff;
  }

  static void check(int maxRestarts, Duration window) {
    if (maxRestarts < 0 || window.isNegative()) {
      throw new IllegalArgumentException(
          "maxRestarts is " + maxRestarts + " and window " + window + "; neither may be negative");
    }
  }

  /**
   * The pause before a restart that is decided upon at {@code now}, or null: no more are allowed.
   */
  @Nullable Duration restart(long now) {
    long windowNanos = Alarm.nanos(window);
    while (!restarts.isEmpty() && now - restarts.getFirst() > windowNanos) {
      restarts.removeFirst();
    }
    if (restarts.size() >= maxRestarts) {
      return null;
    }
    Duration pause = backoff.pause(restarts.size());
    restarts.addLast(now);
    return pause;
  }

  /** Forgets all restarts. */
  void clear() {
    restarts.clear();
  }

  @Override
  public String toString() {
    return "at most " + maxRestarts + " restarts in " + window;
  }
}
