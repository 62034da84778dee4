package lemnos.examples.redis;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The hash by which keys find their shard and their bucket: 8 bytes a multiplication, after wyhash.
 *
 * <p>The seed should be random, so that nobody can send keys that all fall into one bucket. All
 * readers and stores of one server share one seed.
 */
final class KeyHash {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long FIRST = 0x9E37_79B9_7F4A_7C15L;
  private static final long SECOND = 0xBF58_476D_1CE4_E5B9L;

  private final long seed;

  KeyHash(long seed) {
    this.seed = seed;
  }

  /** All 32 bits are good: the upper ones choose the shard, the lower ones the bucket. */
  int of(byte[] bytes) {
    int length = bytes.length;
    long hash = seed;
    int at = 0;
    for (; at + 8 <= length; at += 8) {
      hash = mix(hash ^ FIRST, (long) LONGS.get(bytes, at) ^ SECOND);
    }
    if (at < length) {
      hash = mix(hash ^ FIRST, tail(bytes, at) ^ SECOND);
    }
    return (int) (mix(hash ^ FIRST, length ^ SECOND) >>> 32);
  }

  /** The last 1 to 7 bytes as one number; overlaps the word before where there is one. */
  private static long tail(byte[] bytes, int at) {
    int length = bytes.length;
    if (length >= 8) {
      return (long) LONGS.get(bytes, length - 8);
    }
    long word = 0;
    for (int i = at; i < length; i++) {
      word = word << 8 | (bytes[i] & 0xff);
    }
    return word;
  }

  private static long mix(long a, long b) {
    return (a * b) ^ Math.unsignedMultiplyHigh(a, b);
  }
}
