package lemnos.runtime;

import java.time.Duration;

/**
 * How long to wait before a restart: longer each time, the more restarts there were lately.
 *
 * @param first the pause before the first restart; doubled for each that follows
 * @param max the longest pause
 */
public record Backoff(Duration first, Duration max) {
  /** No pause. */
  public static final Backoff NONE = new Backoff(Duration.ZERO, Duration.ZERO);

  public Backoff {
    if (first.isNegative() || max.compareTo(first) < 0) {
      throw new IllegalArgumentException(
          "first is " + first + " and max " + max + "; it must be that 0 <= first <= max");
    }
  }

  /** The pause before a restart that follows {@code recent} others. */
  Duration pause(int recent) {
    Duration pause = first;
    for (int i = 0; i < recent && pause.compareTo(max) < 0 && pause.isPositive(); i++) {
      pause = pause.compareTo(max.dividedBy(2)) > 0 ? max : pause.multipliedBy(2);
    }
    return pause;
  }
}
