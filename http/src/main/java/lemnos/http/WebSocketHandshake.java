package lemnos.http;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.websocketx.extensions.WebSocketExtensionData;
import io.netty.handler.codec.http.websocketx.extensions.WebSocketExtensionUtil;
import io.netty.handler.codec.http.websocketx.extensions.WebSocketServerExtension;
import io.netty.handler.codec.http.websocketx.extensions.compression.PerMessageDeflateServerExtensionHandshaker;
import java.io.IOException;
import java.net.URI;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * The beginning of a {@link WebSocket} at a server: what is checked, and what changes in the
 * pipeline.
 */
final class WebSocketHandshake {
  private final Request request;
  private final Response response;
  private final WebSocket.Options options;
  private final Link link;

  WebSocketHandshake(Request request, Response response, WebSocket.Options options) {
    this.request = request;
    this.response = response;
    this.options = options;
    this.link = response.link();
  }

  WebSocket accept() throws IOException {
    String key = checkedKey();
    checkOrigin();
    String protocol = protocol();
    WebSocketServerExtension extension = options.compress() ? extension() : null;
    var answer =
        new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.SWITCHING_PROTOCOLS);
    HttpHeaders fields =
        answer
            .headers()
            .set(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET)
            .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE)
            .set(HttpHeaderNames.SEC_WEBSOCKET_ACCEPT, WebSocketFrames.accepted(key));
    if (!protocol.isEmpty()) {
      fields.set(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL, protocol);
    }
    if (extension != null) {
      fields.set(
          HttpHeaderNames.SEC_WEBSOCKET_EXTENSIONS,
          WebSocketFrames.text(extension.newReponseData()));
    }
    response.headers().forEach(fields::add);
    request.body().discard(0);
    link.write(answer);
    link.flushNow();
    var idle = request.connection().desk().limits().idleTimeout();
    install(extension, idle);
    ServerConnection connection = request.connection();
    var socket =
        new WebSocket(
            link, options, idle, protocol, fault -> connection.count(Refusal.WEBSOCKET, fault));
    response.upgraded(101);
    link.onDrain(() -> socket.close(WebSocket.GOING_AWAY, ""));
    return socket;
  }

  private String checkedKey() {
    if (request.connection().isStream()) {
      throw new HttpException(501, "WebSocket needs HTTP/1.1\n");
    }
    Headers headers = request.headers();
    if (!request.method().equals("GET")
        || !headers.contains(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET)
        || !headers.contains(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE)) {
      throw new HttpException(426, "this is for a WebSocket\n");
    }
    if (!WebSocketFrames.VERSION.equals(headers.get(HttpHeaderNames.SEC_WEBSOCKET_VERSION))) {
      throw new HttpException(426, "the version of the WebSocket must be 13\n");
    }
    String key = headers.get(HttpHeaderNames.SEC_WEBSOCKET_KEY);
    if (key == null || !isKey(key)) {
      throw new HttpException(400, "malformed key of a WebSocket\n");
    }
    return key;
  }

  private static boolean isKey(String key) {
    try {
      return Base64.getDecoder().decode(key).length == 16;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** A page of another host must not act in the name of the user whose cookies come along. */
  private void checkOrigin() {
    String origin = request.header(HttpHeaderNames.ORIGIN);
    if (origin == null || options.origins().contains("*") || options.origins().contains(origin)) {
      return;
    }
    if (!request.host().equalsIgnoreCase(authority(origin))) {
      throw new HttpException(403, "a page of another host\n");
    }
  }

  private static @Nullable String authority(String origin) {
    try {
      return URI.create(origin).getRawAuthority();
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private String protocol() {
    for (String spoken : options.protocols()) {
      if (request.headers().contains(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL, spoken)) {
        return spoken;
      }
    }
    return "";
  }

  /** The first offer of compression that is understood. */
  private @Nullable WebSocketServerExtension extension() {
    String offers = request.header(HttpHeaderNames.SEC_WEBSOCKET_EXTENSIONS);
    if (offers == null) {
      return null;
    }
    var handshaker = new PerMessageDeflateServerExtensionHandshaker(options.maxMessageBytes());
    for (WebSocketExtensionData offer : WebSocketExtensionUtil.extractExtensions(offers)) {
      WebSocketServerExtension extension = handshaker.handshakeExtension(offer);
      if (extension != null) {
        return extension;
      }
    }
    return null;
  }

  /** Frames take the place of requests and responses. */
  private void install(@Nullable WebSocketServerExtension extension, java.time.Duration idle) {
    ChannelPipeline pipeline = link.channelWire().channel().pipeline();
    pipeline.remove(HttpResponseEncoder.class);
    String next = pipeline.context(RequestDecoder.class).name();
    for (ChannelHandler handler : WebSocketFrames.handlers(options, extension, idle, null)) {
      String name = handler.getClass().getSimpleName();
      pipeline.addAfter(next, name, handler);
      next = name;
    }
    pipeline.remove(RequestDecoder.class);
  }
}
