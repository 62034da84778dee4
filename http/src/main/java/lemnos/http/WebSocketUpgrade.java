package lemnos.http;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.websocketx.extensions.WebSocketClientExtension;
import io.netty.handler.codec.http.websocketx.extensions.WebSocketExtensionData;
import io.netty.handler.codec.http.websocketx.extensions.WebSocketExtensionUtil;
import io.netty.handler.codec.http.websocketx.extensions.compression.PerMessageDeflateClientExtensionHandshaker;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the answer to a client's handshake, and puts the decoder of frames in its place at once:
 * the first frames may come in the same segment as the answer.
 */
final class WebSocketUpgrade extends ChannelInboundHandlerAdapter {
  private static final int COMPRESSION_LEVEL = 6;
  private static final int MAX_WINDOW_BITS = 15;

  private final String key;
  private final WebSocket.Options options;
  private final Duration idle;
  private final WebSocketFrames.Masks masks;
  private final PerMessageDeflateClientExtensionHandshaker compression;
  private @Nullable WebSocketClientExtension extension;
  private String protocol = "";
  private @Nullable String fault;
  private boolean switching;

  WebSocketUpgrade(
      String key, WebSocket.Options options, Duration idle, WebSocketFrames.Masks masks) {
    this.key = key;
    this.options = options;
    this.idle = idle;
    this.masks = masks;
    this.compression =
        new PerMessageDeflateClientExtensionHandshaker(
            COMPRESSION_LEVEL, false, MAX_WINDOW_BITS, true, false, options.maxMessageBytes());
  }

  /** Before {@code link}, which gets to see the answer and then frames. */
  void install(Link link) {
    ChannelPipeline pipeline = link.channelWire().channel().pipeline();
    pipeline.addBefore(pipeline.context(link.channelWire()).name(), null, this);
  }

  /** The extensions that are offered; empty if none is. */
  String offer() {
    return options.compress() ? WebSocketFrames.text(compression.newRequestData()) : "";
  }

  /** What is wrong with an answer that agrees; null if nothing is. */
  @Nullable String fault() {
    return fault;
  }

  /** The subprotocol that the server chose; empty if none. */
  String protocol() {
    return protocol;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
    if (switching && message instanceof LastHttpContent end) {
      end.release();
      install(ctx);
      return;
    }
    if (message instanceof HttpResponse head
        && head.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS)) {
      fault = check(head.headers());
      switching = fault == null;
    }
    super.channelRead(ctx, message);
  }

  private void install(ChannelHandlerContext ctx) {
    ChannelPipeline pipeline = ctx.pipeline();
    for (ChannelHandler handler : WebSocketFrames.handlers(options, extension, idle, masks)) {
      pipeline.addBefore(ctx.name(), handler.getClass().getSimpleName(), handler);
    }
    pipeline.remove(HttpClientCodec.class); // which hands on what it has not decoded
    pipeline.remove(this);
  }

  /** RFC 6455 (4.1): what the client must fail the connection for. */
  private @Nullable String check(HttpHeaders fields) {
    if (!fields.containsValue(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true)
        || !fields.containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true)) {
      return "it upgrades to " + fields.get(HttpHeaderNames.UPGRADE);
    }
    String accepted = fields.get(HttpHeaderNames.SEC_WEBSOCKET_ACCEPT);
    if (!WebSocketFrames.accepted(key).equals(accepted)) {
      return "it accepts another key: " + accepted;
    }
    String chosen = fields.get(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL);
    if (chosen != null && !options.protocols().contains(chosen)) {
      return "the subprotocol '" + chosen + "' was not offered";
    }
    protocol = chosen == null ? "" : chosen;
    String extensions = fields.get(HttpHeaderNames.SEC_WEBSOCKET_EXTENSIONS);
    return extensions == null ? null : checkExtensions(extensions);
  }

  private @Nullable String checkExtensions(String text) {
    List<WebSocketExtensionData> chosen = WebSocketExtensionUtil.extractExtensions(text);
    if (options.compress() && chosen.size() == 1) {
      extension = compression.handshakeExtension(chosen.getFirst());
    }
    return extension == null ? "the extensions '" + text + "' were not offered" : null;
  }
}
