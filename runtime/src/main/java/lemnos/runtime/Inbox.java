package lemnos.runtime;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The bounded queue of messages in front of a sequential actor, and at the same time the reference
 * to it. It outlives restarts of the actor. Anybody may put in; only the actor takes out.
 *
 * <p><b>The ring.</b> A sender claims the next position by moving {@link #tail}, fills its slot and
 * then wakes the receiver, always: so a slot that is claimed and still empty may be taken for an
 * empty inbox, and the messages behind it wait no longer than that one sender. The ring is made
 * when the first message comes; an actor that nobody sends to has none, and none of the padding
 * that queues for few and busy owners have.
 *
 * <p><b>The end.</b> {@link #CLOSED} is a bit of the same word that is claimed: after it is set
 * nobody puts in. A message that was claimed before and filled after is dropped by its sender.
 *
 * <p><b>Waiting for room.</b> A sender that finds the inbox full joins {@link #waiting}. After each
 * turn of the actor, in which it may have taken messages, its worker {@link #admit}s as many
 * senders as there is room for; so waiting costs a wake-up for each batch and not for each message,
 * and taking costs nothing. A sender of another thread may join just after the worker has looked:
 * so it has the actor woken, which ends with another look. Who is admitted but gives up leaves its
 * place to the next.
 */
final class Inbox<M> implements ActorRef<M> {
  private static final long CLOSED = 1;

  /** Positions count in twos, beside the bit CLOSED. */
  private static final long ONE = 2;

  private static final VarHandle TAIL;
  private static final VarHandle HEAD;
  private static final VarHandle RING;
  private static final VarHandle WAITING;
  private static final VarHandle WATCHING;
  private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(Object[].class);

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      TAIL = lookup.findVarHandle(Inbox.class, "tail", long.class);
      HEAD = lookup.findVarHandle(Inbox.class, "head", long.class);
      RING = lookup.findVarHandle(Inbox.class, "ring", Object[].class);
      WAITING = lookup.findVarHandle(Inbox.class, "waiting", Queue.class);
      WATCHING = lookup.findVarHandle(Inbox.class, "watching", Queue.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Process<M, ?> receiver;
  private final int capacity;

  /** The next position to claim, and CLOSED. Any thread. */
  private volatile long tail;

  /** The next position to take. Written by the receiver, after it has emptied the slot. */
  private volatile long head;

  /**
   * A head that some sender saw, plus the capacity: up to here nobody need look at the head again,
   * which the receiver writes with every message. An old value makes a sender look, no more.
   */
  private long limit;

  /** As long as the capacity, but a power of two. */
  private volatile @Nullable Object @Nullable [] ring;

  /** The senders that wait for room, longest first. Any thread joins, the worker wakes. */
  private volatile @Nullable Queue<Waiter> waiting;

  /** What is to be done when the actor has ended. Any thread joins. */
  private volatile @Nullable Queue<Runnable> watching;

  /** A sender that waits for room, once. */
  static final class Waiter {
    final Runnable wake;
    final Inbox<?> inbox;

    /** Set by the receiver's worker when the sender's turn has come, before it wakes the sender. */
    volatile boolean admitted;

    Waiter(Runnable wake, Inbox<?> inbox) {
      this.wake = wake;
      this.inbox = inbox;
    }

    /** For whom the sender waits, if nothing has changed that yet; null if it has. */
    @Nullable Process<?, ?> receiver() {
      return !admitted && inbox.isFull() ? inbox.receiver : null;
    }
  }

  Inbox(int capacity, Process<M, ?> receiver) {
    this.capacity = capacity;
    this.limit = capacity * ONE;
    this.receiver = receiver;
  }

  // Senders

  @Override
  public Sent trySend(M message) {
    Objects.requireNonNull(message, "null is no message");
    long at;
    do {
      at = tail;
      if ((at & CLOSED) != 0) {
        return Sent.GONE;
      }
      if (at >= limit && !hasRoom(at)) {
        return Sent.FULL;
      }
    } while (!TAIL.compareAndSet(this, at, at + ONE));
    @Nullable Object[] slots = slots();
    SLOT.setRelease(slots, slot(at, slots), message);
    receiver.wake();
    return isConnected() || !isWithdrawn(slots, at, message) ? Sent.SENT : Sent.GONE;
  }

  private boolean hasRoom(long at) {
    long newLimit = head + capacity * ONE;
    limit = newLimit;
    return at < newLimit;
  }

  private boolean isFull() {
    return tail - head >= capacity * ONE;
  }

  private @Nullable Object[] slots() {
    @Nullable Object[] slots = ring;
    if (slots == null) {
      slots = new Object[Math.max(2, Integer.highestOneBit(capacity - 1) << 1)];
      @Nullable Object[] others = (Object[]) RING.compareAndExchange(this, null, slots);
      slots = others == null ? slots : others;
    }
    return slots;
  }

  private static int slot(long position, @Nullable Object[] slots) {
    return (int) (position >>> 1) & (slots.length - 1);
  }

  /** The inbox was closed meanwhile: whether the message can be taken back. */
  private static boolean isWithdrawn(@Nullable Object[] slots, long at, Object message) {
    return SLOT.compareAndSet(slots, slot(at, slots), message, null);
  }

  @Override
  public boolean send(M message) {
    Sent sent = trySend(message);
    while (sent == Sent.FULL) {
      awaitRoom();
      sent = trySend(message);
    }
    return sent == Sent.SENT;
  }

  private void awaitRoom() {
    Seat seat = Seat.current();
    if (seat == null) {
      awaitInThread();
      return;
    }
    Process<?, ?> sender = seat.process();
    if (sender == null) {
      throw new IllegalStateException(
          "the inbox of '" + receiver + "' is full and a behaviour cannot wait: use trySend");
    }
    if (sender == receiver) {
      throw new IllegalStateException(
          "the inbox of '" + receiver + "' is full and only it makes room: use trySend");
    }
    awaitInActor(sender);
  }

  private void awaitInThread() {
    Thread thread = Thread.currentThread();
    Waiter waiter = join(() -> LockSupport.unpark(thread));
    boolean interrupted = false;
    while (!waiter.admitted && isConnected()) {
      LockSupport.park(this);
      interrupted |= Thread.interrupted(); // it would make the next park return at once
    }
    if (interrupted) {
      thread.interrupt();
    }
  }

  private void awaitInActor(Process<?, ?> sender) {
    Waiter waiter = join(sender);
    sender.beginWait(waiter);
    try {
      while (!waiter.admitted && isConnected()) {
        sender.park();
      }
    } catch (Throwable t) {
      if (!waiters().remove(waiter)) {
        receiver.wake();
      }
      throw t;
    } finally {
      sender.endWait();
    }
  }

  private Waiter join(Runnable wake) {
    var waiter = new Waiter(wake, this);
    waiters().add(waiter);
    receiver.wake();
    return waiter;
  }

  private Queue<Waiter> waiters() {
    Queue<Waiter> queue = waiting;
    if (queue == null) {
      WAITING.compareAndSet(this, null, new ConcurrentLinkedQueue<Waiter>());
      queue = Objects.requireNonNull(waiting);
    }
    return queue;
  }

  /** Has {@code code} run once the actor has ended: on its worker, or at once if it has already. */
  void onEnd(Runnable code) {
    Queue<Runnable> queue = watching;
    if (queue == null) {
      WATCHING.compareAndSet(this, null, new ConcurrentLinkedQueue<Runnable>());
      queue = Objects.requireNonNull(watching);
    }
    queue.add(code);
    if (!isConnected()) {
      tellTheEnd();
    }
  }

  private void tellTheEnd() {
    Queue<Runnable> queue = watching;
    if (queue != null) {
      for (Runnable code = queue.poll(); code != null; code = queue.poll()) {
        code.run();
      }
    }
  }

  @Override
  public boolean isConnected() {
    return (tail & CLOSED) == 0;
  }

  @Override
  public boolean sendsTo(ActorRef<?> other) {
    return other == this || (other instanceof MappedRef<?, ?> && other.sendsTo(this));
  }

  // The receiver, and the worker that gives it a turn

  boolean isEmpty() {
    @Nullable Object[] slots = ring;
    return slots == null || SLOT.getAcquire(slots, slot(head, slots)) == null;
  }

  /** Takes the oldest message, or null. By the receiver. */
  @Nullable M take() {
    @Nullable Object[] slots = ring;
    if (slots == null) {
      return null;
    }
    long at = head;
    int slot = slot(at, slots);
    @SuppressWarnings("unchecked") // nothing else is put in
    M message = (M) SLOT.getAcquire(slots, slot);
    if (message != null) {
      slots[slot] = null;
      HEAD.setRelease(this, at + ONE);
    }
    return message;
  }

  /** Wakes as many senders as there is room for. On the receiver's worker, between turns. */
  void admit() {
    Queue<Waiter> queue = waiting;
    if (queue != null && !queue.isEmpty()) {
      for (long room = capacity - size(); room > 0 && !queue.isEmpty(); room--) {
        wakeNext(queue);
      }
    }
  }

  private long size() {
    return (tail - head) / ONE;
  }

  private static void wakeNext(Queue<Waiter> queue) {
    Waiter next = queue.poll();
    if (next != null) {
      next.admitted = true;
      next.wake.run();
    }
  }

  /** The actor has ended: drops what waits and refuses what comes. */
  void close() {
    TAIL.getAndBitwiseOr(this, CLOSED);
    @Nullable Object[] slots = ring;
    if (slots != null) {
      for (int i = 0; i < slots.length; i++) {
        SLOT.getAndSet(slots, i, null);
      }
    }
    Queue<Waiter> queue = waiting;
    while (queue != null && !queue.isEmpty()) {
      wakeNext(queue);
    }
    tellTheEnd();
  }

  @Override
  public String toString() {
    return "ActorRef of " + receiver;
  }
}
