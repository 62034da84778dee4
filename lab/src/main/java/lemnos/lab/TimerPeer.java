package lemnos.lab;

import io.netty.util.HashedWheelTimer;
import io.netty.util.Timeout;
import java.util.Arrays;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import lemnos.core.Loop;
import org.agrona.DeadlineTimerWheel;

/**
 * The timers that are compared: a loop's, a binary heap that knows its places (the JDK's
 * scheduler), Agrona's wheel and Netty's; and {@code none}, which is what the list of the keys
 * costs.
 */
abstract sealed class TimerPeer implements AutoCloseable {
  private static final Runnable NOTHING = () -> {};
  private static final long MINUTE = 60_000_000_000L;

  static TimerPeer of(String name, int size) {
    return switch (name) {
      case "lemnos" -> new OfLoop(size);
      case "heap" -> new OfHeap(size);
      case "agrona" -> new OfAgrona(size);
      case "netty" -> new OfNetty(size);
      case "none" -> new None(size);
      default -> throw new IllegalArgumentException(name + " has no timers here");
    };
  }

  /** Arms a timer in the place {@code i}. */
  abstract void arm(int i, long delayNanos);

  /** Cancels the timer in the place {@code i}. */
  abstract void cancel(int i);

  @Override
  public void close() {}

  private static final class OfLoop extends TimerPeer {
    private final Loop loop = new Loop(0);
    private final long[] keys;

    OfLoop(int size) {
      keys = new long[size];
    }

    @Override
    void arm(int i, long delayNanos) {
      keys[i] = loop.at(loop.now() + delayNanos, NOTHING);
    }

    @Override
    void cancel(int i) {
      loop.cancel(keys[i]);
    }

    @Override
    public void close() {
      loop.close();
    }
  }

  private static final class None extends TimerPeer {
    private final long[] keys;

    None(int size) {
      keys = new long[size];
    }

    @Override
    void arm(int i, long delayNanos) {
      keys[i] += delayNanos;
    }

    @Override
    void cancel(int i) {
      keys[i]++;
    }
  }

  private static final class OfHeap extends TimerPeer {
    private final ScheduledThreadPoolExecutor heap = new ScheduledThreadPoolExecutor(1);
    private final ScheduledFuture<?>[] futures;

    OfHeap(int size) {
      futures = new ScheduledFuture<?>[size];
      heap.setRemoveOnCancelPolicy(true);
    }

    @Override
    void arm(int i, long delayNanos) {
      futures[i] = heap.schedule(NOTHING, MINUTE + delayNanos, TimeUnit.NANOSECONDS);
    }

    @Override
    void cancel(int i) {
      futures[i].cancel(false);
    }

    @Override
    public void close() {
      heap.shutdownNow();
    }
  }

  private static final class OfAgrona extends TimerPeer {
    private final DeadlineTimerWheel wheel =
        new DeadlineTimerWheel(TimeUnit.NANOSECONDS, 0, 1 << 20, 1 << 16);
    private final long[] ids;

    OfAgrona(int size) {
      ids = new long[size];
      Arrays.fill(ids, DeadlineTimerWheel.NULL_DEADLINE);
    }

    @Override
    void arm(int i, long delayNanos) {
      ids[i] = wheel.scheduleTimer(delayNanos);
    }

    @Override
    void cancel(int i) {
      wheel.cancelTimer(ids[i]);
    }
  }

  private static final class OfNetty extends TimerPeer {
    private final HashedWheelTimer wheel = new HashedWheelTimer(1, TimeUnit.MILLISECONDS, 1 << 16);
    private final Timeout[] timeouts;

    OfNetty(int size) {
      timeouts = new Timeout[size];
    }

    @Override
    void arm(int i, long delayNanos) {
      timeouts[i] = wheel.newTimeout(_ -> {}, MINUTE + delayNanos, TimeUnit.NANOSECONDS);
    }

    @Override
    void cancel(int i) {
      timeouts[i].cancel();
    }

    @Override
    public void close() {
      wheel.stop();
    }
  }
}
