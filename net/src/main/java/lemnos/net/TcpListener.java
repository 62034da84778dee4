package lemnos.net;

import java.io.IOException;
import java.net.InetSocketAddress;
import lemnos.core.Core;
import lemnos.runtime.Context;

/** A listening TCP socket. */
public final class TcpListener extends Listener<TcpStream> {
  private TcpListener(Acceptor<TcpStream> acceptor) {
    super(acceptor);
  }

  /**
   * Listens on {@code address}; waits until that is done.
   *
   * @throws IOException if the address cannot be had
   */
  public static TcpListener bind(Context<?> ctx, InetSocketAddress address, TcpOptions options)
      throws IOException {
    return binding(ctx.core(), address, options).take();
  }

  /**
   * Begins to listen on {@code address}.
   *
   * @return the listener, or an {@link IOException} if the address cannot be had
   */
  public static Pending<TcpListener> binding(
      Core core, InetSocketAddress address, TcpOptions options) {
    NettyPoller poller = NettyPoller.of(core);
    var kind = poller.transport().serverChannel();
    return Acceptor.listen(poller, kind, address, options, TcpStream.PROTOCOL, false)
        .map(TcpListener::new);
  }

  /** The address, with the port that the system chose if it was 0. */
  public InetSocketAddress localAddress() {
    return (InetSocketAddress) acceptor.localAddress();
  }
}
