package lemnos.core;

import org.jspecify.annotations.Nullable;

/**
 * A timer that expires at the <em>earliest</em> of the times that it was set to: for an estimate of
 * an end that improves. A field of the actor, used like a {@link MaxTimer}.
 *
 * <p>Setting it while it is active only writes down the new time, mostly: it is armed ahead of its
 * time, by a quarter of what is left, and armed anew only when it is set to a time before that.
 * What it calls is settled when it becomes active: what is passed on later calls of {@code set} is
 * ignored until it has expired or was cancelled. Its place in the order of timers is that of a
 * fixed one armed when this one was last set to an earlier time. As it may be set any number of
 * times, its argument cannot be a {@linkplain Handle handle}.
 *
 * <p>Belongs to one loop at a time, and is confined to its thread. Source of the semantics:
 * Stakker's min timer.
 */
public final class MinTimer {
  private @Nullable MovingCall call;

  /** Makes a timer that is not active. */
  public MinTimer() {}

  /** Expires at {@code nanos} of the loop's time or earlier, and then queues host code. */
  public void set(Core core, long nanos, Runnable code) {
    if (!moved(core.loop(), nanos)) {
      arm(core.loop(), nanos, MovingCall.of(call, CallQueue.HOST, null, code, null));
    }
  }

  /** Expires at {@code nanos} of the loop's time or earlier, and then queues a behaviour. */
  public <A> void set(Core core, long nanos, Actor<A> actor, Behaviour.Of0<? super A> behaviour) {
    if (!moved(core.loop(), nanos)) {
      Cell<A> cell = core.loop().mine(actor);
      arm(core.loop(), nanos, MovingCall.of(call, CallQueue.RUN, cell, behaviour, null));
    }
  }

  /**
   * Expires at {@code nanos} of the loop's time or earlier, and then queues a behaviour with its
   * argument.
   */
  public <A, T extends @Nullable Object> void set(
      Core core, long nanos, Actor<A> actor, Behaviour.Of1<? super A, ? super T> behaviour, T a) {
    Call.checkReusable(a, MovingCall.MANY_TIMES);
    if (!moved(core.loop(), nanos)) {
      Cell<A> cell = core.loop().mine(actor);
      arm(core.loop(), nanos, MovingCall.of(call, CallQueue.RUN + 1, cell, behaviour, a));
    }
  }

  private boolean moved(Loop loop, long nanos) {
    MovingCall active = call;
    if (active == null || !active.isActive(loop)) {
      return false;
    }
    long due = loop.timers.soonest(nanos);
    if (due < active.due) {
      active.move(loop, due);
      if (due <= active.entry) {
        active.hasten(loop, ahead(loop, due));
      }
    }
    return true;
  }

  private void arm(Loop loop, long nanos, MovingCall inactive) {
    call = inactive;
    long due = loop.timers.soonest(nanos);
    inactive.arm(loop, due, ahead(loop, due));
  }

  private static long ahead(Loop loop, long due) {
    return due - ((due - loop.now) >>> 2);
  }

  /** Deactivates the timer; returns whether it was active. */
  public boolean cancel() {
    return call != null && call.cancel();
  }

  /** Whether the timer will expire. */
  public boolean isActive() {
    return call != null && call.isActive();
  }

  /** When the timer will expire, or {@link Long#MAX_VALUE} if it is not active. */
  public long expiry() {
    return call == null ? Long.MAX_VALUE : call.expiry();
  }
}
