package lemnos.runtime;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.jctools.queues.MpscArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * The bounded queue of messages in front of a sequential actor, and at the same time the reference
 * to it. It outlives restarts of the actor. Anybody may put in; only the actor takes out.
 *
 * <p>Waiting for room: a sender that finds the inbox full joins {@link #waiting}. After each turn
 * of the actor, in which it may have taken messages, its worker {@link #admit}s as many senders as
 * there is room for; so waiting costs a wake-up for each batch and not for each message, and taking
 * costs nothing. A sender of another thread may join just after the worker has looked: so it has
 * the worker look once more. Who is admitted but gives up leaves its place to the next.
 */
final class Inbox<M> implements ActorRef<M> {
  private final MpscArrayQueue<M> queue;
  private final int capacity;
  private final Process<M, ?> receiver;

  /** The senders that wait for room, longest first. Any thread joins, the worker wakes. */
  private final ConcurrentLinkedQueue<Waiter> waiting = new ConcurrentLinkedQueue<>();

  /**
   * Set once by the receiver's worker when the actor has ended, <em>before</em> it wakes who waits;
   * a sender looks here <em>after</em> it has joined them.
   */
  private volatile boolean closed;

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
      boolean stuck = !admitted && inbox.queue.size() >= inbox.capacity;
      return stuck ? inbox.receiver : null;
    }
  }

  Inbox(int capacity, Process<M, ?> receiver) {
    this.queue = new MpscArrayQueue<>(Math.max(2, capacity));
    this.capacity = capacity;
    this.receiver = receiver;
  }

  @Override
  public Sent trySend(M message) {
    if (closed) {
      return Sent.GONE;
    }
    if (!queue.offerIfBelowThreshold(message, capacity)) {
      return Sent.FULL;
    }
    receiver.wake();
    return Sent.SENT;
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
    Worker worker = Worker.currentOrNull();
    if (worker == null) {
      awaitInThread();
      return;
    }
    Process<?, ?> sender = worker.running();
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
    while (!waiter.admitted && !closed) {
      LockSupport.park(this);
      interrupted |= Thread.interrupted(); // it would make the next park return at once
    }
    if (interrupted) {
      thread.interrupt();
    }
  }

  private void awaitInActor(Process<?, ?> sender) {
    Waiter waiter = join(sender::wake);
    sender.beginWait(waiter);
    try {
      while (!waiter.admitted && !closed) {
        sender.park();
      }
    } catch (Throwable t) {
      if (!waiting.remove(waiter)) {
        receiver.loop().execute(this::admit);
      }
      throw t;
    } finally {
      sender.endWait();
    }
  }

  private Waiter join(Runnable wake) {
    var waiter = new Waiter(wake, this);
    waiting.add(waiter);
    if (!receiver.loop().isOwner()) {
      receiver.loop().execute(this::admit);
    }
    return waiter;
  }

  /** Wakes as many senders as there is room for. On the receiver's worker, between turns. */
  void admit() {
    for (int room = capacity - queue.size(); room > 0 && !waiting.isEmpty(); room--) {
      wakeNext();
    }
  }

  private void wakeNext() {
    Waiter next = waiting.poll();
    if (next != null) {
      next.admitted = true;
      next.wake.run();
    }
  }

  @Override
  public boolean isConnected() {
    return !closed;
  }

  @Override
  public boolean sendsTo(ActorRef<?> other) {
    return other == this || (other instanceof MappedRef<?, ?> && other.sendsTo(this));
  }

  boolean isEmpty() {
    return queue.isEmpty();
  }

  /** Takes the oldest message, or null. By the receiver. */
  @Nullable M take() {
    return queue.poll();
  }

  /** The actor has ended: drops what waits and refuses what comes. */
  void close() {
    closed = true;
    queue.clear();
    while (!waiting.isEmpty()) {
      wakeNext();
    }
  }

  @Override
  public String toString() {
    return "ActorRef of " + receiver;
  }
}
