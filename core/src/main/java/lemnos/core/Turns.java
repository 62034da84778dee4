package lemnos.core;

import java.util.function.Consumer;

/**
 * A loop's turns on somebody else's event loop. That is what its driver sleeps on: to wake it is to
 * have the host call, and the time between two turns is one long sleep.
 */
final class Turns implements Poller {
  private final Driver.Host host;
  private final Loop loop;
  private final Consumer<? super StopCause> ended;
  private final Driver driver;

  /**
   * When the host will call because of a timer; {@link Long#MAX_VALUE} if it will not. It may have
   * been asked for later times too, before an earlier timer was armed: it cannot be told otherwise.
   */
  private long alarm = Long.MAX_VALUE;

  private boolean over;

  Turns(Driver.Host host, Loop loop, Consumer<? super StopCause> ended) {
    this.host = host;
    this.loop = loop;
    this.ended = ended;
    this.driver = new Driver(loop, this);
  }

  void begin() {
    loop.detach();
    driver.doze(true);
  }

  private void turn() {
    if (over) {
      return;
    }
    driver.stir();
    loop.attach();
    driver.runBatch(true);
    StopCause cause = loop.notShutdown() ? null : driver.finish();
    if (cause == null) {
      rest();
    } else {
      over = true;
      ended.accept(cause);
    }
  }

  private void rest() {
    long wait = driver.nextWait(Long.MAX_VALUE);
    long expiry = loop.nextExpiry();
    if (wait > 0 && expiry < alarm) {
      alarm = expiry;
      host.callAfter(wait, () -> ring(expiry));
    }
    loop.detach();
    driver.doze(wait == 0);
  }

  private void ring(long time) {
    if (time == alarm) {
      alarm = Long.MAX_VALUE;
      turn();
    }
  }

  @Override
  public boolean poll(long maxNanos) {
    return false;
  }

  @Override
  public void wakeup() {
    host.callAfter(0, this::turn);
  }

  @Override
  public void close() {}
}
