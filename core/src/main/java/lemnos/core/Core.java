package lemnos.core;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What an actor may do with its loop: queues, timers, new actors, the environment. Confined to the
 * loop's thread, but for {@link #execute}.
 *
 * <p>Three bands of power, as in Stakker: {@link Loop} for the host, Core for everybody on the
 * loop, {@link Cx} for one actor about itself.
 */
public abstract sealed class Core implements Executor permits Loop, Cx {
  final Loop loop;

  /**
   * @param loop null if this is the loop itself
   */
  Core(@Nullable Loop loop) {
    this.loop = loop == null ? (Loop) this : loop;
  }

  /** The time of the running batch in nanoseconds: all calls of one batch see the same. */
  public final long now() {
    return loop.now;
  }

  /** The time with which the loop was made. */
  public final long start() {
    return loop.start;
  }

  /** The time of day, from the loop's world. */
  public final Instant wallTime() {
    return loop.world.wallTime();
  }

  /**
   * Queues host code on the main queue. Callable from any thread. An exception goes to the loop's
   * {@linkplain Loop#onUncaught handler}; it ends no actor.
   */
  @Override
  public final void execute(Runnable code) {
    loop.enqueue(new Call(CallQueue.HOST, null, code));
  }

  /** Asks the host to end its loop, for {@code cause}; a later call replaces the cause. */
  public final void shutdown(StopCause cause) {
    loop.shutdownCause = cause;
  }

  // The environment: one value a type

  /**
   * The value of {@code type} in the loop's environment.
   *
   * @throws IllegalStateException if there is none
   */
  public final <T> T env(Class<T> type) {
    T value = envOrNull(type);
    if (value == null) {
      throw new IllegalStateException(
          "no " + type.getName() + " in this loop's environment; the host adds one with putEnv");
    }
    return value;
  }

  /** The value of {@code type} in the loop's environment, or null. */
  public final <T> @Nullable T envOrNull(Class<T> type) {
    return type.cast(loop.environment.get(type));
  }

  /** Sets the value of {@code type} in the loop's environment. */
  public final <T> void putEnv(Class<T> type, T value) {
    loop.environment.put(type, value);
  }

  // Answers

  /** A Ret whose answer, or null if none comes, is handled on the spot inside whoever answers. */
  public final <M> Ret<M> ret(Consumer<? super @Nullable M> action) {
    return loop.own(new Ret.Now<>(action));
  }

  /** A Ret for the end of an actor: shuts the loop down for the actor's cause. */
  public final Ret<StopCause> retShutdown() {
    return ret(cause -> shutdown(cause == null ? Cell.DROPPED : cause));
  }

  // New actors

  /**
   * Makes an actor without state: calls wait until an {@linkplain Recipient#init init function} has
   * made it. For actors that refer to each other.
   */
  public final <A> ActorOwn<A> actor(Ret<StopCause> notify) {
    return loop.create(notify);
  }

  /**
   * Makes an actor; {@code init} runs in a queued call. {@code notify} gets the cause of its end,
   * once, or null if the loop is gone first.
   */
  public final <A> ActorOwn<A> actor(Init.Of0<A> init, Ret<StopCause> notify) {
    ActorOwn<A> own = loop.create(notify);
    own.init(init);
    return own;
  }

  /** {@link #actor(Init.Of0, Ret)} with one argument. */
  public final <A, T extends @Nullable Object> ActorOwn<A> actor(
      Init.Of1<A, T> init, T a, Ret<StopCause> notify) {
    Handle.checkPassable(loop, notify, a, null, null, null);
    ActorOwn<A> own = loop.create(notify);
    own.init(init, a);
    return own;
  }

  /** {@link #actor(Init.Of0, Ret)} with two arguments. */
  public final <A, T extends @Nullable Object, U extends @Nullable Object> ActorOwn<A> actor(
      Init.Of2<A, T, U> init, T a, U b, Ret<StopCause> notify) {
    Handle.checkPassable(loop, notify, a, b, null, null);
    ActorOwn<A> own = loop.create(notify);
    own.init(init, a, b);
    return own;
  }

  /** {@link #actor(Init.Of0, Ret)} with three arguments. */
  public final <
          A, T extends @Nullable Object, U extends @Nullable Object, V extends @Nullable Object>
      ActorOwn<A> actor(Init.Of3<A, T, U, V> init, T a, U b, V c, Ret<StopCause> notify) {
    Handle.checkPassable(loop, notify, a, b, c, null);
    ActorOwn<A> own = loop.create(notify);
    own.init(init, a, b, c);
    return own;
  }

  /** {@link #actor(Init.Of0, Ret)} with four arguments. */
  public final <
          A,
          T extends @Nullable Object,
          U extends @Nullable Object,
          V extends @Nullable Object,
          W extends @Nullable Object>
      ActorOwn<A> actor(Init.Of4<A, T, U, V, W> init, T a, U b, V c, W d, Ret<StopCause> notify) {
    Handle.checkPassable(loop, notify, a, b, c, d);
    ActorOwn<A> own = loop.create(notify);
    own.init(init, a, b, c, d);
    return own;
  }

  // lazy: after everything that is queued, before the host waits for events

  /**
   * Queues host code on the lazy queue, which runs in whole batches when the main queue is empty.
   */
  public final void lazy(Runnable code) {
    loop.checkOwner("lazy");
    loop.lazy.push(CallQueue.HOST, code, null);
  }

