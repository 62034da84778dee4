package lemnos.examples.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class DecimalTest {
  @Test
  void numbersAreReadAndWritten() {
    long[] table = {
      0,
      1,
      -1,
      9,
      10,
      -10,
      99,
      100,
      12345,
      -98765,
      Integer.MAX_VALUE,
      Integer.MIN_VALUE,
      999_999_999_999_999_999L,
      1_000_000_000_000_000_000L,
      Long.MAX_VALUE,
      Long.MAX_VALUE - 1,
      Long.MIN_VALUE,
      Long.MIN_VALUE + 1
    };
    for (long number : table) {
      check(number);
    }
    var random = new SplittableRandom(1);
    for (int i = 0; i < 100_000; i++) {
      check(random.nextLong() >> random.nextInt(64));
    }
  }

  private static void check(long number) {
    byte[] text = Decimal.bytes(number);
    assertThat(Ascii.string(text)).isEqualTo(Long.toString(number));
    assertThat(Decimal.length(number)).isEqualTo(text.length);
    assertThat(Decimal.isLong(text)).isTrue();
    assertThat(Decimal.toLong(text)).isEqualTo(number);
  }

  @Test
  void nothingElseIsTakenForANumber() {
    String[] table = {
      "",
      "-",
      "+1",
      "01",
      "-0",
      "-01",
      "00",
      " 1",
      "1 ",
      "1.0",
      "1e3",
      "0x1",
      "1a",
      "a",
      "--1",
      "9223372036854775808",
      "-9223372036854775809",
      "10000000000000000000",
      "99999999999999999999"
    };
    for (String text : table) {
      assertThat(Decimal.isLong(Ascii.bytes(text))).as(text).isFalse();
    }
  }

  @Test
  void onlyTheFirstBytesCount() {
    byte[] text = Ascii.bytes("123x");
    assertThat(Decimal.isLong(text, 3)).isTrue();
    assertThat(Decimal.toLong(text, 3)).isEqualTo(123);
    assertThat(Decimal.isLong(text, 4)).isFalse();
  }
}
