package lemnos.runtime;

import java.util.ArrayDeque;
import java.util.concurrent.locks.LockSupport;
import org.jctools.queues.MpscArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * The bounded queue of messages in front of a sequential actor, and at the same time the reference to
 * it. It outlives restarts of the actor. Anybody may put in; only the actor takes out.
 *
 * <p>Waiting for room: a sender that finds the inbox full registers on the receiver's worker, whose
 * thread alone sees {@link #waiting}. There it is woken at once if room has come about in the
 * meantime, and otherwise when the actor next takes a message; so no wake-up is lost and taking costs
 * one plain read.
 */
final class Inbox<M> implements ActorRef<M> {
  private final MpscArrayQueue<M> queue;
  private final int capacity;
  private final Process<M, ?> receiver;

  /** Wake-ups of senders that wait for room; touched by the receiver's worker only. */
  private final ArrayDeque<Runnable> waiting = new ArrayDeque<>(0);

  /** Set once by the receiver's worker when the actor has ended; read by senders. */
  private volatile boolean closed;

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
    for (; ; ) {
      Sent sent = trySend(message);
      if (sent != Sent.FULL) {
        return sent == Sent.SENT;
      }
      awaitRoom();
    }
  }

  private void awaitRoom() {
    Worker worker = Worker.currentOrNull();
    if (worker == null) {
      Thread thread = Thread.currentThread();
      receiver.loop().execute(() -> register(() -> LockSupport.unpark(thread)));
      LockSupport.park(this);
      return;
    }
    Process<?, ?> sender = worker.running();
    if (sender == null) {
      throw new IllegalStateException(
          "the inbox of '" + receiver + "' is full and a behaviour cannot wait: use trySend");
    }
    receiver.loop().execute(() -> register(sender::wake));
    sender.park();
  }

  /** On the receiver's worker. */
  private void register(Runnable wake) {
    if (closed || queue.size() < capacity) {
      wake.run();
    } else {
      waiting.add(wake);
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
    M message = queue.poll();
    if (message != null && !waiting.isEmpty()) {
      waiting.remove().run();
    }
    return message;
  }

  /** The actor has ended: drops what waits and refuses what comes. */
  void close() {
    closed = true;
    queue.clear();
    while (!waiting.isEmpty()) {
      waiting.remove().run();
    }
  }

  @Override
  public String toString() {
    return "ActorRef of " + receiver;
  }
}
