package lemnos.runtime;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * The receiving end of an {@link Inbox}, apart from it so that the two ends do not share a cache
 * line: what a sender writes with every message the receiver need not read to find that message,
 * nor the other way round. What passes between two processors is then the slot and nothing else.
 *
 * <p>Everything belongs to whoever has the turn, unless it says otherwise.
 */
abstract sealed class Receiver<M> permits Sleeper {
  private static final VarHandle HEAD;
  private static final VarHandle WAITING;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      HEAD = lookup.findVarHandle(Receiver.class, "head", long.class);
      WAITING = lookup.findVarHandle(Receiver.class, "waiting", Queue.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /**
   * The next position to take; only grows. Written after the slot before it has been emptied, so
   * who sees that there is room finds the slot empty. Read by any thread.
   */
  private volatile long head;

  /** The inbox's, once it has one. */
  private @Nullable Object @Nullable [] ring;

  /**
   * The senders that wait for room, longest first; null until there is one, then the same for good.
   * Any thread joins, and has the receiver woken after that, so that a turn ends after it joined.
   * Each is taken out once: by the worker, which admits it, or by itself, because it gives up.
   */
  private volatile @Nullable Queue<Inbox.Waiter> waiting;

  /** The senders' end. Any thread. */
  abstract Inbox<M> inbox();

  // Messages

  final boolean hasMessage() {
    @Nullable Object[] slots = slots();
    return slots != null && Inbox.peek(slots, head) != null;
  }

  /** Takes the oldest message, or null. */
  final @Nullable M takeMessage() {
    @Nullable Object[] slots = slots();
    if (slots == null) {
      return null;
    }
    long at = head;
    @SuppressWarnings("unchecked") // nothing else is put in
    M message = (M) Inbox.peek(slots, at);
    if (message != null) {
      Inbox.empty(slots, at);
      HEAD.setRelease(this, at + Inbox.ONE);
    }
    return message;
  }

  private @Nullable Object @Nullable [] slots() {
    @Nullable Object[] slots = ring;
    if (slots == null) {
      slots = inbox().ring();
      ring = slots;
    }
    return slots;
  }

  /** Up to where messages have been taken. Any thread. */
  final long head() {
    return head;
  }

  // Senders that wait for room

  /** Adds a sender, which then has to wake the receiver. Any thread. */
  final void join(Inbox.Waiter waiter) {
    if (waiting == null) {
      WAITING.compareAndSet(this, null, new ConcurrentLinkedQueue<Inbox.Waiter>());
    }
    waiters().add(waiter);
  }

  /** Removes a sender; false if it has been admitted. Any thread. */
  final boolean leave(Inbox.Waiter waiter) {
    return waiters().remove(waiter);
  }

  private Queue<Inbox.Waiter> waiters() {
    Queue<Inbox.Waiter> queue = waiting;
    if (queue == null) {
      throw new AssertionError("nobody has joined");
    }
    return queue;
  }

  /** Whether senders wait for room. */
  final boolean isWaitedFor() {
    Queue<Inbox.Waiter> queue = waiting;
    return queue != null && !queue.isEmpty();
  }

  /** Wakes as many senders as there is room for. On the receiver's worker, between turns. */
  final void admit() {
    Queue<Inbox.Waiter> queue = waiting;
    if (queue != null && !queue.isEmpty()) {
      for (long room = inbox().room(); room > 0 && !queue.isEmpty(); room--) {
        admitNext(queue);
      }
    }
  }

  /** Wakes all of them, for whom there will be no room any more. */
  final void admitAll() {
    Queue<Inbox.Waiter> queue = waiting;
    while (queue != null && !queue.isEmpty()) {
      admitNext(queue);
    }
  }

  private static void admitNext(Queue<Inbox.Waiter> queue) {
    Inbox.Waiter next = queue.poll();
    if (next != null) {
      next.admitted = true;
      next.wake.run();
    }
  }
}
