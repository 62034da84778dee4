package lemnos.core;

import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The armed timers of a loop, which expire strictly in the order of (expiry, arming).
 *
 * <p>The near ones lie in a {@link TimerHeap}, all others, unordered, in a {@link TimerWheel}. When
 * the heap is empty the wheel is turned to its first bucket that is not, and that goes to the heap.
 * So arming writes to the end of a bucket, and ordering costs what it takes to order the few that
 * expire at nearly the same time.
 *
 * <p>Looking for the next expiry turns the wheel too, even if that is an hour away. What is armed
 * for an earlier time then goes to the heap; when that is too much the wheel is turned back.
 *
 * <p>What a timer calls lies in a slot. A key is the number of the arming, a bit, and the number of
 * the slot; the slot keeps the key of its timer, and the entries of heap and wheel are keys. So a
 * key that outlives its timer does no harm: the slot has another one, or none. Cancelling empties
 * the slot and so makes its entry stale, which is dropped when its time comes, or together with all
 * others when two entries of three are stale. 0 is never a key.
 *
 * <p>A {@link MovingCall} may be due later than its entry says. The entry moves on when it comes to
 * the heap or to the top of it, before anything else looks at it.
 *
 * <p>The timer of an actor that has ended stays until it expires, and its call is then discarded
 * like any call to that actor; only a {@link PeriodicCall} is not armed again.
 */
final class Timers {
  /** The greatest number of timers that can be armed at the same time. */
  static final int MAX_TIMERS = 1 << 26;

  // A key, from its lowest bit: the slot, whether the call owns handles, the number of the arming.
  private static final int SLOT_MASK = MAX_TIMERS - 1;
  private static final long OWNS_HANDLES = MAX_TIMERS;
  private static final int NUMBER_SHIFT = 27;

  private static final int FIRST_CAPACITY = 16;

  /** How many entries may be stale, or early, whatever the number of the others. */
  private static final int SLACK = 64;

  private final TimerHeap near = new TimerHeap();
  private TimerWheel wheel;

  /** The latest time for which anybody asked what is due. */
  private long now;

  // The slots: keys[s] and calls[s] are 0 and null, or those of the timer in slot s. The numbers of
  // the slots that were used and are free again are on a stack.
  private long[] keys = new long[FIRST_CAPACITY];
  private @Nullable Call[] calls = new Call[FIRST_CAPACITY];
  private int[] free = new int[FIRST_CAPACITY];
  private int freeCount;
  private int slots;

  private int size;
  private int early;
  private long armed;

  Timers(long now) {
    this.now = now;
    wheel = new TimerWheel(now);
  }

  /** The time that is {@code delay} after {@code now}, or the last there is. */
  static long later(long now, Duration delay) {
    long nanos;
    try {
      nanos = delay.toNanos();
    } catch (ArithmeticException e) {
      nanos = delay.isNegative() ? 0 : Long.MAX_VALUE;
    }
    long sum = now + nanos;
    return nanos > 0 && sum < now ? Long.MAX_VALUE : sum;
  }

  /** The number of timers that will still expire. */
  int size() {
    return size;
  }

  /** The number of timers for which there is room. */
  int capacity() {
    return calls.length;
  }

  /** The number of entries, also stale ones. */
  int entries() {
    return near.size() + wheel.size();
  }

  /** Arms a timer and returns its key. */
  long add(long at, Call call) {
    long key = takeSlot(call);
    put(at, key);
    return key;
  }

  /** Arms a timer that may move. */
  void add(MovingCall call) {
    long key = takeSlot(call);
    call.armed(key);
    put(call.entry, key);
  }

  private long takeSlot(Call call) {
    long number = nextNumber();
    int s = freeCount > 0 ? free[--freeCount] : newSlot();
    long key = number | (call.ownsHandles() ? OWNS_HANDLES : 0) | s;
    keys[s] = key;
    calls[s] = call;
    size++;
    return key;
  }

  private int newSlot() {
    if (slots == calls.length) {
      if (slots == MAX_TIMERS) {
        throw new IllegalStateException("more than " + MAX_TIMERS + " timers are armed");
      }
      resizeSlots(slots * 2);
    }
    return slots++;
  }

  /** The {@link #number} of the next arming. */
  long nextNumber() {
    long number = ++armed << NUMBER_SHIFT;
    if (number == 0) { // numbers come again from here on; no entry of long ago may be taken for new
      dropStale();
      number = ++armed << NUMBER_SHIFT;
    }
    return number;
  }

  private void freeSlot(int s) {
    keys[s] = 0;
    calls[s] = null;
    free[freeCount++] = s;
    size--;
  }

  private static int slot(long key) {
    return (int) key & SLOT_MASK;
  }

  /** The number of the arming, as the part of a key that it is. */
  static long number(long key) {
    return key >>> NUMBER_SHIFT << NUMBER_SHIFT;
  }

  private boolean isLive(long key) {
    return keys[slot(key)] == key;
  }

