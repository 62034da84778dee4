package lemnos.http;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Heads of HTTP/2 as those of HTTP/1, which is how handlers know them. */
final class Http2Heads {
  private static final AsciiString COOKIE_SEPARATOR = AsciiString.cached("; ");

  private Http2Heads() {}

  /**
   * A request's head, which has all that the codec demands of one.
   *
   * @throws Http2Exception if it could not be said in HTTP/1; that ends the stream
   */
  static RequestHead request(int stream, Http2Headers from) throws Http2Exception {
    String method = from.method().toString();
    CharSequence authority = from.authority();
    CharSequence target = from.path() == null ? authority : from.path();
    if (target == null) {
      throw malformed(stream, null);
    }
    try {
      var fields = new DefaultHttpHeaders();
      if (authority != null) {
        fields.add(HttpHeaderNames.HOST, authority);
      }
      copy(stream, from, fields, false);
      return new RequestHead(
          HttpVersion.HTTP_1_1, HttpMethod.valueOf(method), target.toString(), fields);
    } catch (IllegalArgumentException e) {
      throw malformed(stream, e);
    }
  }

  /**
   * The fields behind a body.
   *
   * @throws Http2Exception as for {@link #request}, or if there is what only a head may have
   */
  static HttpHeaders trailers(int stream, Http2Headers from) throws Http2Exception {
    try {
      var fields = new DefaultHttpHeaders();
      copy(stream, from, fields, true);
      return fields;
    } catch (IllegalArgumentException e) {
      throw malformed(stream, e);
    }
  }

  private static void copy(int stream, Http2Headers from, HttpHeaders to, boolean areTrailers)
      throws Http2Exception {
    StringBuilder cookies = null;
    for (Map.Entry<CharSequence, CharSequence> field : from) {
      CharSequence name = field.getKey();
      if (name.isEmpty() || name.charAt(0) == ':') {
        if (areTrailers || name.isEmpty()) {
          throw malformed(stream, null);
        }
      } else if (AsciiString.contentEquals(HttpHeaderNames.COOKIE, name)) { // may come in pieces
        if (cookies == null) {
          cookies = new StringBuilder(field.getValue());
        } else {
          cookies.append(COOKIE_SEPARATOR).append(field.getValue());
        }
      } else {
        to.add(name, field.getValue());
      }
    }
    if (cookies != null) {
      to.add(HttpHeaderNames.COOKIE, cookies.toString());
    }
  }

  private static Http2Exception malformed(int stream, @Nullable Exception cause) {
    String text = "fields that no head may have";
    return Http2Exception.streamError(stream, Http2Error.PROTOCOL_ERROR, cause, "%s", text);
  }
}
