package lemnos.http;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;

/**
 * A response of HTTP/1 whose length and date are not among its headers yet: of a small one {@link
 * ResponseEncoder} writes both lines as they are kept ready, which is quicker.
 */
final class WholeResponse extends DefaultFullHttpResponse {
  /** The lines of Content-Length, by length. */
  private static final byte[][] LENGTHS = new byte[ResponseEncoder.MAX_BODY_BYTES + 1][];

  static {
    for (int i = 0; i < LENGTHS.length; i++) {
      LENGTHS[i] = line(HttpHeaderNames.CONTENT_LENGTH, Integer.toString(i));
    }
  }

  private final HttpDate date;

  /**
   * @param headers neither with a date nor with a length
   */
  WholeResponse(HttpResponseStatus status, ByteBuf content, HttpHeaders headers, HttpDate date) {
    super(HttpVersion.HTTP_1_1, status, content, headers, EmptyHttpHeaders.INSTANCE);
    this.date = date;
  }

  static byte[] line(CharSequence name, CharSequence value) {
    return (name + ": " + value + "\r\n").getBytes(StandardCharsets.US_ASCII);
  }

  /** Writes the lines of length and date. The content is small. */
  void writeLines(ByteBuf to) {
    to.writeBytes(LENGTHS[content().readableBytes()]);
    to.writeBytes(date.line());
  }

  /** Sets length and date among the headers, for an encoder that knows nothing of them. */
  void spellOut() {
    headers()
        .setInt(HttpHeaderNames.CONTENT_LENGTH, content().readableBytes())
        .set(HttpHeaderNames.DATE, date.value());
  }
}
