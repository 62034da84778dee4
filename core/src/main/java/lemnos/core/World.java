package lemnos.core;

import java.time.Instant;

/**
 * The one door to what is outside the program's own logic: the clocks, chance and new threads. Code
 * of Lemnos asks a World and never the JDK, so a test or a simulation can put another world in its
 * place.
 */
public interface World {
  /** The world of the machine: its clocks, its threads. */
  static World real() {
    return RealWorld.INSTANCE;
  }

  /**
   * Monotone time in nanoseconds since some moment before the program's first call; not negative.
   */
  long nanoTime();

  /** The time of day. */
  Instant wallTime();

  /**
   * Starts a thread.
   *
   * @param virtual whether the thread is a virtual one
   */
  Thread start(String name, boolean virtual, Runnable body);

  /** Fills {@code into} with bytes that nobody can foresee. */
  default void random(byte[] into) {
    RealWorld.Chance.SOURCE.nextBytes(into);
  }
}
