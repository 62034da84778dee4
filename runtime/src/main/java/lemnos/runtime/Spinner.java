package lemnos.runtime;

import java.util.function.BooleanSupplier;

/**
 * Has a worker look for a moment before it sleeps, if that is likely to spare it the sleep. To be
 * woken takes a thread tens of microseconds; when actors of two workers talk to each other, the
 * answer is there after one. The actor that waits for it looks first, in its turn, which spares it
 * the way out of its stack and back: that way is longer than the answer's.
 *
 * <p>It is likely after a short sleep that another thread ended. Who looked in vain sleeps the next
 * time, and for ever longer the more often that happens in a row: so a worker that has nothing to
 * do, or is told something now and then, burns no time. Of the worker's thread alone.
 */
final class Spinner {
  /** How often a worker looks: long enough for the other, if it sleeps, to wake up and answer. */
  static final int LOOKS = 2000;

  /** How many looks pass between two polls for I/O. */
  static final int LOOKS_A_POLL = 100;

  /**
   * How many messages an actor waits for in one turn before others, I/O and timers are looked after
   * again.
   */
  static final int MAX_LINGERS = 64;

  /** Who was woken sooner than that by another thread may expect more. */
  static final long SHORT_SLEEP_NANOS = 200_000;

  /** How many short sleeps pass between two attempts at most, when none succeeds. */
  static final int MAX_PATIENCE = 64;

  /** How many turns pass without an actor that looks at most, when none succeeds. */
  static final int MAX_TURNS_TO_SKIP = 256;

  /** Short sleeps until the next attempt; it is made at 0. */
  private int patience = 1;

  /** What {@link #patience} is after the next attempt, if that is in vain. */
  private int nextPatience = 1;

  /** How many messages the actor may yet wait for in its turn. */
  private int lingersLeft;

  /** In how many turns from now on no actor looks, because one did in vain. */
  int turnsToSkip;

  /** What {@link #turnsToSkip} is after the next look in vain. */
  private int nextTurnsToSkip = 1;

  private final boolean isOfUse;

  /**
   * @param processors how many threads can run at once: with one the other could not say anything
   */
  Spinner(int processors) {
    this.isOfUse = processors > 1;
  }

  /**
   * Looks for work, if that is worth while, and polls now and then.
   *
   * @return whether there is any, or the poll had any
   */
  boolean spin(BooleanSupplier hasWork, BooleanSupplier poll) {
    if (patience > 0 || !isOfUse) {
      return false;
    }
    for (int i = 1; i <= LOOKS; i++) {
      if (hasWork.getAsBoolean()) {
        nextPatience = 1;
        return true;
      }
      if (i % LOOKS_A_POLL == 0 && poll.getAsBoolean()) {
        return true;
      }
      Thread.onSpinWait();
    }
    patience = nextPatience;
    nextPatience = Math.min(2 * nextPatience, MAX_PATIENCE);
    return false;
  }

  /** An actor's turn begins. */
  void turnBegins() {
    lingersLeft = turnsToSkip == 0 ? MAX_LINGERS : 0;
    turnsToSkip = Math.max(0, turnsToSkip - 1);
  }

  /** Whether an actor should wait a moment in its turn, rather than leave it. */
  boolean mayLinger() {
    return patience == 0 && lingersLeft > 0 && isOfUse;
  }

  /**
   * Waits until a message is there for {@code receiver}; no longer than a moment, and not if
   * something else has to be done first. If that was in vain the actor does not linger again in
   * this turn, and no other in some of the next: ever more of them, the more often that happens in
   * a row.
   *
   * @return whether there is a message
   */
  boolean linger(Receiver<?> receiver, BooleanSupplier hasWork) {
    for (int i = 0; i < LOOKS_A_POLL; i++) {
      if (receiver.hasMessage()) {
        lingersLeft--;
        nextTurnsToSkip = 1;
        return true;
      }
      if (receiver.isWaitedFor() || hasWork.getAsBoolean()) {
        lingersLeft = 0;
        return false;
      }
      Thread.onSpinWait();
    }
    lingersLeft = 0;
    turnsToSkip = nextTurnsToSkip;
    nextTurnsToSkip = Math.min(2 * nextTurnsToSkip, MAX_TURNS_TO_SKIP);
    return false;
  }

  /** The worker has slept for so long, until another thread woke it. */
  void slept(long nanos) {
    if (nanos < SHORT_SLEEP_NANOS && patience > 0) {
      patience--;
    }
  }
}
