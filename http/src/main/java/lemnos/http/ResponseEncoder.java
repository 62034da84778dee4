package lemnos.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.LastHttpContent;
import org.jspecify.annotations.Nullable;

/**
 * Netty's encoder of responses, but small ones that are written before a flush share a buffer: for
 * a client that sends its requests without waiting, one piece goes to the system instead of many.
 */
final class ResponseEncoder extends HttpResponseEncoder {
  /** A longer body is not worth copying. */
  static final int MAX_BODY_BYTES = 1024;

  /** A buffer with as much in it is written: what is in it does not count as unsent yet. */
  private static final int FULL_BYTES = 16 * 1024;

  private static final int MIN_BYTES = 256;
  private static final int CRLF = '\r' << 8 | '\n';

  private @Nullable ByteBuf gathered;

  /** How long the last buffer became, which the next is likely to become too. */
  private int likelyBytes = MIN_BYTES;

  /** The head of a response was written, and the end of its body was not. */
  private boolean inBody;

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise)
      throws Exception {
    if (message instanceof FullHttpResponse response && promise.isVoid() && isSmall(response)) {
      gather(ctx, response);
      return;
    }
    writeGathered(ctx);
    if (message instanceof WholeResponse whole) {
      whole.spellOut();
    }
    if (message instanceof LastHttpContent) {
      inBody = false;
    } else if (message instanceof HttpResponse) {
      inBody = true;
    }
    super.write(ctx, message, promise);
  }

  /** Whether it can be written in one piece, and nothing about it is special. */
  private boolean isSmall(FullHttpResponse response) {
    return !inBody
        && response.content().readableBytes() <= MAX_BODY_BYTES
        && !isContentAlwaysEmpty(response)
        && !response.headers().contains(HttpHeaderNames.TRANSFER_ENCODING);
  }

  private void gather(ChannelHandlerContext ctx, FullHttpResponse response) throws Exception {
    ByteBuf buf = gathered;
    if (buf == null) {
      buf = ctx.alloc().buffer(likelyBytes);
      gathered = buf;
    }
    int before = buf.writerIndex();
    try {
      encodeInitialLine(buf, response);
      encodeHeaders(response.headers(), buf);
      if (response instanceof WholeResponse whole) {
        whole.writeLines(buf);
      }
      ByteBufUtil.writeShortBE(buf, CRLF);
      buf.writeBytes(response.content());
    } catch (Throwable t) {
      buf.writerIndex(before);
      throw t;
    } finally {
      response.release();
    }
    if (buf.writerIndex() >= FULL_BYTES) {
      writeGathered(ctx);
    }
  }

  private void writeGathered(ChannelHandlerContext ctx) {
    ByteBuf buf = gathered;
    if (buf != null) {
      gathered = null;
      likelyBytes = Math.max(MIN_BYTES, buf.writerIndex());
      ctx.write(buf, ctx.voidPromise());
    }
  }

  @Override
  public void flush(ChannelHandlerContext ctx) {
    writeGathered(ctx);
    ctx.flush();
  }

  /** Another protocol takes over, after what was written; or the connection is closed. */
  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    if (ctx.channel().isActive()) {
      writeGathered(ctx);
    } else if (gathered != null) {
      gathered.release();
      gathered = null;
    }
  }
}
