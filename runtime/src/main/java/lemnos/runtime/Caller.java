package lemnos.runtime;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import lemnos.core.World;
import org.jspecify.annotations.Nullable;

/**
 * The calling code as something that can wait: a sequential actor, which lets its worker go on
 * meanwhile, or a thread that is none of ours, which blocks. Running it wakes it, for no reason
 * too.
 */
final class Caller implements Runnable {
  private final @Nullable Process<?> process;
  private final Thread thread;

  private Caller(@Nullable Process<?> process) {
    this.process = process;
    this.thread = Thread.currentThread();
  }

  /**
   * The calling code.
   *
   * @param other whom it will wait for
   * @param why why it has to, in words
   * @throws IllegalStateException if it is a worker's but no actor's, or {@code other}'s own
   */
  static Caller toWaitFor(Process<?> other, String why) {
    Seat seat = Seat.current();
    Process<?> process = seat == null ? null : seat.process();
    if (seat != null && process == null) {
      throw new IllegalStateException(
          why + ", and a behaviour cannot wait: use trySend, or let an actor do it");
    }
    if (process == other) {
      throw new IllegalStateException(why + ", and an actor cannot wait for itself: use trySend");
    }
    return new Caller(process);
  }

  /** What it will wait for is room in an inbox, for ever: so look for a deadlock. */
  void beginWait(Inbox.Waiter waiter) {
    if (process != null) {
      process.beginWait(waiter);
    }
  }

  void endWait() {
    if (process != null) {
      process.endWait();
    }
  }

  @Override
  public void run() {
    if (process != null) {
      process.wake();
    } else {
      LockSupport.unpark(thread);
    }
  }

  /** Waits until {@code isOver}, or {@code until} in {@code world}'s time; returns the former. */
  boolean await(BooleanSupplier isOver, World world, long until) {
    if (process != null) {
      return process.await(isOver, until);
    }
    boolean interrupted = false;
    boolean over = isOver.getAsBoolean();
    while (!over && park(world, until)) {
      interrupted |= Thread.interrupted(); // it would make the next park return at once
      over = isOver.getAsBoolean();
    }
    if (interrupted) {
      thread.interrupt();
    }
    return over;
  }

  /** Parks the thread; false if the time is up. */
  private boolean park(World world, long until) {
    if (until == Alarm.NEVER) {
      LockSupport.park(this);
      return true;
    }
    long left = until - world.nanoTime();
    if (left > 0) {
      LockSupport.parkNanos(this, left);
    }
    return left > 0;
  }
}
