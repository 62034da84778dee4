package lemnos.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.SplittableRandom;
import lemnos.core.Loop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Which version of HTTP a connection speaks, by its first bytes: none of them is lost, and how they
 * are cut does not matter.
 */
final class ProtocolChoiceTest {
  private static final byte[] PREFACE = Http2Peer.PREFACE.getBytes(ISO_8859_1);

  /** Nobody knows which version it is. */
  private static final String OPEN = "open  by nobody";

  private static Http2Codec codec() {
    return Http2Codec.server(Limits.standard(), (_, _) -> {}, new FramesFuzzTest.Told());
  }

  private static void install(ChannelHandlerContext choice) {
    choice.pipeline().addAfter(choice.name(), null, new FramesFuzzTest.Faults());
    choice.pipeline().addAfter(choice.name(), null, codec());
  }

  /** What comes of the bytes of a connection, and who decodes them in the end. */
  static String decoded(byte[] bytes, boolean mayBeHttp2, int... cuts) {
    try (var loop = new Loop(0)) {
      var choice =
          new ProtocolChoice(
              mayBeHttp2, Limits.standard(), new Link(loop), ProtocolChoiceTest::install);
      return told(new EmbeddedChannel(choice), bytes, cuts);
    }
  }

  /** The same, if somebody tells beforehand which version it is. */
  static String decodedByOne(byte[] bytes, boolean mayBeHttp2) {
    if (bytes.length == 0) {
      return OPEN;
    }
    int length = Math.min(bytes.length, PREFACE.length);
    if (!mayBeHttp2 || !Arrays.equals(bytes, 0, length, PREFACE, 0, length)) {
      var decoder = new RequestDecoder(Limits.standard());
      return told(new EmbeddedChannel(decoder, new ResponseEncoder()), bytes);
    }
    return length < PREFACE.length
        ? OPEN
        : told(new EmbeddedChannel(codec(), new FramesFuzzTest.Faults()), bytes);
  }

  private static String told(EmbeddedChannel channel, byte[] bytes, int... cuts) {
    return FramesFuzzTest.taken(
        channel,
        sent -> FramesFuzzTest.sent(sent) + " by " + decoder(channel.pipeline()),
        bytes,
        cuts);
  }

  private static String decoder(ChannelPipeline pipeline) {
    boolean isHttp1 = pipeline.get(RequestDecoder.class) != null;
    boolean isHttp2 = pipeline.get(Http2Codec.class) != null;
    boolean isEither = pipeline.get(ProtocolChoice.class) != null;
    String one = isHttp1 && pipeline.get(ResponseEncoder.class) != null ? "HTTP/1" : "HTTP/2";
    return isHttp1 == isHttp2 || (isHttp1 || isHttp2) == isEither ? "nobody" : one;
  }

  private static byte[] joined(byte[]... parts) {
    var all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  /** The preface, whole or not quite or not at all, and what may stand behind it. */
  private static byte[] connection(SplittableRandom random) {
    byte[] preface = PREFACE.clone();
    if (random.nextInt(4) == 0) {
      preface[random.nextInt(preface.length)] ^= (byte) (1 << random.nextInt(8));
    }
    int most = random.nextInt(3) > 0 ? preface.length : random.nextInt(preface.length);
    byte[] behind =
        switch (random.nextInt(3)) {
          case 0 -> DecoderFuzzTest.pipelined(random).getBytes(ISO_8859_1);
          case 1 ->
              joined("\0\0\0\4\0\0\0\0\0".getBytes(ISO_8859_1), FramesFuzzTest.frames(random));
          default -> new byte[0];
        };
    return random.nextInt(3) == 0 ? behind : joined(Arrays.copyOf(preface, most), behind);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 0})
  void howAConnectionIsCutChangesNothing(long given) {
    long seed = given == 0 ? new SplittableRandom().nextLong() : given;
    var random = new SplittableRandom(seed);
    for (int i = 0; i < 500; i++) {
      byte[] bytes = connection(random);
      boolean mayBeHttp2 = random.nextInt(4) > 0;
      int[] cuts = DecoderFuzzTest.cuts(bytes.length, random);
      String text = ByteBufUtil.hexDump(bytes);
      String expected = decodedByOne(bytes, mayBeHttp2);
      assertThat(decoded(bytes, mayBeHttp2, cuts))
          .as("seed %d, case %d, cut: %s", seed, i, text)
          .isEqualTo(expected);
      assertThat(decoded(bytes, mayBeHttp2))
          .as("seed %d, case %d: %s", seed, i, text)
          .isEqualTo(expected);
    }
  }

  /** Also the last of them may make a difference. */
  @Test
  void eachByteOfThePrefaceCounts() {
    byte[] settings = joined(PREFACE, "\0\0\0\4\0\0\0\0\0".getBytes(ISO_8859_1));
    assertThat(decoded(settings, true)).endsWith(" by HTTP/2");
    assertThat(decoded(settings, false)).endsWith(" by HTTP/1").contains("refused");
    for (int i = 0; i < PREFACE.length; i++) {
      assertThat(decoded(Arrays.copyOf(PREFACE, i), true)).isEqualTo(OPEN);
      byte[] other = settings.clone();
      other[i] ^= 1;
      assertThat(decoded(other, true)).as("byte %d", i).endsWith(" by HTTP/1");
    }
    byte[] get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(ISO_8859_1);
    assertThat(decoded(get, true)).startsWith("GET /[Host=x]").endsWith(" by HTTP/1");
    assertThat(decoded(new byte[] {'G'}, true)).isEqualTo("open  by HTTP/1");
  }
}
