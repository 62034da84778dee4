package lemnos.core;

import java.security.SecureRandom;
import java.time.Instant;

/** The machine's own clocks and threads. */
final class RealWorld implements World {
  static final RealWorld INSTANCE = new RealWorld();

  /** Times count from here, so that they are small and never negative. */
  private final long origin = System.nanoTime();

  private RealWorld() {}

  /** Made when it is first asked. */
  static final class Chance {
    static final SecureRandom SOURCE = new SecureRandom();

    private Chance() {}
  }

  @Override
  public long nanoTime() {
    return System.nanoTime() - origin;
  }

  @Override
  public Instant wallTime() {
    return Instant.now();
  }

  @Override
  public Thread start(String name, boolean virtual, Runnable body) {
    var builder = virtual ? Thread.ofVirtual() : Thread.ofPlatform();
    return builder.name(name).start(body);
  }
}
