package lemnos.net;

import io.netty.channel.Channel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLSession;
import lemnos.core.Core;
import lemnos.core.Outcome;
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
   * {@linkplain InetSocketAddress#createUnresolved unresolved} address is looked up first; if it
   * has several addresses, the next is tried whenever 250 milliseconds have brought no connection,
   * and the first that is there is used (RFC 8305).
   *
   * @return what {@code protocol} makes of the connection, {@link #PROTOCOL} a TcpStream; or an
   *     {@link IOException}
   */
  public static <S extends AutoCloseable> Pending<S> connecting(
      Core core, InetSocketAddress address, TcpOptions options, Protocol<S> protocol) {
    Opening.checkTls(options);
    var connected = new Pending<Channel>();
    if (address.isUnresolved()) {
      addresses(core, address, options.connectTimeout())
          .then(
              outcome -> {
                switch (outcome) {
                  case Outcome.Value<List<InetSocketAddress>>(List<InetSocketAddress> found) ->
                      race(core, address, found, options).then(connected::end);
                  case Outcome.Failure<List<InetSocketAddress>>(Throwable error) ->
                      connected.fail(error);
                }
              });
    } else {
      race(core, address, List.of(address), options).then(connected::end);
    }
    return Opening.open(connected, address, options, protocol);
  }

  private static Pending<List<InetSocketAddress>> addresses(
      Core core, InetSocketAddress name, Duration limit) {
    String host = name.getHostString();
    return Dns.resolving(core, host)
        .map(
            found ->
                Race.interleaved(
                    found.stream().map(a -> new InetSocketAddress(a, name.getPort())).toList()))
        .within(
            NettyPoller.of(core).eventLoop(),
            limit.toNanos(),
            () -> new SocketTimeoutException("no address of " + host + " in " + limit));
  }

  private static Pending<Channel> race(
      Core core, InetSocketAddress host, List<InetSocketAddress> addresses, TcpOptions options) {
    NettyPoller poller = NettyPoller.of(core);
    Class<? extends Channel> kind = poller.transport().clientChannel();
    return Race.run(
        core, host, addresses, address -> Opening.attempt(poller, kind, address, options));
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