  /** Queues a behaviour on the lazy queue. */
  public final <A> void lazy(Actor<A> actor, Behaviour.Of0<? super A> behaviour) {
    loop.put(loop.lazy, Call.of(CallQueue.RUN, loop.mine(actor), behaviour));
  }

  /** Queues a behaviour with its argument on the lazy queue. */
  public final <A, T extends @Nullable Object> void lazy(
      Actor<A> actor, Behaviour.Of1<? super A, ? super T> behaviour, T a) {
    loop.put(loop.lazy, Call.of(CallQueue.RUN + 1, loop.mine(actor), behaviour, a));
  }

  /** Queues a behaviour with its arguments on the lazy queue. */
  public final <A, T extends @Nullable Object, U extends @Nullable Object> void lazy(
      Actor<A> actor, Behaviour.Of2<? super A, ? super T, ? super U> behaviour, T a, U b) {
    loop.put(loop.lazy, Call.of(CallQueue.RUN + 2, loop.mine(actor), behaviour, a, b));
  }

  // idle: one call at a time, when nothing else happens

  /** Queues host code on the idle queue, of which one call runs when the host has nothing else. */
  public final void idle(Runnable code) {
    loop.checkOwner("idle");
    loop.idle.push(CallQueue.HOST, code, null);
  }

  /** Queues a behaviour on the idle queue. */
  public final <A> void idle(Actor<A> actor, Behaviour.Of0<? super A> behaviour) {
    loop.put(loop.idle, Call.of(CallQueue.RUN, loop.mine(actor), behaviour));
  }

  /** Queues a behaviour with its argument on the idle queue. */
  public final <A, T extends @Nullable Object> void idle(
      Actor<A> actor, Behaviour.Of1<? super A, ? super T> behaviour, T a) {
    loop.put(loop.idle, Call.of(CallQueue.RUN + 1, loop.mine(actor), behaviour, a));
  }

  /** Queues a behaviour with its arguments on the idle queue. */
  public final <A, T extends @Nullable Object, U extends @Nullable Object> void idle(
      Actor<A> actor, Behaviour.Of2<? super A, ? super T, ? super U> behaviour, T a, U b) {
    loop.put(loop.idle, Call.of(CallQueue.RUN + 2, loop.mine(actor), behaviour, a, b));
  }

  // Timers. A timer never fires early, nor at the very instant at which it was armed; timers fire
  // in
  // the order of their time, and those of equal time in the order in which they were armed. The key
  // that arming returns is never 0.

  /** Arms a timer that queues host code {@code delay} from now. */
  public final long after(Duration delay, Runnable code) {
    return loop.arm(loop.later(delay), new Call(CallQueue.HOST, null, code));
  }

  /** Arms a timer that queues a behaviour {@code delay} from now. */
  public final <A> long after(Duration delay, Actor<A> actor, Behaviour.Of0<? super A> behaviour) {
    return at(loop.later(delay), actor, behaviour);
  }

  /** Arms a timer that queues a behaviour with its argument {@code delay} from now. */
  public final <A, T extends @Nullable Object> long after(
      Duration delay, Actor<A> actor, Behaviour.Of1<? super A, ? super T> behaviour, T a) {
    return at(loop.later(delay), actor, behaviour, a);
  }

  /** Arms a timer that queues a behaviour with its arguments {@code delay} from now. */
  public final <A, T extends @Nullable Object, U extends @Nullable Object> long after(
      Duration delay,
      Actor<A> actor,
      Behaviour.Of2<? super A, ? super T, ? super U> behaviour,
      T a,
      U b) {
    return at(loop.later(delay), actor, behaviour, a, b);
  }

  /** Arms a timer that queues host code at {@code nanos} of the loop's time. */
  public final long at(long nanos, Runnable code) {
    return loop.arm(nanos, new Call(CallQueue.HOST, null, code));
  }

  /** Arms a timer that queues a behaviour at {@code nanos} of the loop's time. */
  public final <A> long at(long nanos, Actor<A> actor, Behaviour.Of0<? super A> behaviour) {
    return loop.arm(nanos, Call.of(CallQueue.RUN, loop.mine(actor), behaviour));
  }

  /** Arms a timer that queues a behaviour with its argument at {@code nanos} of the loop's time. */
  public final <A, T extends @Nullable Object> long at(
      long nanos, Actor<A> actor, Behaviour.Of1<? super A, ? super T> behaviour, T a) {
    return loop.arm(nanos, Call.of(CallQueue.RUN + 1, loop.mine(actor), behaviour, a));
  }

  /**
   * Arms a timer that queues a behaviour with its arguments at {@code nanos} of the loop's time.
   */
  public final <A, T extends @Nullable Object, U extends @Nullable Object> long at(
      long nanos,
      Actor<A> actor,
      Behaviour.Of2<? super A, ? super T, ? super U> behaviour,
      T a,
      U b) {
    return loop.arm(nanos, Call.of(CallQueue.RUN + 2, loop.mine(actor), behaviour, a, b));
  }

  /**
   * Disarms a timer; the handles among its arguments are closed.
   *
   * @return whether it was armed: false if it has fired, was cancelled before, or {@code key} is 0
   */
  public final boolean cancel(long key) {
    loop.checkOwner("cancel");
    Call call = loop.timers.cancel(key);
    if (call != null) {
      call.discard(loop);
    }
    return call != null;
  }
}
