package lemnos.http;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.time.Duration;
import java.util.Set;

/**
 * A request on its way: to the place it is for, from there to where it is redirected, and once more
 * if the server has done nothing with it. The body is sent again only if it is {@linkplain
 * Upload#isAtHand at hand}.
 */
final class Exchange {
  /** Doing them twice comes to the same, so they can be tried again. */
  private static final Set<String> IDEMPOTENT =
      Set.of("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE");

  /** What must not follow a redirect to another host. */
  private static final CharSequence[] SECRETS = {
    HttpHeaderNames.AUTHORIZATION, HttpHeaderNames.COOKIE, HttpHeaderNames.PROXY_AUTHORIZATION
  };

  private final Pool pool;
  private final ClientSetup setup;
  private final Duration timeout;
  private String method;
  private URI uri;

  /** The caller's, until something has to be changed. */
  private HttpHeaders headers;

  private Upload body;

  /** How many redirects may still be followed. */
  private int redirects;

  Exchange(Pool pool, String method, URI uri, HttpHeaders headers, Upload body, Duration timeout) {
    this.pool = pool;
    this.setup = pool.setup();
    this.method = method;
    this.uri = uri;
    this.headers = headers;
    this.body = body;
    this.timeout = timeout;
    this.redirects = setup.redirects();
  }

  /** Sends all of it and waits for the answer. */
  ClientResponse send() throws IOException {
    return follow(attempt());
  }

  private ClientResponse attempt() throws IOException {
    ClientConnection connection = pool.take(Origin.of(uri), false);
    try {
      return ask(connection);
    } catch (IOException e) {
      pool.drop(connection);
      if (!mayRepeat(connection, e)) {
        throw e;
      }
    } catch (Throwable t) {
      pool.drop(connection);
      throw t;
    }
    ClientConnection fresh = pool.take(Origin.of(uri), true);
    try {
      return ask(fresh);
    } catch (Throwable t) {
      pool.drop(fresh);
      throw t;
    }
  }

  /**
   * The server may have closed a connection that was used before, which is no reason to fail; what
   * it says it has not looked at may be sent again whatever it is.
   */
  private boolean mayRepeat(ClientConnection connection, IOException e) {
    boolean isStale = connection.isReused() && IDEMPOTENT.contains(method);
    return (isStale || e instanceof UnprocessedRequestException)
        && body.isAtHand()
        && !(e instanceof SocketTimeoutException);
  }

  private ClientResponse ask(ClientConnection connection) throws IOException {
    begin(connection);
    return response(connection);
  }

  /** A connection on which the request is begun. */
  ClientConnection begin() throws IOException {
    ClientConnection connection = pool.take(Origin.of(uri), false);
    try {
      begin(connection);
      return connection;
    } catch (Throwable t) {
      pool.drop(connection);
      throw t;
    }
  }

  /** The same on another connection, and without expectation: the server knows none. */
  ClientConnection beginAgain(ClientConnection refused) throws IOException {
    pool.drop(refused);
    headers = headers.copy().remove(HttpHeaderNames.EXPECT);
    return begin();
  }

  void giveUp(ClientConnection connection) {
    pool.drop(connection);
  }

  private void begin(ClientConnection connection) throws IOException {
    connection.begin(timeout);
    var verb = HttpMethod.valueOf(method);
    if (body instanceof Upload.Source source) {
      if (!source.isAtHand()) {
        throw new IllegalStateException("the body of " + this + " has been sent already");
      }
      try {
        source.begin(pool.core());
      } catch (Throwable t) {
        source.end();
        throw t;
      }
    }
    HttpHeaders fields = complete(headers.copy());
    boolean expects = fields.contains(HttpHeaderNames.EXPECT);
    if (body instanceof Upload.Bytes b && b.length() <= Upload.PIECE_BYTES && !expects) {
      connection.send(whole(verb, b, fields));
    } else {
      var head = new DefaultHttpRequest(HttpVersion.HTTP_1_1, verb, target(), fields);
      connection.send(head, body, expects);
    }
  }

  private FullHttpRequest whole(HttpMethod verb, Upload.Bytes body, HttpHeaders fields) {
    return new DefaultFullHttpRequest(
        HttpVersion.HTTP_1_1,
        verb,
        target(),
        Unpooled.wrappedBuffer(body.all()),
        fields,
        EmptyHttpHeaders.INSTANCE);
  }

