package lemnos.core;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * An actor as its loop sees it. It is at once the handle that others have, the context that the
 * actor itself has, and the place of the actor's state.
 *
 * <pre>
 * PREP  --(an init function returns the state)-->  READY
 * PREP, READY  --(stop, fail, exception, kill, last owner gone, loop closed)-->  ZOMBIE
 * </pre>
 */
final class Cell<A> extends Cx<A> implements Actor<A> {
  static final StopCause STOPPED = new StopCause.Stopped();
  private static final String TOO_MANY = "too many calls wait for it, or its loop is closed";
  static final StopCause DROPPED = new StopCause.Dropped();

  private static final byte PREP = 0;
  private static final byte READY = 1;
  private static final byte ZOMBIE = 2;

  /** A zombie whose belongings are closed: it keeps nothing beyond the frame any more. */
  private static final byte BURIED = 3;

  /** How many owners an actor can have at a time. */
  static final int MAX_OWNERS = Character.MAX_VALUE;

  // There may be a million of these, so each takes 40 bytes and no more (with compact headers).

  /** Written by the loop's thread only; {@link #isGone} may read it late. */
  private byte mode;

  /** Whether calls have to be looked at: the actor has a limit, or the loop checks arguments. */
  private boolean guarded;

  /** How many {@link ActorOwn}s are open. */
  private char owners;

  private final long id;

  /** READY: the actor. PREP: the last of the calls that wait, or null. Then: why it has ended. */
  private @Nullable Object state;

  /**
   * The {@link Belongings} once there are any; until then the Ret that hears of the end, or null.
   */
  private @Nullable Object rest;

  /** Neighbours in the loop's list of living actors. */
  @Nullable Cell<?> previous;

  @Nullable Cell<?> following;

  Cell(Loop loop, long id, Ret<StopCause> notify) {
    super(loop);
    this.id = id;
    this.rest = notify.isNop() ? null : notify;
    this.guarded = loop.checks.on;
  }

  // The handle

  static <A> Cell<A> of(Recipient<A> recipient) {
    return (Cell<A>) recipient.actor();
  }

  @Override
  public boolean isGone() {
    return mode >= ZOMBIE;
  }

  boolean isPreparing() {
    return mode == PREP;
  }

  boolean isReady() {
    return mode == READY;
  }

  /** The actor itself, or null before it is made and when it is gone. */
  @Nullable Object stateOrNull() {
    return mode == READY ? state : null;
  }

  @Override
  public long id() {
    return id;
  }

  @Override
  public String name() {
    Belongings own = belongings();
    String name = own == null ? null : own.name;
    if (name != null) {
      return name;
    }
    Object s = state;
    return (mode == READY && s != null ? s.getClass().getSimpleName() : "Actor") + "#" + id;
  }

  /** What the actor holds, oldest first, and what else few actors have; null if it has none. */
  @Nullable Belongings belongings() {
    return rest instanceof Belongings own ? own : null;
  }

  private Belongings ownBelongings() {
    if (rest instanceof Belongings own) {
      return own;
    }
    var own = new Belongings(loop());
    own.notify = takeNotify();
    rest = own;
    return own;
  }

  /** The Ret that hears of the end, which the caller gets for itself. */
  @SuppressWarnings("unchecked")
  private @Nullable Ret<StopCause> takeNotify() {
    if (rest instanceof Belongings own) {
      Ret<StopCause> ret = own.notify;
      own.notify = null;
      return ret;
    }
    var ret = (Ret<StopCause>) rest;
    rest = null;
    return ret;
  }

  void addOwner() {
    if (owners == MAX_OWNERS) {
      throw new IllegalStateException(
          this + " has " + MAX_OWNERS + " owners; one more is too many: share one of them");
    }
    owners++;
  }

  void removeOwner() {
    if (--owners == 0 && !isGone()) {
      loop().enqueue(new Call(CallQueue.END, this, DROPPED));
    }
  }

  /** Whether a call may go on the main queue as it is. */
  private boolean isOpen() {
    return loop().isOwner() && !guarded;
  }

