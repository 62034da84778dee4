package lemnos.core;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The right, and the duty, to answer once. A Ret is a {@link Handle}: if its owner ends without
 * having answered, the asker is told so at that very point, with {@code null} for "no answer came".
 *
 * <p>Made by {@link Recipient#ret} (the answer becomes a call of a behaviour) or {@link Core#ret}
 * (the answer is handled on the spot). Source of the semantics: Stakker's {@code Ret}.
 *
 * @param <M> what the answer is
 */
public abstract sealed class Ret<M> extends Handle {
  Ret() {}

  /** A Ret whose answer nobody wants. It may be used any number of times, in any loop. */
  @SuppressWarnings("unchecked") // it looks at no message
  public static <M> Ret<M> nop() {
    return (Ret<M>) Nop.INSTANCE;
  }

  final boolean isNop() {
    return this == Nop.INSTANCE;
  }

  /**
   * Answers, which ends this handle. A {@code null} says "no answer", as {@link #close} does.
   *
   * @throws IllegalStateException if it was used, passed on or dropped before
   */
  public void ret(@Nullable M message) {
    checkOwned();
    settle(message);
  }

  /** Answers a Ret that may be on its way: what a loop does with the result of a query. */
  void settle(@Nullable M message) {
    if (!hasEnded()) {
      checkDeliverable(message);
      end();
      deliver(message);
    }
  }

  /** Answers with what came in a call from outside. */
  final void arrived(@Nullable M message) {
    Loop loop = loop();
    Handle.arrive(message, loop.arrivals);
    try {
      settle(message);
    } finally {
      loop.closeScope(loop.arrivals);
    }
  }

  @Override
  final void dropped() {
    deliver(null);
  }

  /** The loop that will hear the answer. */
  final Loop loop() {
    return Objects.requireNonNull(scope, "on its way").loop;
  }

  /** A Ret may be passed to any loop. */
  @Override
  void checkPassable(Loop to) {
    checkOwned();
  }

  /** Passed to another loop, it waits in its own for what the stand-in sends back. */
  @Override
  Handle standIn(Loop to) {
    Loop home = loop();
    if (home == to) {
      return this;
    }
    var away = new Away<M>(home, this);
    if (home.checks.on) {
      home.checks.madeFor(away, this);
    }
    return away;
  }

  @Override
  void leave(Loop to) {
    Scope owner = checkOwned();
    owner.remove(this);
    if (owner.loop != to) {
      owner.loop.away.add(this);
    }
  }

  /**
   * Lets the loop own this Ret until an answer comes from somewhere outside, on any thread.
   *
   * @return the call that brings the answer, once its last argument is set
   */
  final Call awaited() {
    Scope owner = checkOwned();
    owner.remove(this);
    owner.loop.away.add(this);
    return new Call(CallQueue.ANSWER, null, this);
  }

  abstract void deliver(@Nullable M message);

  /** Throws if {@code message} has a handle that cannot go where this Ret takes it. */
  void checkDeliverable(@Nullable M message) {}

  /** {@link #checkDeliverable} for a message that goes to {@code target}, who is on {@code to}. */
  final void checkDeliverable(@Nullable M message, Object target, Loop to) {
    if (to.checks.on) {
      to.checks.checkShareable(target, message);
    }
    Handle.checkPassable(message, to);
    if (isIn(message)) {
      throw new IllegalArgumentException(this + " cannot be its own answer");
    }
  }

  @Override
  public String toString() {
    return "Ret@" + Integer.toHexString(System.identityHashCode(this));
  }

  /** Ignores every answer; owned by nobody. */
  private static final class Nop extends Ret<Object> {
    static final Nop INSTANCE = new Nop();

    @Override
    public void ret(@Nullable Object message) {}

    @Override
    void settle(@Nullable Object message) {}

    @Override
    void discard() {}

    @Override
    void arrive(Scope owner) {}

    @Override
    void moveTo(Scope newOwner) {}

    @Override
    void checkPassable(Loop to) {}

    @Override
    Handle standIn(Loop to) {
      return this;
    }

    @Override
    void leave(Loop to) {}

    @Override
    void deliver(@Nullable Object message) {}
  }

  /** Handles the answer on the spot, inside whoever answers. */
  static final class Now<M> extends Ret<M> {
    private final Consumer<? super @Nullable M> action;

    Now(Consumer<? super @Nullable M> action) {
      this.action = action;
    }

    @Override
    void deliver(@Nullable M message) {
      action.accept(message);
    }
  }

  /** Keeps the result of a query for the host, which waits for it. */
  static final class Result<M> extends Ret<M> {
    private final Checks checks;
    @Nullable M value;

    Result(Checks checks) {
      this.checks = checks;
    }

    @Override
    void checkDeliverable(@Nullable M message) {
      if (checks.on) {
        checks.checkShareable("the host", message);
      }
    }

    @Override
    void deliver(@Nullable M message) {
      value = message;
    }
  }

  /** The answer becomes the last argument of a queued call. */
  static final class Queued<M> extends Ret<M> {
    private final Call call;
    private final boolean someOnly;

    /**
     * @param call complete but for its last argument
     * @param someOnly whether "no answer" is swallowed
     */
    Queued(Call call, boolean someOnly) {
      this.call = call;
      this.someOnly = someOnly;
    }

    @Override
    void checkDeliverable(@Nullable M message) {
      checkDeliverable(message, call.cell(), call.cell().loop());
    }

    @Override
    void deliver(@Nullable M message) {
      Loop loop = call.cell().loop();
      if (message == null && someOnly) {
        call.discard(loop);
      } else {
        call.setLast(Handle.pass(message, loop));
        loop.enqueue(call);
      }
    }
  }

  /** Ends an actor when the answer comes. */
  static final class Ending<M> extends Ret<M> {
    private final Cell<?> cell;
    private final Throwable error;
    private final boolean failuresOnly;

    /**
     * @param failuresOnly whether only {@link StopCause.Failed} and {@link StopCause.Lost} count
     */
    Ending(Cell<?> cell, Throwable error, boolean failuresOnly) {
      this.cell = cell;
      this.error = error;
      this.failuresOnly = failuresOnly;
    }

    @Override
    void deliver(@Nullable M message) {
      boolean failure = message instanceof StopCause.Failed || message instanceof StopCause.Lost;
      if (failure || !failuresOnly) {
        cell.loop().enqueue(new Call(CallQueue.END, cell, new StopCause.Failed(error)));
      }
    }
  }

  /**
   * Passes an answer on if it comes in time; when time is up, run by a timer, says that none did.
   */
  static final class Deadline<M> extends Ret<M> implements Runnable {
    private final Loop home;

    /** The one that waits; null when it has been answered. */
    private @Nullable Ret<M> ret;

    private long timer;

    private Deadline(Loop home, Ret<M> ret) {
      this.home = home;
      this.ret = ret;
    }

    @SuppressWarnings("unchecked") // a Ret is passed as a Ret for the same answer
    static <M> Ret<M> of(Loop home, Duration delay, Ret<M> ret) {
      home.checkOwner("within");
      var deadline = new Deadline<>(home, (Ret<M>) ret.passTo(home));
      deadline.timer = home.at(home.later(delay), deadline);
      return home.own(deadline);
    }

    @Override
    void checkDeliverable(@Nullable M message) {
      if (ret != null) {
        ret.checkDeliverable(message);
      }
    }

    @Override
    void deliver(@Nullable M message) {
      home.cancel(timer);
      answer(message);
    }

    /** Time is up. */
    @Override
    public void run() {
      answer(null);
    }

    private void answer(@Nullable M message) {
      Ret<M> waiting = ret;
      ret = null;
      if (waiting != null) {
        waiting.settle(message);
      }
    }
  }

  /** Completes a future, for whoever may own no loop. Nobody owns it but the query's call. */
  static final class Promise<M> extends Ret<M> {
    final CompletableFuture<M> future = new CompletableFuture<>();
    private final Cell<?> cell;

    /**
     * @param cell who is to answer
     */
    Promise(Cell<?> cell) {
      this.cell = cell;
    }

    /** A result, be it null: a future can tell that from no answer. */
    @Override
    void settle(@Nullable M message) {
      if (Handle.isOrIsIn(message)) {
        throw new IllegalArgumentException(
            message + " cannot leave its loop as the result of a future; ask with a Ret");
      }
      if (cell.loop().checks.on) {
        cell.loop().checks.checkShareable("another thread", message);
      }
      end();
      future.complete(message);
    }

    @Override
    void deliver(@Nullable M message) {
      future.completeExceptionally(cell.gone());
    }
  }

  /** Stands in another loop for a Ret, which waits at home for what this one sends back. */
  private static final class Away<M> extends Ret<M> {
    private final Loop home;
    private final Ret<M> ret;

    Away(Loop home, Ret<M> ret) {
      this.home = home;
      this.ret = ret;
    }

    @Override
    void checkDeliverable(@Nullable M message) {
      checkDeliverable(message, ret, home);
    }

    @Override
    void deliver(@Nullable M message) {
      Call answer = new Call(CallQueue.ANSWER, null, ret);
      answer.a = Handle.pass(message, home);
      home.enqueue(answer);
    }
  }
}
