package lemnos.examples.redis;

import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A hash table of keys that can be scanned with a cursor while it grows and shrinks.
 *
 * <p>The table has a power of two of buckets, a key lives in the bucket that the lower bits of its
 * hash name. A scan visits the buckets in the order of their numbers read backwards (the highest
 * bit counts first). When the table doubles, bucket b becomes b and b + half, which are neighbours
 * in that order; so whatever was visited stays behind the cursor and whatever was not stays before
 * it, and a key that is there all the time is visited. Some may be visited twice.
 */
final class Keyspace {
  private static final int SMALLEST = 16;
  private static final int LARGEST = 1 << 30;

  /** One key, what it holds, and when its time comes. */
  static final class Entry {
    final Bytes key;
    Value value;
    @Nullable Lifetime lifetime;
    private @Nullable Entry next;

    private Entry(Bytes key, Value value, @Nullable Entry next) {
      this.key = key;
      this.value = value;
      this.next = next;
    }
  }

  /** The last millisecond in which a key is there, and the timer if one is armed for the next. */
  record Lifetime(long deadlineMillis, boolean armed, long timer) {}

  private @Nullable Entry[] buckets = new Entry[SMALLEST];
  private int size;

  int size() {
    return size;
  }

  @Nullable Entry get(Bytes key) {
    Entry entry = buckets[key.hashCode() & (buckets.length - 1)];
    while (entry != null && !entry.key.sameAs(key)) {
      entry = entry.next;
    }
    return entry;
  }

  /** Adds a key that is not there. */
  Entry add(Bytes key, Value value) {
    if (size == buckets.length && size < LARGEST) {
      resize(buckets.length * 2);
    }
    int bucket = key.hashCode() & (buckets.length - 1);
    Entry entry = new Entry(key, value, buckets[bucket]);
    buckets[bucket] = entry;
    size++;
    return entry;
  }

  /** Removes an entry that is there. */
  void remove(Entry gone) {
    int bucket = gone.key.hashCode() & (buckets.length - 1);
    if (buckets[bucket] == gone) {
      buckets[bucket] = gone.next;
    } else {
      before(gone, bucket).next = gone.next;
    }
    size--;
    if (buckets.length > SMALLEST && size < buckets.length / 8) {
      resize(buckets.length / 2);
    }
  }

  void clear() {
    buckets = new Entry[SMALLEST];
    size = 0;
  }

  /** Visits all entries; the visitor may not add or remove any. */
  void forEach(Consumer<Entry> visitor) {
    for (int bucket = 0; bucket < buckets.length; bucket++) {
      visit(bucket, visitor);
    }
  }

  /**
   * Visits one bucket; the visitor may not add or remove any entry.
   *
   * @return the cursor of the next bucket, 0 after the last
   */
  long scan(long cursor, Consumer<Entry> visitor) {
    long mask = buckets.length - 1L;
    visit((int) (cursor & mask), visitor);
    return Long.reverse(Long.reverse(cursor | ~mask) + 1);
  }

  private Entry before(Entry gone, int bucket) {
    Entry entry = Objects.requireNonNull(buckets[bucket]);
    while (entry.next != gone) {
      entry = Objects.requireNonNull(entry.next);
    }
    return entry;
  }

  private void visit(int bucket, Consumer<Entry> visitor) {
    for (Entry entry = buckets[bucket]; entry != null; entry = entry.next) {
      visitor.accept(entry);
    }
  }

  private void resize(int length) {
    @Nullable Entry[] old = buckets;
    buckets = new Entry[length];
    for (Entry chain : old) {
      Entry entry = chain;
      while (entry != null) {
        Entry next = entry.next;
        int bucket = entry.key.hashCode() & (length - 1);
        entry.next = buckets[bucket];
        buckets[bucket] = entry;
        entry = next;
      }
    }
  }
}