  private HttpHeaders complete(HttpHeaders fields) {
    fields.set(HttpHeaderNames.HOST, Origin.of(uri).authority());
    if (isForProxy()) {
      setup.authorize(fields);
    }
    if (!fields.contains(HttpHeaderNames.USER_AGENT)) {
      fields.set(HttpHeaderNames.USER_AGENT, setup.userAgent());
    }
    if (setup.decompresses() && !fields.contains(HttpHeaderNames.ACCEPT_ENCODING)) {
      fields.set(HttpHeaderNames.ACCEPT_ENCODING, HttpHeaderValues.GZIP);
    }
    String type = body.type();
    if (type != null) {
      fields.set(HttpHeaderNames.CONTENT_TYPE, type);
    }
    fields.remove(HttpHeaderNames.TRANSFER_ENCODING).remove(HttpHeaderNames.CONTENT_LENGTH);
    long length = body.length();
    if (length < 0) {
      fields.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
    } else if (length > 0 || method.equals("POST") || method.equals("PUT")) {
      fields.set(HttpHeaderNames.CONTENT_LENGTH, Long.toString(length));
    }
    if (length == 0) {
      fields.remove(HttpHeaderNames.EXPECT); // there is nothing to wait with: RFC 9110 (10.1.1)
    }
    return fields;
  }

  /** A proxy that is no tunnel wants to know the whole URI. */
  private String target() {
    return isForProxy() ? "http://" + Origin.of(uri).authority() + path(uri) : path(uri);
  }

  /** Whether a proxy reads the request, and is no tunnel. */
  private boolean isForProxy() {
    return setup.proxy() != null && !Origin.of(uri).secure();
  }

  static String path(URI uri) {
    String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
    return uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery();
  }

  // Answers

  /** Waits for the head of the answer, which may ask for more than to be read. */
  ClientResponse response(ClientConnection connection) throws IOException {
    HttpResponse head = connection.receive();
    if (isForProxy()) {
      setup.checkAuthorized(head.status());
    }
    boolean isHead = method.equals("HEAD");
    return new ClientResponse(
        connection, head, connection.body(isHead, head), setup.decompresses());
  }

  /** What comes in the end, where {@code first} sends us. */
  ClientResponse follow(ClientResponse first) throws IOException {
    ClientResponse response = first;
    while (isUnexpected(response) || isToFollow(response)) {
      response.close();
      response = attempt();
    }
    return response;
  }

  /** Whether a server is asked again because it knows no expectations: RFC 9110 (10.1.1). */
  private boolean isUnexpected(ClientResponse response) {
    if (response.status() != 417 || !body.isAtHand()) {
      return false;
    }
    boolean expected = headers.contains(HttpHeaderNames.EXPECT);
    headers = headers.copy().remove(HttpHeaderNames.EXPECT);
    return expected;
  }

  /** Whether it is redirected; then it is changed accordingly. */
  private boolean isToFollow(ClientResponse response) throws IOException {
    String location = response.headers().get(HttpHeaderNames.LOCATION);
    int status = response.status();
    boolean isRedirect = status == 307 || status == 308 || (301 <= status && status <= 303);
    if (location == null || !isRedirect || redirects == 0) {
      return false;
    }
    boolean isGet = status == 303 || (status <= 302 && method.equals("POST"));
    if (!isGet && !body.isAtHand()) {
      return false;
    }
    redirects--;
    try {
      redirect(location);
    } catch (IOException e) {
      response.close();
      throw e;
    }
    if (isGet) {
      becomeGet();
    }
    return true;
  }

  private void redirect(String location) throws IOException {
    Origin before = Origin.of(uri);
    try {
      uri = Origin.checked(uri.resolve(location));
    } catch (IllegalArgumentException e) {
      throw new IOException("redirected to what is no URI of http: " + location, e);
    }
    Origin now = Origin.of(uri);
    if (before.secure() && !now.secure()) {
      throw new IOException("redirected from https to " + uri + ", which is not secure");
    }
    if (!before.equals(now)) {
      headers = headers.copy();
      for (CharSequence secret : SECRETS) {
        headers.remove(secret);
      }
    }
  }

  private void becomeGet() {
    if (!method.equals("HEAD")) {
      method = "GET";
    }
    body = new Upload.Bytes();
    headers = headers.copy().remove(HttpHeaderNames.CONTENT_TYPE);
  }

  @Override
  public String toString() {
    return method + " " + uri;
  }
}
