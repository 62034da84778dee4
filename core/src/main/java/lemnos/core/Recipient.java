package lemnos.core;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What can be called: an actor, by its plain or its owning handle. A call is queued; it runs after
 * the calls that the same sender made before. From the actor's own loop it goes straight on the
 * main queue; from any other thread through the loop's inbox. A call to an actor that has ended is
 * discarded, and the handles among its arguments are closed.
 *
 * <p>Arguments that are {@linkplain Handle handles} move to the call. All methods but {@code ret…}
 * may be called from any thread; {@code ret…} makes a handle, so it needs the actor's own loop.
 */
@SuppressWarnings("overloads") // a method reference with one parameter fits one primitive only
public sealed interface Recipient<A> permits Actor, ActorOwn {
  /** The plain handle. */
  Actor<A> actor();

  // call: a behaviour that answers nothing

  /** Queues a behaviour. */
  default void call(Behaviour.Of0<? super A> behaviour) {
    Cell.of(this).send(CallQueue.RUN, behaviour);
  }

  /** Queues a behaviour with its argument. */
  default <T extends @Nullable Object> void call(
      Behaviour.Of1<? super A, ? super T> behaviour, T a) {
    Cell.of(this).send(CallQueue.RUN + 1, behaviour, a);
  }

  /** Queues a behaviour with an argument that is not boxed. */
  default void call(Behaviour.OfInt<? super A> behaviour, int a) {
    Cell.of(this).sendBits(CallQueue.RUN_INT, behaviour, a);
  }

  /** Queues a behaviour with an argument that is not boxed. */
  default void call(Behaviour.OfLong<? super A> behaviour, long a) {
    Cell.of(this).sendBits(CallQueue.RUN_LONG, behaviour, a);
  }

  /** Queues a behaviour with an argument that is not boxed. */
  default void call(Behaviour.OfDouble<? super A> behaviour, double a) {
    Cell.of(this).sendBits(CallQueue.RUN_DOUBLE, behaviour, Double.doubleToRawLongBits(a));
  }

  /** Queues a behaviour with its arguments. */
  default <T extends @Nullable Object, U extends @Nullable Object> void call(
      Behaviour.Of2<? super A, ? super T, ? super U> behaviour, T a, U b) {
    Cell.of(this).send(CallQueue.RUN + 2, behaviour, a, b);
  }

  /** Queues a behaviour with its arguments. */
  default <T extends @Nullable Object, U extends @Nullable Object, V extends @Nullable Object>
      void call(
          Behaviour.Of3<? super A, ? super T, ? super U, ? super V> behaviour, T a, U b, V c) {
    Cell.of(this).send(CallQueue.RUN + 3, behaviour, a, b, c);
  }

  /** Queues a behaviour with its arguments. */
  default <
          T extends @Nullable Object,
          U extends @Nullable Object,
          V extends @Nullable Object,
          W extends @Nullable Object>
      void call(
          Behaviour.Of4<? super A, ? super T, ? super U, ? super V, ? super W> behaviour,
          T a,
          U b,
          V c,
          W d) {
    Cell.of(this).send(CallQueue.RUN + 4, behaviour, a, b, c, d);
  }

  // ask: a behaviour that answers by returning

  /** Queues a query; {@code ret} gets its result, or null if none comes. */
  default <R> void ask(Query.Of0<? super A, ? extends @Nullable R> query, Ret<R> ret) {
    Cell.of(this).send(CallQueue.ASK, query, ret);
  }

  /** Queues a query with its argument; {@code ret} gets its result, or null if none comes. */
  default <T extends @Nullable Object, R> void ask(
      Query.Of1<? super A, ? super T, ? extends @Nullable R> query, T a, Ret<R> ret) {
    Cell.of(this).send(CallQueue.ASK + 1, query, a, ret);
  }

  /** Queues a query with its arguments; {@code ret} gets its result, or null if none comes. */
  default <T extends @Nullable Object, U extends @Nullable Object, R> void ask(
      Query.Of2<? super A, ? super T, ? super U, ? extends @Nullable R> query,
      T a,
      U b,
      Ret<R> ret) {
    Cell.of(this).send(CallQueue.ASK + 2, query, a, b, ret);
  }

  /** Queues a query with its arguments; {@code ret} gets its result, or null if none comes. */
  default <T extends @Nullable Object, U extends @Nullable Object, V extends @Nullable Object, R>
      void ask(
          Query.Of3<? super A, ? super T, ? super U, ? super V, ? extends @Nullable R> query,
          T a,
          U b,
          V c,
          Ret<R> ret) {
    Cell.of(this).send(CallQueue.ASK + 3, query, a, b, c, ret);
  }

  /** Queues a query with its arguments; {@code ret} gets its result, or null if none comes. */
  default <
          T extends @Nullable Object,
          U extends @Nullable Object,
          V extends @Nullable Object,
          W extends @Nullable Object,
          R>
      void ask(
          Query.Of4<? super A, ? super T, ? super U, ? super V, ? super W, ? extends @Nullable R>
              query,
          T a,
          U b,
          V c,
          W d,
          Ret<R> ret) {
    Cell<A> cell = Cell.of(this);
    cell.deliver(Call.of(CallQueue.ASK + 4, cell, query, a, b, c, d, ret));
  }

  // asking: a query from a thread that may own no loop

