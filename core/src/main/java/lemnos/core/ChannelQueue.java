package lemnos.core;

import java.util.ArrayDeque;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The queue between the ends of a channel.
 *
 * <p>A sender that finds it empty wakes the loop. The loop delivers at most {@link #MAX_BATCH}
 * messages a turn and then queues its next turn behind the calls that those messages made, so a
 * busy channel neither starves the rest of the loop nor fills its queues: beyond the capacity no
 * more than one batch is under way. Invariant: while messages wait, a turn is queued or running.
 */
final class ChannelQueue<M> {
  /** How many messages are delivered before the loop's other calls have their turn. */
  static final int MAX_BATCH = 64;

  private final Loop loop;
  private final int capacity;
  private final Fwd<? super M> receiver;
  private final Runnable sendersGone;
  private final Waker waker;

  private final ReentrantLock lock = new ReentrantLock();

  /** There is room, or there will never be any. */
  private final Condition room = lock.newCondition();

  // Guarded by the lock; also Channel.closed is.
  private ArrayDeque<M> messages = new ArrayDeque<>();
  private int senders;
  private boolean closed;

  // For the loop's thread only.

  /** What is being delivered; empty between turns. */
  private final ArrayDeque<M> batch = new ArrayDeque<>();

  /** Whether {@link #sendersGone} was run, or is not to be run any more. */
  private boolean told;

  ChannelQueue(Loop loop, int capacity, Fwd<? super M> receiver, Runnable sendersGone) {
    if (capacity < 1) {
      throw new IllegalArgumentException(
          "a channel needs a capacity of 1 or more, not " + capacity);
    }
    this.loop = loop;
    this.capacity = capacity;
    this.receiver = receiver;
    this.sendersGone = sendersGone;
    this.waker = new Waker(loop, _ -> deliver());
    loop.sources++;
  }

  // Any thread

  Channel.Offer offer(Channel<M> sender, M message) {
    boolean first;
    lock.lock();
    try {
      if (closed || sender.closed) {
        return Channel.Offer.CLOSED;
      }
      if (messages.size() >= capacity) {
        return Channel.Offer.FULL;
      }
      first = add(message);
    } finally {
      lock.unlock();
    }
    wakeIf(first);
    return Channel.Offer.SENT;
  }

  boolean put(Channel<M> sender, M message) throws InterruptedException {
    boolean first;
    lock.lockInterruptibly();
    try {
      while (!closed && !sender.closed && messages.size() >= capacity) {
        checkMayWait();
        room.await();
      }
      if (closed || sender.closed) {
        return false;
      }
      first = add(message);
    } finally {
      lock.unlock();
    }
    wakeIf(first);
    return true;
  }

  private void checkMayWait() {
    if (loop.isOwner()) {
      throw new IllegalStateException(
          this + " is full (" + capacity + ") and its own loop cannot wait for room: use trySend");
    }
  }

  /** Adds a message, to which a handle moves; returns whether it is alone. */
  @SuppressWarnings("unchecked") // a handle is replaced by one of the same kind
  private boolean add(M message) {
    messages.add((M) Objects.requireNonNull(Handle.pass(message, loop), "message"));
    return messages.size() == 1;
  }

  private void wakeIf(boolean needed) {
    if (needed) {
      waker.wake();
    }
  }

  boolean isClosed(Channel<M> sender) {
    lock.lock();
    try {
      return closed || sender.closed;
    } finally {
      lock.unlock();
    }
  }

  Channel<M> another(Channel<M> sender) {
    lock.lock();
    try {
      if (sender.closed) {
        throw new IllegalStateException(
            "this end of " + this + " is closed: ask the guard for another");
      }
      senders++;
      return new Channel<>(this);
    } finally {
      lock.unlock();
    }
  }

  void close(Channel<M> sender) {
    boolean last;
    lock.lock();
    try {
      if (sender.closed) {
        return;
      }
      sender.closed = true;
      senders--;
      last = senders == 0;
      room.signalAll();
    } finally {
      lock.unlock();
    }
    wakeIf(last);
  }

  // The loop

  Channel<M> sender() {
    if (told) {
      throw new IllegalStateException(
          this + " has told its receiver that all senders are gone: make a new channel");
    }
    lock.lock();
    try {
      senders++;
      return new Channel<>(this);
    } finally {
      lock.unlock();
    }
  }

  void deliver() {
    takeBatch();
    for (M message = batch.poll(); message != null; message = batch.poll()) {
      forward(message);
    }
    switch (rest()) {
      case MESSAGES -> waker.wake();
      case SENDERS -> {}
      case NOBODY -> {
        if (end()) {
          sendersGone.run();
        }
      }
    }
  }

  /** Nothing will come any more. Returns whether that is news. */
  private boolean end() {
    if (told) {
      return false;
    }
    told = true;
    loop.sources--;
    return true;
  }

  private void takeBatch() {
    lock.lock();
    try {
      while (batch.size() < MAX_BATCH && !messages.isEmpty()) {
        batch.add(messages.remove());
      }
      room.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** What a batch left behind. */
  private enum Rest {
    MESSAGES,
    SENDERS,
    NOBODY
  }

  private Rest rest() {
    lock.lock();
    try {
      return !messages.isEmpty() ? Rest.MESSAGES : senders > 0 ? Rest.SENDERS : Rest.NOBODY;
    } finally {
      lock.unlock();
    }
  }

  private void forward(M message) {
    try {
      Handle.arrive(message, loop.arrivals);
      receiver.fwd(message);
    } catch (Throwable t) {
      loop.uncaught(this, t);
    } finally {
      loop.closeScope(loop.arrivals);
    }
  }

  /** Discards what waits and takes no more; the end of the senders will still be told. */
  void close() {
    ArrayDeque<M> unwanted;
    lock.lock();
    try {
      closed = true;
      unwanted = messages;
      messages = new ArrayDeque<>(0);
      room.signalAll();
    } finally {
      lock.unlock();
    }
    discard(batch);
    discard(unwanted);
  }

  /** {@link #close()}, and nobody wants to be told anything any more. */
  void abandon() {
    end();
    close();
  }

  private void discard(ArrayDeque<M> unwanted) {
    Throwable failure = null;
    for (M message = unwanted.poll(); message != null; message = unwanted.poll()) {
      failure = Handle.discard(message, failure);
    }
    if (failure != null) {
      loop.uncaught(this, failure);
    }
  }

  @Override
  public String toString() {
    return "Channel@" + Integer.toHexString(System.identityHashCode(this));
  }
}
