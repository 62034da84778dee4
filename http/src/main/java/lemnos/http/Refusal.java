package lemnos.http;

/** Why a server refused a request or a connection. */
public enum Refusal {
  /** The request line is longer than allowed. */
  REQUEST_LINE(414),
  /** The headers are too many, or too long together. */
  HEADERS(431),
  /** The body is longer than allowed. */
  BODY(413),
  /** The head is no HTTP, or could be understood in two ways. */
  MALFORMED(400),
  /** The body is no HTTP. */
  MALFORMED_BODY(400),
  /** A version of HTTP other than 1.0, 1.1 and 2. */
  VERSION(505),
  /** A transfer coding other than chunked. */
  TRANSFER_CODING(501),
  /** An expectation other than 100-continue. */
  EXPECTATION(417),
  /** The head took too long. */
  SLOW_HEAD(408),
  /** The body came too slowly. */
  SLOW_BODY(408),
  /** What broke the protocol of HTTP/2, or flooded us: its stream or connection was ended. */
  HTTP2(400),
  /** A WebSocket that broke the protocol. */
  WEBSOCKET(400);

  /** The status that the client gets, if it gets one. */
  final int status;

  Refusal(int status) {
    this.status = status;
  }
}