  /** Sends a call from another thread, or one that has to be looked at. */
  void deliver(Call call) {
    if (loop().isOwner()) {
      admit(call);
    } else {
      loop().post(call);
    }
  }

  private boolean isLimited() {
    Belongings own = belongings();
    return own != null && own.limit > 0;
  }

  /** Queues a call, unless it goes over the actor's limit. */
  void admit(Call call) {
    Belongings own = guarded ? belongings() : null;
    if (own != null) {
      own.admit(call, this);
    } else {
      main.push(call);
    }
  }

  void send(int shape, Object code) {
    if (isOpen()) {
      main.push(shape, code, this);
    } else {
      deliver(new Call(shape, this, code));
    }
  }

  void sendBits(int shape, Object code, long bits) {
    if (isOpen()) {
      main.pushBits(shape, code, this, bits);
    } else {
      var call = new Call(shape, this, code);
      call.bits = bits;
      deliver(call);
    }
  }

  void send(int shape, Object code, @Nullable Object a) {
    if (isOpen()) {
      main.push(shape, code, this, Handle.pass(a, loop()));
    } else {
      deliver(Call.of(shape, this, code, a));
    }
  }

  void send(int shape, Object code, @Nullable Object a, @Nullable Object b) {
    if (isOpen()) {
      Handle.checkPassable(loop(), a, b, null, null, null);
      main.push(shape, code, this, Handle.pass(a, loop()), Handle.pass(b, loop()));
    } else {
      deliver(Call.of(shape, this, code, a, b));
    }
  }

  void send(int shape, Object code, @Nullable Object a, @Nullable Object b, @Nullable Object c) {
    if (isOpen()) {
      Handle.checkPassable(loop(), a, b, c, null, null);
      main.push(
          shape,
          code,
          this,
          Handle.pass(a, loop()),
          Handle.pass(b, loop()),
          Handle.pass(c, loop()));
    } else {
      deliver(Call.of(shape, this, code, a, b, c));
    }
  }

  void send(
      int shape,
      Object code,
      @Nullable Object a,
      @Nullable Object b,
      @Nullable Object c,
      @Nullable Object d) {
    if (isOpen()) {
      Handle.checkPassable(loop(), a, b, c, d, null);
      main.push(
          shape,
          code,
          this,
          Handle.pass(a, loop()),
          Handle.pass(b, loop()),
          Handle.pass(c, loop()),
          Handle.pass(d, loop()));
    } else {
      deliver(Call.of(shape, this, code, a, b, c, d));
    }
  }

  /** A Ret that calls a behaviour with the fixed arguments and, as the last one, the answer. */
  <M> Ret<M> ret(
      boolean someOnly, int arguments, Object code, @Nullable Object a, @Nullable Object b) {
    loop().checkOwner("ret");
    Call call = Call.of(CallQueue.RUN + arguments, this, code, a, b);
    return loop().own(new Ret.Queued<>(call, someOnly));
  }

  /** A query whose result completes a future. */
  <R extends @Nullable Object> CompletableFuture<R> asking(
      int arguments, Object code, @Nullable Object a, @Nullable Object b) {
    Call call = Call.of(CallQueue.ASK + arguments, this, code, a, b);
    var promise = new Ret.Promise<R>(this);
    call.setLast(promise);
    deliver(call);
    return promise.future;
  }

  /**
   * Says why there was no answer. On a thread that finds the loop closed the cause may come out
   * late, as null: such a thread may see that the actor is gone and still its old state.
   */
  ActorGone gone() {
    StopCause cause;
    if (isGone()) {
      cause = state instanceof StopCause why ? why : null;
    } else {
      cause = loop().current == id ? loop().ending : null;
    }
    return ActorGone.of(id, cause, isLimited() ? TOO_MANY : "its loop is closed");
  }

  // A call that reached the front of the queue; the actor is ready, except for init

  @SuppressWarnings({"unchecked", "NullAway"}) // READY: the state is an A
  private A actorItself() {
    return (A) state;
  }

