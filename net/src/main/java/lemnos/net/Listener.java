package lemnos.net;

import lemnos.core.Behaviour;
import lemnos.core.Cx;
import lemnos.runtime.Awaitable;
import org.jspecify.annotations.Nullable;

/**
 * A listening socket. A sequential actor waits for connections; as an {@link Awaitable} it is ready
 * when one can be accepted. An object actor has them {@linkplain #deliver delivered}. Connections
 * belong to the worker that accepted them.
 *
 * <p>At most {@value Acceptor#MAX_WAITING} connections wait to be accepted by an actor, and at most
 * {@value Acceptor#BACKLOG} more in the system.
 *
 * @param <S> the connections
 */
public abstract sealed class Listener<S extends ByteStream> implements Awaitable, AutoCloseable
    permits TcpListener, UnixListener {
  final Acceptor<S> acceptor;

  Listener(Acceptor<S> acceptor) {
    this.acceptor = acceptor;
  }

  @Override
  public final boolean isReady() {
    return acceptor.isReady();
  }

  @Override
  public final void arm(Runnable wake) {
    acceptor.arm(wake);
  }

  /** Waits for the next connection; null if the listener was closed. */
  public final @Nullable S accept() {
    await();
    return tryAccept();
  }

  /** The next connection, or null if there is none now. */
  public final @Nullable S tryAccept() {
    Acceptor.Accepted<S> next = acceptor.poll();
    return next == null ? null : next.connection();
  }

  /** Has connections brought to a behaviour of the object actor that calls this. */
  public final <A> Delivery<S> deliver(
      Cx<A> cx, Behaviour.Of1<? super A, ? super Arrival<S>> behaviour) {
    return Delivery.start(
        new Delivery.Source<>(this, this::tryAccept, acceptor::isClosed, this::close),
        cx,
        behaviour);
  }

  /** Stops listening; connections that nobody has accepted are closed. */
  @Override
  public final void close() {
    acceptor.close();
  }
}
