package lemnos.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http2.DefaultHttp2GoAwayFrame;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import io.netty.handler.codec.http2.HttpConversionUtil;
import io.netty.util.AsciiString;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import lemnos.runtime.ActorBody;
import lemnos.runtime.ActorOptions;
import lemnos.runtime.ActorRef;
import lemnos.runtime.Supervisor;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/2 connection of a server: its streams are channels, each with an actor of its own. What
 * floods would need many of is bounded: streams, headers and their continuations, resets, empty
 * frames and queued answers to control frames.
 */
final class Http2Connection {
  /** How much may be on its way to us in all streams together. */
  static final int WINDOW_BYTES = 1 << 20;

  /** How often a client may reset streams, or provoke us to, within {@link #RESET_SECONDS}. */
  static final int MAX_RESETS = 200;

  static final int RESET_SECONDS = 30;

  /** How many continuations of headers may be nearly empty. */
  private static final int MAX_SMALL_CONTINUATIONS = 16;

  /** What Netty adds to the headers of a stream. */
  private static final List<AsciiString> EXTENSIONS =
      Arrays.stream(HttpConversionUtil.ExtensionHeaderNames.values())
          .map(HttpConversionUtil.ExtensionHeaderNames::text)
          .toList();

  private static final int MAX_EMPTY_FRAMES = 2;
  private static final int MAX_QUEUED_CONTROL_FRAMES = 1000;
  private static final String CODEC = "http2";
  private static final String STREAMS = "streams";
  private static final ActorOptions OPTIONS = ActorOptions.standard().withName("http stream");

  private final Desk desk;
  private final Link link;
  private int streams;

  /** When the connection ends if it has no stream until then. */
  private long idleBy;

  private boolean leaving;

  Http2Connection(Desk desk, Link link) {
    this.desk = desk;
    this.link = link;
  }

  /** Puts the codecs behind {@code choice}, and tells the connection's actor. */
  void install(ChannelHandlerContext choice) {
    Http2FrameCodec codec = codec(desk.limits(), this::refused);
    choice.pipeline().addAfter(choice.name(), CODEC, codec);
    choice.pipeline().addAfter(CODEC, STREAMS, new Http2MultiplexHandler(new Streams()));
    widen(codec);
    link.channelRead(choice, this);
    link.channelReadComplete(choice);
  }

  /** What reads and writes the frames, within the limits. */
  static Http2FrameCodec codec(Limits limits, Http2Decoder.Faults faults) {
    return Http2Decoder.codec(true, faults)
        .initialSettings(
            Http2Settings.defaultSettings()
                .maxConcurrentStreams(limits.streams())
                .maxHeaderListSize(limits.headerBytes()))
        .decoderEnforceMaxRstFramesPerWindow(MAX_RESETS, RESET_SECONDS)
        .encoderEnforceMaxRstFramesPerWindow(MAX_RESETS, RESET_SECONDS)
        .decoderEnforceMaxConsecutiveEmptyDataFrames(MAX_EMPTY_FRAMES)
        .decoderEnforceMaxSmallContinuationFrames(MAX_SMALL_CONTINUATIONS)
        .encoderEnforceMaxQueuedControlFrames(MAX_QUEUED_CONTROL_FRAMES)
        .validateRequiredPseudoHeaders(true)
        .build();
  }

  /** A stream that nobody reads must not use up the window of the others. */
  static void widen(Http2FrameCodec codec) {
    var connection = codec.connection();
    try {
      connection
          .local()
          .flowController()
          .incrementWindowSize(
              connection.connectionStream(), WINDOW_BYTES - Http2CodecUtil.DEFAULT_WINDOW_SIZE);
    } catch (Http2Exception e) {
      throw new IllegalStateException("the window of a new connection", e);
    }
  }

  /** The head as the peer has sent it. */
  static <H extends HttpMessage> H withoutExtensions(H head) {
    EXTENSIONS.forEach(head.headers()::remove);
    return head;
  }

  /** Waits in the connection's actor until the connection has ended. */
  void serve() throws IOException {
    rest();
    while (!link.isEnded() && !(leaving && streams == 0)) {
      link.await(streams == 0 ? idleBy : Long.MAX_VALUE);
      for (Object m = link.poll(); m != null; m = link.poll()) {
        ReferenceCountUtil.release(m); // settings and the like: the codec has done what they ask
      }
      boolean isIdle = streams == 0 && link.core().now() >= idleBy;
      if (!leaving && (isIdle || desk.isDraining())) {
        leaving = true;
        link.write(new DefaultHttp2GoAwayFrame(Http2Error.NO_ERROR));
      }
    }
  }

  /** Pings, settings and heads that never end do not make a connection of any use. */
  private void rest() {
    idleBy = link.in(desk.limits().idleTimeout());
  }

  private void refused(@Nullable Http2Exception cause, String text) {
    boolean isTooLong = cause instanceof Http2Exception.HeaderListSizeException;
    desk.count(isTooLong ? Refusal.HEADERS : Refusal.HTTP2, link.remoteAddress(), text);
  }

  private ActorBody<Object> serveStream(ActorRef<Object> self, Link stream) {
    return new ServerConnection(desk, stream, link.remoteAddress(), true);
  }

  private final class Streams extends ChannelInitializer<Channel> {
    @Override
    protected void initChannel(Channel channel) throws Exception {
      var stream = new Link(desk.core());
      channel.pipeline().addLast(new Http2StreamFrameToHttpObjectCodec(true), stream);
      streams++;
      channel
          .closeFuture()
          .addListener(
              _ -> {
                streams--;
                rest();
                link.stir();
              });
      desk.runtime()
          .trySpawnLocal(Supervisor.stopping(), Http2Connection.this::serveStream, stream, OPTIONS);
    }
  }
}
