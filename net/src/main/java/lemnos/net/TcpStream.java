package lemnos.net;

import io.netty.channel.Channel;
import java.io.IOException;
import java.net.InetSocketAddress;
import javax.net.ssl.SSLSession;
import lemnos.core.Core;
import lemnos.runtime.Context;
import org.jspecify.annotations.Nullable;

/** A TCP connection, with or without TLS. */
public final class TcpStream extends ByteStream {
  /** Gives the actor of a connection its bytes. */
  public static final Protocol<TcpStream> PROTOCOL = TcpStream::new;

  private static final InetSocketAddress UNKNOWN = new InetSocketAddress(0);

  // The system forgets the addresses of a connection that is gone.
  private final InetSocketAddress localAddress;
  private final InetSocketAddress remoteAddress;

  private TcpStream(Channel channel) {
    super(channel, true);
    localAddress = channel.localAddress() instanceof InetSocketAddress a ? a : UNKNOWN;
    remoteAddress = channel.remoteAddress() instanceof InetSocketAddress a ? a : UNKNOWN;
  }

  /**
   * Connects to {@code address}; waits until that is done.
   *
   * @throws IOException if the peer refuses or cannot be reached
   */
  public static TcpStream connect(Context<?> ctx, InetSocketAddress address) throws IOException {
    return connect(ctx, address, TcpOptions.standard());
  }

  /**
   * Connects to {@code address}; waits until that is done, and TLS agreed upon if {@code options}
   * have it.
   *
   * @throws IOException if the peer refuses, cannot be reached or is not to be trusted
   */
  public static TcpStream connect(Context<?> ctx, InetSocketAddress address, TcpOptions options)
      throws IOException {
    return connecting(ctx.core(), address, options, PROTOCOL).take();
  }

  /**
   * Begins to connect to {@code address}, over TLS if {@code options} have it. The name of an
   * {@linkplain InetSocketAddress#createUnresolved unresolved} address is looked up first.
   *
   * @return what {@code protocol} makes of the connection, {@link #PROTOCOL} a TcpStream; or an
   *     {@link IOException}
   */
  public static <S extends AutoCloseable> Pending<S> connecting(
      Core core, InetSocketAddress address, TcpOptions options, Protocol<S> protocol) {
    NettyPoller poller = NettyPoller.of(core);
    return Opening.connect(poller, poller.transport().clientChannel(), address, options, protocol);
  }

  /** The address of this end. */
  public InetSocketAddress localAddress() {
    return localAddress;
  }

  /** The address of the other end. */
  public InetSocketAddress remoteAddress() {
    return remoteAddress;
  }

  /** What ALPN came to; null if there is no TLS or the two sides agreed on nothing. */
  public @Nullable String applicationProtocol() {
    return Tls.applicationProtocol(channel());
  }

  /** The TLS session, with the certificates of the peer; null if there is no TLS. */
  public @Nullable SSLSession tlsSession() {
    return Tls.session(channel());
  }
}
