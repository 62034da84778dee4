package lemnos.examples.redis;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A list in a ring: constant time at both ends and at any index. */
final class ListValue implements Value {
  private static final int SMALLEST = 8;

  /** A power of two long; the elements begin at {@code head} and wrap around. */
  private byte[] @Nullable [] ring = new byte[SMALLEST][];

  private int head;
  private int size;

  int size() {
    return size;
  }

  void addFirst(byte[] element) {
    grow();
    head = (head - 1) & (ring.length - 1);
    ring[head] = element;
    size++;
  }

  void addLast(byte[] element) {
    grow();
    ring[(head + size) & (ring.length - 1)] = element;
    size++;
  }

  byte[] removeFirst() {
    byte[] element = take(head);
    head = (head + 1) & (ring.length - 1);
    size--;
    shrink();
    return element;
  }

  byte[] removeLast() {
    byte[] element = take((head + size - 1) & (ring.length - 1));
    size--;
    shrink();
    return element;
  }

  /** The elements from one index up to another, which is no longer in it. */
  byte[][] range(int from, int to) {
    byte[][] elements = new byte[to - from][];
    copy(from, elements);
    return elements;
  }

  @Override
  public String typeName() {
    return "list";
  }

  private byte[] take(int at) {
    assert size > 0;
    byte[] element = Objects.requireNonNull(ring[at]);
    ring[at] = null;
    return element;
  }

  private void grow() {
    if (size == ring.length) {
      resize(Math.multiplyExact(ring.length, 2));
    }
  }

  /** Only at a quarter, so that a list at an edge is not copied back and forth. */
  private void shrink() {
    if (ring.length > SMALLEST && size <= ring.length / 4) {
      resize(ring.length / 2);
    }
  }

  private void resize(int length) {
    byte[] @Nullable [] larger = new byte[length][];
    copy(0, larger);
    ring = larger;
    head = 0;
  }

  private void copy(int from, byte[] @Nullable [] to) {
    int count = Math.min(to.length, size - from);
    int start = (head + from) & (ring.length - 1);
    int straight = Math.min(count, ring.length - start);
    System.arraycopy(ring, start, to, 0, straight);
    System.arraycopy(ring, 0, to, straight, count - straight);
  }
}
