package lemnos.core;

import java.util.Arrays;

/**
 * Timers whose order does not matter yet: wheels of buckets, each wheel {@value #BUCKETS} times as
 * coarse as the one below. An entry is a time and a key of {@link Timers}.
 *
 * <p>The wheel is read from {@link #base}. A time that differs from it in its {@value #FINE_BITS}
 * lowest bits only is too near for any bucket; one that differs at most in the next {@value
 * #WHEEL_BITS} bits belongs to wheel 0, and so on. So whatever is on a wheel comes before all that
 * is on coarser ones, and on one wheel the buckets follow each other. {@link #openFirst} moves the
 * base to the first bucket that is not empty and deals that one out to finer wheels.
 *
 * <p>A bucket is a list of chunks of {@value #CHUNK} entries, which lie in one array: adding writes
 * to the end of a chunk, dealing out reads whole chunks, and neither follows a pointer an entry.
 */
final class TimerWheel {
  private static final int FINE_BITS = 18; // a quarter of a millisecond
  private static final int WHEEL_BITS = 6;
  private static final int BUCKETS = 1 << WHEEL_BITS;
  private static final int WHEELS = (Long.SIZE - FINE_BITS + WHEEL_BITS - 1) / WHEEL_BITS;
  private static final int CHUNK_BITS = 6;
  private static final int CHUNK = 1 << CHUNK_BITS;
  private static final int FIRST_CHUNKS = 4;

  /** The time from which the wheels are read, but for its lowest bits. */
  private long base;

  private int size;

  // Bucket b of wheel w has the number w * BUCKETS + b. Its first chunk and the place after its
  // last entry; both 0 if it is empty. occupied[w] has a bit for each bucket that is not.
  private final int[] firstChunks = new int[WHEELS * BUCKETS];
  private final int[] ends = new int[WHEELS * BUCKETS];
  private final long[] occupied = new long[WHEELS];

  // Chunk c has the places c * CHUNK and following; at place p lie entries[2 * p], the time, and
  // entries[2 * p + 1], the key. Chunk 0 stays unused. nextChunks links the chunks of a bucket, and
  // the free ones.
  private long[] entries = new long[FIRST_CHUNKS * CHUNK * 2];
  private int[] nextChunks = new int[FIRST_CHUNKS];
  private int chunks = 1;
  private int freeChunk;

  TimerWheel(long base) {
    this.base = base;
  }

  int size() {
    return size;
  }

  long base() {
    return base;
  }

  /** Whether {@code at} is too near for a bucket: not later than the base, but for fine bits. */
  boolean isNear(long at) {
    return at <= (base | ((1L << FINE_BITS) - 1));
  }

  /** Whether {@code at} is earlier than the base, but for fine bits. */
  boolean isBeforeBase(long at) {
    return at < (base & (-1L << FINE_BITS));
  }

  /** Adds an entry that is not near. */
  void add(long at, long key) {
    int wheel = (Long.SIZE - 1 - FINE_BITS - Long.numberOfLeadingZeros(at ^ base)) / WHEEL_BITS;
    int bucket = (int) (unsigned(at) >>> shift(wheel)) & (BUCKETS - 1);
    int b = wheel * BUCKETS + bucket;
    int place = ends[b];
    if ((place & (CHUNK - 1)) == 0) {
      place = takeChunk(b, place) * CHUNK;
      occupied[wheel] |= 1L << bucket;
    }
    set(place, at, key);
    ends[b] = place + 1;
    size++;
  }

  private int takeChunk(int b, int end) {
    int chunk = freeChunk;
    if (chunk != 0) {
      freeChunk = nextChunks[chunk];
    } else {
      chunk = chunks++;
      if (chunk == nextChunks.length) {
        nextChunks = Arrays.copyOf(nextChunks, chunk * 2);
        entries = Arrays.copyOf(entries, chunk * 2 * CHUNK * 2);
      }
    }
    nextChunks[chunk] = 0;
    if (end == 0) {
      firstChunks[b] = chunk;
    } else {
      nextChunks[(end - 1) >> CHUNK_BITS] = chunk;
    }
    return chunk;
  }

  /** Moves the base; nothing may be on the wheels. */
  void turn(long newBase) {
    base = newBase;
  }

