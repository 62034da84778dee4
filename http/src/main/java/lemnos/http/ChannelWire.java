package lemnos.http;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelOutputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A channel whose handlers speak HTTP, of which this is the last: a connection, or a client's
 * stream of an HTTP/2 connection.
 *
 * <p>While {@value #MAX_QUEUED_BYTES} bytes or more wait to be taken, nothing more is read. For a
 * stream it is {@value #MAX_QUEUED_STREAM_BYTES} bytes, because whatever is read opens the peer's
 * window again.
 */
final class ChannelWire extends ChannelInboundHandlerAdapter implements Wire {
  /** How much may wait to be taken before the channel is left alone. */
  static final int MAX_QUEUED_BYTES = 64 * 1024;

  /** The same for a stream: a head and trailers, but hardly any content. */
  static final int MAX_QUEUED_STREAM_BYTES = 2 * 1024;

  /** How long a closed connection waits for the peer to take what was written. */
  static final int SEND_SECONDS = 60;

  /** How long it then waits for the peer to close, too. */
  static final int LINGER_SECONDS = 2;

  private static final InetSocketAddress NOWHERE = new InetSocketAddress(0);

  private final Link link;
  private final Flusher flusher;

  /** Its own place, behind all handlers; null until it has one. */
  private @Nullable ChannelHandlerContext context;

  private boolean isStream;
  private int mostQueuedBytes;
  private boolean paused;
  private boolean flushing;

  /** HTTP/2 has taken over, whose streams read for themselves. */
  private boolean shared;

  /** The end of what we send, on a stream or before a connection is closed; null until then. */
  private @Nullable ChannelFuture lastWrite;

  /** The end of what the peer sends on a stream has come. */
  private boolean whole;

  ChannelWire(Link link) {
    this.link = link;
    this.flusher = Flusher.of(link.core());
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
    isStream = ctx.channel() instanceof Http2StreamChannel;
    mostQueuedBytes = isStream ? MAX_QUEUED_STREAM_BYTES : MAX_QUEUED_BYTES;
    link.attach(this);
  }

  private ChannelHandlerContext context() {
    ChannelHandlerContext c = context;
    if (c == null) {
      throw new IllegalStateException("not in a channel yet");
    }
    return c;
  }

  Channel channel() {
    return context().channel();
  }

  /** Where the connection goes; unknown addresses are those of nobody. */
  InetSocketAddress remoteAddress() {
    return channel().remoteAddress() instanceof InetSocketAddress a ? a : NOWHERE;
  }

  @Override
  public ByteBufAllocator alloc() {
    return channel().alloc();
  }

  @Override
  public boolean isStream() {
    return isStream;
  }

  @Override
  public boolean isSecure() {
    Channel parent = channel().parent();
    return has(channel(), SslHandler.class) || (parent != null && has(parent, SslHandler.class));
  }

  private static boolean has(Channel channel, Class<SslHandler> handler) {
    return channel.pipeline().get(handler) != null;
  }

  @Override
  public boolean isActive() {
    return channel().isActive();
  }

  @Override
  public boolean isWritable() {
    return channel().isWritable();
  }

  /** That something was read is nothing to the link's actor from now on. */
  void share() {
    shared = true;
  }

  @Override
  public void taken(Object message, int queuedBytes) {
    if (paused && queuedBytes < mostQueuedBytes) {
      paused = false;
      channel().config().setAutoRead(true);
    }
  }

  /** Whether it ends a message; an informational response comes before one. */
  private static boolean isLast(Object message) {
    return message instanceof LastHttpContent
        && !(message instanceof HttpResponse head
            && head.status().codeClass() == HttpStatusClass.INFORMATIONAL);
  }

  @Override
  public void write(Object message) {
    if (isStream && isLast(message)) {
      lastWrite = context().write(message);
    } else {
      context().write(message, channel().voidPromise());
    }
    if (isStream) {
      flusher.addStreamOf(channel().parent());
    } else if (!flushing) {
      flushing = true;
      flusher.add(this);
    }
  }

  @Override
  public void flush() {
    flushing = false;
    context().flush();
  }

  /**
   * Whether a peer that takes nothing more is heard out: it may have said why, before we noticed
   * that. Otherwise the connection ends there and then. Not for streams.
   */
  void hearOut(boolean hears) {
    channel().config().setAutoClose(!hears);
  }

  // The end

  /**
   * Ends the connection. What was written is still sent, for at most {@value #SEND_SECONDS}
   * seconds. Meanwhile, and for {@value #LINGER_SECONDS} seconds more, what the peer still sends is
   * ignored: a connection that is closed with input unread would take back what the peer has not
   * read yet.
   */
  @Override
  public void close() {
    Channel c = channel();
    c.flush();
    SslHandler tls = c.pipeline().get(SslHandler.class);
    ChannelFuture sent = tls == null ? c.writeAndFlush(Unpooled.EMPTY_BUFFER) : tls.closeOutbound();
    lastWrite = sent;
    if (c instanceof DuplexChannel duplex && c.isActive() && !link.isEnded()) {
      c.config().setAutoRead(true);
      sent.addListener(
          _ -> {
            duplex.shutdownOutput();
            closeAfter(c, Duration.ofSeconds(LINGER_SECONDS));
          });
    } else {
      sent.addListener(_ -> c.close());
    }
    if (!sent.isDone()) {
      closeAfter(c, Duration.ofSeconds(SEND_SECONDS));
    }
  }

  /** Has {@code action} run when what was written before {@link #close} is on its way, or lost. */
  void whenSent(Runnable action) {
    ChannelFuture sent = lastWrite;
    if (sent == null) {
      action.run();
    } else {
      sent.addListener(_ -> action.run());
    }
  }

  private static void closeAfter(Channel c, Duration patience) {
    if (c.isOpen()) {
      var late = c.eventLoop().schedule(() -> c.close(), patience.toNanos(), TimeUnit.NANOSECONDS);
      c.closeFuture().addListener(_ -> late.cancel(false));
    }
  }

  /** Ends a stream at once, and tells the peer if it might still send or wait for anything. */
  void cancelStream() {
    if (link.isClosed()) {
      return;
    }
    ChannelFuture sent = lastWrite;
    boolean isDone = whole && sent != null && sent.isSuccess();
    if (!isDone) {
      channel().writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.CANCEL));
    }
    link.abort();
  }

  @Override
  public void abort() {
    channel().close();
  }

  // What Netty reports

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    whole = isStream && isLast(message);
    link.receive(message);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (shared) {
      return;
    }
    if (link.queuedBytes() >= mostQueuedBytes && !paused) {
      paused = true;
      ctx.channel().config().setAutoRead(false);
    }
    link.stir();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    link.wake();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    switch (event) {
      case ChannelInputShutdownEvent _ -> inputEnded(ctx);
      case ChannelOutputShutdownEvent _ -> link.outputEnded();
      case Http2ResetFrame reset ->
          link.broken(UnprocessedRequestException.ifReset(reset.errorCode()));
      case Http2GoAwayFrame _ -> link.broken(UnprocessedRequestException.goAway());
      default -> {} // of no interest
    }
    ReferenceCountUtil.release(event);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    inputEnded(ctx);
  }

  private void inputEnded(ChannelHandlerContext ctx) {
    if (link.isClosed()) {
      ctx.close();
    }
    link.inputEnded();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (cause instanceof IOException && !ctx.channel().config().isAutoClose()) {
      return; // one half has ended, as the next event says
    }
    if (!(cause instanceof Http2Exception)) {
      ctx.close(); // else the codec does that when it has said why
    }
    link.fail(cause);
  }
}
