package lemnos.http;

import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpHeadersFactory;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;

/** The head of a request of HTTP/1. */
final class RequestHead extends DefaultHttpRequest {
  /** No body follows. */
  boolean isWhole;

  RequestHead(HttpVersion version, HttpMethod method, String uri, HttpHeadersFactory headers) {
    super(version, method, uri, headers);
  }
}
