package lemnos.runtime;

import java.time.Duration;

/**
 * Thrown by whatever a sequential actor waits for within {@link Context#within} when the time is
 * up. Who catches it inside meets it again the next time it waits there.
 */
public final class DeadlinePassed extends RuntimeException {
  private static final long serialVersionUID = 1L;

  DeadlinePassed(Duration limit) {
    super("the time is up: it was to take " + limit + " at most");
  }
}
