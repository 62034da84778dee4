package lemnos.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.List;

/**
 * Netty's decoder of requests, made stricter: it refuses header lines that go on in the next line
 * (obsolete folding) and bare carriage returns, and after a message that it refused it reads
 * nothing more.
 */
final class RequestDecoder extends HttpRequestDecoder {
  private static final IllegalArgumentException AMBIGUOUS =
      new IllegalArgumentException("a line begins with white space or has a bare return");

  private boolean inHead = true;
  private boolean refused;

  RequestDecoder(Limits limits) {
    super(
        new HttpDecoderConfig()
            .setMaxInitialLineLength(limits.requestLineBytes())
            .setMaxHeaderSize(limits.headerBytes())
            .setMaxChunkSize(Link.MAX_QUEUED_BYTES));
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf buffer, List<Object> out)
      throws Exception {
    if (refused) {
      buffer.skipBytes(buffer.readableBytes());
      return;
    }
    if (inHead && isAmbiguous(buffer)) {
      HttpMessage message = createInvalidMessage();
      message.setDecoderResult(DecoderResult.failure(AMBIGUOUS));
      out.add(message);
      buffer.skipBytes(buffer.readableBytes());
      refused = true;
      return;
    }
    int before = out.size();
    super.decode(ctx, buffer, out);
    for (int i = before; i < out.size(); i++) {
      Object decoded = out.get(i);
      if (decoded instanceof HttpMessage message) {
        inHead = false;
        refused = message.decoderResult().isFailure();
      }
      if (decoded instanceof LastHttpContent) {
        inHead = true;
      }
    }
  }

  /**
   * Whether a line of the head that {@code buffer} begins with starts with white space, or has a
   * carriage return in its middle. The decoder takes whole lines, so the buffer begins with one.
   */
  private static boolean isAmbiguous(ByteBuf buffer) {
    int line = buffer.readerIndex();
    int end = buffer.writerIndex();
    while (line < end) {
      byte first = buffer.getByte(line);
      if (first == ' ' || first == '\t') {
        return true;
      }
      if (first == '\r' && line > buffer.readerIndex()) {
        return false; // the head ends here
      }
      int lineEnd = buffer.indexOf(line, end, (byte) '\r');
      if (lineEnd < 0 || lineEnd + 1 == end) {
        return false;
      }
      if (buffer.getByte(lineEnd + 1) != '\n') {
        return true;
      }
      line = lineEnd + 2;
    }
    return false;
  }

  /** Netty would take the version in lower case. */
  @Override
  protected String splitThirdWordInitialLine(byte[] line, int start, int length) {
    String version = super.splitThirdWordInitialLine(line, start, length);
    if (!version.startsWith("HTTP/")) {
      throw new IllegalArgumentException("not a version of HTTP: " + version);
    }
    return version;
  }
}
