package lemnos.runtime;

import java.util.concurrent.atomic.AtomicInteger;
import lemnos.core.Poller;

/** A poller that counts, and does on each poll what a test wants. */
final class WatchedPoller implements Poller {
  final AtomicInteger polls = new AtomicInteger();
  final AtomicInteger wakeups = new AtomicInteger();
  private final Poller poller;
  private final Runnable onPoll;

  WatchedPoller(Poller poller, Runnable onPoll) {
    this.poller = poller;
    this.onPoll = onPoll;
  }

  WatchedPoller() {
    this(Poller.parking(), () -> {});
  }

  @Override
  public boolean poll(long maxNanos) {
    polls.incrementAndGet();
    onPoll.run();
    return poller.poll(maxNanos);
  }

  @Override
  public void wakeup() {
    wakeups.incrementAndGet();
    poller.wakeup();
  }

  @Override
  public void close() {
    poller.close();
  }
}
