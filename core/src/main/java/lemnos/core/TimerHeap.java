package lemnos.core;

import java.util.Arrays;

/**
 * Timers in strict order: a heap of four-way nodes over parallel arrays. An entry is a time and a
 * key of {@link Timers}, whose highest bits are the number of the arming.
 */
final class TimerHeap {
  private static final int FIRST_CAPACITY = 16;

  private long[] expiries = new long[FIRST_CAPACITY];
  private long[] keys = new long[FIRST_CAPACITY];
  private int size;

  int size() {
    return size;
  }

  /** When the first one expires; there must be one. */
  long firstExpiry() {
    return expiries[0];
  }

  /** The key of the first one; there must be one. */
  long firstKey() {
    return keys[0];
  }

  void add(long at, long key) {
    if (size == keys.length) {
      resize(size * 2);
    }
    int i = size++;
    while (i > 0) {
      int parent = (i - 1) >> 2;
      if (!before(at, key, expiries[parent], keys[parent])) {
        break;
      }
      set(i, expiries[parent], keys[parent]);
      i = parent;
    }
    set(i, at, key);
  }

  void removeFirst() {
    int last = --size;
    if (last > 0) {
      sink(expiries[last], keys[last]);
    }
  }

  /** Lets an entry sink to its place from the top, which is free. */
  private void sink(long at, long key) {
    int i = 0;
    for (int child = 1; child < size; child = (i << 2) + 1) {
      int least = child;
      int end = Math.min(child + 4, size);
      for (int c = child + 1; c < end; c++) {
        if (before(expiries[c], keys[c], expiries[least], keys[least])) {
          least = c;
        }
      }
      if (!before(expiries[least], keys[least], at, key)) {
        break;
      }
      set(i, expiries[least], keys[least]);
      i = least;
    }
    set(i, at, key);
  }

  /** Gives every entry to {@link Timers#place}, which may add it again. */
  void sweep(Timers timers) {
    int n = size;
    size = 0;
    for (int i = 0; i < n; i++) { // what is added meanwhile lies before i
      timers.place(expiries[i], keys[i]);
    }
  }

  /** Gives back the memory of a burst that is over. */
  void trim() {
    int capacity = Math.max(FIRST_CAPACITY, 2 * size);
    if (keys.length > 2 * capacity) {
      resize(capacity);
    }
  }

  private void resize(int capacity) {
    expiries = Arrays.copyOf(expiries, capacity);
    keys = Arrays.copyOf(keys, capacity);
  }

  /** The numbers of armings wrap around, so what counts is which way the difference points. */
  private static boolean before(long at1, long key1, long at2, long key2) {
    return at1 < at2 || (at1 == at2 && key1 - key2 < 0);
  }

  private void set(int i, long at, long key) {
    expiries[i] = at;
    keys[i] = key;
  }
}
