package lemnos.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.MessageToMessageDecoder;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.extensions.WebSocketExtension;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Puts the fragments of a compressed message together before it is inflated: one of them alone may
 * inflate to nothing, which RFC 7692 (6.1) allows and Netty's inflater does not. Frames that are
 * not compressed pass.
 */
final class WebSocketGatherer extends MessageToMessageDecoder<WebSocketFrame> {
  private final int maxBytes;

  /** The compressed message that has begun, and what there is of it. */
  private @Nullable ByteBuf gathered;

  private boolean isText;
  private int rsv;

  WebSocketGatherer(int maxBytes) {
    super(WebSocketFrame.class);
    this.maxBytes = maxBytes;
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, WebSocketFrame frame, List<Object> out) {
    boolean isData = frame instanceof TextWebSocketFrame || frame instanceof BinaryWebSocketFrame;
    if (isData && !frame.isFinalFragment() && (frame.rsv() & WebSocketExtension.RSV1) != 0) {
      isText = frame instanceof TextWebSocketFrame;
      rsv = frame.rsv();
      gathered = ctx.alloc().buffer();
      add(gathered, frame);
    } else if (gathered != null && frame instanceof ContinuationWebSocketFrame) {
      add(gathered, frame);
      if (frame.isFinalFragment()) {
        out.add(
            isText
                ? new TextWebSocketFrame(true, rsv, gathered)
                : new BinaryWebSocketFrame(true, rsv, gathered));
        gathered = null;
      }
    } else {
      out.add(frame.retain());
    }
  }

  private void add(ByteBuf to, WebSocketFrame frame) {
    if (frame instanceof ContinuationWebSocketFrame && frame.rsv() != 0) {
      throw new CorruptedWebSocketFrameException(
          WebSocketCloseStatus.PROTOCOL_ERROR, "a fragment that says that it is compressed");
    }
    if (to.readableBytes() + frame.content().readableBytes() > maxBytes) {
      throw new CorruptedWebSocketFrameException(
          WebSocketCloseStatus.MESSAGE_TOO_BIG, "a message of more than " + maxBytes + " bytes");
    }
    to.writeBytes(frame.content());
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    if (gathered != null) {
      gathered.release();
      gathered = null;
    }
  }
}
