package lemnos.http;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Base64;
import lemnos.core.Core;
import lemnos.runtime.Context;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A {@link WebSocket} to be opened by a client. Each method changes it and returns it. The
 * connection is the socket's alone, and not one of those that are pooled or counted.
 */
public final class WebSocketRequest {
  private static final Logger LOG = LoggerFactory.getLogger(HttpClient.class);
  private static final int KEY_BYTES = 16;

  private final HttpClient client;
  private final URI uri;
  private final Headers headers = new Headers();
  private WebSocket.Options options = WebSocket.Options.standard();
  private Duration timeout;

  WebSocketRequest(HttpClient client, URI uri) {
    this.client = client;
    this.uri = uri;
    this.timeout = client.settings().timeout();
  }

  public Headers headers() {
    return headers;
  }

  /** Sets a header of the handshake. */
  public WebSocketRequest header(CharSequence name, CharSequence value) {
    headers.set(name, value);
    return this;
  }

  /** The longest message, the subprotocols that are offered, compression. Default: standard. */
  public WebSocketRequest options(WebSocket.Options options) {
    this.options = options;
    return this;
  }

  /**
   * How long the server may take for its answer, read nothing of what is sent, and be silent: after
   * half of that it is asked whether it is still there. Default: the {@linkplain
   * ClientSetup#timeout client's}.
   */
  public WebSocketRequest timeout(Duration timeout) {
    this.timeout = timeout;
    return this;
  }

  /**
   * Connects, asks for the WebSocket and waits for the answer; redirects are not followed. The
   * caller closes the socket.
   *
   * @throws WebSocketHandshakeException if the server answers, but does not open it
   * @throws IOException if no answer came
   */
  public WebSocket open(Context<?> ctx) throws IOException {
    Core core = ctx.core();
    var connection = ClientConnection.openAlone(client.pool(core), Origin.of(uri));
    try {
      connection.begin(timeout);
      return handshake(connection, core);
    } catch (Throwable t) {
      connection.end();
      throw t;
    }
  }

  private WebSocket handshake(ClientConnection connection, Core core) throws IOException {
    byte[] nonce = new byte[KEY_BYTES];
    core.world().random(nonce);
    String key = Base64.getEncoder().encodeToString(nonce);
    Link link = connection.link();
    var masks = new WebSocketFrames.Masks(core.world());
    var upgrade = new WebSocketUpgrade(key, options, timeout, masks);
    upgrade.install(link);
    connection.send(
        new DefaultFullHttpRequest(
            HttpVersion.HTTP_1_1,
            HttpMethod.GET,
            Exchange.path(uri),
            Unpooled.EMPTY_BUFFER,
            fields(key, upgrade.offer()),
            EmptyHttpHeaders.INSTANCE));
    HttpResponse head = connection.receiveUpgrade();
    if (!head.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS)) {
      throw new WebSocketHandshakeException(
          uri + " answered " + head.status() + " and opened no WebSocket", head.status().code());
    }
    String fault = upgrade.fault();
    if (fault != null) {
      throw new WebSocketHandshakeException(
          "the answer of " + uri + " opens no WebSocket as it was asked for: " + fault, 101);
    }
    return new WebSocket(
        link, options, timeout, upgrade.protocol(), what -> LOG.debug("{}: {}", uri, what));
  }

  private HttpHeaders fields(String key, String offer) {
    HttpHeaders fields =
        headers
            .fields()
            .copy()
            .set(HttpHeaderNames.HOST, Origin.of(uri).authority())
            .set(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET)
            .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE)
            .set(HttpHeaderNames.SEC_WEBSOCKET_VERSION, WebSocketFrames.VERSION)
            .set(HttpHeaderNames.SEC_WEBSOCKET_KEY, key);
    if (!fields.contains(HttpHeaderNames.USER_AGENT)) {
      fields.set(HttpHeaderNames.USER_AGENT, client.settings().userAgent());
    }
    if (!options.protocols().isEmpty()) {
      fields.set(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL, String.join(", ", options.protocols()));
    }
    if (!offer.isEmpty()) {
      fields.set(HttpHeaderNames.SEC_WEBSOCKET_EXTENSIONS, offer);
    }
    return fields;
  }

  @Override
  public String toString() {
    return "WebSocket " + uri;
  }
}
