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
final class Cell<A> extends Standing<A> implements Actor<A> {
  static final StopCause STOPPED = new StopCause.Stopped();
  private static final String TOO_MANY = "too many calls wait for it, or its loop is closed";
  static final StopCause DROPPED = new StopCause.Dropped();

  /** READY: the actor. PREP: the last of the calls that wait, or null. Then: why it has ended. */
  private @Nullable Object state;

  Cell(Loop loop, long id, Ret<StopCause> notify, @Nullable Cell<?> older) {
    super(loop, id, notify, older);
  }

  // The handle

  static <A> Cell<A> of(Recipient<A> recipient) {
    return (Cell<A>) recipient.actor();
  }

  /** The actor itself, or null before it is made and when it is gone. */
  @Nullable Object stateOrNull() {
    return isReady() ? state : null;
  }

  @Override
  public String name() {
    Belongings own = belongings();
    String name = own == null ? null : own.name;
    if (name != null) {
      return name;
    }
    Object s = state;
    return (isReady() && s != null ? s.getClass().getSimpleName() : "Actor") + "#" + id();
  }

  void removeOwner() {
    if (wasLastOwner() && !isGone()) {
      loop().enqueue(new Call(CallQueue.END, this, DROPPED));
    }
  }

  /** Whether a call may go on the main queue as it is. */
  private boolean isOpen() {
    return loop().isOwner() && !isGuarded();
  }

  /** Sends a call from another thread, or one that has to be looked at. */
  void deliver(Call call) {
    if (loop().isOwner()) {
      admit(call);
    } else {
      loop().post(call);
    }
  }

  /** Queues a call, unless it goes over the actor's limit. */
  void admit(Call call) {
    Belongings own = isGuarded() ? belongings() : null;
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
      cause = loop().queues.running() == this ? loop().ending : null;
    }
    return ActorGone.of(id(), cause, isLimited() ? TOO_MANY : "its loop is closed");
  }

  // A call that reached the front of the queue; the actor is ready, except for init

  @SuppressWarnings({"unchecked", "NullAway"}) // READY: the state is an A
  private A actorItself() {
    return (A) state;
  }

  @SuppressWarnings("unchecked")
  void run(Loop loop, Object code) {
    try {
      ((Behaviour.Of0<A>) code).run(actorItself());
    } catch (Throwable t) {
      threw(t);
    }
    leave(loop);
  }

  @SuppressWarnings("unchecked")
  void run(Loop loop, int place, Object code, @Nullable Object a) {
    loop.place = place;
    try {
      loop.arrive(a);
      ((Behaviour.Of1<A, @Nullable Object>) code).run(actorItself(), a);
    } catch (Throwable t) {
      threw(t);
    }
    leave(loop);
  }

  @SuppressWarnings("unchecked")
  void run(Loop loop, int place, Object code, @Nullable Object a, @Nullable Object b) {
    loop.place = place;
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
  void run(
      Loop loop,
      int place,
      Object code,
      @Nullable Object a,
      @Nullable Object b,
      @Nullable Object c) {
    loop.place = place;
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
      int place,
      Object code,
      @Nullable Object a,
      @Nullable Object b,
      @Nullable Object c,
      @Nullable Object d) {
    loop.place = place;
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

  void runBits(Loop loop, int place, int shape, Object code, long bits) {
    loop.place = place;
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
      int place,
      int arguments,
      Object code,
      @Nullable Object a,
      @Nullable Object b,
      @Nullable Object c,
      @Nullable Object d,
      Ret<?> ret) {
    loop().place = place;
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
      int place,
      int arguments,
      Object code,
      @Nullable Object a,
      @Nullable Object b,
      @Nullable Object c,
      @Nullable Object d) {
    loop().place = place;
    try {
      loop().arrive(a);
      loop().arrive(b);
      loop().arrive(c);
      loop().arrive(d);
      A made = Invocation.make(this, arguments, code, a, b, c, d);
      if (made != null && loop().ending == null) {
        loop().queues.putAside(Call.opened((Call) state));
        state = made;
        mode(READY);
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
  void end(int place, StopCause cause) {
    if (isGone()) {
      return;
    }
    loop().place = place;
    loop().endWith(cause);
    leave(loop());
  }

  /**
   * The order is contract: the actor is gone for everybody; its state is closed; what it held is
   * closed, oldest first; the cause is reported, once. Actors that it owned end after that, as
   * queued calls. (PARITY: Stakker A11; the same whether the actor was ready or not.)
   */
  private void terminate(StopCause cause) {
    boolean wasReady = isReady();
    Object last = state;
    mode(ZOMBIE);
    state = cause;
    loop().living.remove(this, wasReady);
    Throwable t = wasReady ? Failures.ofClosing(last) : Call.discardRing((Call) last);
    Belongings own = belongings();
    if (own != null) {
      Throwable h = own.closeAll();
      t = h == null ? t : Failures.joined(t, h);
    }
    mode(BURIED);
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
    handle.moveTo(isBuried() ? loop().frame : ownBelongings());
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
    guard();
  }

  @Override
  void checkRunning() {
    assert loop().isConfined(this);
    if (loop().queues.running() != this) {
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
