package lemnos.core;

import org.jspecify.annotations.Nullable;

/**
 * A timer that expires at the <em>latest</em> of the times that it was set to: for what has to
 * happen when nothing has happened for a while. A field of the actor:
 *
 * <pre>{@code
 * private final MaxTimer idle = new MaxTimer();
 *
 * void received(ByteBuffer data) {
 *   idle.set(cx, cx.now() + IDLE_NANOS, cx.self(), Conn::idle);
 *   …
 * }
 * }</pre>
 *
 * <p>Setting it while it is active only writes down the new time. What it calls is settled when it
 * becomes active: what is passed on later calls of {@code set} is ignored until it has expired or
 * was cancelled. Its place in the order of timers is that of a fixed one armed when this one was
 * last set to a later time. As it may be set any number of times, its argument cannot be a
 * {@linkplain Handle handle}.
 *
 * <p>Belongs to one loop at a time, and is confined to its thread. Source of the semantics:
 * Stakker's max timer.
 */
public final class MaxTimer {
  private @Nullable MovingCall call;

  /** Makes a timer that is not active. */
  public MaxTimer() {}

  /** Expires at {@code nanos} of the loop's time or later, and then queues host code. */
  public void set(Core core, long nanos, Runnable code) {
    if (!moved(core.loop(), nanos)) {
      arm(core.loop(), nanos, MovingCall.of(call, CallQueue.HOST, null, code, null));
    }
  }

  /** Expires at {@code nanos} of the loop's time or later, and then queues a behaviour. */
  public <A> void set(Core core, long nanos, Actor<A> actor, Behaviour.Of0<? super A> behaviour) {
    if (!moved(core.loop(), nanos)) {
      Cell<A> cell = core.loop().mine(actor);
      arm(core.loop(), nanos, MovingCall.of(call, CallQueue.RUN, cell, behaviour, null));
    }
  }

  /**
   * Expires at {@code nanos} of the loop's time or later, and then queues a behaviour with its
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
    if (nanos > active.due) {
      active.move(loop, nanos);
    }
    return true;
  }

  private void arm(Loop loop, long nanos, MovingCall inactive) {
    call = inactive;
    long due = loop.timers.soonest(nanos);
    inactive.arm(loop, due, due);
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
