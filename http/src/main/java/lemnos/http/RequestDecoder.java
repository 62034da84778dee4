package lemnos.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.AsciiString;
import java.util.List;

/**
 * Netty's decoder of requests, made stricter: it refuses header lines that go on in the next line
 * (obsolete folding), in trailers too, and bare carriage returns, and after a message that it
 * refused it reads nothing more.
 */
final class RequestDecoder extends HttpRequestDecoder {
  private static final IllegalArgumentException AMBIGUOUS =
      new IllegalArgumentException("a line begins with white space or has a bare return");

  private static final HttpVersion[] VERSIONS = {HttpVersion.HTTP_1_1, HttpVersion.HTTP_1_0};

  private boolean inHead = true;

  /** A line of the head was taken: the next empty line ends it. */
  private boolean begun;

  private boolean refused;

  /** A line of the trailers was taken: the next one must not go on with it. */
  private boolean inTrailers;

  /** What is being decoded; empty if nothing is. */
  private ByteBuf decoding = Unpooled.EMPTY_BUFFER;

  RequestDecoder(Limits limits) {
    super(
        new HttpDecoderConfig()
            .setMaxInitialLineLength(limits.requestLineBytes())
            .setMaxHeaderSize(limits.headerBytes())
            .setMaxChunkSize(ChannelWire.MAX_QUEUED_BYTES));
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf buffer, List<Object> out)
      throws Exception {
    if (refused) {
      buffer.skipBytes(buffer.readableBytes());
      return;
    }
    if (inHead && !begun && !begins(buffer)) {
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
    if (inTrailers && isFolded(buffer)) {
      var last = new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER);
      last.setDecoderResult(DecoderResult.failure(AMBIGUOUS));
      out.add(last);
      buffer.skipBytes(buffer.readableBytes());
      refused = true;
      return;
    }
    int before = out.size();
    int from = buffer.readerIndex();
    decoding = buffer;
    super.decode(ctx, buffer, out);
    decoding = Unpooled.EMPTY_BUFFER;
    begun |= buffer.readerIndex() > from;
    for (int i = before; i < out.size(); i++) {
      Object decoded = out.get(i);
      if (decoded instanceof HttpMessage message) {
        inHead = false;
        refused = message.decoderResult().isFailure();
      } else if (decoded instanceof LastHttpContent) {
        inHead = true;
        begun = false;
        inTrailers = false;
      }
    }
    takeNothing(out, before);
  }

  /** A head that no body follows says so itself, and its empty body is left out. */
  private static void takeNothing(List<Object> out, int before) {
    int last = out.size() - 1;
    if (last > before
        && out.get(last) == LastHttpContent.EMPTY_LAST_CONTENT
        && out.get(last - 1) instanceof RequestHead head) {
      head.isWhole = true;
      out.remove(last);
    }
  }

  @Override
  protected HttpMessage createMessage(String[] line) throws Exception {
    for (HttpVersion version : VERSIONS) {
      if (version.text().equals(line[2])) {
        return new RequestHead(version, HttpMethod.valueOf(line[0]), line[1], headersFactory);
      }
    }
    return super.createMessage(line); // to be refused
  }

  /** Whether part of a head has come, and not all of it. */
  boolean hasPart() {
    return inHead && (begun || actualReadableBytes() > 0);
  }

  /** Skips empty lines, which may stand before a request. Whether more than that is there. */
  private static boolean begins(ByteBuf buffer) {
    int left = buffer.readableBytes();
    int at = buffer.readerIndex();
    while (left > 1 && buffer.getByte(at) == '\r' && buffer.getByte(at + 1) == '\n') {
      at += 2;
      left -= 2;
    }
    buffer.readerIndex(at);
    return left > 1 || (left == 1 && buffer.getByte(at) != '\r');
  }

  /**
   * Whether a line of the head that {@code buffer} begins with starts with white space or a control
   * character, or has a carriage return in its middle. The decoder takes whole lines, so the buffer
   * begins with one.
   */
  private boolean isAmbiguous(ByteBuf buffer) {
    int line = buffer.readerIndex();
    int end = buffer.writerIndex();
    while (line < end) {
      int lineEnd = buffer.indexOf(line, end, (byte) '\r');
      boolean isLast = lineEnd < 0 || lineEnd + 1 == end;
      if (!isLast && buffer.getByte(lineEnd + 1) != '\n') {
        return true;
      }
      if (lineEnd == line) {
        return false; // the head ends here
      }
      byte first = buffer.getByte(line);
      if ((0 <= first && first <= ' ') || first == 127) {
        return true;
      }
      if (isLast) {
        return false;
      }
      line = lineEnd + 2;
    }
    return false;
  }

  /** Whether the line that {@code buffer} begins with goes on with the one before. */
  private static boolean isFolded(ByteBuf buffer) {
    if (!buffer.isReadable()) {
      return false;
    }
    byte first = buffer.getByte(buffer.readerIndex());
    return first == ' ' || first == '\t';
  }

  /** Of a line of the trailers, behind which the buffer stands by now, or of the head. */
  @Override
  protected AsciiString splitHeaderName(byte[] line, int start, int length) {
    if (!inHead) {
      inTrailers = true;
      if (isFolded(decoding)) {
        throw AMBIGUOUS;
      }
    }
    return super.splitHeaderName(line, start, length);
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
