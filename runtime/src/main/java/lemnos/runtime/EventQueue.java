package lemnos.runtime;

import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Has events of several threads handled one after the other, each by one of those threads, without
 * a lock: who finds nobody at it handles all there are, also those that come meanwhile. What one
 * event did is seen by the next. An event that causes another returns before that is handled.
 */
final class EventQueue {
  private final ConcurrentLinkedQueue<Runnable> events = new ConcurrentLinkedQueue<>();

  /** Those in the queue and the one that is being handled. */
  private final AtomicInteger pending = new AtomicInteger();

  /** Handles {@code event} soon. It must be quick, and must not throw. */
  void add(Runnable event) {
    events.add(event);
    if (pending.getAndIncrement() == 0) {
      do {
        Objects.requireNonNull(events.poll()).run();
      } while (pending.decrementAndGet() > 0);
    }
  }
}