  @SuppressWarnings("unchecked")
  void run(Loop loop, Object code) {
    loop.current = id;
    try {
      ((Behaviour.Of0<A>) code).run(actorItself());
    } catch (Throwable t) {
      threw(t);
    }
    leave(loop);
  }

  @SuppressWarnings("unchecked")
  void run(Loop loop, Object code, @Nullable Object a) {
    loop.current = id;
    try {
      loop.arrive(a);
      ((Behaviour.Of1<A, @Nullable Object>) code).run(actorItself(), a);
    } catch (Throwable t) {
      threw(t);
    }
    leave(loop);
  }

  @SuppressWarnings("unchecked")
  void run(Loop loop, Object code, @Nullable Object a, @Nullable Object b) {
    loop.current = id;
    try {
      loop.arrive(a);
      loop.arrive(b);
      ((Behaviour.Of2<A, @Nullable Object, @Nullable Object>) code).run(actorItself(), a, b);
    } catch (Throwable t) {
      threw(t);
    }
    leave(loop);
  }

  @SuppressWarnings("unchecked")
  void run(Loop loop, Object code, @Nullable Object a, @Nullable Object b, @Nullable Object c) {
    loop.current = id;
    try {
      loop.arrive(a);
      loop.arrive(b);
      loop.arrive(c);
      ((Behaviour.Of3<A, @Nullable Object, @Nullable Object, @Nullable Object>) code)
          .run(actorItself(), a, b, c);
    } catch (Throwable t) {
      threw(t);
    }
    leave(loop);
  }

  @SuppressWarnings("unchecked")
  void run(
      Loop loop,
      Object code,
      @Nullable Object a,
      @Nullable Object b,
      @Nullable Object c,
      @Nullable Object d) {
    loop.current = id;
    try {
      loop.arrive(a);
      loop.arrive(b);
      loop.arrive(c);
      loop.arrive(d);
      ((Behaviour.Of4<A, @Nullable Object, @Nullable Object, @Nullable Object, @Nullable Object>)
              code)
          .run(actorItself(), a, b, c, d);
    } catch (Throwable t) {
      threw(t);
    }
    leave(loop);
  }

  void runBits(Loop loop, int shape, Object code, long bits) {
    loop.current = id;
    try {
      Invocation.run(actorItself(), shape, code, bits);
    } catch (Throwable t) {
      threw(t);
    }
    leave(loop);
  }

  /** Runs a query and answers with its result; an exception leaves the Ret to the frame's end. */
  @SuppressWarnings("unchecked")
  void ask(
      int arguments,
      Object code,
      @Nullable Object a,
      @Nullable Object b,
      @Nullable Object c,
      @Nullable Object d,
      Ret<?> ret) {
    loop().current = id;
    loop().arrive(ret);
    try {
      loop().arrive(a);
      loop().arrive(b);
      loop().arrive(c);
      loop().arrive(d);
      ((Ret<Object>) ret).settle(Invocation.ask(actorItself(), arguments, code, a, b, c, d));
    } catch (Throwable t) {
      threw(t);
    }
    leave(loop());
  }

  /** Runs an init function; if it returns the state, the calls that waited run at once. */
  void init(
      int arguments,
      Object code,
      @Nullable Object a,
      @Nullable Object b,
      @Nullable Object c,
      @Nullable Object d) {
    loop().current = id;
    try {
      loop().arrive(a);
      loop().arrive(b);
      loop().arrive(c);
      loop().arrive(d);
      A made = Invocation.make(this, arguments, code, a, b, c, d);
      if (made != null && loop().ending == null) {
        loop().queues.putAside(Call.opened((Call) state));
        state = made;
        mode = READY;
        loop().living.preparing--;
      } else if (made instanceof AutoCloseable unused) {
        unused.close();
      }
    } catch (Throwable t) {
      threw(t);
    }
    leave(loop());
    loop().queues.runAside();
  }

  /** The actor is not ready: keeps the call until it is, or discards it if it has ended. */
  void defer(Call call) {
    if (isGone()) {
      call.discardLate(loop());
      return;
    }
    // A ring list: `state` is its last call, whose next is the first.
    if (state instanceof Call last) {
      call.next = last.next;
      last.next = call;
    } else {
      call.next = call;
    }
    state = call;
  }

