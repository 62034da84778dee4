package lemnos.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Our own decoders get what no client would send, and what clients send in pieces. */
final class DecoderFuzzTest {
  private static final List<String> REQUESTS =
      List.of(
          "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
          "\r\nGET /a?b=c HTTP/1.1\r\nHost: x\r\nCookie: a=b; c=\"d\"\r\n\r\n",
          "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 7\r\n\r\n  body\r",
          "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n a\r\r\n0\r\n\r\n",
          "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
              + "1\r\na\r\n0\r\nX: a\r\nY: b\r\n c\r\n\r\n",
          "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: a\r\n\r\n"
              + "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n b ",
          "GET / HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n",
          "GET / HTTP/1.1\r\nHost: x\r\nX: a\rb\r\n\r\n",
          "OPTIONS * HTTP/1.0\r\n\r\n");

  private static final String ODD = "\r\n\t :;=\"%/-,0a\u0000\u007f\u00ff";

  /** What comes out of the decoder when the bytes come in pieces that end at {@code cuts}. */
  static String decoded(byte[] bytes, int... cuts) {
    var channel = new EmbeddedChannel(new RequestDecoder(Limits.standard()));
    var all = new StringBuilder();
    try {
      int at = 0;
      boolean goesOn = true;
      for (int piece = 0; piece <= cuts.length && goesOn; piece++) {
        int end = piece == cuts.length ? bytes.length : cuts[piece];
        channel.writeInbound(Unpooled.copiedBuffer(bytes, at, end - at));
        at = end;
        goesOn = describe(channel, all);
      }
      return all.toString();
    } finally {
      channel.finishAndReleaseAll();
    }
  }

  static int[] cuts(int length, SplittableRandom random) {
    int most = 1 + random.nextInt(12);
    return IntStream.iterate(
            1 + random.nextInt(most), at -> at < length, at -> at + 1 + random.nextInt(most))
        .toArray();
  }

  /** Appends what is there; false when a message was refused. */
  static boolean describe(EmbeddedChannel channel, StringBuilder all) {
    for (Object o = channel.readInbound(); o != null; o = channel.readInbound()) {
      try {
        if (o instanceof HttpRequest request) {
          if (request.decoderResult().isFailure()) {
            all.append("refused");
            return false;
          }
          all.append(request.method()).append(' ').append(request.uri());
          all.append(request.headers().entries()).append('\n');
          all.append(request instanceof RequestHead head && head.isWhole ? "\nend\n" : "");
        }
        if (o instanceof HttpContent content) {
          if (content.decoderResult().isFailure()) {
            all.append("refused");
            return false;
          }
          all.append(content.content().toString(StandardCharsets.ISO_8859_1));
          all.append(o instanceof LastHttpContent ? "\nend\n" : "");
        }
      } finally {
        ReferenceCountUtil.release(o);
      }
    }
    return true;
  }

  private static String mutated(String text, SplittableRandom random) {
    var mutant = new StringBuilder(text);
    for (int i = random.nextInt(4); i > 0 && !mutant.isEmpty(); i--) {
      int at = random.nextInt(mutant.length());
      char odd = ODD.charAt(random.nextInt(ODD.length()));
      switch (random.nextInt(3)) {
        case 0 -> mutant.setCharAt(at, odd);
        case 1 -> mutant.insert(at, odd);
        default -> mutant.deleteCharAt(at);
      }
    }
    return mutant.toString();
  }

  static String pipelined(SplittableRandom random) {
    var all = new StringBuilder();
    for (int i = 1 + random.nextInt(3); i > 0; i--) {
      all.append(mutated(REQUESTS.get(random.nextInt(REQUESTS.size())), random));
    }
    return all.toString();
  }

  /**
   * From then on it has to come to its end soon; between requests, and in bodies, there is time.
   */
  @Test
  void aHeadHasBegunWithItsFirstByteAndIsWholeWithItsLast() {
    var decoder = new RequestDecoder(Limits.standard());
    var channel = new EmbeddedChannel(decoder);
    String head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n";
    String request = head + "ab";
    for (int at = 0; at < 2 * request.length(); at++) {
      byte b = (byte) request.charAt(at % request.length());
      channel.writeInbound(Unpooled.wrappedBuffer(new byte[] {b}));
      channel.pipeline().fireChannelReadComplete(); // as Netty does when there was nothing
      assertEquals(at % request.length() < head.length() - 1, decoder.hasPart(), "byte " + at);
    }
    String next = request + "GET";
    channel.writeInbound(Unpooled.copiedBuffer(next, StandardCharsets.US_ASCII));
    assertTrue(decoder.hasPart());
    channel.finishAndReleaseAll();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 0})
  void howARequestIsCutChangesNothing(long given) {
    long seed = given == 0 ? new SplittableRandom().nextLong() : given;
    var random = new SplittableRandom(seed);
    for (int i = 0; i < 1_000; i++) {
      String text = pipelined(random);
      byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
      String cut = decoded(bytes, cuts(bytes.length, random));
      assertThat(cut).as("seed %d, case %d: %s", seed, i, text).isEqualTo(decoded(bytes));
    }
  }

  /** A body may begin with a space, though the empty line before it comes in a piece of its own. */
  @Test
  void aRequestMayBeCutAnywhere() {
    for (String request : REQUESTS) {
      byte[] bytes = request.getBytes(StandardCharsets.ISO_8859_1);
      String whole = decoded(bytes);
      for (int cut = 1; cut < bytes.length; cut++) {
        assertThat(decoded(bytes, cut)).as("%s cut at %d", request, cut).isEqualTo(whole);
      }
    }
    String afterTrailers = REQUESTS.get(5);
    assertThat(decoded(afterTrailers.getBytes(StandardCharsets.ISO_8859_1)))
        .endsWith("[Host=x, Content-Length=3]\n b \nend\n");
    String post = REQUESTS.get(2);
    assertThat(decoded(post.getBytes(StandardCharsets.ISO_8859_1), post.indexOf("\r\n\r\n") + 2))
        .startsWith("POST /")
        .endsWith("  body\r\nend\n");
  }

  /** Of what is wrong a decoder says so; nothing else comes out of it. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 0})
  void noTextBreaksADecoder(long given) {
    long seed = given == 0 ? new SplittableRandom().nextLong() : given;
    var random = new SplittableRandom(seed);
    for (int i = 0; i < 20_000; i++) {
      String text = mutated("/a%20b/../c;x=1%2f?q", random);
      try {
        Target.fault("GET", text);
        Target.rawPath(text);
        Target.decoded(text);
      } catch (HttpException e) {
        assertThat(e.status()).as("seed %d: %s", seed, text).isEqualTo(400);
      }
      var cookies = Cookie.parse(List.of(mutated("a=b; c=\"d\"; e", random)));
      assertThat(cookies.size()).isLessThanOrEqualTo(Cookie.MAX_COOKIES);
      long[] range = StaticFiles.range(mutated("bytes=0-99", random), 50);
      if (range != null) {
        assertThat(range[0]).as("seed %d", seed).isNotNegative();
        assertThat(range[1]).as("seed %d", seed).isLessThanOrEqualTo(50);
      }
    }
  }
}
