package lemnos.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.extensions.WebSocketExtension;
import io.netty.handler.codec.http.websocketx.extensions.WebSocketExtensionData;
import io.netty.handler.codec.http.websocketx.extensions.compression.PerMessageDeflateServerExtensionHandshaker;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameAdapter;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Frames of HTTP/2 and of WebSockets, sensible and not, whole and in pieces. */
final class FramesFuzzTest {
  private static final int MAX_MESSAGE_BYTES = 1000;
  private static final int[] STREAMS = {1, 1, 3, 3, 5, 7, 0, 2};
  private static final int[] FLAGS = {0, 1, 4, 5, 5, 5, 8, 0x20, 0xff};

  /** Takes {@code bytes} in pieces that end at {@code cuts}, and tells what came of it. */
  static String taken(
      EmbeddedChannel channel, Function<ByteBuf, String> tell, byte[] bytes, int... cuts) {
    var all = new StringBuilder();
    try {
      int at = 0;
      boolean goesOn = true;
      for (int piece = 0; piece <= cuts.length && goesOn && channel.isOpen(); piece++) {
        int end = piece == cuts.length ? bytes.length : cuts[piece];
        byte[] next = Arrays.copyOfRange(bytes, at, end);
        channel.writeInbound(Unpooled.copiedBuffer(new byte[3], next).skipBytes(3)); // as TLS does
        at = end;
        goesOn = describe(channel, all);
      }
      all.append(channel.isOpen() ? "open " : "closed ");
      ByteBuf sent = Unpooled.buffer();
      for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
        sent.writeBytes(out);
        out.release();
      }
      return all + tell.apply(sent);
    } finally {
      channel.finishAndReleaseAll();
    }
  }

  /** Appends what is there; false when it ends what the peer may say. */
  private static boolean describe(EmbeddedChannel channel, StringBuilder all) {
    if (channel.pipeline().get(RequestDecoder.class) != null) {
      return DecoderFuzzTest.describe(channel, all);
    }
    for (Object o = channel.readInbound(); o != null; o = channel.readInbound()) {
      all.append(described(o)).append('\n');
      ReferenceCountUtil.release(o);
      if (o instanceof WebSocketControl.Violation) {
        return false;
      }
    }
    return true;
  }

  /** Frames of HTTP/2, without the texts that say why we leave: in those are addresses. */
  static String sent(ByteBuf frames) {
    var all = new StringBuilder();
    while (frames.isReadable()) {
      int length = frames.readMedium();
      byte type = frames.readByte();
      ByteBuf head = frames.readSlice(5);
      ByteBuf payload = frames.readSlice(length);
      int told = type == Http2Peer.GO_AWAY ? 8 : length;
      all.append(type).append(ByteBufUtil.hexDump(head));
      all.append(':').append(ByteBufUtil.hexDump(payload, 0, told)).append(' ');
    }
    return all.toString();
  }

  private static String described(Object o) {
    return switch (o) {
      case WebSocketFrame f ->
          f.getClass().getSimpleName()
              + f.isFinalFragment()
              + f.rsv()
              + ByteBufUtil.hexDump(f.content());
      case WebSocketControl.Violation v -> "violation " + v.status().code();
      case String told -> told;
      default -> o.getClass().getSimpleName();
    };
  }

  // HTTP/2

  /** What an HTTP/2 server makes of {@code frames} behind the preface. */
  static String http2(byte[] frames, int... cuts) {
    var faults = new StringBuilder();
    var codec =
        Http2Codec.server(
            Limits.standard(),
            (cause, text) -> faults.append(cause == null ? "connection: " : "stream: " + text),
            new Told());
    var channel = new EmbeddedChannel(codec, new Faults());
    byte[] begin = (Http2Peer.PREFACE + "\0\0\0\4\0\0\0\0\0").getBytes(ISO_8859_1);
    channel.writeInbound(Unpooled.wrappedBuffer(begin));
    return taken(channel, FramesFuzzTest::sent, frames, cuts) + faults;
  }

  /** Hands on in words what comes on streams. */
  static final class Told extends Http2FrameAdapter implements Http2Codec.Streams {
    @Override
    public void onHeadersRead(
        ChannelHandlerContext ctx,
        int stream,
        Http2Headers headers,
        int dependency,
        short weight,
        boolean isExclusive,
        int padding,
        boolean isLast) {
      ctx.fireChannelRead(stream + "" + isLast + headers);
    }

    @Override
    public int onDataRead(
        ChannelHandlerContext ctx, int stream, ByteBuf data, int padding, boolean isLast) {
      ctx.fireChannelRead(stream + "" + isLast + data.readableBytes());
      return 0;
    }

    @Override
    public void onRstStreamRead(ChannelHandlerContext ctx, int stream, long code) {
      ctx.fireChannelRead(stream + "reset");
    }

    @Override
    public void broken(int stream, Http2Exception.StreamException cause) {}
  }

  /** Only what is wrong with the frames may be thrown. */
  static final class Faults extends ChannelInboundHandlerAdapter {
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      boolean isDeclared = Http2CodecUtil.getEmbeddedHttp2Exception(cause) != null;
      if (!isDeclared) {
        ctx.fireExceptionCaught(cause);
      }
    }
  }

  static byte[] frames(SplittableRandom random) {
    var bytes = new ByteArrayOutputStream();
    for (int i = random.nextInt(12); i >= 0; i--) {
      int type = random.nextInt(10) < 4 ? Http2Peer.HEADERS : random.nextInt(11);
      byte[] payload = payload(type, random);
      int length = payload.length + (random.nextInt(50) == 0 ? 1 : 0);
      bytes.writeBytes(new byte[] {0, (byte) (length >> 8), (byte) length, (byte) type});
      bytes.write(FLAGS[random.nextInt(FLAGS.length)]);
      bytes.writeBytes(Http2Peer.number(STREAMS[random.nextInt(STREAMS.length)]));
      bytes.writeBytes(payload);
    }
    return bytes.toByteArray();
  }

  private static byte[] payload(int type, SplittableRandom random) {
    int sort = random.nextInt(10);
    if (type == Http2Peer.HEADERS && sort < 8) {
      return sort < 4 ? Http2Peer.GET : Http2Peer.POST;
    }
    int length =
        switch (type) {
          case Http2Peer.RESET, Http2Peer.WINDOW_UPDATE -> 4;
          case Http2Peer.PRIORITY -> 5;
          case Http2Peer.PING, Http2Peer.GO_AWAY -> 8;
          case Http2Peer.SETTINGS -> 6 * random.nextInt(2);
          default -> random.nextInt(40);
        };
    byte[] payload = new byte[sort == 9 ? random.nextInt(20) : length];
    if (sort > 5) {
      random.nextBytes(payload);
    } else if (payload.length > 3) {
      payload[3] = 1;
    }
    return payload;
  }

  // WebSockets

  /** What a server's end of a compressed WebSocket hears in {@code bytes}. */
  static String webSocket(byte[] bytes, int... cuts) {
    var options = WebSocket.Options.standard();
    var small =
        new WebSocket.Options(MAX_MESSAGE_BYTES, options.origins(), options.protocols(), true);
    WebSocketExtension extension =
        new PerMessageDeflateServerExtensionHandshaker(MAX_MESSAGE_BYTES)
            .handshakeExtension(new WebSocketExtensionData("permessage-deflate", Map.of()));
    var handlers = WebSocketFrames.handlers(small, extension, Duration.ofHours(1), null);
    var channel = new EmbeddedChannel(handlers.toArray(ChannelHandler[]::new));
    return taken(channel, _ -> "", bytes, cuts);
  }

  private static final byte[] COMPRESSED = {
    (byte) 0xf2, 0x48, (byte) 0xcd, (byte) 0xc9, (byte) 0xc9, 7, 0
  };

  private static byte[] messages(SplittableRandom random) {
    var bytes = new ByteArrayOutputStream();
    for (int i = random.nextInt(10); i >= 0; i--) {
      boolean isSensible = random.nextInt(20) > 0;
      int code = isSensible ? random.nextInt(3) + 8 * random.nextInt(2) : random.nextInt(16);
      boolean isCompressed = code != 0 && code < 8 && random.nextBoolean();
      int first = code | (isCompressed ? 0x40 : 0) | (random.nextInt(3) > 0 ? 0x80 : 0);
      byte[] payload = isCompressed ? COMPRESSED : new byte[random.nextInt(150)];
      bytes.write(isSensible ? first : random.nextInt(256));
      if (payload.length < 126) {
        bytes.write(0x80 | payload.length);
      } else {
        bytes.writeBytes(new byte[] {(byte) 0xfe, 0, (byte) payload.length});
      }
      bytes.writeBytes(new byte[4]); // a mask that hides nothing
      bytes.writeBytes(payload);
    }
    return bytes.toByteArray();
  }

  private static int[] cuts(int length, SplittableRandom random) {
    int most = 1 + random.nextInt(30);
    return IntStream.iterate(
            1 + random.nextInt(most), at -> at < length, at -> at + 1 + random.nextInt(most))
        .toArray();
  }

  private interface Decoder {
    String decoded(byte[] bytes, int... cuts);
  }

  private static void check(long seed, SplittableRandom random, Decoder d, Supplier<byte[]> next) {
    for (int i = 0; i < 300; i++) {
      byte[] bytes = next.get();
      String cut = d.decoded(bytes, cuts(bytes.length, random));
      assertThat(cut)
          .as("seed %d, case %d: %s", seed, i, ByteBufUtil.hexDump(bytes))
          .isEqualTo(d.decoded(bytes));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 0})
  void howFramesAreCutChangesNothing(long given) {
    long seed = given == 0 ? new SplittableRandom().nextLong() : given;
    var random = new SplittableRandom(seed);
    check(seed, random, FramesFuzzTest::http2, () -> frames(random));
    check(seed, random, FramesFuzzTest::webSocket, () -> messages(random));
  }

  /** That they agree is worth something only if they have something to agree on. */
  @ParameterizedTest
  @ValueSource(longs = 1)
  void framesAreOfAllSorts(long seed) {
    var random = new SplittableRandom(seed);
    var http2 = new StringBuilder();
    var webSocket = new StringBuilder();
    for (int i = 0; i < 1_000; i++) {
      http2.append(http2(frames(random)));
      webSocket.append(webSocket(messages(random)));
    }
    assertThat(http2).contains("open ", "closed ", "connection: ", "stream: ", ":method: POST");
    assertThat(webSocket)
        .contains("TextWebSocketFrametrue", "BinaryWebSocketFrame", "ContinuationWebSocketFrame")
        .contains("48656c6c6f", "violation 1002\n"); // Hello, and a violation
    assertEquals("open ", webSocket(new byte[0]));
  }
}
