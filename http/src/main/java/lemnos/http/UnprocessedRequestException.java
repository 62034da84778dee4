package lemnos.http;

import io.netty.handler.codec.http2.Http2Error;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A server that leaves, or has too much to do, says that it has done nothing of what a request
 * asked for: RFC 9113 (8.7). So it may be sent once more, whatever it asks for. A client does that
 * by itself, once, if it has the body still, or again.
 */
public final class UnprocessedRequestException extends IOException {
  private static final long serialVersionUID = 1L;

  private UnprocessedRequestException(String message, @Nullable IOException cause) {
    super(message, cause);
  }

  private static UnprocessedRequestException because(String what) {
    return new UnprocessedRequestException(
        what + "; nothing was done with the request, which may be sent again", null);
  }

  /** What it means that the peer has reset a stream. */
  static IOException ifReset(long code) {
    Http2Error error = Http2Error.valueOf(code);
    String what = "the peer reset the stream: " + (error == null ? "code " + code : error);
    return error == Http2Error.REFUSED_STREAM ? because(what) : new IOException(what);
  }

  static UnprocessedRequestException goAway() {
    return because("the peer ends the connection");
  }

  /** {@code failure}, for whoever finds it next. */
  static IOException again(IOException failure) {
    return failure instanceof UnprocessedRequestException
        ? new UnprocessedRequestException(String.valueOf(failure.getMessage()), failure)
        : new IOException(failure.getMessage(), failure);
  }
}
