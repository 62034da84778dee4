package lemnos.core;

import java.util.ArrayDeque;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A {@link PipedThread} as the thread itself sees it. For that thread, which may share it with
 * threads that it starts.
 */
public final class PipedLink<O, I> {
  private final ChannelQueue<I> incoming;

  /** The thread's end of {@link #incoming}; its close says that the thread has ended. */
  private final Channel<I> toLoop;

  /** Gets the failure, or null; the loop's thread only, which lends it to this thread. */
  private final Ret<Throwable> ended;

  /**
   * Why the thread ended, or null if as it should. Written by the thread before it closes {@link
   * #toLoop}, read by the loop after it has heard of that: ordered by the lock of that queue.
   */
  private @Nullable Throwable failure;

  private final ReentrantLock lock = new ReentrantLock();

  /** A message has arrived, or none will. */
  private final Condition arrival = lock.newCondition();

  // Guarded by the lock.
  private final ArrayDeque<O> outgoing = new ArrayDeque<>();
  private boolean finishing;
  private boolean cancelled;
  private boolean over;

  /** Who is to be interrupted by a cancel: the thread while its body runs. */
  private @Nullable Thread thread;

  PipedLink(Loop loop, Fwd<? super I> receiver, Ret<Throwable> ended) {
    this.incoming = new ChannelQueue<>(loop, Channel.UNBOUNDED, receiver, this::threadEnded);
    this.toLoop = incoming.sender();
    this.ended = ended;
  }

  // The thread

  void run(PipedThread.Body<O, I> body) {
    begin();
    try {
      body.run(this);
    } catch (Throwable t) {
      failure = t;
    } finally {
      end();
    }
  }

  private void begin() {
    lock.lock();
    try {
      thread = Thread.currentThread();
      if (cancelled) {
        thread.interrupt();
      }
    } finally {
      lock.unlock();
    }
  }

  private void end() {
    lock.lock();
    try {
      thread = null;
      over = true;
      outgoing.clear();
      if (cancelled) {
        Thread.interrupted(); // it was ours
        failure = failure instanceof InterruptedException ? null : failure;
      }
    } finally {
      lock.unlock();
    }
    toLoop.close();
  }

  /**
   * Waits for the next message from the loop.
   *
   * @return null if there will be none: at once after a cancel, or after the last message once
   *     {@link PipedThread#finish} was called
   * @throws InterruptedException if the thread was interrupted while it had to wait, by somebody
   *     else than a cancel
   */
  public @Nullable O receive() throws InterruptedException {
    lock.lock();
    try {
      while (!cancelled && outgoing.isEmpty() && !finishing) {
        await();
      }
      if (cancelled) {
        Thread.interrupted(); // the thread knows now, and may want to clean up
        return null;
      }
      return outgoing.poll();
    } finally {
      lock.unlock();
    }
  }

  private void await() throws InterruptedException {
    try {
      arrival.await();
    } catch (InterruptedException e) {
      if (!cancelled) {
        throw e;
      }
    }
  }

  /**
   * Sends to the loop; never waits. The queue has no bound: a thread that can be faster than its
   * loop had better send through a bounded {@link Channel}.
   *
   * @return false if the thread was cancelled: nobody wants the message any more
   */
  public boolean send(I message) {
    return toLoop.trySend(message) == Channel.Offer.SENT;
  }

  /** Whether the thread was cancelled and should end soon. */
  public boolean isCancelled() {
    lock.lock();
    try {
      return cancelled;
    } finally {
      lock.unlock();
    }
  }

  // The loop

  boolean put(O message) {
    lock.lock();
    try {
      if (finishing) {
        throw new IllegalStateException("this thread was told to finish: it gets nothing more");
      }
      if (over) {
        return false;
      }
      outgoing.add(Objects.requireNonNull(message, "message"));
      arrival.signal();
      return true;
    } finally {
      lock.unlock();
    }
  }

  void finish() {
    lock.lock();
    try {
      finishing = true;
      arrival.signalAll();
    } finally {
      lock.unlock();
    }
  }

  void cancel() {
    lock.lock();
    try {
      cancelled = true;
      outgoing.clear();
      arrival.signalAll();
      if (thread != null) {
        thread.interrupt(); // in the lock: whoever sees `cancelled` has been interrupted
      }
    } finally {
      lock.unlock();
    }
    incoming.close();
  }

  /** There will be no thread. */
  void abandon() {
    incoming.abandon();
  }

  private void threadEnded() {
    ended.settle(failure);
  }
}
