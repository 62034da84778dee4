package lemnos.core;

import org.jspecify.annotations.Nullable;

/**
 * A <em>linear handle</em>: at every moment it has exactly one owner, and every owner has a definite
 * end, at which the handle is closed there and then. So a forgotten reply or an abandoned actor is
 * dealt with at a fixed point of the program, and never when a garbage collector happens to run.
 *
 * <table>
 *   <caption>Owners and their ends</caption>
 *   <tr><td>the running behaviour</td><td>owns what is made in it or comes as an argument, until it
 *       returns or throws</td></tr>
 *   <tr><td>an actor</td><td>owns what it {@linkplain Cx#hold holds}, until it ends</td></tr>
 *   <tr><td>a queued call</td><td>owns the handles among its arguments, until it runs (they move to
 *       that behaviour) or is discarded</td></tr>
 *   <tr><td>another loop</td><td>answers a {@link Ret} that was passed to it; the Ret's own loop
 *       owns it until the answer, or the refusal, comes back</td></tr>
 *   <tr><td>the loop</td><td>owns what is made outside any behaviour, until {@link
 *       Loop#close}</td></tr>
 * </table>
 *
 * <p>Passing a handle as an argument moves it. Using one after its end throws {@link
 * IllegalStateException}. This is how Rust's drop, on which Stakker rests, reads in a language with
 * a garbage collector.
 *
 * <p>Confined to the thread of its loop.
 */
public abstract sealed class Handle implements AutoCloseable permits Ret, ActorOwn {
  // Who owns it. In a scope: `scope` is set. On its way as an argument: `scope` is null and `ended`
  // is not set. At its end: `ended`. Only the loop's thread touches these.
  @Nullable Scope scope;
  @Nullable Handle prev;
  @Nullable Handle next;
  boolean ended;

  Handle() {}

  /** Ends the handle without using it. Does nothing if it has ended already. */
  @Override
  public final void close() {
    if (!ended) {
      end();
      dropped();
    }
  }

  /** What follows when the handle ends without having been used. */
  abstract void dropped();

  /** Marks the end and leaves the owner. */
  final void end() {
    if (scope != null) {
      scope.remove(this);
    }
    ended = true;
  }

  /** Arrives with the call that carried it: {@code owner} is the frame of that call. */
  void arrive(Scope owner) {
    owner.add(this);
  }

  /** Throws unless {@link #passTo} would succeed. */
  void checkPassable(Loop to) {
    if (checkOwned().loop != to) {
      throw new IllegalArgumentException(
          this + " cannot leave its loop; pass its actor(), or ask its owner to act");
    }
    to.checkOwner(this);
  }

  /**
   * Takes the handle from its owner, for a call on {@code to}.
   *
   * @return what to pass in its place
   */
  Handle passTo(Loop to) {
    checkPassable(to);
    checkOwned().remove(this);
    return this;
  }

  /** The owner of the handle; throws if there is none now. */
  final Scope checkOwned() {
    checkUsable();
    Scope owner = scope;
    if (owner == null) {
      throw new IllegalStateException(
          this + " was passed on already: a handle has one owner, and an argument moves it");
    }
    return owner;
  }

  final void checkUsable() {
    if (ended) {
      throw new IllegalStateException(
          this
              + " was already used, or dropped at the end of the behaviour that got it; to keep it"
              + " longer call cx.hold(handle)");
    }
  }

  /** {@link #checkPassable} if {@code argument} is a handle. */
  static void checkPassable(@Nullable Object argument, Loop to) {
    if (argument instanceof Handle h) {
      h.checkPassable(to);
    }
  }

  /** {@link #passTo} if {@code argument} is a handle. */
  static @Nullable Object pass(@Nullable Object argument, Loop to) {
    return argument instanceof Handle h ? h.passTo(to) : argument;
  }

  /** Closes {@code argument} if it is a handle: the call that owned it is discarded. */
  static void discard(@Nullable Object argument) {
    if (argument instanceof Handle h) {
      h.close();
    }
  }
}
