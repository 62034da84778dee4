package lemnos.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SniHandler;
import io.netty.handler.ssl.SslCompletionEvent;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.DomainWildcardMappingBuilder;
import io.netty.util.Mapping;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * How connections are encrypted, and who is trusted: TLS 1.2 or 1.3, nothing older. For servers or
 * for clients; safe for all threads and any number of connections.
 *
 * <p>A client refuses a server whose certificate was not issued by somebody it trusts, or not for
 * the name that it connects to. There is no switch to turn that off: trust the certificate that a
 * test has made, with {@link TlsSetup#trust}.
 */
public final class Tls {
  /** What a client may send before it has named the server that it wants, in bytes. */
  static final int MAX_HELLO_BYTES = 16 * 1024;

  private final TlsSetup setup;
  private volatile Contexts contexts;

  /** What new connections use: the context for all, and those for some names of a server. */
  private record Contexts(SslContext standard, @Nullable Mapping<String, SslContext> byName) {}

  Tls(TlsSetup setup) throws IOException {
    this.setup = setup;
    this.contexts = load(setup);
  }

  /**
   * For a server that shows the certificates in the PEM file {@code chain}, its own first, and has
   * the private key in the PEM file {@code key} (PKCS#8, without a password).
   */
  public static TlsSetup server(Path chain, Path key) {
    return new TlsSetup(true).identity(chain, key);
  }

  /** For a server that shows {@code chain}, its own certificate first. */
  public static TlsSetup server(PrivateKey key, X509Certificate... chain) {
    return new TlsSetup(true).identity(key, chain);
  }

  /** For a client, which trusts whom the JDK trusts. */
  public static TlsSetup client() {
    return new TlsSetup(false);
  }

  /** Whether it is for servers; otherwise it is for clients. */
  public boolean isServer() {
    return setup.isServer();
  }

  /**
   * Reads the files again, for the connections that are made from now on. If that fails, all stays
   * as it was. Blocks: not on a worker.
   *
   * @throws IOException if a file cannot be read or is not what it should be
   */
  public void reload() throws IOException {
    contexts = load(setup);
  }

  private static Contexts load(TlsSetup setup) throws IOException {
    SslContext standard = setup.context(setup.identity());
    if (setup.names().isEmpty()) {
      return new Contexts(standard, null);
    }
    var byName = new DomainWildcardMappingBuilder<>(standard);
    for (var named : setup.names().entrySet()) {
      byName.add(named.getKey(), setup.context(named.getValue()));
    }
    return new Contexts(standard, byName.build());
  }

  /**
   * What ALPN came to on a channel: null if it has no TLS, or if the two sides agreed on nothing.
   */
  public static @Nullable String applicationProtocol(Channel channel) {
    SslHandler handler = channel.pipeline().get(SslHandler.class);
    return handler == null ? null : handler.applicationProtocol();
  }

  /** The TLS session of a channel, with the certificates of the peer; null if it has no TLS. */
  public static @Nullable SSLSession session(Channel channel) {
    SslHandler handler = channel.pipeline().get(SslHandler.class);
    return handler == null ? null : handler.engine().getSession();
  }

  /**
   * Starts TLS on a connection that has been open without, for what comes next in both directions:
   * after a proxy's CONNECT, or a protocol's own STARTTLS. The other side must not have begun yet.
   *
   * @param server whom a client connects to, whose certificate must be for that name; a server
   *     gives null
   * @return the channel, once both sides have agreed
   */
  public Pending<Channel> start(Channel channel, @Nullable InetSocketAddress server) {
    checkRole(server == null);
    var agreed = new Pending<Channel>();
    if (channel instanceof DuplexChannel duplex && duplex.isInputShutdown()) {
      agreed.fail(Opening.gone());
      return agreed;
    }
    Duration timeout = TcpOptions.of(channel).connectTimeout();
    channel.pipeline().addFirst(handler(channel, server, timeout), new Agreement(agreed));
    channel.read();
    return agreed;
  }

  /**
   * As {@link #start(Channel, InetSocketAddress)}, for a protocol that is chosen as both sides
   * agree and misses nothing of what comes at once. The channel has no handlers of another.
   *
   * @param server as above
   * @throws IllegalArgumentException if this is for the other side
   */
  public <S extends AutoCloseable> Pending<S> start(
      Channel channel, @Nullable InetSocketAddress server, Protocol<S> protocol) {
    checkRole(server == null);
    var opened = new Pending<S>();
    TcpOptions options = TcpOptions.of(channel).withTls(this);
    channel.pipeline().addLast(new Opening<>(options, protocol, server, opened));
    return opened;
  }

  /** Waits until both sides have agreed, and leaves. */
  private static final class Agreement extends ChannelInboundHandlerAdapter {
    private final Pending<Channel> agreed;

    Agreement(Pending<Channel> agreed) {
      this.agreed = agreed;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event instanceof SslHandshakeCompletionEvent handshake && handshake.isSuccess()) {
        ctx.pipeline().remove(this);
        agreed.complete(ctx.channel());
      } else if (event instanceof SslCompletionEvent part && !part.isSuccess()) {
        ctx.pipeline().remove(this);
        agreed.fail(part.cause());
      } else if (event instanceof ChannelInputShutdownEvent) { // TLS would wait on for its timeout
        ctx.pipeline().remove(this);
        agreed.fail(Opening.gone());
      }
      ctx.fireUserEventTriggered(event);
    }

    /** Before a client has named the server that it wants, TLS itself does not tell. */
    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      agreed.fail(Opening.gone());
      ctx.fireChannelInactive();
    }
  }

  /** Throws if this is for the other side. */
  void checkRole(boolean server) {
    if (setup.isServer() != server) {
      throw new IllegalArgumentException(
          server
              ? "these TLS settings are for a client; a server needs those of Tls.server"
              : "these TLS settings are for a server; a client needs those of Tls.client");
    }
  }

  /**
   * The handler to be added to a channel's pipeline.
   *
   * @param server whom a client connects to
   */
  ChannelHandler handler(Channel channel, @Nullable InetSocketAddress server, Duration timeout) {
    Contexts now = contexts;
    if (now.byName != null) {
      return new SniHandler(now.byName, MAX_HELLO_BYTES, timeout.toMillis());
    }
    SslHandler handler =
        server == null
            ? now.standard.newHandler(channel.alloc())
            : now.standard.newHandler(channel.alloc(), server.getHostString(), server.getPort());
    handler.setHandshakeTimeoutMillis(timeout.toMillis());
    return handler;
  }
}
