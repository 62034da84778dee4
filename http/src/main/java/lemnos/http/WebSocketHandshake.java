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
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.extensions.WebSocketExtensionData;
import io.netty.handler.codec.http.websocketx.extensions.WebSocketExtensionUtil;
import io.netty.handler.codec.http.websocketx.extensions.WebSocketServerExtension;
import io.netty.handler.codec.http.websocketx.extensions.compression.PerMessageDeflateServerExtensionHandshaker;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The beginning of a {@link WebSocket}: what is checked, and what changes in the pipeline. */
final class WebSocketHandshake {
  /** RFC 6455 (1.3). */
  private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

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
            .set(HttpHeaderNames.SEC_WEBSOCKET_ACCEPT, accepted(key));
    if (!protocol.isEmpty()) {
      fields.set(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL, protocol);
    }
    if (extension != null) {
      fields.set(HttpHeaderNames.SEC_WEBSOCKET_EXTENSIONS, text(extension.newReponseData()));
    }
    response.headers().forEach(fields::add);
    request.body().discard(0);
    link.write(answer);
    link.flushNow();
    var idle = request.connection().desk().limits().idleTimeout();
    install(extension, idle);
    var socket = new WebSocket(request.connection(), options, idle, protocol);
    response.upgraded(101);
    link.onDrain(socket::drain);
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
    if (!"13".equals(headers.get(HttpHeaderNames.SEC_WEBSOCKET_VERSION))) {
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

  private static String text(WebSocketExtensionData data) {
    var text = new StringBuilder(data.name());
    for (Map.Entry<String, String> parameter : data.parameters().entrySet()) {
      text.append("; ").append(parameter.getKey());
      if (parameter.getValue() != null) {
        text.append('=').append(parameter.getValue());
      }
    }
    return text.toString();
  }

  private static String accepted(String key) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-1")
              .digest((key + GUID).getBytes(StandardCharsets.ISO_8859_1));
      return Base64.getEncoder().encodeToString(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-1", e);
    }
  }

  /** Frames take the place of requests and responses. */
  private void install(@Nullable WebSocketServerExtension extension, java.time.Duration idle) {
    ChannelPipeline pipeline = link.channel().pipeline();
    pipeline.remove(HttpResponseEncoder.class);
    String next = pipeline.context(RequestDecoder.class).name();
    for (ChannelHandler handler : handlers(extension, idle)) {
      String name = handler.getClass().getSimpleName();
      pipeline.addAfter(next, name, handler);
      next = name;
    }
    pipeline.remove(RequestDecoder.class);
  }

  private java.util.List<ChannelHandler> handlers(
      @Nullable WebSocketServerExtension extension, java.time.Duration idle) {
    var config =
        WebSocketDecoderConfig.newBuilder()
            .maxFramePayloadLength(options.maxMessageBytes())
            .allowExtensions(extension != null)
            .closeOnProtocolViolation(false) // the actor does that, after what came before
            .withUTF8Validator(false) // whole messages are checked
            .build();
    var handlers = new java.util.ArrayList<ChannelHandler>();
    handlers.add(new WebSocket13FrameDecoder(config));
    handlers.add(new WebSocket13FrameEncoder(false));
    if (extension != null) {
      handlers.add(extension.newExtensionDecoder());
      handlers.add(extension.newExtensionEncoder());
    }
    handlers.add(new WebSocketControl(idle));
    return handlers;
  }
}
