package lemnos.examples.redis;

import java.nio.charset.StandardCharsets;

/** Words of the protocol: commands and options, whose case does not matter. */
final class Ascii {
  private Ascii() {}

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  static String string(byte[] text) {
    return new String(text, StandardCharsets.ISO_8859_1);
  }

  /** Whether {@code text} is this word, which is given in lower case. */
  static boolean same(byte[] lowerCaseWord, byte[] text) {
    if (text.length != lowerCaseWord.length) {
      return false;
    }
    for (int i = 0; i < text.length; i++) {
      if (toLowerCase(text[i]) != lowerCaseWord[i]) {
        return false;
      }
    }
    return true;
  }

  static boolean same(String lowerCaseWord, byte[] text) {
    return same(bytes(lowerCaseWord), text);
  }

  static byte[] toLowerCase(byte[] text) {
    byte[] lower = text.clone();
    for (int i = 0; i < lower.length; i++) {
      lower[i] = toLowerCase(lower[i]);
    }
    return lower;
  }

  private static byte toLowerCase(byte b) {
    return b >= 'A' && b <= 'Z' ? (byte) (b + ('a' - 'A')) : b;
  }
}
