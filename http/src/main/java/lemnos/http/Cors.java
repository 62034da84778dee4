package lemnos.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lets pages of other origins use what is behind it, in their readers' browsers: cross-origin
 * resource sharing. Each method changes it and returns it; to be configured before it serves.
 *
 * {@snippet :
 * api.with(Cors.of("https://example.org").methods("GET", "PUT").headers("Content-Type"));
 * }
 *
 * <p>It keeps nobody out who is no browser. Source: the Fetch standard (3.3).
 */
public final class Cors implements Middleware {
  private static final String ANY = "*";

  private final List<String> origins;
  private String methods = "GET, HEAD, POST";
  private String headers = "";
  private String exposed = "";
  private boolean credentials;
  private String maxAge = "5";

  private Cors(List<String> origins) {
    this.origins = origins;
  }

  /** For pages of these origins, as {@code https://example.org}; {@code *} for all. */
  public static Cors of(String... origins) {
    return new Cors(List.of(origins));
  }

  /** What they may do. Default: GET, HEAD, POST. */
  public Cors methods(String... methods) {
    this.methods = String.join(", ", methods);
    return this;
  }

  /** What they may send, besides what any page may. Default: nothing. */
  public Cors headers(String... headers) {
    this.headers = String.join(", ", headers);
    return this;
  }

  /** What they may read, besides what any page may. Default: nothing. */
  public Cors exposed(String... headers) {
    this.exposed = String.join(", ", headers);
    return this;
  }

  /**
   * Has browsers send cookies and passwords along.
   *
   * @throws IllegalStateException if all origins are allowed: any page could act as its reader
   */
  public Cors credentials() {
    if (origins.contains(ANY)) {
      throw new IllegalStateException("credentials are for named origins, not for '*'");
    }
    credentials = true;
    return this;
  }

  /** How long browsers need not ask again. Default: 5 seconds. */
  public Cors maxAge(Duration maxAge) {
    this.maxAge = Long.toString(maxAge.toSeconds());
    return this;
  }

  @Override
  public void handle(Request request, Response response, Handler next) throws Exception {
    String origin = request.header(HttpHeaderNames.ORIGIN);
    String allowed = allowed(origin);
    response.beforeHead(r -> permit(r.headers(), allowed));
    boolean asksBefore =
        request.method().equals("OPTIONS")
            && origin != null
            && request.headers().contains(HttpHeaderNames.ACCESS_CONTROL_REQUEST_METHOD);
    if (!asksBefore) {
      next.handle(request, response);
    } else if (allowed == null) {
      response.status(403).send("not for pages of " + origin + "\n");
    } else {
      preflight(response);
    }
  }

  private @Nullable String allowed(@Nullable String origin) {
    if (origins.contains(ANY)) {
      return ANY;
    }
    return origin != null && origins.contains(origin) ? origin : null;
  }

  private void permit(Headers fields, @Nullable String allowed) {
    if (!origins.contains(ANY)) {
      fields.add(HttpHeaderNames.VARY, "origin");
    }
    if (allowed == null) {
      return;
    }
    fields.set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
    if (credentials) {
      fields.set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
    }
    if (!exposed.isEmpty()) {
      fields.set(HttpHeaderNames.ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }
  }

  private void preflight(Response response) throws Exception {
    response
        .status(204)
        .header(HttpHeaderNames.ACCESS_CONTROL_ALLOW_METHODS, methods)
        .header(HttpHeaderNames.ACCESS_CONTROL_MAX_AGE, maxAge);
    if (!headers.isEmpty()) {
      response.header(HttpHeaderNames.ACCESS_CONTROL_ALLOW_HEADERS, headers);
    }
    response.send();
  }
}
