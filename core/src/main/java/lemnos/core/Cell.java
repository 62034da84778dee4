package lemnos.core;

import org.jspecify.annotations.Nullable;

/**
 * An actor as its loop sees it. It is at once the handle that others have, the context that the actor
 * itself has, and the place of the actor's state.
 *
 * <pre>
 * PREP  --(an init function returns the state)-->  READY
 * PREP, READY  --(stop, fail, exception, kill, last owner gone, loop closed)-->  ZOMBIE
 * </pre>
 */
final class Cell<A> extends Cx<A> implements Actor<A> {
  static final StopCause STOPPED = new StopCause.Stopped();
  static final StopCause DROPPED = new StopCause.Dropped();

  private static final byte PREP = 0;
  private static final byte READY = 1;
  private static final byte ZOMBIE = 2;

  /** Written by the loop's thread only; {@link #isGone} may read it late. */
  private byte mode;

  /** How many {@link ActorOwn}s are open. */
  int owners;

  private final long id;

  /** READY: the actor. PREP: the first of the calls that wait, or null. ZOMBIE: null. */
  private @Nullable Object state;

  private @Nullable Ret<StopCause> notify;
  private @Nullable Scope held;

  /** Why the actor ends when the call that runs returns; the first cause wins. */
  private @Nullable StopCause ending;

  /** Neighbours in the loop's list of living actors. */
  @Nullable Cell<?> previous;

  @Nullable Cell<?> following;

  Cell(Loop loop, long id, Ret<StopCause> notify) {
    super(loop);
    this.id = id;
    this.notify = notify;
  }

  // The handle

  static <A> Cell<A> of(Recipient<A> recipient) {
    return (Cell<A>) recipient.actor();
  }

  @Override
  public boolean isGone() {
    return mode == ZOMBIE;
  }

  boolean isReady() {
    return mode == READY;
  }

  @Override
  public long id() {
    return id;
  }

  void send(int shape, Object code) {
    if (loop.isOwner()) {
      loop.main.push(shape, code, this);
    } else {
      loop.post(new Call(shape, this, code));
    }
  }

  void sendBits(int shape, Object code, long bits) {
    if (loop.isOwner()) {
      loop.main.pushBits(shape, code, this, bits);
    } else {
      var call = new Call(shape, this, code);
      call.bits = bits;
      loop.post(call);
    }
  }

  void send(int shape, Object code, @Nullable Object a) {
    Object passed = Handle.pass(a, loop);
    if (loop.isOwner()) {
      loop.main.push(shape, code, this, passed);
    } else {
      var call = new Call(shape, this, code);
      call.a = passed;
      loop.post(call);
    }
  }

  void send(int shape, Object code, @Nullable Object a, @Nullable Object b) {
    Handle.checkPassable(a, loop);
    Handle.checkPassable(b, loop);
    Object passedA = Handle.pass(a, loop);
    Object passedB = Handle.pass(b, loop);
    if (loop.isOwner()) {
      loop.main.push(shape, code, this, passedA, passedB);
    } else {
      var call = new Call(shape, this, code);
      call.a = passedA;
      call.b = passedB;
      loop.post(call);
    }
  }

  void send(Call call) {
    loop.enqueue(call);
  }

  <M> Ret<M> ret(Call call, boolean someOnly) {
    loop.checkOwner(call.code);
    return loop.own(new Ret.Queued<>(call, someOnly));
  }

  // A call that reached the front of the queue

  @SuppressWarnings({"unchecked", "NullAway"}) // READY: the state is an A
  private A actorItself() {
    return (A) state;
  }

  @SuppressWarnings("unchecked")
  void run(Object code) {
    if (mode != READY) {
      defer(new Call(CallQueue.RUN, this, code));
      return;
    }
    loop.enter(this);
    try {
      ((Behaviour.Of0<A>) code).run(actorItself());
    } catch (Throwable t) {
      threw(t);
    }
    leave();
  }

  @SuppressWarnings("unchecked")
  void run(Object code, @Nullable Object a) {
    if (mode != READY) {
      defer(new Call(CallQueue.RUN + 1, this, code, a, null, null, null));
      return;
    }
    loop.enter(this);
    loop.arrive(a);
    try {
      ((Behaviour.Of1<A, @Nullable Object>) code).run(actorItself(), a);
    } catch (Throwable t) {
      threw(t);
    }
    leave();
  }

  @SuppressWarnings("unchecked")
  void run(Object code, @Nullable Object a, @Nullable Object b) {
    if (mode != READY) {
      defer(new Call(CallQueue.RUN + 2, this, code, a, b, null, null));
      return;
    }
    loop.enter(this);
    loop.arrive(a);
    loop.arrive(b);
    try {
      ((Behaviour.Of2<A, @Nullable Object, @Nullable Object>) code).run(actorItself(), a, b);
    } catch (Throwable t) {
      threw(t);
    }
    leave();
  }

