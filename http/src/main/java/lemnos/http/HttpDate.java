package lemnos.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.util.AsciiString;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** A time of day as the headers of HTTP have it, and the line of the header {@code Date}. */
record HttpDate(AsciiString value, byte[] line) {
  /** As RFC 9110 (5.6.7) wants it: two digits for the day. */
  private static final DateTimeFormatter FORMAT =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  static String text(Instant time) {
    return FORMAT.format(time);
  }

  static HttpDate of(Instant time) {
    String text = text(time);
    return new HttpDate(AsciiString.of(text), WholeResponse.line(HttpHeaderNames.DATE, text));
  }
}
