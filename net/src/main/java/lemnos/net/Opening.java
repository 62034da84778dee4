package lemnos.net;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Objects;
import lemnos.core.Outcome;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The first handler of a new connection: waits until it is there and TLS is agreed upon, then hands
 * it to its protocol, and leaves.
 */
final class Opening<S extends AutoCloseable> extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(Opening.class);

  private final TcpOptions options;
  private final Protocol<S> protocol;
  private final Pending<S> opened;

  /** Whom we connect to; null if the other side connected to us. */
  private final @Nullable InetSocketAddress server;

  Opening(
      TcpOptions options,
      Protocol<S> protocol,
      @Nullable InetSocketAddress server,
      Pending<S> opened) {
    this.options = options;
    this.protocol = protocol;
    this.server = server;
    this.opened = opened;
  }

  /** Begins to connect a channel of class {@code kind}, and no more. */
  static Race.Attempt<Channel> attempt(
      NettyPoller poller,
      Class<? extends Channel> kind,
      SocketAddress address,
      TcpOptions options) {
    var connected = new Pending<Channel>();
    ChannelFuture future =
        new Bootstrap()
            .group(poller.eventLoop())
            .channel(kind)
            .handler(new Setup(options))
            .connect(address);
    future.addListener(
        _ -> {
          if (future.isSuccess()) {
            connected.complete(future.channel());
          } else {
            connected.fail(Objects.requireNonNull(future.cause()));
          }
        });
    return new Race.Attempt<>(connected, future.channel()::close);
  }

  /**
   * Begins to open a channel that will be connected.
   *
   * @param server whom it is connected to, as the caller said it
   */
  static <S extends AutoCloseable> Pending<S> open(
      Pending<Channel> connected,
      @Nullable InetSocketAddress server,
      TcpOptions options,
      Protocol<S> protocol) {
    var opened = new Pending<S>();
    connected.then(
        outcome -> {
          switch (outcome) {
            case Outcome.Value<Channel>(Channel channel) ->
                channel.pipeline().addLast(new Opening<>(options, protocol, server, opened));
            case Outcome.Failure<Channel>(Throwable error) -> opened.fail(error);
          }
        });
    return opened;
  }

  /** Refuses to connect with a server's TLS. */
  static void checkTls(TcpOptions options) {
    Tls tls = options.tls();
    if (tls != null) {
      tls.checkRole(false);
    }
  }

  /** Sets the options of a channel before it connects. */
  private static final class Setup extends ChannelInboundHandlerAdapter {
    private final TcpOptions options;

    Setup(TcpOptions options) {
      this.options = options;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
      options.applyTo(ctx.channel());
      ctx.pipeline().remove(this);
    }
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    Channel channel = ctx.channel();
    options.applyTo(channel);
    Tls tls = options.tls();
    if (tls != null) {
      channel.pipeline().addFirst(tls.handler(channel, server, options.connectTimeout()));
    }
    if (channel.isActive()) {
      channelActive(ctx); // it was so before we came
    }
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    if (options.tls() == null) {
      open(ctx);
    } else {
      ctx.read(); // TLS asks for what else it needs
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslHandshakeCompletionEvent handshake) {
      if (handshake.isSuccess()) {
        open(ctx);
      } else {
        fail(ctx, handshake.cause());
      }
    } else if (event instanceof ChannelInputShutdownEvent) { // TLS would wait on for its timeout
      fail(ctx, gone());
    }
  }

  static IOException gone() {
    return new IOException("the peer closed the connection before it was open");
  }

  private void open(ChannelHandlerContext ctx) {
    Channel channel = ctx.channel();
    S opening;
    try {
      opening = protocol.attach(channel);
    } catch (Throwable t) { // else it would never be over, and so count for ever
      LOG.warn("a connection was not opened: its protocol failed: {}", t.toString());
      fail(ctx, t);
      return;
    }
    channel.pipeline().remove(this);
    opened.complete(opening);
  }

  /** Before it was opened, for no reason that came first. */
  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    fail(ctx, gone());
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    fail(ctx, cause);
  }

  private void fail(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close();
    opened.fail(Failures.io(cause));
  }
}
