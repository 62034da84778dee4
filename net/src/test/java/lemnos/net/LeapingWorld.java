package lemnos.net;

import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import lemnos.core.Poller;
import lemnos.core.World;

/** A world whose time leaps to what its one worker waits for; it has threads, but no network. */
final class LeapingWorld implements World {
  private final AtomicLong now = new AtomicLong();

  @Override
  public long nanoTime() {
    return now.get();
  }

  @Override
  public Instant wallTime() {
    return Instant.ofEpochSecond(0, now.get());
  }

  @Override
  public Thread start(String name, boolean virtual, Runnable body) {
    return World.real().start(name, virtual, body);
  }

  Poller poller() {
    return new Leaping();
  }

  private final class Leaping implements Poller {
    private final Poller parking = Poller.parking();

    @Override
    public boolean poll(long maxNanos) {
      if (maxNanos == Long.MAX_VALUE) {
        return parking.poll(maxNanos);
      }
      now.addAndGet(maxNanos);
      return false;
    }

    @Override
    public void wakeup() {
      parking.wakeup();
    }

    @Override
    public void close() {}
  }
}