  // Ending

  /** An exception came out of a behaviour: the actor has failed, nobody else has. */
  void threw(Throwable t) {
    if (loop().ending == null) {
      loop().endWith(new StopCause.Failed(t));
    } else {
      loop().uncaught(this, t);
    }
    loop().escalate(t);
  }

  /** The call has returned. */
  private void leave(Loop loop) {
    if (loop.unsettled) {
      settle(loop);
    }
    loop.current = 0;
  }

  /** Ends the frame of the call, and the actor if it asked for that. */
  private void settle(Loop loop) {
    loop.unsettled = false;
    if (loop.frame.first != null) {
      closeFrame();
    }
    StopCause cause = loop.ending;
    if (cause != null) {
      if (!isGone()) {
        terminate(cause);
      }
      loop.ending = null;
    }
  }

  private void closeFrame() {
    if (loop().checks.on && !(loop().ending instanceof StopCause.Failed)) {
      loop().checks.leaks(loop().frame, "a behaviour of " + this, false);
    }
    Throwable t = loop().frame.closeAll();
    if (t != null) {
      threw(t);
    }
  }

  /** Ends the actor for {@code cause}, unless it has ended already. */
  void end(StopCause cause) {
    if (isGone()) {
      return;
    }
    loop().current = id;
    loop().endWith(cause);
    leave(loop());
  }

  /**
   * The order is contract: the actor is gone for everybody; its state is closed; what it held is
   * closed, oldest first; the cause is reported, once. Actors that it owned end after that, as
   * queued calls. (PARITY: Stakker A11; the same whether the actor was ready or not.)
   */
  private void terminate(StopCause cause) {
    boolean wasReady = mode == READY;
    Object last = state;
    loop().living.remove(this);
    mode = ZOMBIE;
    state = cause;
    Throwable t = wasReady ? Failures.ofClosing(last) : Call.discardRing((Call) last);
    if (rest instanceof Belongings own) {
      Throwable h = own.closeAll();
      t = h == null ? t : Failures.joined(t, h);
    }
    mode = BURIED;
    StopCause why = t == null ? cause : Failures.joined(cause, t);
    state = why;
    if (loop().logBook.isOn(LogLevel.CLOSE)) {
      loop().logBook.closed(this, why, wasReady ? last : null);
    }
    report(why);
    if (loop().frame.first != null) {
      Throwable f = loop().frame.closeAll();
      if (f != null) {
        loop().uncaught(this, f);
      }
    }
    if (t != null) {
      loop().escalate(t);
    }
  }

  private void report(StopCause cause) {
    Ret<StopCause> ret = takeNotify();
    if (ret != null) {
      try {
        ret.settle(cause);
      } catch (Throwable t) {
        loop().uncaught(this, t);
      }
    }
  }

  // The context

  @Override
  public Actor<A> self() {
    return this;
  }

  @Override
  public void stop() {
    checkRunning();
    loop().endWith(STOPPED);
  }

  @Override
  public void fail(Throwable error) {
    checkRunning();
    loop().endWith(new StopCause.Failed(error));
  }

  @Override
  public <H extends Handle> H hold(H handle) {
    checkRunning();
    if (loop().checks.on) {
      Checks.refuseRing(this, handle);
    }
    // What it holds after its burial ends with its last frame.
    handle.moveTo(mode == BURIED ? loop().frame : ownBelongings());
    return handle;
  }

  @Override
  public void name(String name) {
    checkRunning();
    ownBelongings().name = name;
  }

  @Override
  public void limit(int calls) {
    checkRunning();
    if (calls < 1) {
      throw new IllegalArgumentException("a limit of " + calls + " calls lets nobody in");
    }
    ownBelongings().limit = calls;
    guarded = true;
  }

  @Override
  void checkRunning() {
    assert loop().isConfined(this);
    if (loop().current != id) {
      throw new IllegalStateException(
          "the context of "
              + this
              + " was used outside its behaviours; queue a call to it instead");
    }
  }

  @Override
  public String toString() {
    return name();
  }
}
