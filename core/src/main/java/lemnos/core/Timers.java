package lemnos.core;

import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
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
 * <p>What a timer calls lies in a slot, which has room for a call of two arguments, so that arming
 * allocates nothing; any other call lies there as an object. A key is the number of the arming and
 * the number of the slot; the slot keeps the number of its timer, and the entries of heap and wheel
 * are keys. So a key that outlives its timer does no harm: the slot has another number, or none.
 * Cancelling empties the slot and so makes its entry stale, which is dropped when its time comes,
 * or together with all others when two entries of three are stale. 0 is never a key.
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

  // A key, from its lowest bit: the slot, the number of the arming.
  private static final int NUMBER_SHIFT = 26;
  private static final int SLOT_MASK = MAX_TIMERS - 1;

  // What a slot says of its timer, from its lowest bit: the shape of the call, or one of the two
  // kinds of an object; whether the call owns handles; from NUMBER_SHIFT on, the number.
  private static final int SHAPE_MASK = 31;
  private static final int OBJECT = 30;
  private static final int MOVING = 31;
  private static final int OWNS_HANDLES = 32;

  /** The places that the call of a slot takes: for the code or the object, target, arguments. */
  private static final int PLACES = 4;

  private static final int FIRST_CAPACITY = 16;

  /** How many entries may be stale, or early, whatever the number of the others. */
  private static final int SLACK = 64;

  private final Loop loop;
  private final TimerHeap near = new TimerHeap();
  private TimerWheel wheel;

  /** The latest time for which anybody asked what is due. */
  private long now;

  // The slots: states[s] is 0 and the places are null, or those of the timer in slot s. The numbers
  // of the slots that were used and are free again are on a stack.
  private long[] states = new long[FIRST_CAPACITY];
  private @Nullable Object[] places = new @Nullable Object[FIRST_CAPACITY * PLACES];
  private int[] free = new int[FIRST_CAPACITY];
  private int freeCount;
  private int slots;

  private int size;
  private int early;
  private long armed;

  Timers(Loop loop) {
    this.loop = loop;
    now = loop.now;
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
    return states.length;
  }

  /** The number of entries, also stale ones. */
  int entries() {
    return near.size() + wheel.size();
  }

  /** Arms a timer and returns its key; if the loop is closed, discards the call and returns 0. */
  long arm(long at, Call call) {
    loop.checkOwner("timer");
    if (loop.closed) {
      call.discard(loop);
      return 0;
    }
    return add(soonest(at), call);
  }

  /** {@link #arm(long, Call)} with a call of two arguments at most, of which it makes no object. */
  long arm(
      long at,
      int shape,
      @Nullable Cell<?> target,
      Object code,
      @Nullable Object a,
      @Nullable Object b) {
    loop.checkOwner("timer");
    if (loop.closed) {
      return arm(
          at, target == null ? new Call(shape, null, code) : Call.of(shape, target, code, a, b));
    }
    Call.checkPassable(loop, target, a, b, null, null, null);
    return add(soonest(at), shape, target, code, Handle.pass(a, loop), Handle.pass(b, loop));
  }

  /** Arms a timer that may move, unless the loop is closed. */
  void arm(MovingCall call) {
    loop.checkOwner("timer");
    if (!loop.closed) {
      long key = takeSlot(call, MOVING);
      call.armed(key);
      put(call.entry, key);
    }
  }

  /** When a timer for {@code at} may expire: not at this very instant. */
  long soonest(long at) {
    return Math.max(at, loop.now + 1);
  }

  /** Adds a timer for a call whose arguments have been passed; returns its key. */
  long add(
      long at,
      int shape,
      @Nullable Cell<?> target,
      Object code,
      @Nullable Object a,
      @Nullable Object b) {
    long number = nextNumber();
    int s =
        takeSlot(number | shape | (Handle.isOrIsIn(a) || Handle.isOrIsIn(b) ? OWNS_HANDLES : 0));
    int p = s * PLACES;
    places[p] = code;
    places[p + 1] = target;
    places[p + 2] = a;
    places[p + 3] = b;
    put(at, number | s);
    return number | s;
  }

  /** Adds a timer and returns its key. */
  long add(long at, Call call) {
    long key = takeSlot(call, OBJECT);
    put(at, key);
    return key;
  }

  private long takeSlot(Call call, int kind) {
    long number = nextNumber();
    int s = takeSlot(number | kind | (call.ownsHandles() ? OWNS_HANDLES : 0));
    places[s * PLACES] = call;
    return number | s;
  }

  private int takeSlot(long state) {
    int s = freeCount > 0 ? free[--freeCount] : newSlot();
    states[s] = state;
    size++;
    return s;
  }

  private int newSlot() {
    if (slots == states.length) {
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
    states[s] = 0;
    int p = s * PLACES;
    places[p] = null;
    places[p + 1] = null;
    places[p + 2] = null;
    places[p + 3] = null;
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

  /** Whether the entry with this key is not stale. */
  private boolean isLive(long key) {
    return (states[slot(key)] ^ key) >>> NUMBER_SHIFT == 0;
  }

  /** 1 if the entry with this key is not stale, else 0. */
  int live(long key) {
    return isLive(key) ? 1 : 0;
  }

  private int kind(int s) {
    return (int) states[s] & SHAPE_MASK;
  }

  private @Nullable MovingCall moving(long key) {
    int s = slot(key);
    return kind(s) == MOVING ? (MovingCall) places[s * PLACES] : null;
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
      MovingCall m = moving(key);
      if (m != null && m.due > at) {
        catchUp(m, key);
      } else {
        near.add(at, key);
      }
    }
  }

  /** Gives a timer that has moved an entry where it is now; the one it had is gone. */
  private void catchUp(MovingCall call, long oldKey) {
    place(call.due, renew(call, oldKey, call.due));
  }

  /** Gives a timer an entry at an earlier time; the one it had becomes stale. */
  void hasten(MovingCall call, long oldKey, long at) {
    put(at, renew(call, oldKey, at));
    dropManyStale();
  }

  private long renew(MovingCall call, long oldKey, long at) {
    int s = slot(oldKey);
    long key = call.moved(s, at);
    states[s] = number(key) | MOVING;
    return key;
  }

  /** Disarms a timer and ends the handles in its call; false if there is none with this key. */
  boolean cancel(long key) {
    int s = slot(key);
    if (number(key) == 0 || s >= slots || !isLive(key)) {
      return false;
    }
    // What owns nothing is not even read: that is one cache miss less.
    Call owner = (states[s] & OWNS_HANDLES) != 0 ? call(s) : null;
    freeSlot(s);
    dropManyStale();
    if (owner != null) {
      owner.discard(loop);
    }
    return true;
  }

  /** The call of a timer, as an object. */
  private Call call(int s) {
    int kind = kind(s);
    int p = s * PLACES;
    Object code = Objects.requireNonNull(places[p]);
    if (kind >= OBJECT) {
      return (Call) code;
    }
    return new Call(kind, (Cell<?>) places[p + 1], code, places[p + 2], places[p + 3], null, null);
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
        } else {
          MovingCall m = moving(key);
          if (m == null || m.due <= near.firstExpiry()) {
            return true;
          }
          near.removeFirst();
          catchUp(m, key);
        }
      }
      if (wheel.size() == 0) {
        wheel.turn(now);
        return false;
      }
      wheel.openFirst(this);
    }
  }

  /** Moves the calls of the timers that are due at {@code now} to {@code queue}, in order. */
  void expire(long now, CallQueue queue) {
    this.now = now;
    while (hasDue(now)) {
      expireFirst(queue);
    }
  }

  private boolean hasDue(long now) {
    if (near.size() > 0 && near.firstExpiry() > now) {
      return false;
    }
    return findFirst() && near.firstExpiry() <= now;
  }

  @SuppressWarnings("NullAway") // the slot of a live timer has its code
  private void expireFirst(CallQueue queue) {
    long key = near.firstKey();
    near.removeFirst();
    int s = slot(key);
    int kind = kind(s);
    int p = s * PLACES;
    Object code = places[p];
    if (kind < OBJECT) {
      queue.pushFew(kind, code, (Cell<?>) places[p + 1], places[p + 2], places[p + 3]);
      freeSlot(s);
    } else if (code instanceof PeriodicCall periodic && periodic.moveOn(now)) {
      put(periodic.due, key);
      queue.push(periodic);
    } else {
      freeSlot(s);
      expired((Call) code);
      queue.push((Call) code);
    }
  }

  private static void expired(Call call) {
    if (call instanceof MovingCall m) {
      m.deactivate();
    }
  }

  /** Gives back the memory of a burst that is over. */
  void trim() {
    int used = slots;
    while (used > 0 && states[used - 1] == 0) {
      used--;
    }
    int capacity = Math.max(FIRST_CAPACITY, 2 * used);
    if (states.length <= 2 * capacity) {
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
      if (states[s] == 0) {
        free[freeCount++] = s;
      }
    }
    resizeSlots(capacity);
  }

  private void resizeSlots(int capacity) {
    states = Arrays.copyOf(states, capacity);
    places = Arrays.copyOf(places, capacity * PLACES);
    free = Arrays.copyOf(free, capacity);
  }

  /** Discards all timers. */
  void discardAll() {
    for (int s = 0; s < slots; s++) {
      if (states[s] != 0) {
        Call call = call(s);
        freeSlot(s);
        expired(call);
        call.discard(loop);
      }
    }
    dropStale();
  }
}
