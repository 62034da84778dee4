package lemnos.core;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A queue of calls that allocates nothing in the steady state. A call is data: its shape, code (a
 * method reference, which the JVM makes once), target and arguments lie side by side in a growing
 * ring. Confined to the loop's thread.
 *
 * <p>An entry takes {@code 2 + arguments} places of {@link #slots}: code, target, arguments. The
 * place of the code in {@link #lane} holds the shape, the next one the primitive argument, if any.
 */
final class CallQueue {
  // A call of a behaviour, query or init function with n arguments has the shape KIND + n. A query
  // has one argument more than its method: the Ret for the result.
  static final int RUN = 0;
  static final int ASK = 5;
  static final int INIT = 10;
  static final int RUN_INT = 15;
  static final int RUN_LONG = 16;
  static final int RUN_DOUBLE = 17;

  /** The target ends; the code is the cause. */
  static final int END = 18;

  /** The code is a Ret of this loop, the argument its answer. */
  static final int ANSWER = 19;

  /** The code is a Runnable of the host. */
  static final int HOST = 20;

  /** Added to the shape of a call that counts against its actor's limit. */
  static final int COUNTED = 32;

  private static final byte[] ARGUMENTS = {
    0, 1, 2, 3, 4, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 0, 0, 0, 0, 1, 0
  };
  private static final int MIN_CAPACITY = 64;
  private static final @Nullable Object[] NOTHING = new @Nullable Object[256];

  private @Nullable Object[] slots = new @Nullable Object[MIN_CAPACITY];
  private long[] lane = new long[MIN_CAPACITY];

  // head <= tail, both grow for ever; masked by the (power of two) capacity they are places.
  private int head;
  private int tail;

  /** Behind head: what lies from here up to head was taken, but not yet {@linkplain #forget}. */
  private int kept;

  /** How many calls have been queued, ever. */
  private long pushes;

  /** How many calls have been begun, or discarded, ever. */
  private long runs;

  static int arguments(int shape) {
    return ARGUMENTS[shape & (COUNTED - 1)];
  }

  /** Whether the shape is a behaviour or a query. */
  static boolean isMessage(int shape) {
    return shape < INIT || (RUN_INT <= shape && shape <= RUN_DOUBLE);
  }

  /** The number of calls waiting. */
  int size() {
    return (int) (pushes - runs);
  }

  /** How many calls have been begun, ever. */
  long runs() {
    return runs;
  }

  boolean isEmpty() {
    return head == tail;
  }

  void push(int shape, Object code, @Nullable Cell<?> target) {
    int at = open(2, shape);
    place(at, code);
    place(at + 1, target);
  }

  void pushBits(int shape, Object code, @Nullable Cell<?> target, long bits) {
    int at = open(2, shape);
    place(at, code);
    place(at + 1, target);
    lane[(at + 1) & (lane.length - 1)] = bits;
  }

  void push(int shape, Object code, @Nullable Cell<?> target, @Nullable Object a) {
    int at = open(3, shape);
    place(at, code);
    place(at + 1, target);
    place(at + 2, a);
  }

  void push(
      int shape, Object code, @Nullable Cell<?> target, @Nullable Object a, @Nullable Object b) {
    int at = open(4, shape);
    place(at, code);
    place(at + 1, target);
    place(at + 2, a);
    place(at + 3, b);
  }

  void push(
      int shape,
      Object code,
      @Nullable Cell<?> target,
      @Nullable Object a,
      @Nullable Object b,
      @Nullable Object c) {
    int at = open(5, shape);
    place(at, code);
    place(at + 1, target);
    place(at + 2, a);
    place(at + 3, b);
    place(at + 4, c);
  }

  void push(
      int shape,
      Object code,
      @Nullable Cell<?> target,
      @Nullable Object a,
      @Nullable Object b,
      @Nullable Object c,
      @Nullable Object d) {
    int at = open(6, shape);
    place(at, code);
    place(at + 1, target);
    place(at + 2, a);
    place(at + 3, b);
    place(at + 4, c);
    place(at + 5, d);
  }

  /** Takes over a call whose arguments lie in an object. */
  void push(Call call) {
    int arguments = arguments(call.shape);
    int at = open(2 + arguments, call.shape);
    place(at, call.code);
    place(at + 1, call.target);
    lane[(at + 1) & (lane.length - 1)] = call.bits;
    if (arguments > 0) {
      place(at + 2, call.a);
    }
    if (arguments > 1) {
      place(at + 3, call.b);
    }
    if (arguments > 2) {
      place(at + 4, call.c);
    }
    if (arguments > 3) {
      place(at + 5, call.d);
    }
    if (arguments > 4) {
      place(at + 6, call.e);
    }
  }

  private int open(int places, int shape) {
    if (tail - head + places > slots.length) {
      resize(slots.length * 2);
    }
    int at = tail;
    tail = at + places;
    pushes++;
    lane[at & (lane.length - 1)] = shape;
    return at;
  }

  private void place(int at, @Nullable Object value) {
    slots[at & (slots.length - 1)] = value;
  }

  private @Nullable Object take(int at) {
    return slots[at & (slots.length - 1)];
  }

  /**
   * Lets go of what was taken. Many calls at a time: most places have been written again by then,
   * and a bulk copy of nulls costs a tenth of storing each one as its call is taken.
   */
  private void forget() {
    int n = Math.min(head - kept, slots.length - (tail - head));
    while (n > 0) {
      int at = (head - n) & (slots.length - 1);
      int some = Math.min(Math.min(n, NOTHING.length), slots.length - at);
      System.arraycopy(NOTHING, 0, slots, at, some);
      n -= some;
    }
    kept = head;
  }

  @SuppressWarnings("NullAway") // code is never null
  private Object takeCode(int at) {
    return take(at);
  }

  private void resize(int capacity) {
    @Nullable Object[] newSlots = new @Nullable Object[capacity];
    var newLane = new long[capacity];
    for (int at = head; at != tail; at++) {
      newSlots[at & (capacity - 1)] = slots[at & (slots.length - 1)];
      newLane[at & (capacity - 1)] = lane[at & (lane.length - 1)];
    }
    slots = newSlots;
    lane = newLane;
    kept = head;
  }

  /** Gives back the memory of a burst that is over. */
  void trim() {
    int needed = Math.max(MIN_CAPACITY, 4 * (tail - head));
    if (slots.length > needed) {
      resize(Integer.highestOneBit(2 * needed - 1));
    }
  }

  /** Runs calls, and those that they add, until there are none or {@code max} have run. */
  void run(int max) {
    for (int left = max; left > 0 && head != tail; left--) {
      runFirst();
    }
    forget();
  }

  private void runFirst() {
    int at = head;
    int shape = (int) lane[at & (lane.length - 1)];
    Object code = takeCode(at);
    Cell<?> cell = (Cell<?>) take(at + 1);
    runs++;
    if (shape <= RUN + 4) {
      head = at + 2 + shape;
      runBehaviour(at, shape, code, cell);
    } else {
      head = at + 2 + arguments(shape);
      runOther(at, shape, code, cell);
    }
  }

  @SuppressWarnings("NullAway") // these shapes have a target
  private void runBehaviour(int at, int shape, Object code, @Nullable Cell<?> cell) {
    if (!cell.isReady()) {
      cell.defer(takeCall(at, shape, code, cell));
      return;
    }
    switch (shape) {
      case RUN -> cell.run(code);
      case RUN + 1 -> cell.run(code, take(at + 2));
      case RUN + 2 -> cell.run(code, take(at + 2), take(at + 3));
      case RUN + 3 -> cell.run(code, take(at + 2), take(at + 3), take(at + 4));
      default -> cell.run(code, take(at + 2), take(at + 3), take(at + 4), take(at + 5));
    }
  }

  @SuppressWarnings({"NullAway", "unchecked"}) // all but the last two shapes have a target
  private void runOther(int at, int shape, Object code, @Nullable Cell<?> cell) {
    if (shape == HOST) {
      ((Runnable) code).run();
    } else if (shape == ANSWER) {
      ((Ret<Object>) code).arrived(take(at + 2));
    } else if (shape == END) {
      cell.end((StopCause) code);
    } else if (INIT <= shape && shape <= INIT + 4) {
      init(at, shape, code, cell);
    } else if (!cell.isReady()) {
      cell.defer(takeCall(at, shape, code, cell));
    } else if (shape >= COUNTED) {
      runCounted(at, shape - COUNTED, code, cell);
    } else if (shape >= RUN_INT) {
      cell.runBits(shape, code, lane[(at + 1) & (lane.length - 1)]);
    } else {
      ask(at, shape - ASK, code, cell);
    }
  }

  /** Runs a call that waits no more. */
  private void runCounted(int at, int shape, Object code, Cell<?> cell) {
    Belongings belongings = cell.belongings();
    if (belongings != null) {
      belongings.waiting--;
    }
    if (shape <= RUN + 4) {
      runBehaviour(at, shape, code, cell);
    } else {
      runOther(at, shape, code, cell);
    }
  }

  private void init(int at, int shape, Object code, Cell<?> cell) {
    if (!cell.isPreparing()) {
      takeCall(at, shape, code, cell).discardLate(cell.loop);
      return;
    }
    int arguments = shape - INIT;
    Object a = arguments > 0 ? take(at + 2) : null;
    Object b = arguments > 1 ? take(at + 3) : null;
    Object c = arguments > 2 ? take(at + 4) : null;
    Object d = arguments > 3 ? take(at + 5) : null;
    cell.init(arguments, code, a, b, c, d);
  }

  private void ask(int at, int arguments, Object code, Cell<?> cell) {
    Object a = arguments > 0 ? take(at + 2) : null;
    Object b = arguments > 1 ? take(at + 3) : null;
    Object c = arguments > 2 ? take(at + 4) : null;
    Object d = arguments > 3 ? take(at + 5) : null;
    cell.ask(arguments, code, a, b, c, d, takeRet(at + 2 + arguments));
  }

  @SuppressWarnings("NullAway") // the last argument of a query is never null
  private Ret<?> takeRet(int at) {
    return (Ret<?>) take(at);
  }

  private Call takeCall(int at, int shape, Object code, @Nullable Cell<?> cell) {
    var call = new Call(shape, cell, code);
    call.bits = lane[(at + 1) & (lane.length - 1)];
    int arguments = arguments(shape);
    if (arguments > 0) {
      call.a = take(at + 2);
    }
    if (arguments > 1) {
      call.b = take(at + 3);
    }
    if (arguments > 2) {
      call.c = take(at + 4);
    }
    if (arguments > 3) {
      call.d = take(at + 5);
    }
    if (arguments > 4) {
      call.e = take(at + 6);
    }
    return call;
  }

  /** Discards every call; the handles in them end. */
  void discardAll(Loop loop) {
    while (head != tail) {
      int at = head;
      int shape = (int) lane[at & (lane.length - 1)];
      head = at + 2 + arguments(shape);
      runs++;
      Call call = takeCall(at, shape, takeCode(at), (Cell<?>) take(at + 1));
      call.discard(loop);
    }
    Arrays.fill(slots, null);
  }
}
