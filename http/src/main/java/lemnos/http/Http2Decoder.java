package lemnos.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.DecoratingHttp2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Exception.StreamException;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2FrameTypes;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.handler.codec.http2.Http2Stream.State;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What Netty's decoder says of frames on a stream that is over, as RFC 9113 (5.1, 5.1.1) has it.
 * Netty resets all of those streams. But what was on its way to us when we reset a stream is no
 * fault, and is ignored: to answer each of them would look like a flood of resets. Other heads and
 * bodies of a client end the connection; and a second head is called what it is.
 */
final class Http2Decoder extends DecoratingHttp2ConnectionDecoder {
  /** How many of the streams that we have reset are known: all that the encoder lets us reset. */
  private static final int MOST_RESET = Http2Codec.MAX_RESETS;

  /** Where a frame has its type, and the number of its stream. */
  private static final int TYPE_AT = 3;

  private static final int STREAM_AT = 5;

  private int[] reset = {};
  private int resets;

  /** The last stream that was opened, and the first of those that came before it without a gap. */
  private int last = -1;

  private int run = 1;
  private boolean broken;

  private final Faults faults;

  /** Is told why a stream or a connection is ended from our side, before the peer is. */
  interface Faults {
    void found(@Nullable Http2Exception cause, String text);
  }

  Http2Decoder(Http2ConnectionDecoder netty, Faults faults) {
    super(netty);
    this.faults = faults;
    connection().addListener(new Events());
  }

  /** A builder of a client's codecs with such a decoder. */
  static Http2FrameCodecBuilder client() {
    return new ClientBuilder();
  }

  private static final class ClientBuilder extends Http2FrameCodecBuilder {
    ClientBuilder() {
      server(false).gracefulShutdownTimeoutMillis(0);
    }

    @Override
    protected Http2FrameCodec build(
        Http2ConnectionDecoder decoder, Http2ConnectionEncoder encoder, Http2Settings settings) {
      return super.build(new Http2Decoder(decoder, (_, _) -> {}), encoder, settings);
    }
  }

  /** One frame after the other, to know which it is that Netty complains of. */
  @Override
  public void decodeFrame(ChannelHandlerContext ctx, ByteBuf in, List<Object> out)
      throws Http2Exception {
    while (!broken && in.readableBytes() >= Http2CodecUtil.FRAME_HEADER_LENGTH) {
      int length = in.getUnsignedMedium(in.readerIndex());
      int bytes = Http2CodecUtil.FRAME_HEADER_LENGTH + length;
      if (length > Http2CodecUtil.DEFAULT_MAX_FRAME_SIZE) {
        decodeOne(ctx, in, out); // which refuses it
      } else if (in.readableBytes() >= bytes) {
        int end = in.writerIndex();
        in.writerIndex(in.readerIndex() + bytes);
        try {
          decodeOne(ctx, in, out);
        } finally {
          in.writerIndex(end);
        }
      } else {
        return;
      }
    }
    if (broken) {
      in.skipBytes(in.readableBytes());
    }
  }

  private void decodeOne(ChannelHandlerContext ctx, ByteBuf frame, List<Object> out)
      throws Http2Exception {
    byte type = frame.getByte(frame.readerIndex() + TYPE_AT);
    Http2Stream stream = connection().stream(frame.getInt(frame.readerIndex() + STREAM_AT));
    boolean hasEnded = stream != null && stream.state() == State.HALF_CLOSED_REMOTE;
    try {
      super.decodeFrame(ctx, frame, out);
    } catch (StreamException e) {
      Http2Exception fault = fault(e, hasEnded && type == Http2FrameTypes.HEADERS);
      if (fault != null) {
        broken = !Http2Exception.isStreamError(fault);
        if (!broken) {
          faults.found(fault, why(fault));
        }
        throw fault;
      }
    }
  }

  private @Nullable Http2Exception fault(StreamException e, boolean isSecondHead) {
    int id = e.streamId();
    if (isSecondHead) {
      return Http2Exception.streamError(id, Http2Error.STREAM_CLOSED, e, "%s", why(e));
    }
    if (connection().stream(id) != null) {
      return e;
    }
    if (e.error() != Http2Error.STREAM_CLOSED) {
      remember(id); // it never began, and is reset now
      return e;
    }
    if (wasReset(id)) {
      return null;
    }
    if (!connection().isServer()) {
      return e;
    }
    Http2Error error = id < run ? Http2Error.PROTOCOL_ERROR : Http2Error.STREAM_CLOSED;
    return Http2Exception.connectionError(error, e, "%s", why(e));
  }

  private static String why(Http2Exception e) {
    return String.valueOf(e.getMessage());
  }

  private void remember(int stream) {
    if (resets == 0) {
      reset = new int[MOST_RESET];
    }
    reset[resets++ % MOST_RESET] = stream;
  }

  private boolean wasReset(int stream) {
    for (int id : reset) {
      if (id == stream) {
        return true;
      }
    }
    return false;
  }

  private final class Events extends Http2ConnectionAdapter {
    /** Connections that we must end, be it for what comes or for what we would have to answer. */
    @Override
    public void onGoAwaySent(int lastStreamId, long errorCode, ByteBuf debugData) {
      if (errorCode != Http2Error.NO_ERROR.code()) {
        faults.found(null, debugData.toString(StandardCharsets.UTF_8));
      }
    }

    @Override
    public void onStreamAdded(Http2Stream stream) {
      if (connection().local().created(stream)) {
        return;
      }
      if (stream.id() != last + 2) {
        run = stream.id();
      }
      last = stream.id();
    }

    @Override
    public void onStreamClosed(Http2Stream stream) {
      if (stream.isResetSent()) {
        remember(stream.id());
      }
    }
  }
}
