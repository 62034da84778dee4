package lemnos.http;

import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpHeadersFactory;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;

/** The head of a request to a server. */
final class RequestHead extends DefaultHttpRequest {
  /** No body follows. */
  boolean isWhole;

  RequestHead(HttpVersion version, HttpMethod method, String uri, HttpHeadersFactory headers) {
    super(version, method, uri, headers);
  }

  RequestHead(HttpVersion version, HttpMethod method, String uri, HttpHeaders headers) {
    super(version, method, uri, headers);
  }
}
