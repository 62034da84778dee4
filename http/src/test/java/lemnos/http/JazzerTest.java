package lemnos.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import lemnos.core.Loop;
import lemnos.runtime.Awaitable;

/**
 * Whatever bytes come to our decoders, they take them or say what is wrong. An ordinary run tries
 * what stands in the folder of inputs; CONTRIBUTING.md tells how to have Jazzer look for more.
 */
final class JazzerTest {
  @FuzzTest(maxDuration = "24h")
  void aRequestIsTheSameHoweverItIsCut(byte[] data) {
    if (data.length < 3) {
      return;
    }
    byte[] bytes = Arrays.copyOfRange(data, 1, data.length);
    int cut = 1 + (data[0] & 0xff) % (bytes.length - 1);
    assertEquals(DecoderFuzzTest.decoded(bytes), DecoderFuzzTest.decoded(bytes, cut));
  }

  @FuzzTest(maxDuration = "24h")
  void anHttp2ConnectionIsTheSameHoweverItIsCut(byte[] data) {
    if (data.length < 3) {
      return;
    }
    byte[] bytes = Arrays.copyOfRange(data, 1, data.length);
    int cut = 1 + (data[0] & 0xff) % (bytes.length - 1);
    assertEquals(FramesFuzzTest.http2(bytes), FramesFuzzTest.http2(bytes, cut));
  }

  @FuzzTest(maxDuration = "24h")
  void theProtocolIsTheSameHoweverItIsCut(byte[] data) {
    if (data.length < 3) {
      return;
    }
    byte[] bytes = Arrays.copyOfRange(data, 1, data.length);
    boolean mayBeHttp2 = data[0] >= 0;
    int cut = 1 + (data[0] & 0x7f) % (bytes.length - 1);
    String expected = ProtocolChoiceTest.decodedByOne(bytes, mayBeHttp2);
    assertEquals(expected, ProtocolChoiceTest.decoded(bytes, mayBeHttp2));
    assertEquals(expected, ProtocolChoiceTest.decoded(bytes, mayBeHttp2, cut));
  }

  @FuzzTest(maxDuration = "24h")
  void aWebSocketIsTheSameHoweverItIsCut(byte[] data) {
    if (data.length < 3) {
      return;
    }
    byte[] bytes = Arrays.copyOfRange(data, 1, data.length);
    int cut = 1 + (data[0] & 0xff) % (bytes.length - 1);
    assertEquals(FramesFuzzTest.webSocket(bytes), FramesFuzzTest.webSocket(bytes, cut));
  }

  /** What a client or a proxy says of itself, in headers. */
  @FuzzTest(maxDuration = "24h")
  void headersAreReadOrIgnored(byte[] data) {
    String text = new String(data, ISO_8859_1);
    try {
      Forwarded.trusting(List.of(text));
    } catch (IllegalArgumentException e) {
      assertTrue(String.valueOf(e.getMessage()).contains("not "));
    }
    String said = BasicAuth.said("Basic " + text);
    assertTrue(said == null || said.length() <= text.length());
    Compression.acceptsGzip(List.of(text));
    Target.authority(text);
    Target.isHost(text);
    StaticFiles.time(text);
    StaticFiles.names(text, "\"tag\"");
  }

  @FuzzTest(maxDuration = "24h")
  void aMultipartBodyIsReadOrRefused(byte[] data) throws IOException {
    if (data.length < 2) {
      return;
    }
    int size = 1 + (data[0] & 0xff);
    try (var loop = new Loop(0)) {
      var link = new Link(loop);
      var channel = new EmbeddedChannel(new ChannelWire(link));
      for (int at = 1; at < data.length; at += size) {
        int length = Math.min(size, data.length - at);
        channel.writeInbound(new DefaultHttpContent(Unpooled.wrappedBuffer(data, at, length)));
      }
      channel.writeInbound(new DefaultLastHttpContent());
      var multipart = new Multipart(new Body(link, new Source(), -1, 1 << 20), "b");
      long got = 0;
      for (var part = multipart.next(); part != null; part = multipart.next()) {
        assertTrue(part.headers().size() < data.length);
        for (ByteBuf piece = part.read(); piece != null; piece = part.read()) {
          got += piece.readableBytes();
          piece.release();
        }
      }
      assertTrue(got < data.length, "more came out than went in");
    } catch (HttpException e) {
      assertEquals(4, e.status() / 100);
    }
  }

  /** All is there, or nothing more comes. */
  private static final class Source implements BodySource {
    @Override
    public void wanted() {}

    @Override
    public void awaitPiece(Body body, Awaitable also) throws IOException {
      throw new EOFException("read beyond the end");
    }

    @Override
    public Exception tooLong(long limit) {
      return new HttpException(413, "more than " + limit);
    }

    @Override
    public Exception malformed(Throwable cause) {
      return new HttpException(400, String.valueOf(cause.getMessage()));
    }

    @Override
    public Exception cutOff() {
      return new EOFException("cut off");
    }

    @Override
    public void ended() {}
  }

  @FuzzTest(maxDuration = "24h")
  void aTargetIsReadOrRefused(byte[] data) {
    String text = new String(data, ISO_8859_1);
    try {
      String fault = Target.fault("GET", text);
      Target.decoded(text);
      if (fault == null) {
        assertTrue(Target.rawPath(text).length() <= Math.max(1, text.length()));
      }
    } catch (HttpException e) {
      assertEquals(400, e.status());
    }
  }

  @FuzzTest(maxDuration = "24h")
  void cookiesAreRead(byte[] data) {
    String text = new String(data, ISO_8859_1);
    assertTrue(Cookie.parse(List.of(text, text)).size() <= Cookie.MAX_COOKIES);
    Multipart.parameter(text, "name");
  }

  @FuzzTest(maxDuration = "24h")
  void aRangeLiesWithinTheFile(byte[] data) {
    long size = data.length == 0 ? 0 : data[0] & 0xff;
    long[] range = StaticFiles.range(new String(data, ISO_8859_1), size);
    assertTrue(
        range == null || (0 <= range[0] && range[1] <= size), // empty if it lies beyond: 416
        () -> Arrays.toString(range) + " of " + size);
  }

  @FuzzTest(maxDuration = "24h")
  void textIsWhatTheJdkTakesForText(byte[] data) {
    var utf8 = new Utf8();
    boolean isText = Unpooled.wrappedBuffer(data).forEachByte(utf8) < 0 && utf8.isComplete();
    assertEquals(Arrays.equals(data, new String(data, UTF_8).getBytes(UTF_8)), isText);
  }
}
