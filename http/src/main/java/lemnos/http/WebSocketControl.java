package lemnos.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.compression.DecompressionException;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Answers pings, so that the actor sees messages alone, and asks a silent peer whether it is still
 * there: one that does not answer within the same time again is gone. A peer that pings but does
 * not read gets no answers until it does.
 */
final class WebSocketControl extends IdleStateHandler {
  private boolean asked;

  /**
   * @param idle how long a peer may be silent in all
   */
  WebSocketControl(Duration idle) {
    super(idle.toNanos() / 2, 0, 0, TimeUnit.NANOSECONDS);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
    asked = false;
    switch (message) {
      case PingWebSocketFrame ping when ctx.channel().isWritable() ->
          ctx.writeAndFlush(new PongWebSocketFrame(ping.content()), ctx.voidPromise());
      case PingWebSocketFrame ping -> ping.release();
      case PongWebSocketFrame pong -> pong.release();
      default -> super.channelRead(ctx, message);
    }
  }

  /** What breaks the protocol stands in the queue behind the messages that came before. */
  record Violation(WebSocketCloseStatus status, String reason) {}

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) throws Exception {
    switch (cause) {
      case CorruptedWebSocketFrameException corrupted ->
          violated(ctx, corrupted.closeStatus(), corrupted);
      case DecompressionException bomb -> violated(ctx, WebSocketCloseStatus.MESSAGE_TOO_BIG, bomb);
      case DecoderException other -> violated(ctx, WebSocketCloseStatus.PROTOCOL_ERROR, other);
      default -> super.exceptionCaught(ctx, cause);
    }
  }

  private static void violated(
      ChannelHandlerContext ctx, WebSocketCloseStatus status, DecoderException cause) {
    ctx.fireChannelRead(new Violation(status, String.valueOf(cause.getMessage())));
    ctx.fireChannelReadComplete();
  }

  @Override
  protected void channelIdle(ChannelHandlerContext ctx, IdleStateEvent event) {
    if (!ctx.channel().config().isAutoRead()) {
      return; // it is we who do not read
    }
    if (asked) {
      ctx.close();
    } else {
      asked = true;
      ctx.writeAndFlush(new PingWebSocketFrame(), ctx.voidPromise());
    }
  }
}
