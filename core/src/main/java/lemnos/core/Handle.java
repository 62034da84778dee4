package lemnos.core;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A <em>linear handle</em>: at every moment it has exactly one owner, and every owner has a
 * definite end, at which the handle is closed there and then. So a forgotten reply or an abandoned
 * actor is dealt with at a fixed point of the program, and never when a garbage collector happens
 * to run.
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
 * <p>Passing a handle as an argument moves it; so does passing a record that has it as a component,
 * or has a record that has it. Handles in collections, arrays and lambdas are not seen and stay
 * with their owner. Using one after its end throws {@link IllegalStateException}. This is how
 * Rust's drop, on which Stakker rests, reads in a language with a garbage collector.
 *
 * <p>A guard of your own, which tells when its client has let go of something, is a {@link
 * Core#ret}: its action runs once, when the client gives it back, forgets it, or ends.
 *
 * <p>Confined to the thread of its loop.
 */
public abstract sealed class Handle implements AutoCloseable
    permits Ret, ActorOwn, ShareOwn, Children, ChannelGuard, PipedThread {
  static final String PASSED_TWICE =
      " was passed twice in one call: a handle has one owner, and an argument moves it";

  // Who owns it. In a scope: `scope` is set. On its way as an argument: `scope` is null. At its
  // end:
  // `scope` is null and `prev` is the handle itself. Only the loop's thread touches these.
  @Nullable Scope scope;
  @Nullable Handle prev;
  @Nullable Handle next;

  Handle() {}

  /** Ends the handle without using it. Does nothing if it has ended or was passed on already. */
  @Override
  public final void close() {
    Scope owner = scope;
    if (owner != null && owner != owner.loop.away) {
      owner.loop.checkOwner(this);
      discard();
    }
  }

  /** Ends the handle because its owner ends, or because nobody will get it. */
  void discard() {
    if (!hasEnded()) {
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
    prev = this;
  }

  final boolean hasEnded() {
    return prev == this;
  }

  /** Arrives with the call that carried it: {@code owner} is the frame of that call. */
  void arrive(Scope owner) {
    owner.add(this);
  }

  /** Throws unless {@link #passTo} would succeed. */
  void checkPassable(Loop to) {
    if (checkOwned().loop != to) {
      throw new IllegalArgumentException(
          this
              + " cannot leave its loop"
              + (this instanceof ActorOwn
                  ? "; pass its actor(), or ask its owner to act"
                  : ", whose thread alone may use it"));
    }
  }

  /**
   * Takes the handle from its owner, for a call on {@code to}.
   *
   * @return what to pass in its place
   */
  final Handle passTo(Loop to) {
    checkPassable(to);
    Handle passed = standIn(to);
    leave(to);
    return passed;
  }

  /** What to pass to {@code to} in place of this passable handle, which has not moved yet. */
  Handle standIn(Loop to) {
    return this;
  }

  /** The handle, which is passable, or its stand-in, is on its way to {@code to}. */
  void leave(Loop to) {
    checkOwned().remove(this);
  }

  /** Gives the handle to another owner in the same loop. */
  void moveTo(Scope newOwner) {
    Scope owner = checkOwned();
    if (owner.loop != newOwner.loop) {
      throw new IllegalArgumentException(
          this + " belongs to another loop: only an actor of that loop can hold it");
    }
    owner.remove(this);
    newOwner.add(this);
  }

  /** The owner of the handle; throws if there is none now, or on another thread than its loop's. */
  final Scope checkOwned() {
    checkUsable();
    Scope owner = scope;
    if (owner == null || owner == owner.loop.away) {
      throw new IllegalStateException(
          this + " was passed on already: a handle has one owner, and an argument moves it");
    }
    owner.loop.checkOwner(this);
    return owner;
  }

  final void checkUsable() {
    if (hasEnded()) {
      throw new IllegalStateException(
          this
              + " was already used, or dropped at the end of the behaviour that got it; to keep it"
              + " longer call cx.hold(handle)");
    }
  }

  /** Whether it is owned on {@code loop}, so that it can be passed there as it is. */
  final boolean isOf(Loop loop) {
    return scope != null && scope.loop == loop;
  }

  /** {@link #checkPassable} for each handle that {@code argument} is or carries. */
  static void checkPassable(@Nullable Object argument, Loop to) {
    if (argument instanceof Handle h) {
      h.checkPassable(to);
    } else if (argument instanceof Record r) {
      Cargo.checkPassable(r, to);
    }
  }

  private static boolean mayCarry(@Nullable Object argument, Loop to) {
    return argument instanceof Handle || (argument instanceof Record r && Cargo.mayBeIn(r, to));
  }

  /** Throws unless the handles among the arguments can all be passed: all of them move, or none. */
  static void checkPassable(
      Loop to,
      @Nullable Object a,
      @Nullable Object b,
      @Nullable Object c,
      @Nullable Object d,
      @Nullable Object e) {
    if (mayCarry(a, to)
        || mayCarry(b, to)
        || mayCarry(c, to)
        || mayCarry(d, to)
        || mayCarry(e, to)) {
      checkCarried(to, a, b, c, d, e);
    }
  }

  private static void checkCarried(
      Loop to,
      @Nullable Object a,
      @Nullable Object b,
      @Nullable Object c,
      @Nullable Object d,
      @Nullable Object e) {
    checkPassable(a, to);
    checkPassable(b, to);
    checkPassable(c, to);
    checkPassable(d, to);
    checkPassable(e, to);
    if (a instanceof Record
        || b instanceof Record
        || c instanceof Record
        || d instanceof Record
        || e instanceof Record) {
      Cargo.checkNoTwins(a, b, c, d, e);
    } else {
      checkNotAmong(a, b, c, d, e);
      checkNotAmong(b, c, d, e, null);
      checkNotAmong(c, d, e, null, null);
      checkNotAmong(d, e, null, null, null);
    }
  }

  private static void checkNotAmong(
      @Nullable Object argument,
      @Nullable Object a,
      @Nullable Object b,
      @Nullable Object c,
      @Nullable Object d) {
    if (argument instanceof Handle h && (h == a || h == b || h == c || h == d) && h != Ret.nop()) {
      throw new IllegalStateException(h + PASSED_TWICE);
    }
  }

  /** {@link #passTo} for each handle that {@code argument} is or carries. */
  static @Nullable Object pass(@Nullable Object argument, Loop to) {
    if (argument instanceof Handle h) {
      return h.passTo(to);
    }
    return argument instanceof Record r && Cargo.mayBeIn(r, to) ? Cargo.pass(r, to) : argument;
  }

  /** {@link #arrive} for each handle that {@code argument} is or carries. */
  static void arrive(@Nullable Object argument, Scope owner) {
    if (argument instanceof Handle h) {
      h.arrive(owner);
    } else if (argument instanceof Record r && Cargo.mayBeIn(r, owner.loop)) {
      Cargo.arrive(r, owner);
    }
  }

  /** Whether {@code argument} is or carries a handle. */
  static boolean isOrIsIn(@Nullable Object argument) {
    if (argument instanceof Record r) {
      List<Handle> handles = Cargo.in(r);
      return handles != null && !handles.isEmpty();
    }
    return argument instanceof Handle;
  }

  /** Whether {@code argument} is or carries this handle. */
  final boolean isIn(@Nullable Object argument) {
    if (argument instanceof Record r) {
      List<Handle> handles = Cargo.in(r);
      return handles != null && handles.contains(this);
    }
    return argument == this;
  }

  /**
   * Ends each handle that {@code argument} is or carries: the call that owned it is discarded.
   *
   * @return what went wrong so far: {@code failure}, joined with what ending it threw
   */
  static @Nullable Throwable discard(@Nullable Object argument, @Nullable Throwable failure) {
    if (argument instanceof Handle h) {
      try {
        h.discard();
      } catch (Throwable t) {
        return Failures.joined(failure, t);
      }
    }
    return argument instanceof Record r ? Cargo.discard(r, failure) : failure;
  }
}
