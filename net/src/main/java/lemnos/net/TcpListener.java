package lemnos.net;

import java.io.IOException;
import java.net.InetSocketAddress;
import lemnos.core.Behaviour;
import lemnos.core.Core;
import lemnos.core.Cx;
import lemnos.runtime.Awaitable;
import lemnos.runtime.Context;
import org.jspecify.annotations.Nullable;

/**
 * A listening TCP socket. As an {@link Awaitable} it is ready when a connection can be accepted. An
 * object actor has connections {@linkplain #deliver delivered}. Connections belong to the worker
 * that accepted them.
 *
 * <p>At most {@value Acceptor#MAX_WAITING} connections wait to be accepted by an actor, and at most
 * {@value Acceptor#BACKLOG} more in the system.
 */
public final class TcpListener implements Awaitable, AutoCloseable {
  private final Acceptor<TcpStream> acceptor;

  private TcpListener(Acceptor<TcpStream> acceptor) {
    this.acceptor = acceptor;
  }

  /**
   * Listens on {@code address}; waits until that is done.
   *
   * @throws IOException if the address cannot be had
   */
  public static TcpListener bind(Context<?> ctx, InetSocketAddress address, TcpOptions options)
      throws IOException {
    return binding(ctx.core(), address, options).get();
  }

  /**
   * Begins to listen on {@code address}.
   *
   * @return the listener, or an {@link IOException} if the address cannot be had
   */
  public static Pending<TcpListener> binding(
      Core core, InetSocketAddress address, TcpOptions options) {
    NettyPoller poller = NettyPoller.of(core);
    return Acceptor.listen(
            poller, poller.transport().serverChannel(), address, options, TcpStream.PROTOCOL, false)
        .map(TcpListener::new);
  }

  /** The address, with the port that the system chose if it was 0. */
  public InetSocketAddress localAddress() {
    return (InetSocketAddress) acceptor.localAddress();
  }

  @Override
  public boolean isReady() {
    return acceptor.isReady();
  }

  @Override
  public void arm(Runnable wake) {
    acceptor.arm(wake);
  }

  /** Waits for the next connection; null if the listener was closed. */
  public @Nullable TcpStream accept() {
    await();
    return tryAccept();
  }

  /** The next connection, or null if there is none now. */
  public @Nullable TcpStream tryAccept() {
    Acceptor.Accepted<TcpStream> next = acceptor.poll();
    return next == null ? null : next.connection();
  }

  /** Has connections brought to a behaviour of the object actor that calls this. */
  public <A> Delivery<TcpStream> deliver(
      Cx<A> cx, Behaviour.Of1<? super A, ? super Arrival<TcpStream>> behaviour) {
    return Delivery.start(
        new Delivery.Source<>(this, this::tryAccept, acceptor::isClosed, this::close),
        cx,
        behaviour);
  }

  /** Stops listening; connections that nobody has accepted are closed. */
  @Override
  public void close() {
    acceptor.close();
  }
}
