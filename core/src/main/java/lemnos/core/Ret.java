package lemnos.core;

import java.util.Objects;
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
    if (!ended) {
      checkDeliverable(message);
      end();
      deliver(message);
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
  Handle passTo(Loop to) {
    Scope owner = checkOwned();
    Loop home = owner.loop;
    owner.remove(this);
    if (home == to) {
      return this;
    }
    home.away.add(this);
    return new Away<>(home, this);
  }

  abstract void deliver(@Nullable M message);

  /** Throws if {@code message} is a handle that cannot go where this Ret takes it. */
  void checkDeliverable(@Nullable M message) {}

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
    Handle passTo(Loop to) {
      return this;
    }

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
      Handle.checkPassable(message, call.cell().loop);
    }

    @Override
    void deliver(@Nullable M message) {
      Loop loop = call.cell().loop;
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
        cell.loop.enqueue(new Call(CallQueue.END, cell, new StopCause.Failed(error)));
      }
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
      Handle.checkPassable(message, home);
    }

    @Override
    void deliver(@Nullable M message) {
      Call answer = new Call(CallQueue.ANSWER, null, ret);
      answer.a = Handle.pass(message, home);
      home.enqueue(answer);
    }
  }
}
