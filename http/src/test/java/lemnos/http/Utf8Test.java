package lemnos.http;

import static org.junit.jupiter.api.Assertions.fail;

import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class Utf8Test {
  private static boolean isText(byte[] bytes) {
    var utf8 = new Utf8();
    return Unpooled.wrappedBuffer(bytes).forEachByte(utf8) < 0 && utf8.isComplete();
  }

  private static boolean isTextForTheJdk(byte[] bytes) {
    return Arrays.equals(
        bytes, new String(bytes, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void itAgreesWithTheJdkOnAllBeginningsOfThreeBytes() {
    for (int i = 0; i < 1 << 24; i += 5) {
      byte[] bytes = {(byte) (i >> 16), (byte) (i >> 8), (byte) i};
      if (isText(bytes) != isTextForTheJdk(bytes)) {
        fail("not for the JDK: " + HexFormat.of().formatHex(bytes));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 0})
  void itAgreesWithTheJdkOnRandomText(long given) {
    long seed = given == 0 ? new SplittableRandom().nextLong() : given;
    var random = new SplittableRandom(seed);
    byte[] odd = HexFormat.of().parseHex("007f808fa0bfc0c1c2dfe0edeff0f4f5ff");
    for (int i = 0; i < 100_000; i++) {
      byte[] bytes = new byte[random.nextInt(8)];
      for (int at = 0; at < bytes.length; at++) {
        bytes[at] = odd[random.nextInt(odd.length)];
      }
      if (isText(bytes) != isTextForTheJdk(bytes)) {
        fail("seed " + seed + ", not for the JDK: " + HexFormat.of().formatHex(bytes));
      }
    }
  }
}
