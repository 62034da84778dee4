package lemnos.http;

import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import lemnos.runtime.Awaitable;
import lemnos.runtime.Context;
import org.jspecify.annotations.Nullable;

/**
 * What a client asks for. For the actor that handles it, while it does.
 *
 * <p>Nothing in it is to be trusted: all of it is what the client said, but {@link #remoteAddress}.
 */
public final class Request {
  /** The most parameters that a query or a form may have. */
  static final int MAX_PARAMETERS = 1024;

  private final ServerConnection connection;
  private final HttpRequest head;
  private final Headers headers;
  private final Body body;
  private Map<String, String> pathParameters = Map.of();
  private @Nullable String path;
  private @Nullable Map<String, List<String>> query;
  private @Nullable Map<String, String> cookies;
  private Map<Class<?>, Object> attachments = Map.of();

  Request(ServerConnection connection, HttpRequest head, Body body) {
    this.connection = connection;
    this.head = head;
    this.headers = new Headers(head.headers());
    this.body = body;
  }

  /** The method, in upper case as a rule: {@code GET}. */
  public String method() {
    return head.method().name();
  }

  /** What was asked for, as it came: path and query, or {@code *}, or a whole URI. */
  public String target() {
    return head.uri();
  }

  /** The path as it came, without the query. */
  String rawPath() {
    return Target.rawPath(target());
  }

  /**
   * The path, without the query and without escapes.
   *
   * @throws HttpException 400 if its escapes are malformed
   */
  public String path() {
    String p = path;
    if (p == null) {
      p = Target.decoded(rawPath());
      path = p;
    }
    return p;
  }

  /** The value of a parameter of the {@linkplain Router route}'s path. */
  public String path(String name) {
    return Objects.requireNonNull(
        pathParameters.get(name), () -> "no parameter {" + name + "} in the pattern of the route");
  }

  /**
   * The value of a parameter of the {@linkplain Router route}'s path.
   *
   * @throws HttpException 404 if the parameter cannot read it
   */
  public <T> T path(Param<T> param) {
    return param.parse(path(param.name()), 404);
  }

  void setPathParameters(Map<String, String> parameters) {
    pathParameters = parameters;
  }

  /** The first value of a parameter of the query; null if there is none. */
  public @Nullable String query(String name) {
    List<String> all = query().get(name);
    return all == null ? null : all.getFirst();
  }

  /**
   * The first value of a parameter of the query; null if there is none.
   *
   * @throws HttpException 400 if the parameter cannot read it
   */
  public <T> @Nullable T query(Param<T> param) {
    String text = query(param.name());
    return text == null ? null : param.parse(text, 400);
  }

  /**
   * All parameters of the query, at most {@value #MAX_PARAMETERS}.
   *
   * @throws HttpException 400 if their escapes are malformed
   */
  public Map<String, List<String>> query() {
    Map<String, List<String>> q = query;
    if (q == null) {
      q = parameters(target(), true);
      query = q;
    }
    return q;
  }

  static Map<String, List<String>> parameters(String text, boolean afterPath) {
    try {
      return new QueryStringDecoder(text, StandardCharsets.UTF_8, afterPath, MAX_PARAMETERS, false)
          .parameters();
    } catch (IllegalArgumentException e) {
      throw new HttpException(400, "malformed parameters\n");
    }
  }

  /** The version of HTTP: 1.0, 1.1 or 2. */
  public String version() {
    if (connection.isStream()) {
      return "HTTP/2";
    }
    return head.protocolVersion().text();
  }

  public Headers headers() {
    return headers;
  }

  /** The first value of a header; null if there is none. */
  public @Nullable String header(CharSequence name) {
    return headers.get(name);
  }

  public Body body() {
    return body;
  }

  /**
   * The body as what a browser sends for a form, either as {@code
   * application/x-www-form-urlencoded}.
   *
   * @throws HttpException 415 if it is something else
   */
  public Form form() throws IOException {
    return Form.read(this);
  }

  /**
   * The body as {@code multipart/form-data}, part by part.
   *
   * @throws HttpException 415 if it is something else
   */
  public Multipart multipart() {
    return Multipart.of(this);
  }

  /** The value of a cookie; null if the client sent none of that name. */
  public @Nullable String cookie(String name) {
    Map<String, String> c = cookies;
    if (c == null) {
      c = Cookie.parse(headers.all("cookie"));
      cookies = c;
    }
    return c.get(name);
  }

  /** The other end of the connection, which may be a proxy. */
  public InetSocketAddress remoteAddress() {
    return connection.remoteAddress();
  }

  /**
   * Who sent the request: {@link #remoteAddress}, or what the proxies say that the server was told
   * to {@linkplain ServerSetup#trustedProxies trust}.
   */
  public String clientAddress() {
    return connection.forwarded().clientAddress(this);
  }

  /** {@code https} or {@code http}, by the connection or the trusted proxies. */
  public String scheme() {
    return connection.forwarded().scheme(this, connection.isSecure());
  }

  /** The host, with its port if that was named, that the client wanted; empty if it named none. */
  public String host() {
    return connection.forwarded().host(this);
  }

  /**
   * What the actor that handles the request can do: wait, ask, and receive what is sent to its
   * reference.
   */
  public Context<Object> context() {
    return connection.context();
  }

  /**
   * Ready when the client has gone: for handlers that wait for something else, say for the actor's
   * messages. Whoever writes is told by an exception anyway.
   *
   * <p>A client of HTTP/1 that has closed its own half of the connection counts as gone: it may
   * still read, but most of those have left.
   */
  public Awaitable departure() {
    return connection.link().departure();
  }

  /** Leaves something to the handlers behind a {@link Middleware}: who asks, say. */
  public <T> Request attach(Class<T> type, T value) {
    if (attachments.isEmpty()) {
      attachments = new HashMap<>();
    }
    attachments.put(type, value);
    return this;
  }

  /** What was {@linkplain #attach attached}; null if nothing of that type was. */
  public <T> @Nullable T attachment(Class<T> type) {
    return type.cast(attachments.get(type));
  }

  ServerConnection connection() {
    return connection;
  }

  HttpRequest head() {
    return head;
  }

  boolean isHead() {
    return head.method().equals(HttpMethod.HEAD); // as quick as == for those that are known
  }

  @Override
  public String toString() {
    return method() + " " + target();
  }
}
