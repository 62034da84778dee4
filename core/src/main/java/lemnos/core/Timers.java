package lemnos.core;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The armed timers of a loop: a heap of four-way nodes, ordered by (expiry, arming), over a table
 * of slots. Cancelling only empties the slot, in constant time; the heap forgets it when it comes
 * to the top, or all at once when half of the heap is empty slots.
 *
 * <p>A key is a slot's number and generation, so a key outlives its timer without harm: it is then
 * found to be stale. 0 is never a key.
 */
final class Timers {
  private static final int FIRST_CAPACITY = 16;

  // The heap: entry i expires at expiry[i], was armed as number order[i], and has its call in
  // slot[i].
  private long[] expiry = new long[FIRST_CAPACITY];
  private long[] order = new long[FIRST_CAPACITY];
  private int[] slot = new int[FIRST_CAPACITY];
  private int size;

  // The slots. A slot is busy while the heap names it; the free ones are linked by nextFree.
  private @Nullable Call[] calls = new Call[FIRST_CAPACITY];
  private int[] generations = new int[FIRST_CAPACITY];
  private int[] nextFree = new int[FIRST_CAPACITY];
  private int firstFree = -1;
  private int slots;

  private long armed;
  private int cancelled;

  /** The number of timers that will still expire. */
  int size() {
    return size - cancelled;
  }

  /** Arms a timer and returns its key. */
  long add(long at, Call call) {
    int s = takeSlot(call);
    if (size == expiry.length) {
      int capacity = size * 2;
      expiry = Arrays.copyOf(expiry, capacity);
      order = Arrays.copyOf(order, capacity);
      slot = Arrays.copyOf(slot, capacity);
    }
    siftUp(size++, at, armed++, s);
    return (long) generations[s] << 32 | s;
  }

  private int takeSlot(Call call) {
    int s = firstFree;
    if (s >= 0) {
      firstFree = nextFree[s];
    } else {
      s = slots++;
      if (s == calls.length) {
        calls = Arrays.copyOf(calls, s * 2);
        generations = Arrays.copyOf(generations, s * 2);
        nextFree = Arrays.copyOf(nextFree, s * 2);
      }
      generations[s] = 1;
    }
    calls[s] = call;
    return s;
  }

  private void freeSlot(int s) {
    generations[s] = generations[s] == Integer.MAX_VALUE ? 1 : generations[s] + 1;
    nextFree[s] = firstFree;
    firstFree = s;
  }

  /** Takes the call of a timer that has not expired, or returns null. */
  @Nullable Call cancel(long key) {
    int s = (int) key;
    if (s < 0 || s >= slots || generations[s] != (int) (key >>> 32)) {
      return null;
    }
    Call call = calls[s];
    if (call != null) {
      calls[s] = null;
      cancelled++;
      if (cancelled > 64 && cancelled > size / 2) {
        compact();
      }
    }
    return call;
  }

  /** Takes the cancelled ones out of the heap. */
  private void compact() {
    int kept = 0;
    for (int i = 0; i < size; i++) {
      if (calls[slot[i]] == null) {
        freeSlot(slot[i]);
      } else {
        expiry[kept] = expiry[i];
        order[kept] = order[i];
        slot[kept] = slot[i];
        kept++;
      }
    }
    size = kept;
    cancelled = 0;
    for (int i = (size - 2) >> 2; i >= 0; i--) {
      siftDown(i, expiry[i], order[i], slot[i]);
    }
  }

  /** When the first timer expires, or {@link Long#MAX_VALUE} if none is armed. */
  long nextExpiry() {
    while (size > 0 && calls[slot[0]] == null) {
      cancelled--;
      removeFirst();
    }
    return size == 0 ? Long.MAX_VALUE : expiry[0];
  }

  /** Takes the call of the first timer if that is due at {@code now}. */
  @Nullable Call takeDue(long now) {
    if (nextExpiry() > now || size == 0) {
      return null;
    }
    int s = slot[0];
    Call call = calls[s];
    calls[s] = null;
    removeFirst();
    return call;
  }

  private void removeFirst() {
    freeSlot(slot[0]);
    size--;
    if (size > 0) {
      siftDown(0, expiry[size], order[size], slot[size]);
    }
  }

  private void siftUp(int i, long at, long number, int s) {
    while (i > 0) {
      int parent = (i - 1) >> 2;
      if (at >= expiry[parent]) { // on a tie the one armed earlier, the parent, stays ahead
        break;
      }
      move(parent, i);
      i = parent;
    }
    set(i, at, number, s);
  }

  private void siftDown(int i, long at, long number, int s) {
    for (; ; ) {
      int child = (i << 2) + 1;
      if (child >= size) {
        break;
      }
      int last = Math.min(child + 4, size);
      int least = child;
      for (int c = child + 1; c < last; c++) {
        if (before(expiry[c], order[c], expiry[least], order[least])) {
          least = c;
        }
      }
      if (!before(expiry[least], order[least], at, number)) {
        break;
      }
      move(least, i);
      i = least;
    }
    set(i, at, number, s);
  }

  private static boolean before(long at1, long number1, long at2, long number2) {
    return at1 < at2 || (at1 == at2 && number1 < number2);
  }

  private void move(int from, int to) {
    set(to, expiry[from], order[from], slot[from]);
  }

  private void set(int i, long at, long number, int s) {
    expiry[i] = at;
    order[i] = number;
    slot[i] = s;
  }

  /** Discards all timers. */
  void discardAll(Loop loop) {
    for (int s = 0; s < slots; s++) {
      Call call = calls[s];
      if (call != null) {
        calls[s] = null;
        call.discard(loop);
      }
    }
    size = 0;
    cancelled = 0;
    slots = 0;
    firstFree = -1;
  }
}
