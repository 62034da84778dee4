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
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import lemnos.runtime.Context;
import org.jspecify.annotations.Nullable;

/** A request to be sent. Each method changes it and returns it. */
public final class ClientRequest {
  private static final byte[] NOTHING = {};

  /** Doing them twice comes to the same, so they can be tried again. */
  private static final Set<String> IDEMPOTENT =
      Set.of("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE");

  /** What must not follow a redirect to another host. */
  private static final CharSequence[] SECRETS = {
    HttpHeaderNames.AUTHORIZATION, HttpHeaderNames.COOKIE, HttpHeaderNames.PROXY_AUTHORIZATION
  };

  private final HttpClient client;
  private final Headers headers = new Headers();
  private String method;
  private URI uri;
  private byte[] body = NOTHING;
  private @Nullable Body stream;
  private Duration timeout;

  ClientRequest(HttpClient client, String method, URI uri) {
    this.client = client;
    this.method = method;
    this.uri = uri;
    this.timeout = client.settings().timeout();
  }

  public Headers headers() {
    return headers;
  }

  /** Sets a header. */
  public ClientRequest header(CharSequence name, CharSequence value) {
    headers.set(name, value);
    return this;
  }

  /** Sends {@code body}. */
  public ClientRequest body(byte[] body) {
    this.body = body;
    return this;
  }

  /** Sends {@code text} in UTF-8; its type is {@code text/plain} unless another is set. */
  public ClientRequest body(String text) {
    if (!headers.contains(HttpHeaderNames.CONTENT_TYPE)) {
      headers.set(HttpHeaderNames.CONTENT_TYPE, ServerConnection.TEXT);
    }
    return body(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Sends {@code body} on, piece by piece as it comes: the body of another message. */
  public ClientRequest body(Body body) {
    this.stream = body;
    return this;
  }

  /** Instead of the {@linkplain ClientSetup#timeout client's}. */
  public ClientRequest timeout(Duration timeout) {
    this.timeout = timeout;
    return this;
  }

  /**
   * Sends the request and waits for the head of the response, following redirects. Whoever does not
   * read the body to its end closes the response.
   *
   * <p>A server may answer before it has the whole request. Then the rest of that is sent while the
   * body of the response is read, and no more of it when the response has ended or is closed.
   *
   * @throws IOException if no response came
   */
  public ClientResponse send(Context<?> ctx) throws IOException {
    Pool pool = client.pool(ctx.core());
    ClientResponse response = exchange(pool);
    for (int left = client.settings().redirects(); left > 0; left--) {
      String location = response.headers().get(HttpHeaderNames.LOCATION);
      if (location == null || !isRedirect(response.status()) || stream != null) {
        return response;
      }
      response.close();
      redirect(response.status(), location);
      response = exchange(pool);
    }
    return response;
  }

  private static boolean isRedirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
  }

  private void redirect(int status, String location) throws IOException {
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
      for (CharSequence secret : SECRETS) {
        headers.remove(secret);
      }
    }
    boolean isChanged = status == 303 || (status <= 302 && method.equals("POST"));
    if (isChanged && !method.equals("HEAD")) {
      method = "GET";
      body = NOTHING;
      headers.remove(HttpHeaderNames.CONTENT_TYPE);
    }
  }

  private ClientResponse exchange(Pool pool) throws IOException {
    Origin origin = Origin.of(uri);
    ClientConnection connection = pool.take(origin, false);
    try {
      return exchange(connection, origin);
    } catch (IOException e) {
      pool.drop(connection);
      if (!mayRepeat(connection, e)) {
        throw e;
      }
    } catch (Throwable t) {
      pool.drop(connection);
      throw t;
    }
    ClientConnection fresh = pool.take(origin, true);
    try {
      return exchange(fresh, origin);
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
    return (isStale || StreamEnded.isUnprocessed(e))
        && (stream == null || !stream.isWanted())
        && !(e instanceof SocketTimeoutException);
  }

  private ClientResponse exchange(ClientConnection connection, Origin origin) throws IOException {
    connection.begin(timeout);
    HttpHeaders fields = headers.fields().copy();
    complete(fields, origin);
    HttpRequest head = head(origin, fields);
    if (head instanceof FullHttpRequest whole) {
      connection.send(whole);
    } else {
      connection.send(head, stream == null ? new Upload.Bytes(body) : new Upload.Onward(stream));
    }
    HttpResponse response = connection.receive();
    boolean decompress = client.settings().decompresses();
    return new ClientResponse(connection, response, connection.body(head, response), decompress);
  }

  /** The request without its body; or with it, if that is short. */
  private HttpRequest head(Origin origin, HttpHeaders fields) {
    var method = HttpMethod.valueOf(this.method);
    if (stream != null || body.length > Upload.Bytes.PIECE_BYTES) {
      return new DefaultHttpRequest(HttpVersion.HTTP_1_1, method, target(origin), fields);
    }
    return new DefaultFullHttpRequest(
        HttpVersion.HTTP_1_1,
        method,
        target(origin),
        Unpooled.wrappedBuffer(body),
        fields,
        EmptyHttpHeaders.INSTANCE);
  }

  private void complete(HttpHeaders fields, Origin origin) {
    fields.set(HttpHeaderNames.HOST, origin.authority());
    if (!fields.contains(HttpHeaderNames.USER_AGENT)) {
      fields.set(HttpHeaderNames.USER_AGENT, client.settings().userAgent());
    }
    if (client.settings().decompresses() && !fields.contains(HttpHeaderNames.ACCEPT_ENCODING)) {
      fields.set(HttpHeaderNames.ACCEPT_ENCODING, HttpHeaderValues.GZIP);
    }
    fields.remove(HttpHeaderNames.TRANSFER_ENCODING).remove(HttpHeaderNames.CONTENT_LENGTH);
    long length = stream == null ? body.length : stream.length();
    if (length < 0) {
      fields.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
    } else if (length > 0 || method.equals("POST") || method.equals("PUT")) {
      fields.set(HttpHeaderNames.CONTENT_LENGTH, Long.toString(length));
    }
  }

  static String path(URI uri) {
    String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
    return uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery();
  }

  /** A proxy that is no tunnel wants to know the whole URI. */
  private String target(Origin origin) {
    String target = path(uri);
    boolean isForProxy = client.settings().proxy() != null && !origin.secure();
    return isForProxy ? "http://" + origin.authority() + target : target;
  }

  @Override
  public String toString() {
    return method + " " + uri;
  }
}
