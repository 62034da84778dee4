package lemnos.core;

/**
 * The sending end of a queue from any thread to a {@link Fwd} of a loop. What one sender sends
 * arrives in order. The receiving end, {@link ChannelGuard}, belongs to the loop, usually to the
 * actor that receives; when that ends, or the loop is closed, so is the channel.
 *
 * <p>May be used from any thread. Each sending end is closed by its user; when the last one is, the
 * receiver is told, after all that was sent. A {@link Ret} may be sent from the loop that it
 * belongs to: it moves with the message, and its answer comes home.
 *
 * <p>Source of the semantics: Stakker's {@code Channel}, with a bound, and with word of the
 * senders' end.
 */
public final class Channel<M> implements AutoCloseable {
  /** The capacity of a channel that is never full. */
  public static final int UNBOUNDED = Integer.MAX_VALUE;

  /** What became of a message. */
  public enum Offer {
    /** It will be delivered, unless the receiver ends first. */
    SENT,
    /** As many messages as the channel takes are waiting: try later, or wait with {@link #send}. */
    FULL,
    /** The receiver has ended, or this sending end was closed. */
    CLOSED
  }

  private final ChannelQueue<M> queue;

  /** Whether this end was closed. Guarded by the queue's lock, so nothing is sent after it. */
  boolean closed;

  /** Made by the queue, which counts it. */
  Channel(ChannelQueue<M> queue) {
    this.queue = queue;
  }

  /** Sends unless the channel is full; never waits. */
  public Offer trySend(M message) {
    return queue.offer(this, message);
  }

  /**
   * Sends, blocking the calling thread while the channel is full. Not for actors, which would stop
   * their whole loop: let them {@link #trySend}.
   *
   * @return whether it was sent: false if the receiver has ended, or this end was closed, also
   *     while the thread waited
   * @throws IllegalStateException if the thread would have to wait and is the receiving loop's own,
   *     which would wait for itself
   * @throws InterruptedException if the thread was interrupted before it could send
   */
  public boolean send(M message) throws InterruptedException {
    return queue.put(this, message);
  }

  /**
   * Another sending end, to be closed by itself.
   *
   * @throws IllegalStateException if this one was closed
   */
  public Channel<M> another() {
    return queue.another(this);
  }

  /** Whether nothing can be sent any more. True is final. */
  public boolean isClosed() {
    return queue.isClosed(this);
  }

  /** Ends this sending end, also for a thread that waits in {@link #send}; idempotent. */
  @Override
  public void close() {
    queue.close(this);
  }

  @Override
  public String toString() {
    return queue.toString();
  }
}
