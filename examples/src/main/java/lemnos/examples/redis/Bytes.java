package lemnos.examples.redis;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A binary-safe name with its hash: a key, a field of a hash, a member of a set, a channel.
 *
 * <p>Takes the array over; nobody changes it from then on.
 */
final class Bytes implements Comparable<Bytes> {
  private final byte[] array;
  private final int hash;

  Bytes(byte[] array, KeyHash hash) {
    this.array = array;
    this.hash = hash.of(array);
  }

  byte[] array() {
    return array;
  }

  @Override
  public int hashCode() {
    return hash;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Bytes that && sameAs(that);
  }

  boolean sameAs(Bytes that) {
    return hash == that.hash && Arrays.equals(array, that.array);
  }

  /** Lets java.util's maps stay quick even where hashes collide. */
  @Override
  public int compareTo(Bytes that) {
    return Arrays.compareUnsigned(array, that.array);
  }

  @Override
  public String toString() {
    return new String(array, StandardCharsets.ISO_8859_1);
  }
}
