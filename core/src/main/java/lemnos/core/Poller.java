package lemnos.core;

/**
 * What a thread that drives a {@link Loop} sleeps on: parking, a selector, epoll, a GUI's event
 * queue. All methods but {@link #wakeup} belong to the driving thread.
 */
public interface Poller extends AutoCloseable {
  /** A poller for a program without I/O: it parks the driving thread. */
  static Poller parking() {
    return new ParkingPoller();
  }

  /**
   * Runs {@code body}, all that the driving thread does, from its first poll to its last: for a
   * poller that has to prepare the thread, and to clean up after it.
   */
  default void serve(Runnable body) {
    body.run();
  }

  /**
   * Waits for events and handles those that came. May return early, with nothing done.
   *
   * @param maxNanos the longest wait in nanoseconds: 0 only looks, {@link Long#MAX_VALUE} waits
   *     until an event or a {@link #wakeup}
   * @return whether anything was handled
   */
  boolean poll(long maxNanos);

  /**
   * Has {@code turn} run after each event that may have given somebody something to do, in the
   * midst of a {@link #poll} which from then on does not wait: so what has arrived is used while it
   * is in the processor's caches. To be called before the first poll, once. A poller that cannot
   * tell one event from the next, as this one, need not run it.
   */
  default void onEvent(Runnable turn) {}

  /** Ends the current or the next {@link #poll} soon. Callable from any thread. */
  void wakeup();

  @Override
  void close();
}
