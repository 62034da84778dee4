package lemnos.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2SettingsFrame;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import io.netty.handler.codec.http2.HttpConversionUtil;
import io.netty.util.AsciiString;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import lemnos.core.Core;
import lemnos.core.MaxTimer;

/**
 * An HTTP/2 connection of a client: each exchange is a stream of it, and as many run at once as the
 * server allows. It ends when it has been idle for long, and when all streams have ended after the
 * server said that it leaves, or did not answer in time. Everything happens on one worker.
 */
final class Http2ClientConnection extends ChannelInboundHandlerAdapter implements AutoCloseable {
  /** A client has the odd half of 31 bits to number its streams with. */
  private static final int MAX_STREAMS = 1 << 30;

  /** What Netty adds to the headers of a stream. */
  private static final List<AsciiString> EXTENSIONS =
      Arrays.stream(HttpConversionUtil.ExtensionHeaderNames.values())
          .map(HttpConversionUtil.ExtensionHeaderNames::text)
          .toList();

  private final Core core;
  private final Channel channel;
  private final Http2FrameCodec codec;
  private final MaxTimer idle = new MaxTimer();
  private Runnable onChange = () -> {};
  private Duration idleTimeout = Duration.ZERO;

  /** How many streams may run at once: one, until the server has said how many. */
  private int most = 1;

  private int streams;
  private int numbered;
  private boolean leaving;

  private Http2ClientConnection(Core core, Channel channel) {
    this.core = core;
    this.channel = channel;
    this.codec =
        Http2Decoder.client()
            .initialSettings(
                Http2Settings.defaultSettings()
                    .pushEnabled(false)
                    .maxHeaderListSize(ClientConnection.MAX_HEADER_BYTES))
            .build();
  }

  /** Puts HTTP/2 on top of a connection whose other side has agreed to it. */
  static Http2ClientConnection attach(Core core, Channel channel) {
    var connection = new Http2ClientConnection(core, channel);
    channel
        .pipeline()
        .addLast(connection.codec, new Http2MultiplexHandler(new Refused()), connection);
    Http2Codec.widen(connection.codec);
    channel.config().setAutoRead(true);
    return connection;
  }

  /** What a server would push, which it was told not to. */
  private static final class Refused extends ChannelInitializer<Channel> {
    @Override
    protected void initChannel(Channel stream) {
      stream.close();
    }
  }

  /**
   * Begins its work for a pool.
   *
   * @param action is done when there may be room for a stream, and when there will be no more
   */
  void start(Duration timeout, Runnable action) {
    idleTimeout = timeout;
    onChange = action;
    rest();
  }

  /** Whether new streams may be opened on it, now or later. */
  boolean isUsable() {
    return !leaving && channel.isActive();
  }

  /** How many streams may be opened now. */
  int room() {
    return isUsable() ? Math.max(0, most - streams) : 0;
  }

  /** Whether it has had streams before: then the server may have closed it meanwhile. */
  boolean isReused() {
    return numbered > 1;
  }

  /** The head as the peer has sent it. */
  static <H extends HttpMessage> H withoutExtensions(H head) {
    EXTENSIONS.forEach(head.headers()::remove);
    return head;
  }

  /** Opens a stream, for which there must be room; it is there after {@link Link#awaitOpen}. */
  Link open() {
    var link = new Link(core);
    streams++;
    numbered++;
    leaving |= numbered == MAX_STREAMS;
    idle.cancel();
    new Http2StreamChannelBootstrap(channel)
        .handler(
            new ChannelInitializer<Http2StreamChannel>() {
              @Override
              protected void initChannel(Http2StreamChannel stream) {
                stream
                    .pipeline()
                    .addLast(new Http2StreamFrameToHttpObjectCodec(false), new ChannelWire(link));
                stream.closeFuture().addListener(_ -> ended());
                link.stir();
              }
            })
        .open()
        .addListener(
            opening -> {
              if (!opening.isSuccess()) {
                link.fail(opening.cause());
                ended();
              }
            });
    return link;
  }

  private void ended() {
    streams--;
    rest();
    onChange.run();
  }

  /** There may be nothing to do. */
  private void rest() {
    if (streams > 0) {
      return;
    }
    if (leaving) {
      channel.close();
    } else {
      idle.set(core, core.now() + idleTimeout.toNanos(), this::retire);
    }
  }

  /** Opens no more streams, and ends with the last of them. */
  void retire() {
    leaving = true;
    rest();
    onChange.run();
  }

  @Override
  public void close() {
    channel.close();
  }

  // What Netty reports, on the worker's thread, while it polls

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    switch (message) {
      case Http2SettingsFrame _ -> {
        most = codec.connection().local().maxActiveStreams();
        onChange.run();
      }
      case Http2GoAwayFrame _ -> retire();
      default -> {} // the codec has done what it asks
    }
    ReferenceCountUtil.release(message);
  }

  /** A server that sends nothing more is gone: HTTP/2 knows no connections that are half open. */
  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      ctx.close();
    }
    ReferenceCountUtil.release(event);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    idle.cancel();
    leaving = true;
    onChange.run();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close();
  }
}