  /**
   * Queues a query; the future gets its result, or {@link ActorGone} if none comes: because the
   * actor has ended, or fails by the query, or its loop is closed. What depends on the future runs
   * where it is completed, as a rule on the actor's loop, which must not wait: go on elsewhere with
   * the {@code …Async} methods, and never join the future on the actor's own loop.
   */
  default <R extends @Nullable Object> CompletableFuture<R> asking(
      Query.Of0<? super A, ? extends R> query) {
    return Cell.of(this).asking(0, query, null, null);
  }

  /** {@link #asking(Query.Of0)} with an argument. */
  default <T extends @Nullable Object, R extends @Nullable Object> CompletableFuture<R> asking(
      Query.Of1<? super A, ? super T, ? extends R> query, T a) {
    return Cell.of(this).asking(1, query, a, null);
  }

  /** {@link #asking(Query.Of0)} with two arguments. */
  default <T extends @Nullable Object, U extends @Nullable Object, R extends @Nullable Object>
      CompletableFuture<R> asking(
          Query.Of2<? super A, ? super T, ? super U, ? extends R> query, T a, U b) {
    return Cell.of(this).asking(2, query, a, b);
  }

  // init: makes the state, if the actor was made without one or is not ready yet

  /** Queues an init function. Discarded if the actor is ready, or has ended, when it runs. */
  default void init(Init.Of0<A> init) {
    Cell.of(this).send(CallQueue.INIT, init);
  }

  /** Queues an init function with its argument. */
  default <T extends @Nullable Object> void init(Init.Of1<A, ? super T> init, T a) {
    Cell.of(this).send(CallQueue.INIT + 1, init, a);
  }

  /** Queues an init function with its arguments. */
  default <T extends @Nullable Object, U extends @Nullable Object> void init(
      Init.Of2<A, ? super T, ? super U> init, T a, U b) {
    Cell.of(this).send(CallQueue.INIT + 2, init, a, b);
  }

  /** Queues an init function with its arguments. */
  default <T extends @Nullable Object, U extends @Nullable Object, V extends @Nullable Object>
      void init(Init.Of3<A, ? super T, ? super U, ? super V> init, T a, U b, V c) {
    Cell.of(this).send(CallQueue.INIT + 3, init, a, b, c);
  }

  /** Queues an init function with its arguments. */
  default <
          T extends @Nullable Object,
          U extends @Nullable Object,
          V extends @Nullable Object,
          W extends @Nullable Object>
      void init(Init.Of4<A, ? super T, ? super U, ? super V, ? super W> init, T a, U b, V c, W d) {
    Cell.of(this).send(CallQueue.INIT + 4, init, a, b, c, d);
  }

  // fwd: data that comes any number of times becomes calls

  /** A Fwd whose data becomes the argument of a behaviour. */
  default <M extends @Nullable Object> Fwd<M> fwd(Behaviour.Of1<? super A, ? super M> behaviour) {
    Actor<A> actor = actor();
    return message -> actor.call(behaviour, message);
  }

  /** A Fwd whose data comes after one fixed argument, which cannot be a handle. */
  default <T extends @Nullable Object, M extends @Nullable Object> Fwd<M> fwd(
      Behaviour.Of2<? super A, ? super T, ? super M> behaviour, T a) {
    Call.checkReusable(a);
    Actor<A> actor = actor();
    return message -> actor.call(behaviour, a, message);
  }

  /** A Fwd whose data comes after two fixed arguments, which cannot be handles. */
  default <T extends @Nullable Object, U extends @Nullable Object, M extends @Nullable Object>
      Fwd<M> fwd(Behaviour.Of3<? super A, ? super T, ? super U, ? super M> behaviour, T a, U b) {
    Call.checkReusable(a);
    Call.checkReusable(b);
    Actor<A> actor = actor();
    return message -> actor.call(behaviour, a, b, message);
  }

  // ret: an answer becomes a call

  /** A Ret whose answer, or null if none comes, becomes the argument of a behaviour. */
  default <M> Ret<M> ret(Behaviour.Of1<? super A, ? super @Nullable M> behaviour) {
    return Cell.of(this).ret(false, 1, behaviour, null, null);
  }

  /** A Ret whose answer, or null if none comes, follows one fixed argument. */
  default <T extends @Nullable Object, M> Ret<M> ret(
      Behaviour.Of2<? super A, ? super T, ? super @Nullable M> behaviour, T a) {
    return Cell.of(this).ret(false, 2, behaviour, a, null);
  }

  /** A Ret whose answer, or null if none comes, follows two fixed arguments. */
  default <T extends @Nullable Object, U extends @Nullable Object, M> Ret<M> ret(
      Behaviour.Of3<? super A, ? super T, ? super U, ? super @Nullable M> behaviour, T a, U b) {
    return Cell.of(this).ret(false, 3, behaviour, a, b);
  }

  /** A Ret whose answer becomes the argument of a behaviour; if none comes, nothing happens. */
  default <M> Ret<M> retSome(Behaviour.Of1<? super A, ? super M> behaviour) {
    return Cell.of(this).ret(true, 1, behaviour, null, null);
  }

  /** A Ret whose answer follows one fixed argument; if none comes, nothing happens. */
  default <T extends @Nullable Object, M> Ret<M> retSome(
      Behaviour.Of2<? super A, ? super T, ? super M> behaviour, T a) {
    return Cell.of(this).ret(true, 2, behaviour, a, null);
  }

  /** A Ret whose answer follows two fixed arguments; if none comes, nothing happens. */
  default <T extends @Nullable Object, U extends @Nullable Object, M> Ret<M> retSome(
      Behaviour.Of3<? super A, ? super T, ? super U, ? super M> behaviour, T a, U b) {
    return Cell.of(this).ret(true, 3, behaviour, a, b);
  }
}
