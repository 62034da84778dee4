package lemnos.core;

import org.jspecify.annotations.Nullable;

/**
 * What an actor may do about itself, beyond {@link Core}: given to its init function and kept by
 * the actor. Only the actor's own behaviours may use {@link #stop}, {@link #fail}, {@link #hold}
 * and {@link #child}; from anywhere else they throw {@link IllegalStateException}.
 */
public abstract sealed class Cx<A> extends Core permits Standing {
  Cx(Loop loop) {
    super(loop);
  }

  /** The actor's own handle. It exists before the actor's state does. */
  public abstract Actor<A> self();

  /**
   * Ends the actor with success when the running behaviour returns. The first stop or fail wins.
   */
  public abstract void stop();

  /** Ends the actor with {@code error} when the running behaviour returns. */
  public abstract void fail(Throwable error);

  /** Makes the actor the owner of {@code handle}, for as long as it lives. */
  public abstract <H extends Handle> H hold(H handle);

  /** Names the actor, for people: see {@link Actor#name}. */
  public abstract void name(String name);

  /**
   * Bounds how many calls of others may wait for this actor. What goes over the bound is discarded
   * where it would have been queued, as calls to an actor that has ended are: whoever waits for its
   * answer hears at once that none comes. It is counted in {@link Load#refused}.
   *
   * <p>Only {@code call} and {@code ask} count, and only from outside: what the actor sends to
   * itself, its timers and what it asked for, such as answers, always get through. Calls that wait
   * already do not count.
   *
   * @param calls at least 1
   */
  public abstract void limit(int calls);

  abstract void checkRunning();

  /**
   * A Fwd for what this actor has asked for, such as what arrives on a connection: that gets
   * through whatever the actor's {@link #limit}, as answers do. To be used on the actor's loop.
   */
  public <M extends @Nullable Object> Fwd<M> asked(Behaviour.Of1<? super A, ? super M> behaviour) {
    return message -> {
      loop().checkOwner("asked");
      loop().put(loop().main, CallQueue.RUN + 1, (Cell<?>) this, behaviour, message, null);
    };
  }

  /** {@link #fail(Throwable)} with an {@link ActorFailure} that says {@code message}. */
  public void fail(String message) {
    fail(new ActorFailure(message));
  }

  /**
   * A Ret for the end of a child: this actor fails with {@code message}, however the child ended.
   */
  public Ret<StopCause> failOnEnd(String message) {
    return loop().own(new Ret.Ending<>((Cell<?>) this, new ActorFailure(message), false));
  }

  /** A Ret for the end of a child: this actor fails with {@code message} if the child failed. */
  public Ret<StopCause> failOnFailure(String message) {
    return loop().own(new Ret.Ending<>((Cell<?>) this, new ActorFailure(message), true));
  }

  /** A Ret whose answer, or null, becomes an init call of this actor. */
  public <M> Ret<M> retInit(Init.Of1<A, @Nullable M> init) {
    var call = new Call(CallQueue.INIT + 1, (Cell<?>) this, init);
    return loop().own(new Ret.Queued<>(call, false));
  }

  // Children: made and held in one step.

  /** Makes an actor that this one owns. {@code notify} gets the cause of its end. */
  public <C> Actor<C> child(Init.Of0<C> init, Ret<StopCause> notify) {
    checkRunning();
    return hold(actor(init, notify)).actor();
  }

  /** {@link #child(Init.Of0, Ret)} with one argument. */
  public <C, T extends @Nullable Object> Actor<C> child(
      Init.Of1<C, T> init, T a, Ret<StopCause> notify) {
    checkRunning();
    return hold(actor(init, a, notify)).actor();
  }

  /** {@link #child(Init.Of0, Ret)} with two arguments. */
  public <C, T extends @Nullable Object, U extends @Nullable Object> Actor<C> child(
      Init.Of2<C, T, U> init, T a, U b, Ret<StopCause> notify) {
    checkRunning();
    return hold(actor(init, a, b, notify)).actor();
  }

  /** {@link #child(Init.Of0, Ret)} with three arguments. */
  public <C, T extends @Nullable Object, U extends @Nullable Object, V extends @Nullable Object>
      Actor<C> child(Init.Of3<C, T, U, V> init, T a, U b, V c, Ret<StopCause> notify) {
    checkRunning();
    return hold(actor(init, a, b, c, notify)).actor();
  }

  /** {@link #child(Init.Of0, Ret)} with four arguments. */
  public <
          C,
          T extends @Nullable Object,
          U extends @Nullable Object,
          V extends @Nullable Object,
          W extends @Nullable Object>
      Actor<C> child(Init.Of4<C, T, U, V, W> init, T a, U b, V c, W d, Ret<StopCause> notify) {
    checkRunning();
    return hold(actor(init, a, b, c, d, notify)).actor();
  }
}
