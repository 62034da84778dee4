package lemnos.net;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import lemnos.runtime.Awaitable;

/** Ready when something else is, or when its time is over. */
final class Timed implements Awaitable {
  private final Awaitable source;
  private boolean over;
  private Runnable waker = () -> {};

  private Timed(Awaitable source) {
    this.source = source;
  }

  /**
   * Waits for {@code source}, for at most {@code nanos}, or for ever if that is 0; returns whether
   * it became ready.
   */
  static boolean await(Awaitable source, EventExecutor timer, long nanos) {
    if (source.isReady()) {
      return true;
    }
    if (nanos == 0) {
      source.await();
      return true;
    }
    var timed = new Timed(source);
    ScheduledFuture<?> end = timer.schedule(timed::end, nanos, TimeUnit.NANOSECONDS);
    try {
      timed.await();
    } finally {
      end.cancel(false);
    }
    return source.isReady();
  }

  private void end() {
    over = true;
    waker.run();
  }

  @Override
  public boolean isReady() {
    return over || source.isReady();
  }

  @Override
  public void arm(Runnable wake) {
    waker = wake;
    source.arm(wake);
  }
}
