package lemnos.runtime;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import lemnos.core.Poller;
import lemnos.core.World;

/** A world whose time moves only when told to, and which remembers the threads it started. */
final class ManualWorld implements World {
  private final AtomicLong now = new AtomicLong();
  private final List<Thread> threads = new CopyOnWriteArrayList<>();
  private final int maxThreads;

  ManualWorld() {
    this(Integer.MAX_VALUE);
  }

  /** A world that fails to start more than so many threads. */
  ManualWorld(int maxThreads) {
    this.maxThreads = maxThreads;
  }

  void pass(Duration time) {
    now.addAndGet(time.toNanos());
  }

  List<Thread> threads() {
    return threads;
  }

  /** A poller that does not wait for a timer but lets the time pass. */
  Poller poller() {
    return new LeapingPoller();
  }

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
    if (threads.size() >= maxThreads) {
      throw new IllegalStateException("no more threads");
    }
    Thread thread = World.real().start(name, virtual, body);
    threads.add(thread);
    return thread;
  }

  private final class LeapingPoller implements Poller {
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