  /**
   * Moves the base to the first bucket and gives what is in that to {@link Timers#place}. There
   * must be an entry.
   */
  void openFirst(Timers timers) {
    int wheel = 0;
    while (occupied[wheel] == 0) {
      wheel++;
    }
    int bucket = Long.numberOfTrailingZeros(occupied[wheel]);
    int shift = shift(wheel);
    int above = shift + WHEEL_BITS;
    long same = above < Long.SIZE ? unsigned(base) & (-1L << above) : 0;
    base = unsigned(same | (long) bucket << shift);
    deal(wheel, bucket, timers);
  }

  /** Moves the base and gives everything to {@link Timers#place}. */
  void sweep(long newBase, Timers timers) {
    base = newBase;
    for (int wheel = 0; wheel < WHEELS; wheel++) {
      // An entry may land in a bucket that is still to be swept, and is then moved twice.
      for (long left = occupied[wheel]; left != 0; left &= left - 1) {
        deal(wheel, Long.numberOfTrailingZeros(left), timers);
      }
    }
  }

  private void deal(int wheel, int bucket, Timers timers) {
    int b = wheel * BUCKETS + bucket;
    int end = ends[b];
    int chunk = firstChunks[b];
    ends[b] = 0;
    firstChunks[b] = 0;
    occupied[wheel] &= ~(1L << bucket);
    while (chunk != 0) {
      int next = nextChunks[chunk];
      int place = chunk * CHUNK;
      int stop = next == 0 ? end : place + CHUNK;
      size -= stop - place;
      for (; place < stop; place++) {
        timers.place(entries[2 * place], entries[2 * place + 1]);
      }
      nextChunks[chunk] = freeChunk;
      freeChunk = chunk;
      chunk = next;
    }
  }

  /** Drops the entries that are stale. */
  void dropStale(Timers timers) {
    for (int wheel = 0; wheel < WHEELS; wheel++) {
      for (long left = occupied[wheel]; left != 0; left &= left - 1) {
        dropStale(wheel, Long.numberOfTrailingZeros(left), timers);
      }
    }
  }

  private void dropStale(int wheel, int bucket, Timers timers) {
    int b = wheel * BUCKETS + bucket;
    int chunk = firstChunks[b];
    int end = ends[b];
    int fullChunk = 0; // the last one that is full
    int keptChunk = chunk;
    int kept = chunk * CHUNK; // the place after the last one kept
    int dropped = 0;
    while (chunk != 0) {
      int next = nextChunks[chunk];
      int stop = next == 0 ? end : (chunk + 1) * CHUNK;
      for (int place = chunk * CHUNK; place < stop; place++) {
        long key = entries[2 * place + 1];
        set(kept, entries[2 * place], key);
        int one = timers.live(key); // no branch: it would be mispredicted half of the time
        kept += one;
        dropped += 1 - one;
        if (kept == (keptChunk + 1) * CHUNK) {
          fullChunk = keptChunk;
          keptChunk = nextChunks[keptChunk];
          kept = keptChunk * CHUNK;
        }
      }
      chunk = next;
    }
    size -= dropped;
    if (kept == keptChunk * CHUNK) {
      keptChunk = fullChunk;
      kept = (fullChunk + 1) * CHUNK;
    }
    if (keptChunk == 0) {
      free(firstChunks[b]);
      firstChunks[b] = 0;
      ends[b] = 0;
      occupied[wheel] &= ~(1L << bucket);
    } else {
      free(nextChunks[keptChunk]);
      nextChunks[keptChunk] = 0;
      ends[b] = kept;
    }
  }

  /** Takes back a list of chunks. */
  private void free(int first) {
    for (int chunk = first; chunk != 0; ) {
      int next = nextChunks[chunk];
      nextChunks[chunk] = freeChunk;
      freeChunk = chunk;
      chunk = next;
    }
  }

  private void set(int place, long at, long key) {
    entries[2 * place] = at;
    entries[2 * place + 1] = key;
  }

  private static int shift(int wheel) {
    return FINE_BITS + wheel * WHEEL_BITS;
  }

  /** Between a signed number and the unsigned one of the same rank. */
  private static long unsigned(long at) {
    return at ^ Long.MIN_VALUE;
  }
}
