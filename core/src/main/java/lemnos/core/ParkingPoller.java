package lemnos.core;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Sleeps by parking; a wake-up is an unpark, whose permit also serves a poll that is yet to come.
 */
final class ParkingPoller implements Poller {
  /** Written by the driving thread before it parks, read by whoever wakes it. */
  private volatile @Nullable Thread driver;

  private volatile boolean woken;

  @Override
  public boolean poll(long maxNanos) {
    driver = Thread.currentThread();
    if (!woken && maxNanos > 0) {
      if (maxNanos == Long.MAX_VALUE) {
        LockSupport.park(this);
      } else {
        LockSupport.parkNanos(this, maxNanos);
      }
    }
    woken = false;
    // An interrupt that some actor left behind would make every later park return at once.
    Thread.interrupted();
    return false;
  }

  @Override
  public void wakeup() {
    // Pairs with poll: `driver` is written before `woken` is read there, `woken` before `driver`
    // is read here, so either the poll sees the flag or this sees the thread.
    woken = true;
    LockSupport.unpark(driver);
  }

  @Override
  public void close() {}

  @Override
  public String toString() {
    return "parking";
  }
}
