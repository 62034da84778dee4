package lemnos.net;

import java.io.IOException;
import java.util.function.BooleanSupplier;
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
   * Where things come from.
   *
   * @param ready when {@code take} would not wait
   * @param isClosed whether its owner has closed it
   */
  record Source<T>(Awaitable ready, Take<T> take, BooleanSupplier isClosed, Runnable close) {}

  private final Core core;
  private final Source<T> source;
  private final Parcel<?, Arrival<T>> parcel;

  /** The actor has not been through with the last one. */
  private boolean busy;

  private boolean paused;
  private boolean ended;

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
  }

  /** Ends a {@link #pause}. */
  public void resume() {
    paused = false;
    pump();
  }

  private void pump() {
    if (source.isClosed.getAsBoolean()) {
      ended = true;
      parcel.end();
    }
    if (busy || paused || ended || !source.ready.isReady()) {
      return;
    }
    busy = true;
    Arrival<T> arrival = take();
    ended = !(arrival instanceof Arrival.Item<T>);
    parcel.bring(arrival, arrival instanceof Arrival.Item<T>(T value) ? value : arrival);
    core.execute(this::handled); // that is queued behind the behaviour
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
    source.close.run();
  }
}
