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
  /**
   * The loop's main queue. Of the two this is at hand, because what a call costs begins with the
   * chain of references from an actor to the place of its next call.
   */
  final CallQueue main;

  /**
   * @param loop null if this is the loop itself
   */
  Core(@Nullable Loop loop) {
    this.main = loop == null ? new CallQueue((Loop) this) : loop.main;
  }

  final Loop loop() {
    return main.loop;
  }

  /** The time of the running batch in nanoseconds: all calls of one batch see the same. */
  public final long now() {
    assert loop().isConfined("now");
    return loop().now;
  }

  /** The time with which the loop was made. */
  public final long start() {
    return loop().start;
  }

  /** The world that the loop was made with: for code beside the loop that needs threads. */
  public final World world() {
    return loop().world;
  }

  /** The time of day, from the loop's world. */
  public final Instant wallTime() {
    return loop().world.wallTime();
  }

  /**
   * Queues host code on the main queue. Callable from any thread. An exception goes to the loop's
   * {@linkplain Loop#onUncaught handler}; it ends no actor.
   */
  @Override
  public final void execute(Runnable code) {
    loop().enqueue(new Call(CallQueue.HOST, null, code));
  }

  /** Asks the host to end its loop, for {@code cause}; a later call replaces the cause. */
  public final void shutdown(StopCause cause) {
    assert loop().isConfined("shutdown");
    loop().shutdownCause = cause;
  }

  // Logging

  /**
   * Begins a record of this actor, or of the host: {@code cx.log(INFO).kv("port", port).write("port
   * {} is open")}. Costs one test if the level is off.
   */
  public final LogEntry log(LogLevel level) {
    return logs(level) ? loop().logBook.entry(level, this) : LogEntry.OFF;
  }

  /** Whether records of {@code level} are logged now: to save work that only they need. */
  public final boolean logs(LogLevel level) {
    return loop().logBook.isOn(level);
  }

  /** {@link #logSpanOpen(String, long, LogPairs)} without more key-values. */
  public final long logSpanOpen(String tag, long parent) {
    return loop().logBook.openSpan(tag, parent, null);
  }

  /**
   * Begins a span that is no actor's. Its number, from the same sequence as actors' ids, is taken
   * even if nothing is logged; {@link LogEntry#span} puts records into it.
   *
   * @param tag what kind of span it is
   * @param parent the span that it is part of, usually an actor's id; 0 for none
   */
  public final long logSpanOpen(String tag, long parent, LogPairs pairs) {
    return loop().logBook.openSpan(tag, parent, pairs);
  }

  /** Ends a span; {@code text} says what went wrong and is empty if nothing did. */
  public final void logSpanClose(long span, String text) {
    loop().logBook.closeSpan(span, text);
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
    assert loop().isConfined("envOrNull");
    return type.cast(loop().environment.get(type));
  }

  /** Sets the value of {@code type} in the loop's environment. */
  public final <T> void putEnv(Class<T> type, T value) {
    assert loop().isConfined("putEnv");
    loop().environment.put(type, value);
  }

  /** Takes the value of {@code type} out of the loop's environment; null if there is none. */
  public final <T> @Nullable T removeEnv(Class<T> type) {
    assert loop().isConfined("removeEnv");
    return type.cast(loop().environment.remove(type));
  }

  // Answers

  /** A Ret whose answer, or null if none comes, is handled on the spot inside whoever answers. */
  public final <M> Ret<M> ret(Consumer<? super @Nullable M> action) {
    return loop().own(new Ret.Now<>(action));
  }

  /** A Ret for the end of an actor: shuts the loop down for the actor's cause. */
  public final Ret<StopCause> retShutdown() {
    return ret(cause -> shutdown(cause == null ? Cell.DROPPED : cause));
  }

  // From other threads

  /** Makes something that any thread can use to have {@code handler} run on this loop. */
  public final Waker waker(Waker.Handler handler) {
    loop().checkOwner("waker");
    loop().checkOpen();
    loop().sources++;
    return new Waker(loop(), handler);
  }

  /** Makes a channel without a bound; {@link #channel(int, Fwd, Runnable)} with less to say. */
  public final <M> ChannelGuard<M> channel(Fwd<? super M> receiver) {
    return channel(Channel.UNBOUNDED, receiver);
  }

  /** Makes a channel; {@link #channel(int, Fwd, Runnable)} without word of the senders' end. */
  public final <M> ChannelGuard<M> channel(int capacity, Fwd<? super M> receiver) {
    return channel(capacity, receiver, () -> {});
  }

  /**
   * Makes a channel from any thread to this loop; {@link ChannelGuard#sender} gives the other end.
   *
   * <p>Messages go to {@code receiver} on this loop, some at a time. When the guard ends nothing
   * more does; what is a queued call by then, because the receiver is an actor's {@code fwd}, still
   * runs. An exception of the receiver goes to the loop's {@linkplain Loop#onUncaught handler} and
   * keeps no other message from being delivered.
   *
   * @param capacity how many messages can wait, {@link Channel#UNBOUNDED} for any number
   * @param sendersGone run on this loop, once, when the last sending end was closed and all that
   *     was sent has been delivered; not after the end of the guard
   */
  public final <M> ChannelGuard<M> channel(
      int capacity, Fwd<? super M> receiver, Runnable sendersGone) {
    loop().checkOwner("channel");
    loop().checkOpen();
    return loop()
        .own(new ChannelGuard<>(new ChannelQueue<M>(loop(), capacity, receiver, sendersGone)));
  }

  /**
   * Starts a thread of its own beside this loop.
   *
   * @param virtual whether it is a virtual thread: for work that mostly waits
   * @param receiver gets on this loop what the thread sends
   * @param ended gets what {@code body} threw when the thread has ended and all that it sent has
   *     been delivered, or null if it threw nothing, or if this loop is closed first. An {@link
   *     InterruptedException} of a cancelled thread counts as nothing
   */
  public final <O, I> PipedThread<O, I> pipedThread(
      String name,
      boolean virtual,
      Fwd<? super I> receiver,
      Ret<Throwable> ended,
      PipedThread.Body<O, I> body) {
    loop().checkOwner("pipedThread");
    loop().checkOpen();
    return PipedThread.start(loop(), name, virtual, receiver, ended, body);
  }

  // New actors

  /**
   * Makes an actor without state: calls wait until an {@linkplain Recipient#init init function} has
   * made it. For actors that refer to each other.
   */
  public final <A> ActorOwn<A> actor(Ret<StopCause> notify) {
    return loop().create(notify, null);
  }

  /**
   * Makes an actor; {@code init} runs in a queued call. {@code notify} gets the cause of its end,
   * once, or null if the loop is gone first.
   */
  public final <A> ActorOwn<A> actor(Init.Of0<A> init, Ret<StopCause> notify) {
    ActorOwn<A> own = loop().create(notify, init);
    own.init(init);
    return own;
  }

  /** {@link #actor(Init.Of0, Ret)} with one argument. */
  public final <A, T extends @Nullable Object> ActorOwn<A> actor(
      Init.Of1<A, T> init, T a, Ret<StopCause> notify) {
    Handle.checkPassable(loop(), notify, a, null, null, null);
    ActorOwn<A> own = loop().create(notify, init);
    own.init(init, a);
    return own;
  }

  /** {@link #actor(Init.Of0, Ret)} with two arguments. */
  public final <A, T extends @Nullable Object, U extends @Nullable Object> ActorOwn<A> actor(
      Init.Of2<A, T, U> init, T a, U b, Ret<StopCause> notify) {
    Handle.checkPassable(loop(), notify, a, b, null, null);
    ActorOwn<A> own = loop().create(notify, init);
    own.init(init, a, b);
    return own;
  }

  /** {@link #actor(Init.Of0, Ret)} with three arguments. */
  public final <
          A, T extends @Nullable Object, U extends @Nullable Object, V extends @Nullable Object>
      ActorOwn<A> actor(Init.Of3<A, T, U, V> init, T a, U b, V c, Ret<StopCause> notify) {
    Handle.checkPassable(loop(), notify, a, b, c, null);
    ActorOwn<A> own = loop().create(notify, init);
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
    Handle.checkPassable(loop(), notify, a, b, c, d);
    ActorOwn<A> own = loop().create(notify, init);
    own.init(init, a, b, c, d);
    return own;
  }

  // lazy: after everything that is queued, before the host waits for events

  /**
   * Queues host code on the lazy queue, which runs in whole batches when the main queue is empty.
   */
  public final void lazy(Runnable code) {
    loop().checkOwner("lazy");
    loop().lazy.push(CallQueue.HOST, code, null);
  }

  /** Queues a behaviour on the lazy queue. */
  public final <A> void lazy(Actor<A> actor, Behaviour.Of0<? super A> behaviour) {
    loop().put(loop().lazy, CallQueue.RUN, loop().mine(actor), behaviour, null, null);
  }

  /** Queues a behaviour with its argument on the lazy queue. */
  public final <A, T extends @Nullable Object> void lazy(
      Actor<A> actor, Behaviour.Of1<? super A, ? super T> behaviour, T a) {
    loop().put(loop().lazy, CallQueue.RUN + 1, loop().mine(actor), behaviour, a, null);
  }

  /** Queues a behaviour with its arguments on the lazy queue. */
  public final <A, T extends @Nullable Object, U extends @Nullable Object> void lazy(
      Actor<A> actor, Behaviour.Of2<? super A, ? super T, ? super U> behaviour, T a, U b) {
    loop().put(loop().lazy, CallQueue.RUN + 2, loop().mine(actor), behaviour, a, b);
  }

  // idle: one call at a time, when nothing else happens

  /** Queues host code on the idle queue, of which one call runs when the host has nothing else. */
  public final void idle(Runnable code) {
    loop().checkOwner("idle");
    loop().idle.push(CallQueue.HOST, code, null);
  }

  /** Queues a behaviour on the idle queue. */
  public final <A> void idle(Actor<A> actor, Behaviour.Of0<? super A> behaviour) {
    loop().put(loop().idle, CallQueue.RUN, loop().mine(actor), behaviour, null, null);
  }

  /** Queues a behaviour with its argument on the idle queue. */
  public final <A, T extends @Nullable Object> void idle(
      Actor<A> actor, Behaviour.Of1<? super A, ? super T> behaviour, T a) {
    loop().put(loop().idle, CallQueue.RUN + 1, loop().mine(actor), behaviour, a, null);
  }

  /** Queues a behaviour with its arguments on the idle queue. */
  public final <A, T extends @Nullable Object, U extends @Nullable Object> void idle(
      Actor<A> actor, Behaviour.Of2<? super A, ? super T, ? super U> behaviour, T a, U b) {
    loop().put(loop().idle, CallQueue.RUN + 2, loop().mine(actor), behaviour, a, b);
  }

  // Timers. A timer never expires early, nor at the very instant at which it was armed. Timers
  // expire in the order of their times, and those of equal time in the order in which they were
  // armed, however far the time jumps. Calls that are queued already run first. The key that arming
  // returns is never 0, but on a closed loop. A timer whose actor has ended stays until it expires,
  // as do the handles among its arguments: cancel what is far away.

  /** Arms a timer that queues host code {@code delay} from now. */
  public final long after(Duration delay, Runnable code) {
    return at(loop().later(delay), code);
  }

  /** Arms a timer that queues a behaviour {@code delay} from now. */
  public final <A> long after(Duration delay, Actor<A> actor, Behaviour.Of0<? super A> behaviour) {
    return at(loop().later(delay), actor, behaviour);
  }

  /** Arms a timer that queues a behaviour with its argument {@code delay} from now. */
  public final <A, T extends @Nullable Object> long after(
      Duration delay, Actor<A> actor, Behaviour.Of1<? super A, ? super T> behaviour, T a) {
    return at(loop().later(delay), actor, behaviour, a);
  }

  /** Arms a timer that queues a behaviour with its arguments {@code delay} from now. */
  public final <A, T extends @Nullable Object, U extends @Nullable Object> long after(
      Duration delay,
      Actor<A> actor,
      Behaviour.Of2<? super A, ? super T, ? super U> behaviour,
      T a,
      U b) {
    return at(loop().later(delay), actor, behaviour, a, b);
  }

  /** Arms a timer that queues a behaviour with its arguments {@code delay} from now. */
  public final <
          A, T extends @Nullable Object, U extends @Nullable Object, V extends @Nullable Object>
      long after(
          Duration delay,
          Actor<A> actor,
          Behaviour.Of3<? super A, ? super T, ? super U, ? super V> behaviour,
          T a,
          U b,
          V c) {
    return at(loop().later(delay), actor, behaviour, a, b, c);
  }

  /** Arms a timer that queues a behaviour with its arguments {@code delay} from now. */
  public final <
          A,
          T extends @Nullable Object,
          U extends @Nullable Object,
          V extends @Nullable Object,
          W extends @Nullable Object>
      long after(
          Duration delay,
          Actor<A> actor,
          Behaviour.Of4<? super A, ? super T, ? super U, ? super V, ? super W> behaviour,
          T a,
          U b,
          V c,
          W d) {
    return at(loop().later(delay), actor, behaviour, a, b, c, d);
  }

  /** Arms a timer that queues host code at {@code nanos} of the loop's time. */
  public final long at(long nanos, Runnable code) {
    return loop().timers.arm(nanos, CallQueue.HOST, null, code, null, null);
  }

  /** Arms a timer that queues a behaviour at {@code nanos} of the loop's time. */
  public final <A> long at(long nanos, Actor<A> actor, Behaviour.Of0<? super A> behaviour) {
    return loop().timers.arm(nanos, CallQueue.RUN, loop().mine(actor), behaviour, null, null);
  }

  /** Arms a timer that queues a behaviour with its argument at {@code nanos} of the loop's time. */
  public final <A, T extends @Nullable Object> long at(
      long nanos, Actor<A> actor, Behaviour.Of1<? super A, ? super T> behaviour, T a) {
    return loop().timers.arm(nanos, CallQueue.RUN + 1, loop().mine(actor), behaviour, a, null);
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
    return loop().timers.arm(nanos, CallQueue.RUN + 2, loop().mine(actor), behaviour, a, b);
  }

  /**
   * Arms a timer that queues a behaviour with its arguments at {@code nanos} of the loop's time.
   */
  public final <
          A, T extends @Nullable Object, U extends @Nullable Object, V extends @Nullable Object>
      long at(
          long nanos,
          Actor<A> actor,
          Behaviour.Of3<? super A, ? super T, ? super U, ? super V> behaviour,
          T a,
          U b,
          V c) {
    return loop()
        .timers
        .arm(nanos, Call.of(CallQueue.RUN + 3, loop().mine(actor), behaviour, a, b, c));
  }

  /**
   * Arms a timer that queues a behaviour with its arguments at {@code nanos} of the loop's time.
   */
  public final <
          A,
          T extends @Nullable Object,
          U extends @Nullable Object,
          V extends @Nullable Object,
          W extends @Nullable Object>
      long at(
          long nanos,
          Actor<A> actor,
          Behaviour.Of4<? super A, ? super T, ? super U, ? super V, ? super W> behaviour,
          T a,
          U b,
          V c,
          W d) {
    return loop()
        .timers
        .arm(nanos, Call.of(CallQueue.RUN + 4, loop().mine(actor), behaviour, a, b, c, d));
  }

  /**
   * Arms a timer that queues host code every {@code period}, first one period from now. If time
   * jumps over several expiries there is one call for all of them, and the next one is again on the
   * grid. Each expiry arms the timer anew, which is its place among those of equal time.
   *
   * @throws IllegalArgumentException if {@code period} is not positive
   */
  public final long every(Duration period, Runnable code) {
    return PeriodicCall.arm(loop(), period, CallQueue.HOST, null, code, null);
  }

  /** {@link #every(Duration, Runnable)} with a behaviour; the timer ends with the actor. */
  public final <A> long every(Duration period, Actor<A> actor, Behaviour.Of0<? super A> behaviour) {
    return PeriodicCall.arm(loop(), period, CallQueue.RUN, loop().mine(actor), behaviour, null);
  }

  /**
   * {@link #every(Duration, Runnable)} with a behaviour and its argument, which cannot be a handle;
   * the timer ends with the actor.
   */
  public final <A, T extends @Nullable Object> long every(
      Duration period, Actor<A> actor, Behaviour.Of1<? super A, ? super T> behaviour, T a) {
    return PeriodicCall.arm(loop(), period, CallQueue.RUN + 1, loop().mine(actor), behaviour, a);
  }

  /**
   * Disarms a timer; the handles among its arguments are closed.
   *
   * @return whether it was armed: false if it has expired, was cancelled before, or {@code key} is
   *     0
   */
  public final boolean cancel(long key) {
    loop().checkOwner("cancel");
    return loop().timers.cancel(key);
  }

  /**
   * Sets a deadline: a Ret to be passed in place of {@code ret}, which moves to it. If it has not
   * been answered {@code delay} from now, {@code ret} is told so, with null, in a call that is
   * queued then; an answer that comes later is ignored. An answer in time disarms the timer.
   */
  public final <M> Ret<M> within(Duration delay, Ret<M> ret) {
    return Ret.Deadline.of(loop(), delay, ret);
  }
}