  @SuppressWarnings("unchecked")
  void run(Object code, @Nullable Object a, @Nullable Object b, @Nullable Object c) {
    if (mode != READY) {
      defer(new Call(CallQueue.RUN + 3, this, code, a, b, c, null));
      return;
    }
    loop.enter(this);
    loop.arrive(a);
    loop.arrive(b);
    loop.arrive(c);
    try {
      ((Behaviour.Of3<A, @Nullable Object, @Nullable Object, @Nullable Object>) code)
          .run(actorItself(), a, b, c);
    } catch (Throwable t) {
      threw(t);
    }
    leave();
  }

  @SuppressWarnings("unchecked")
  void run(
      Object code,
      @Nullable Object a,
      @Nullable Object b,
      @Nullable Object c,
      @Nullable Object d) {
    if (mode != READY) {
      defer(new Call(CallQueue.RUN + 4, this, code, a, b, c, d));
      return;
    }
    loop.enter(this);
    loop.arrive(a);
    loop.arrive(b);
    loop.arrive(c);
    loop.arrive(d);
    try {
      ((Behaviour.Of4<A, @Nullable Object, @Nullable Object, @Nullable Object, @Nullable Object>)
              code)
          .run(actorItself(), a, b, c, d);
    } catch (Throwable t) {
      threw(t);
    }
    leave();
  }

  @SuppressWarnings("unchecked")
  void runBits(int shape, Object code, long bits) {
    if (mode != READY) {
      var call = new Call(shape, this, code);
      call.bits = bits;
      defer(call);
      return;
    }
    loop.enter(this);
    try {
      switch (shape) {
        case CallQueue.RUN_INT -> ((Behaviour.OfInt<A>) code).run(actorItself(), (int) bits);
        case CallQueue.RUN_LONG -> ((Behaviour.OfLong<A>) code).run(actorItself(), bits);
        default -> ((Behaviour.OfDouble<A>) code).run(actorItself(), Double.longBitsToDouble(bits));
      }
    } catch (Throwable t) {
      threw(t);
    }
    leave();
  }

  /** Runs a query and answers with its result; an exception leaves the Ret to the frame's end. */
  @SuppressWarnings("unchecked")
  void ask(Call call) {
    if (mode != READY) {
      defer(call);
      return;
    }
    loop.enter(this);
    call.arrive(loop);
    try {
      Object result = answer(call);
      ((Ret<Object>) call.ret()).settle(Handle.pass(result, loop));
    } catch (Throwable t) {
      threw(t);
    }
    leave();
  }

  @SuppressWarnings("unchecked")
  @Nullable Object answer(Call call) throws Exception {
    A self = actorItself();
    return switch (call.shape - CallQueue.ASK) {
      case 0 -> ((Query.Of0<A, @Nullable Object>) call.code).run(self);
      case 1 -> ((Query.Of1<A, @Nullable Object, @Nullable Object>) call.code).run(self, call.a);
      case 2 ->
          ((Query.Of2<A, @Nullable Object, @Nullable Object, @Nullable Object>) call.code)
              .run(self, call.a, call.b);
      case 3 ->
          ((Query.Of3<A, @Nullable Object, @Nullable Object, @Nullable Object, @Nullable Object>)
                  call.code)
              .run(self, call.a, call.b, call.c);
      default ->
          ((Query.Of4<
                      A,
                      @Nullable Object,
                      @Nullable Object,
                      @Nullable Object,
                      @Nullable Object,
                      @Nullable Object>)
                  call.code)
              .run(self, call.a, call.b, call.c, call.d);
    };
  }

  /** Runs an init function; if it returns the state, the calls that waited run at once. */
  void init(Call call) {
    if (mode != PREP) {
      call.discard();
      return;
    }
    loop.enter(this);
    call.arrive(loop);
    Call waiting = null;
    try {
      A made = make(call);
      if (made != null && ending == null) {
        waiting = (Call) state;
        state = made;
        mode = READY;
      } else if (made instanceof AutoCloseable unused) {
        unused.close();
      }
    } catch (Throwable t) {
      threw(t);
    }
    leave();
    flush(waiting);
  }

  @SuppressWarnings("unchecked")
  private @Nullable A make(Call call) throws Exception {
    return switch (call.shape - CallQueue.INIT) {
      case 0 -> ((Init.Of0<A>) call.code).make(this);
      case 1 -> ((Init.Of1<A, @Nullable Object>) call.code).make(this, call.a);
      case 2 ->
          ((Init.Of2<A, @Nullable Object, @Nullable Object>) call.code).make(this, call.a, call.b);
      case 3 ->
          ((Init.Of3<A, @Nullable Object, @Nullable Object, @Nullable Object>) call.code)
              .make(this, call.a, call.b, call.c);
      default ->
          ((Init.Of4<A, @Nullable Object, @Nullable Object, @Nullable Object, @Nullable Object>)
                  call.code)
              .make(this, call.a, call.b, call.c, call.d);
    };
  }