  /** 1 if the entry with this key is not stale, else 0. */
  int live(long key) {
    return isLive(key) ? 1 : 0;
  }

  /**
   * Whether the call of a timer owns handles. If not, it need not be discarded, and cancelling does
   * not touch it: that is one cache miss less.
   */
  static boolean ownsHandles(long key) {
    return (key & OWNS_HANDLES) != 0;
  }

  /** Adds the entry of a timer that was just armed. */
  private void put(long at, long key) {
    if (!wheel.isNear(at)) {
      wheel.add(at, key);
      return;
    }
    near.add(at, key);
    if (wheel.isBeforeBase(at) && ++early > SLACK + entries() / 2) {
      early = 0;
      if (wheel.isBeforeBase(now)) {
        wheel.sweep(now, this);
        near.sweep(this);
      }
    }
  }

  /** Adds an entry that was taken from the wheel or the heap. */
  void place(long at, long key) {
    if (!wheel.isNear(at)) {
      wheel.add(at, key);
    } else if (isLive(key)) {
      // To look at the call now, when others follow, loads it in parallel with theirs.
      if (calls[slot(key)] instanceof MovingCall m && m.due > at) {
        catchUp(m, key);
      } else {
        near.add(at, key);
      }
    }
  }

  /** Gives a timer that has moved an entry where it is now; the one it had is gone. */
  private void catchUp(MovingCall call, long oldKey) {
    int s = slot(oldKey);
    keys[s] = call.moved(s, call.due);
    place(call.due, keys[s]);
  }

  /** Gives a timer an entry at an earlier time; the one it had becomes stale. */
  void hasten(MovingCall call, long oldKey, long at) {
    int s = slot(oldKey);
    keys[s] = call.moved(s, at);
    put(at, keys[s]);
    dropManyStale();
  }

  /** Takes the call of a timer that has not expired, or returns null. */
  @Nullable Call cancel(long key) {
    int s = slot(key);
    if (key == 0 || s >= slots || keys[s] != key) {
      return null;
    }
    Call call = calls[s];
    freeSlot(s);
    dropManyStale();
    return call;
  }

  private void dropManyStale() {
    if (entries() > 3 * size + SLACK) {
      dropStale();
    }
  }

  private void dropStale() {
    wheel.dropStale(this);
    near.sweep(this);
  }

  /** When the first timer expires, or {@link Long#MAX_VALUE} if none is armed. */
  long nextExpiry() {
    return findFirst() ? near.firstExpiry() : Long.MAX_VALUE;
  }

  /** Brings the first timer to the top of the heap; false if there is none. */
  private boolean findFirst() {
    for (; ; ) {
      while (near.size() > 0) {
        long key = near.firstKey();
        if (!isLive(key)) {
          near.removeFirst();
        } else if (calls[slot(key)] instanceof MovingCall m && m.due > near.firstExpiry()) {
          near.removeFirst();
          catchUp(m, key);
        } else {
          return true;
        }
      }
      if (wheel.size() == 0) {
        wheel.turn(now);
        return false;
      }
      wheel.openFirst(this);
    }
  }

  /** Takes the call of the first timer if that is due at {@code now}. */
  @Nullable Call takeDue(long now) {
    this.now = now;
    if ((near.size() > 0 && near.firstExpiry() > now) || !findFirst() || near.firstExpiry() > now) {
      return null;
    }
    long key = near.firstKey();
    int s = slot(key);
    Call call = calls[s];
    near.removeFirst();
    if (call instanceof PeriodicCall p && p.moveOn(now)) {
      put(p.due, key);
    } else {
      freeSlot(s);
      expired(call);
    }
    return call;
  }

  private static void expired(@Nullable Call call) {
    if (call instanceof MovingCall m) {
      m.deactivate();
    }
  }

  /** Gives back the memory of a burst that is over. */
  void trim() {
    int used = slots;
    while (used > 0 && calls[used - 1] == null) {
      used--;
    }
    int capacity = Math.max(FIRST_CAPACITY, 2 * used);
    if (calls.length <= 2 * capacity) {
      return;
    }
    dropStale();
    TimerWheel old = wheel;
    wheel = new TimerWheel(old.base());
    old.sweep(old.base(), this);
    near.trim();
    slots = used;
    freeCount = 0;
    for (int s = used - 1; s >= 0; s--) {
      if (calls[s] == null) {
        free[freeCount++] = s;
      }
    }
    resizeSlots(capacity);
  }

  private void resizeSlots(int capacity) {
    keys = Arrays.copyOf(keys, capacity);
    calls = Arrays.copyOf(calls, capacity);
    free = Arrays.copyOf(free, capacity);
  }

  /** Discards all timers. */
  void discardAll(Loop loop) {
    for (int s = 0; s < slots; s++) {
      Call call = calls[s];
      if (call != null) {
        freeSlot(s);
        expired(call);
        call.discard(loop);
      }
    }
    dropStale();
  }
}
