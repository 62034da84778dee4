package lemnos.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.AbstractHttp2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Exception.StreamException;
import io.netty.handler.codec.http2.Http2FrameListener;
import io.netty.handler.codec.http2.Http2Settings;

/**
 * What reads and writes the frames of a server's HTTP/2 connection. What floods would need many of
 * is bounded: streams, headers and their continuations, resets, empty frames and queued answers to
 * control frames.
 */
final class Http2Codec extends Http2ConnectionHandler {
  /** How often a client may reset streams, or provoke us to, within {@link #RESET_SECONDS}. */
  static final int MAX_RESETS = 200;

  static final int RESET_SECONDS = 30;

  /** How much may be on its way to us in all streams together. */
  private static final int WINDOW_BYTES = 1 << 20;

  /** How many continuations of headers may be nearly empty. */
  private static final int MAX_SMALL_CONTINUATIONS = 16;

  private static final int MAX_EMPTY_FRAMES = 2;
  private static final int MAX_QUEUED_CONTROL_FRAMES = 1000;

  private final Streams streams;

  /** Is told what comes on streams. */
  interface Streams extends Http2FrameListener {
    /** A stream is about to be reset by us, because of this. */
    void broken(int stream, StreamException cause);
  }

  private Http2Codec(
      Http2ConnectionDecoder decoder,
      Http2ConnectionEncoder encoder,
      Http2Settings settings,
      Streams streams) {
    super(decoder, encoder, settings);
    this.streams = streams;
  }

  /**
   * @param faults is told why we end streams or the connection
   */
  static Http2Codec server(Limits limits, Http2Decoder.Faults faults, Streams streams) {
    return new Builder(limits, faults, streams).build();
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) throws Exception {
    super.handlerAdded(ctx);
    widen(this);
  }

  /** A stream that nobody reads must not use up the window of the others. */
  static void widen(Http2ConnectionHandler codec) {
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

  private static final class Builder
      extends AbstractHttp2ConnectionHandlerBuilder<Http2Codec, Builder> {
    private final Http2Decoder.Faults faults;
    private final Streams streams;

    Builder(Limits limits, Http2Decoder.Faults faults, Streams streams) {
      this.faults = faults;
      this.streams = streams;
      server(true);
      frameListener(streams);
      gracefulShutdownTimeoutMillis(0);
      initialSettings(
          Http2Settings.defaultSettings()
              .maxConcurrentStreams(limits.streams())
              .maxHeaderListSize(limits.headerBytes()));
      decoderEnforceMaxRstFramesPerWindow(MAX_RESETS, RESET_SECONDS);
      encoderEnforceMaxRstFramesPerWindow(MAX_RESETS, RESET_SECONDS);
      decoderEnforceMaxConsecutiveEmptyDataFrames(MAX_EMPTY_FRAMES);
      decoderEnforceMaxSmallContinuationFrames(MAX_SMALL_CONTINUATIONS);
      encoderEnforceMaxQueuedControlFrames(MAX_QUEUED_CONTROL_FRAMES);
      validateRequiredPseudoHeaders(true);
    }

    @Override
    protected Http2Codec build() {
      return super.build();
    }

    @Override
    protected Http2Codec build(
        Http2ConnectionDecoder decoder, Http2ConnectionEncoder encoder, Http2Settings settings) {
      return new Http2Codec(new Http2Decoder(decoder, faults), encoder, settings, streams);
    }
  }

  @Override
  protected void onStreamError(
      ChannelHandlerContext ctx, boolean outbound, Throwable cause, StreamException fault) {
    streams.broken(fault.streamId(), fault);
    super.onStreamError(ctx, outbound, cause, fault);
  }

  /** Whoever is behind this need not wait for a peer that may not take what is wrong. */
  @Override
  protected void onConnectionError(
      ChannelHandlerContext ctx, boolean outbound, Throwable cause, Http2Exception fault) {
    if (!outbound) {
      ctx.fireExceptionCaught(cause);
    }
    super.onConnectionError(ctx, outbound, cause, fault);
  }
}