  /** Keeps the call until the actor is ready, or discards it if it has ended. */
  private void defer(Call call) {
    if (mode == ZOMBIE) {
      call.discard();
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

  /** Runs the calls that waited: {@code last} is the last of their ring list. */
  private void flush(@Nullable Call last) {
    Call call = Call.opened(last);
    while (call != null) {
      Call next = call.next;
      loop.runNow(call);
      call = next;
    }
  }

  private static void discardWaiting(Call last) {
    for (Call call = Call.opened(last); call != null; call = call.next) {
      call.discard();
    }
  }

  // Ending

  /** An exception came out of a behaviour: the actor has failed, nobody else has. */
  void threw(Throwable t) {
    if (ending == null) {
      ending = new StopCause.Failed(t);
    } else {
      loop.uncaught(this, t);
    }
    if (Failures.isFatal(t)) {
      throw (VirtualMachineError) t;
    }
  }

  /** The call has returned: ends its frame, and the actor if it asked for that. */
  private void leave() {
    if (loop.frame.first != null) {
      closeFrame();
    }
    if (ending != null && mode != ZOMBIE) {
      terminate(ending);
    }
    loop.exit();
  }

  private void closeFrame() {
    Throwable t = loop.frame.closeAll();
    if (t != null) {
      threw(t);
    }
  }

  /** Ends the actor for {@code cause}, unless it has ended already. */
  void end(StopCause cause) {
    if (mode == ZOMBIE) {
      return;
    }
    loop.enter(this);
    if (ending == null) {
      ending = cause;
    }
    leave();
  }

  /**
   * The order is contract: the actor is gone for everybody; its state is closed; what it held is
   * closed, oldest first; the cause is reported, once. Actors that it owned end after that, as queued
   * calls. (PARITY: Stakker A11; the same whether the actor was ready or not.)
   */
  private void terminate(StopCause cause) {
    boolean wasReady = mode == READY;
    Object last = state;
    mode = ZOMBIE;
    state = null;
    loop.remove(this);
    Throwable t = null;
    if (!wasReady && last != null) {
      discardWaiting((Call) last);
    } else if (last instanceof AutoCloseable closeable) {
      t = closed(closeable);
    }
    if (held != null) {
      Throwable h = held.closeAll();
      t = h == null ? t : Failures.joined(t, h);
      held = null;
    }
    report(t == null ? cause : withFailure(cause, t));
    if (loop.frame.first != null) {
      Throwable f = loop.frame.closeAll();
      if (f != null) {
        loop.uncaught(this, f);
      }
    }
  }

  private static @Nullable Throwable closed(AutoCloseable state) {
    try {
      state.close();
      return null;
    } catch (Throwable t) {
      return t;
    }
  }

  /** What went wrong while ending makes the end a failure, but does not hide an earlier error. */
  private static StopCause withFailure(StopCause cause, Throwable t) {
    return switch (cause) {
      case StopCause.Failed(Throwable error) -> new StopCause.Failed(Failures.joined(error, t));
      case StopCause.Killed(Throwable error) -> new StopCause.Killed(Failures.joined(error, t));
      default -> new StopCause.Failed(t);
    };
  }

  private void report(StopCause cause) {
    Ret<StopCause> ret = notify;
    notify = null;
    if (ret != null) {
      try {
        ret.settle(cause);
      } catch (Throwable t) {
        loop.uncaught(this, t);
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
    if (ending == null) {
      ending = STOPPED;
    }
  }

  @Override
  public void fail(Throwable error) {
    checkRunning();
    if (ending == null) {
      ending = new StopCause.Failed(error);
    }
  }

  @Override
  public <H extends Handle> H hold(H handle) {
    checkRunning();
    Scope owner = handle.checkOwned();
    if (owner.loop != loop) {
      throw new IllegalArgumentException(handle + " belongs to another loop than " + this);
    }
    if (held == null) {
      held = new Scope(loop);
    }
    owner.remove(handle);
    held.add(handle);
    return handle;
  }

  @Override
  void checkRunning() {
    if (loop.current != this) {
      throw new IllegalStateException(
          "the context of " + this + " was used outside its behaviours; queue a call to it instead");
    }
  }

  @Override
  public String toString() {
    Object s = state;
    String name = mode == READY && s != null ? s.getClass().getSimpleName() : "Actor";
    return name + "#" + id;
  }
}
