package lemnos.http;

import io.netty.util.ByteProcessor;

/**
 * Checks text in UTF-8 that comes in pieces, so that what is malformed is found in the piece where
 * it stands. Source: RFC 3629 (4).
 */
final class Utf8 implements ByteProcessor {
  private static final int CONTINUATION = 0x80;
  private static final int LAST_CONTINUATION = 0xbf;

  /** How many bytes of a letter are still to come, and the range of the next. */
  private int left;

  private int least;
  private int most;

  /** Takes the next byte. Returns whether it may stand there. */
  @Override
  public boolean process(byte next) {
    int value = next & 0xff;
    if (left == 0) {
      return begin(value);
    }
    boolean isAllowed = least <= value && value <= most;
    left--;
    least = CONTINUATION;
    most = LAST_CONTINUATION;
    return isAllowed;
  }

  private boolean begin(int value) {
    if (value < CONTINUATION) {
      return true;
    }
    if (value < 0xc2 || value > 0xf4) {
      return false;
    }
    left = value < 0xe0 ? 1 : value < 0xf0 ? 2 : 3;
    // No letter in more bytes than it needs, no half of a pair of UTF-16, none beyond Unicode.
    least = value == 0xe0 ? 0xa0 : value == 0xf0 ? 0x90 : CONTINUATION;
    most = value == 0xed ? 0x9f : value == 0xf4 ? 0x8f : LAST_CONTINUATION;
    return true;
  }

  /** Whether all letters that have begun are whole. */
  boolean isComplete() {
    return left == 0;
  }
}
