package lemnos.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.net.InetSocketAddress;
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

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    Channel channel = ctx.channel();
    options.applyTo(channel);
    Tls tls = options.tls();
    if (tls != null) {
      channel.pipeline().addFirst(tls.handler(channel, server, options.connectTimeout()));
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
    fail(ctx, new java.io.IOException("the peer closed the connection before it was open"));
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
