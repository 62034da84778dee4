package lemnos.net;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/**
 * The first handler of a new connection: waits until it is there and TLS is agreed upon, then hands
 * it to its protocol, and leaves.
 */
final class Opening<S extends AutoCloseable> extends ChannelInboundHandlerAdapter {
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

  /** Begins to connect to {@code address} by a channel of class {@code kind}. */
  static <S extends AutoCloseable> Pending<S> connect(
      NettyPoller poller,
      Class<? extends Channel> kind,
      SocketAddress address,
      TcpOptions options,
      Protocol<S> protocol) {
    Tls tls = options.tls();
    if (tls != null) {
      tls.checkRole(false);
    }
    var server = address instanceof InetSocketAddress inet ? inet : null;
    var opened = new Pending<S>();
    new Bootstrap()
        .group(poller.eventLoop())
        .resolver(poller.names())
        .channel(kind)
        .handler(new Opening<>(options, protocol, server, opened))
        .connect(address)
        .addListener(
            future -> {
              if (!future.isSuccess()) {
                opened.fail(refused(address, future.cause()));
              }
            });
    return opened;
  }

  private static IOException refused(SocketAddress address, Throwable cause) {
    if (cause instanceof UnknownHostException unknown) {
      return unknown;
    }
    var e = new ConnectException("cannot connect to " + address + ": " + cause.getMessage());
    e.initCause(cause);
    return e;
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
    }
  }

  private void open(ChannelHandlerContext ctx) {
    Channel channel = ctx.channel();
    S opening = protocol.attach(channel);
    channel.pipeline().remove(this);
    opened.complete(opening);
  }

  /** Before it was opened, for no reason that came first. */
  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    fail(ctx, new IOException("the peer closed the connection before it was open"));
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
