package lemnos.examples.redis;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Whole numbers written in decimal, by Redis's strict rule: no plus, no leading zero, no blank. */
final class Decimal {
  private static final byte[] MAX = ascii("9223372036854775807");
  private static final byte[] MIN = ascii("9223372036854775808");
  private static final byte[] ZERO = {'0'};

  private Decimal() {}

  /** Whether the first {@code length} bytes are a number that fits into a long. */
  static boolean isLong(byte[] text, int length) {
    boolean negative = length > 0 && text[0] == '-';
    int first = negative ? 1 : 0;
    int digits = length - first;
    if (digits < 1 || digits > MAX.length) {
      return false;
    }
    if (text[first] == '0') {
      return length == 1;
    }
    for (int i = first; i < length; i++) {
      if (text[i] < '0' || text[i] > '9') {
        return false;
      }
    }
    byte[] bound = negative ? MIN : MAX;
    return digits < bound.length
        || Arrays.compare(text, first, length, bound, 0, bound.length) <= 0;
  }

  static boolean isLong(byte[] text) {
    return isLong(text, text.length);
  }

  /** The number of which {@link #isLong} is true. */
  static long toLong(byte[] text, int length) {
    boolean negative = text[0] == '-';
    long value = 0;
    for (int i = negative ? 1 : 0; i < length; i++) {
      value = value * 10 + (text[i] - '0');
    }
    return negative ? -value : value;
  }

  static long toLong(byte[] text) {
    return toLong(text, text.length);
  }

  static byte[] bytes(long value) {
    if (value == 0) {
      return ZERO.clone();
    }
    if (value == Long.MIN_VALUE) {
      return ascii("-9223372036854775808");
    }
    long rest = Math.abs(value);
    int at = length(value);
    byte[] text = new byte[at];
    for (; rest > 0; rest /= 10) {
      text[--at] = (byte) ('0' + rest % 10);
    }
    if (value < 0) {
      text[0] = '-';
    }
    return text;
  }

  /** How many characters the number takes. */
  static int length(long value) {
    if (value == Long.MIN_VALUE) {
      return MIN.length + 1;
    }
    long rest = Math.abs(value);
    int length = value < 0 ? 2 : 1;
    while (rest >= 10) {
      rest /= 10;
      length++;
    }
    return length;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
