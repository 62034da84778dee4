package lemnos.http;

import io.netty.channel.ChannelHandler;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketFrameMaskGenerator;
import io.netty.handler.codec.http.websocketx.extensions.WebSocketExtension;
import io.netty.handler.codec.http.websocketx.extensions.WebSocketExtensionData;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import lemnos.core.World;
import org.jspecify.annotations.Nullable;

/** What the two ends of a WebSocket have in common: parts of the handshake, and the handlers. */
final class WebSocketFrames {
  static final String VERSION = "13";

  /** RFC 6455 (1.3). */
  private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

  private WebSocketFrames() {}

  /** What the server answers to {@code key}. */
  static String accepted(String key) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-1")
              .digest((key + GUID).getBytes(StandardCharsets.ISO_8859_1));
      return Base64.getEncoder().encodeToString(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-1", e);
    }
  }

  /** An extension as it stands in a header. */
  static String text(WebSocketExtensionData data) {
    var text = new StringBuilder(data.name());
    for (Map.Entry<String, String> parameter : data.parameters().entrySet()) {
      text.append("; ").append(parameter.getKey());
      if (parameter.getValue() != null) {
        text.append('=').append(parameter.getValue());
      }
    }
    return text.toString();
  }

  /**
   * What makes frames of bytes and the reverse, in the order in which they stand in the pipeline.
   *
   * @param masks for a client's end, which hides what it sends; null for a server's
   */
  static List<ChannelHandler> handlers(
      WebSocket.Options options,
      @Nullable WebSocketExtension extension,
      Duration idle,
      @Nullable Masks masks) {
    var config =
        WebSocketDecoderConfig.newBuilder()
            .expectMaskedFrames(masks == null)
            .maxFramePayloadLength(options.maxMessageBytes())
            .allowExtensions(extension != null)
            .closeOnProtocolViolation(false) // the actor does that, after what came before
            .withUTF8Validator(false) // WebSocket does that
            .build();
    var handlers = new ArrayList<ChannelHandler>();
    handlers.add(new WebSocket13FrameDecoder(config));
    handlers.add(
        masks == null ? new WebSocket13FrameEncoder(false) : new WebSocket13FrameEncoder(masks));
    if (extension != null) {
      handlers.add(new WebSocketGatherer(options.maxMessageBytes()));
      handlers.add(extension.newExtensionDecoder());
      handlers.add(extension.newExtensionEncoder());
    }
    handlers.add(new WebSocketControl(idle));
    return handlers;
  }

  /**
   * Masks that nobody foresees, as RFC 6455 (10.3) demands: whoever could might have a client send
   * what looks like a request to a proxy on the way.
   */
  static final class Masks implements WebSocketFrameMaskGenerator {
    private static final int AT_ONCE_BYTES = 128;

    private final World world;
    private final ByteBuffer next = ByteBuffer.allocate(AT_ONCE_BYTES).limit(0);

    Masks(World world) {
      this.world = world;
    }

    @Override
    public int nextMask() {
      if (!next.hasRemaining()) {
        world.random(next.array());
        next.clear();
      }
      return next.getInt();
    }
  }
}
