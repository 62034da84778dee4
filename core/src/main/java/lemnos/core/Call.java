package lemnos.core;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A call outside the chunks of a {@link CallQueue}: one that waits for a timer or for its actor to
 * be ready, comes from another thread, or is made when an answer arrives. In a chunk a call is no
 * object.
 */
sealed class Call permits MovingCall, PeriodicCall {
  /** The next one in the list that this call is in. */
  @Nullable Call next;

  /** Of {@link CallQueue}; changed only when the call begins to count against a limit. */
  int shape;

  final @Nullable Cell<?> target;

  /** The behaviour, query or init function; the cause, Ret or Runnable of the other shapes. */
  final Object code;

  /** The one argument of a primitive behaviour. */
  long bits;

  @Nullable Object a;
  @Nullable Object b;
  @Nullable Object c;
  @Nullable Object d;
  @Nullable Object e;

  Call(int shape, @Nullable Cell<?> target, Object code) {
    this.shape = shape;
    this.target = target;
    this.code = code;
  }

  Call(
      int shape,
      @Nullable Cell<?> target,
      Object code,
      @Nullable Object a,
      @Nullable Object b,
      @Nullable Object c,
      @Nullable Object d) {
    this(shape, target, code);
    this.a = a;
    this.b = b;
    this.c = c;
    this.d = d;
  }

  /** A call of {@code target} to which the handles among the arguments move. */
  static Call of(
      int shape,
      Cell<?> target,
      Object code,
      @Nullable Object a,
      @Nullable Object b,
      @Nullable Object c,
      @Nullable Object d,
      @Nullable Object e) {
    Loop loop = target.loop();
    checkPassable(loop, target, a, b, c, d, e);
    var call = new Call(shape, target, code);
    call.a = Handle.pass(a, loop);
    call.b = Handle.pass(b, loop);
    call.c = Handle.pass(c, loop);
    call.d = Handle.pass(d, loop);
    call.e = Handle.pass(e, loop);
    return call;
  }

  /** Throws unless the arguments may go to {@code target}, or to host code, on {@code loop}. */
  static void checkPassable(
      Loop loop,
      @Nullable Cell<?> target,
      @Nullable Object a,
      @Nullable Object b,
      @Nullable Object c,
      @Nullable Object d,
      @Nullable Object e) {
    if (target != null && loop.checks.on) {
      loop.checks.checkShareable(target, a, b, c, d, e);
    }
    Handle.checkPassable(loop, a, b, c, d, e);
  }

  static Call of(int shape, Cell<?> target, Object code) {
    return new Call(shape, target, code);
  }

  static Call of(int shape, Cell<?> target, Object code, @Nullable Object a) {
    return of(shape, target, code, a, null, null, null, null);
  }

  static Call of(int shape, Cell<?> target, Object code, @Nullable Object a, @Nullable Object b) {
    return of(shape, target, code, a, b, null, null, null);
  }

  static Call of(
      int shape,
      Cell<?> target,
      Object code,
      @Nullable Object a,
      @Nullable Object b,
      @Nullable Object c) {
    return of(shape, target, code, a, b, c, null, null);
  }

  static Call of(
      int shape,
      Cell<?> target,
      Object code,
      @Nullable Object a,
      @Nullable Object b,
      @Nullable Object c,
      @Nullable Object d) {
    return of(shape, target, code, a, b, c, d, null);
  }

  /** Opens a ring list, given its last call, into one that ends with it; returns the first. */
  static @Nullable Call opened(@Nullable Call last) {
    if (last == null) {
      return null;
    }
    Call first = last.next;
    last.next = null;
    return first;
  }

  /** Discards a ring list of calls, given its last; returns what went wrong, or null. */
  static @Nullable Throwable discardRing(@Nullable Call last) {
    Throwable failure = null;
    for (Call call = opened(last); call != null; call = call.next) {
      call.cell().loop().discarded++;
      Throwable t = call.discarded();
      failure = t == null ? failure : Failures.joined(failure, t);
    }
    return failure;
  }

  /** Throws if {@code fixed}, an argument of a Fwd, could be used once only. */
  static void checkReusable(@Nullable Object fixed) {
    checkReusable(fixed, "a Fwd is used many times; pass it with the data");
  }

  /** Throws, saying {@code but}, if {@code fixed} could be used once only. */
  static void checkReusable(@Nullable Object fixed, String but) {
    if (Handle.isOrIsIn(fixed)) {
      throw new IllegalArgumentException(fixed + " can be used once only, but " + but);
    }
  }

  Cell<?> cell() {
    return Objects.requireNonNull(target, "a host call has no target");
  }

  /** Whether a handle is among the arguments. */
  boolean ownsHandles() {
    return Handle.isOrIsIn(a)
        || Handle.isOrIsIn(b)
        || Handle.isOrIsIn(c)
        || Handle.isOrIsIn(d)
        || Handle.isOrIsIn(e);
  }

  /** Sets the argument that was left open when the call was made. */
  void setLast(@Nullable Object argument) {
    switch (CallQueue.arguments(shape)) {
      case 1 -> a = argument;
      case 2 -> b = argument;
      case 3 -> c = argument;
      case 4 -> d = argument;
      default -> throw new AssertionError("shape " + shape + " has no last argument");
    }
  }

  /** Discards the call: ends the handles that it owns. What that throws is nobody's fault here. */
  void discard(Loop loop) {
    Throwable t = discarded();
    if (t != null) {
      loop.uncaught(target == null ? loop : target, t);
    }
  }

  /** Discards the call because its actor cannot take it any more. */
  void discardLate(Loop loop) {
    loop.discarded++;
    discard(loop);
  }

  /** Discards the call; returns what ending its handles threw, or null. */
  @Nullable Throwable discarded() {
    Throwable t = Handle.discard(a, null);
    t = Handle.discard(b, t);
    t = Handle.discard(c, t);
    t = Handle.discard(d, t);
    return Handle.discard(e, t);
  }
}
