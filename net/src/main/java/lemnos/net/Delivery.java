package lemnos.net;

import java.io.IOException;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import lemnos.core.Behaviour;
import lemnos.core.Core;
import lemnos.core.Cx;
import lemnos.runtime.Awaitable;
import org.jspecify.annotations.Nullable;

/**
 * Brings to an object actor what arrives, one thing after the other: the next is taken when the
 * behaviour has returned that got the last one. So an actor with much to do, or one that
 * {@linkplain #pause paused}, lets things wait where they come from, and from there the sender.
 *
 * <p>It ends when the actor closes what it delivers from; if the actor ends, that is closed.
 * Confined to the actor's loop.
 *
 * @param <T> what arrives
 */
public final class Delivery<T> {
  /** Takes the next thing, or null if there will be none. */
  interface Take<T> {
    @Nullable T next() throws IOException;
  }

  /**
   * How long the next thing may take.
   *
   * @param nanos 0 is for ever
   * @param arrivals how often anything has arrived, for whomever: each time it begins anew
   * @param late what the actor is told if that was not enough
   */
  record Limit(LongSupplier nanos, LongSupplier arrivals, Supplier<IOException> late) {
    private static final Limit NONE = new Limit(() -> 0, () -> 0, IOException::new);
  }

  /**
   * Where things come from.
   *
   * @param ready when {@code take} would not wait
   * @param isClosed whether its owner has closed it
   */
  record Source<T>(
      Awaitable ready, Take<T> take, BooleanSupplier isClosed, Runnable close, Limit limit) {
    Source(Awaitable ready, Take<T> take, BooleanSupplier isClosed, Runnable close) {
      this(ready, take, isClosed, close, Limit.NONE);
    }

    Source<T> within(Limit limit) {
      return new Source<>(ready, take, isClosed, close, limit);
    }
  }

  private final Core core;
  private final Source<T> source;
  private final Parcel<?, Arrival<T>> parcel;
  private final Runnable handled = this::handled;

  /** The actor has not been through with the last one. */
  private boolean busy;

  private boolean paused;
  private boolean ended;

  /** Of the next thing's limit; 0 while there is none. */
  private long timer;

  /** How often anything had arrived when the timer was set. */
  private long arrivals;

  private <A> Delivery(
      Source<T> source, Cx<A> cx, Behaviour.Of1<? super A, ? super Arrival<T>> behaviour) {
    this.core = cx;
    this.source = source;
    this.parcel = new Parcel<>(cx, behaviour, this::actorEnded);
  }

  /** Delivers from {@code source} to the calling actor. */
  static <A, T> Delivery<T> start(
      Source<T> source, Cx<A> cx, Behaviour.Of1<? super A, ? super Arrival<T>> behaviour) {
    var delivery = new Delivery<>(source, cx, behaviour);
    source.ready.arm(delivery::pump);
    delivery.pump();
    return delivery;
  }

  /** Lets things wait where they come from until {@link #resume}. */
  public void pause() {
    paused = true;
    setLimit(0);
  }

  /** Ends a {@link #pause}. */
  public void resume() {
    paused = false;
    pump();
  }

  private void pump() {
    if (source.isClosed.getAsBoolean()) {
      ended = true;
      setLimit(0);
      parcel.end();
    }
    if (busy || paused || ended) {
      return;
    }
    if (source.ready.isReady()) {
      Arrival<T> arrival = take();
      ended = !(arrival instanceof Arrival.Item<T>);
      bring(arrival, arrival instanceof Arrival.Item<T>(T value) ? value : arrival);
    } else if (timer == 0 || arrivals != source.limit.arrivals.getAsLong()) {
      arrivals = source.limit.arrivals.getAsLong();
      setLimit(source.limit.nanos.getAsLong());
    }
  }

  private void bring(Arrival<T> arrival, Object content) {
    busy = true;
    setLimit(0);
    parcel.bring(arrival, content);
    core.execute(handled); // that is queued behind the behaviour
  }

  private void setLimit(long nanos) {
    if (timer != 0) {
      core.cancel(timer);
    }
    timer = nanos == 0 ? 0 : core.at(core.now() + nanos, this::tooLate);
  }

  /** The actor may go on later. */
  private void tooLate() {
    if (!ended && !source.isClosed.getAsBoolean()) {
      paused = true;
      Arrival<T> failure = new Arrival.Failure<>(source.limit.late.get());
      bring(failure, failure);
    }
  }

  private void handled() {
    busy = false;
    pump();
  }

  private Arrival<T> take() {
    try {
      T value = source.take.next();
      return value == null ? new Arrival.End<>() : new Arrival.Item<>(value);
    } catch (IOException e) {
      return new Arrival.Failure<>(e);
    }
  }

  private void actorEnded() {
    ended = true;
    setLimit(0);
    source.close.run();
  }
}
