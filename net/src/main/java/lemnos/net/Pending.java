package lemnos.net;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import lemnos.core.Behaviour;
import lemnos.core.Cx;
import lemnos.core.Outcome;
import lemnos.runtime.Awaitable;
import org.jspecify.annotations.Nullable;

/**
 * Something that has been begun and will be there later, once, on the worker that began it. Both
 * kinds of actors take it: a sequential actor waits, with {@link #get}; an object actor has it
 * brought to a behaviour, with {@link #deliver}.
 *
 * @param <T> what it will be
 */
public final class Pending<T extends @Nullable Object> implements Awaitable {
  private static final Runnable NOBODY = () -> {};

  private @Nullable Outcome<T> outcome;

  /** Who has it brought to them. */
  private @Nullable Consumer<Outcome<T>> receiver;

  private Runnable waker = NOBODY;

  /** Ends it when its time is up; null if it has no limit. */
  private @Nullable Future<?> timer;

  Pending() {}

  /** One that comes to what {@code future} does. */
  static <T extends @Nullable Object> Pending<T> of(Future<T> future) {
    var pending = new Pending<T>();
    future.addListener(
        (Future<T> f) -> {
          if (f.isSuccess()) {
            pending.complete(f.getNow());
          } else {
            pending.fail(Objects.requireNonNull(f.cause()));
          }
        });
    return pending;
  }

  /** Nothing happens if it is done already. */
  void complete(T value) {
    end(new Outcome.Value<>(value));
  }

  /** Nothing happens if it is done already. */
  void fail(Throwable error) {
    end(new Outcome.Failure<>(error));
  }

  /** Nothing happens if it is done already. */
  void end(Outcome<T> how) {
    if (outcome != null) {
      return;
    }
    outcome = how;
    if (timer != null) {
      timer.cancel(false);
    }
    if (receiver != null) {
      receiver.accept(how);
    }
    waker.run();
  }

  @Override
  public boolean isReady() {
    return outcome != null;
  }

  @Override
  public void arm(Runnable wake) {
    waker = wake;
  }

  /**
   * Waits for it, in a sequential actor.
   *
   * @throws IOException if it came to nothing
   */
  public T get() throws IOException {
    await();
    return switch (Objects.requireNonNull(outcome)) {
      case Outcome.Value<T>(T value) -> value;
      case Outcome.Failure<T>(Throwable error) -> throw Failures.rethrown(error);
    };
  }

  /**
   * {@link #get}, for good: if the actor stops waiting, because its time is up or it is stopped,
   * then nobody else can have what comes later, and that is closed or released.
   *
   * @throws IOException if it came to nothing
   */
  public T take() throws IOException {
    try {
      await();
    } catch (Throwable t) {
      then(Pending::discard);
      throw t;
    }
    return get();
  }

  private static <T extends @Nullable Object> void discard(Outcome<T> outcome) {
    if (outcome instanceof Outcome.Value<T>(T value)) {
      Parcel.discard(value);
    }
  }

  /**
   * Has it brought to a behaviour of the object actor that calls this. If the actor ends first,
   * what would have been brought is closed. To be called once.
   */
  public <A> void deliver(Cx<A> cx, Behaviour.Of1<? super A, ? super Outcome<T>> behaviour) {
    var parcel = new Parcel<A, Outcome<T>>(cx, behaviour, () -> {});
    then(
        outcome -> {
          parcel.bring(
              outcome,
              outcome instanceof Outcome.Value<T>(T value) && value != null ? value : outcome);
          parcel.end();
        });
  }

  /**
   * Has it fail with what {@code late} tells, unless it is done within {@code nanos}; 0 is for
   * ever.
   */
  Pending<T> within(EventExecutor loop, long nanos, Supplier<IOException> late) {
    if (nanos > 0 && outcome == null) {
      timer = loop.schedule(() -> fail(late.get()), nanos, TimeUnit.NANOSECONDS);
    }
    return this;
  }

  /** One that comes to what {@code mapping} makes of this. */
  <R extends @Nullable Object> Pending<R> map(Function<? super T, ? extends R> mapping) {
    var mapped = new Pending<R>();
    then(
        outcome -> {
          switch (outcome) {
            case Outcome.Value<T>(T value) -> mapped.complete(mapping.apply(value));
            case Outcome.Failure<T>(Throwable error) -> mapped.fail(error);
          }
        });
    return mapped;
  }

  /** Has it handled on the spot, by whoever brings it. */
  void then(Consumer<Outcome<T>> receiver) {
    if (outcome != null) {
      receiver.accept(outcome);
    } else if (this.receiver == null) {
      this.receiver = receiver;
    } else {
      throw new IllegalStateException("this is brought to somebody already");
    }
  }
}
