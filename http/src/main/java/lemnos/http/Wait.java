package lemnos.http;

import lemnos.core.Core;

/** An actor's waiting for what belongs to its worker: how it is woken, and until when it waits. */
final class Wait {
  private static final long NEVER = Long.MAX_VALUE;
  private static final Runnable NOBODY = () -> {};

  private final Core core;
  private final Runnable alarm = this::rang;
  private Runnable waker = NOBODY;

  /** When waiting ends without result; and the loop's timer, which may come earlier. */
  private long deadline = NEVER;

  private long timer;
  private long timerAt = NEVER;

  Wait(Core core) {
    this.core = core;
  }

  void arm(Runnable wake) {
    waker = wake;
  }

  void wake() {
    waker.run();
  }

  /** From now on it waits until {@code at}. */
  void until(long at) {
    deadline = at;
    if (at < timerAt) {
      core.cancel(timer);
      timer = core.at(at, alarm);
      timerAt = at;
    }
  }

  /** Whether it has waited until the end. */
  boolean isLate() {
    return core.now() >= deadline;
  }

  /** It waits no longer. */
  void over() {
    deadline = NEVER;
  }

  /** The timer stays armed while deadlines come and go: most of them are never reached. */
  private void rang() {
    timerAt = NEVER;
    if (deadline == NEVER) {
      return;
    }
    if (isLate()) {
      wake();
    } else {
      until(deadline);
    }
  }

  /** Nobody will wait any more. Returns what would have woken who did. */
  Runnable end() {
    Runnable last = waker;
    waker = NOBODY;
    core.cancel(timer);
    deadline = NEVER;
    return last;
  }
}
