package lemnos.http;

import io.netty.handler.codec.http2.Http2Error;
import java.io.IOException;

/** A stream of HTTP/2 that the peer has ended before its time. */
final class StreamEnded extends IOException {
  private static final long serialVersionUID = 1L;

  private final boolean unprocessed;

  private StreamEnded(String message, boolean unprocessed) {
    super(message);
    this.unprocessed = unprocessed;
  }

  static StreamEnded reset(long code) {
    Http2Error error = Http2Error.valueOf(code);
    String name = error == null ? "code " + code : error.name();
    return new StreamEnded(
        "the peer reset the stream: " + name, error == Http2Error.REFUSED_STREAM);
  }

  static StreamEnded goAway() {
    return new StreamEnded("the peer ends the connection and has not looked at the stream", true);
  }

  /** Whether {@code e} tells that the peer has done nothing of what was asked: RFC 9113 (8.7). */
  static boolean isUnprocessed(Throwable e) {
    return (e instanceof StreamEnded end && end.unprocessed)
        || (e.getCause() instanceof StreamEnded cause && cause.unprocessed);
  }
}
