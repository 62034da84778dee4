package lemnos.core;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A queue of calls that allocates nothing in the steady state. A call is data: its shape, code (a
 * method reference, which the JVM makes once), target and arguments lie side by side in a chunk,
 * and chunks follow each other as the queue grows: a burst of a million calls is never copied.
 * Confined to the loop's thread.
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

  /**
   * How many places of a chunk a call takes: for the code, the target, arguments or two for bits.
   */
  private static final byte[] PLACES = {
    2, 3, 4, 5, 6, 3, 4, 5, 6, 7, 2, 3, 4, 5, 6, 3, 3, 3, 2, 3, 2
  };

  /** In place of a call's code: the queue goes on in the next chunk. */
  private static final Object NEXT = new Object();

  private static final int MIN_PLACES = 64;
  private static final int MAX_PLACES = 512;
  private static final @Nullable Object[] NOTHING = new @Nullable Object[256];

  /**
   * A piece of a queue. A call takes {@code 2 + arguments} places of {@link #slots}: code, target,
   * arguments. The place of the code in {@link #lane} holds the shape; a primitive argument lies in
   * the two places after it, in a call of three places. But of a behaviour without arguments the
   * target comes first, which is how it is told apart: looking at the target has to be done anyway.
   */
  private static final class Chunk {
    final @Nullable Object[] slots;
    final int[] lane;
    @Nullable Chunk next;

    Chunk(int places) {
      slots = new @Nullable Object[places];
      lane = new int[places];
    }
  }

  final Loop loop;

  // The calls lie from `head` in `first` to `tail` in `last`. The arrays of the two are at hand. At
  // the end of a chunk there is always room for NEXT. All from `tail` on is null, which is how the
  // end of the calls is told.
  private Chunk first = new Chunk(MIN_PLACES);
  private Chunk last = first;
  private @Nullable Object[] outSlots = first.slots;
  private int[] outLane = first.lane;
  private @Nullable Object[] inSlots = first.slots;
  private int[] inLane = first.lane;
  private int head;
  private int tail;

  /** What lies from here up to head in the first chunk was taken, but is not yet cleared. */
  private int kept;

  /** Chunks that were used up, to be used again. */
  private @Nullable Chunk spares;

  // Calls are not counted one by one, for their places tell: `tail + pushed` is twice the number of
  // all that were ever queued, `head + begun` twice that of all that were begun or discarded. What
  // has to be made up for is a call of more than two places, and that each chunk begins at place 0.
  private long pushed;
  private long begun;

  CallQueue(Loop loop) {
    this.loop = loop;
  }

  static int arguments(int shape) {
    return ARGUMENTS[shape & (COUNTED - 1)];
  }

  private static boolean isPrimitive(int shape) {
    return places(shape) > 2 + arguments(shape);
  }

  private static int places(int shape) {
    return PLACES[shape & (COUNTED - 1)];
  }

  /** Whether the shape is a behaviour or a query. */
  static boolean isMessage(int shape) {
    return shape < INIT || (RUN_INT <= shape && shape <= RUN_DOUBLE);
  }

  /** The number of calls waiting. */
  int size() {
    return (int) ((tail + pushed - head - begun) >> 1);
  }

  /** How many calls have been begun, ever. */
  long runs() {
    return (head + begun) >> 1;
  }

  boolean isEmpty() {
    return head == tail && first == last;
  }

  void push(int shape, Object code, @Nullable Cell<?> target) {
    if (shape == RUN) {
      int at = open(2);
      place(at, target);
      place(at + 1, code);
    } else {
      int at = open(2, shape);
      place(at, code);
      place(at + 1, target);
    }
  }

  void pushBits(int shape, Object code, @Nullable Cell<?> target, long bits) {
    int at = open(3, shape);
    place(at, code);
    place(at + 1, target);
    placeBits(at, bits);
  }

  private void placeBits(int at, long bits) {
    inLane[at + 1] = (int) bits;
    inLane[at + 2] = (int) (bits >>> 32);
  }

  private long takeBits(int at) {
    return ((long) outLane[at + 2] << 32) | (outLane[at + 1] & 0xFFFF_FFFFL);
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

  /** Pushes a call of any shape with at most two arguments, of which the rest are null. */
  void pushFew(
      int shape, Object code, @Nullable Cell<?> target, @Nullable Object a, @Nullable Object b) {
    switch (arguments(shape)) {
      case 0 -> push(shape, code, target);
      case 1 -> push(shape, code, target, a);
      default -> push(shape, code, target, a, b);
    }
  }

  /** Takes over a call whose arguments lie in an object. */
  void push(Call call) {
    if (call.shape == RUN) {
      push(RUN, call.code, call.target);
      return;
    }
    int arguments = arguments(call.shape);
    int at = open(places(call.shape), call.shape);
    place(at, call.code);
    place(at + 1, call.target);
    if (isPrimitive(call.shape)) {
      placeBits(at, call.bits);
    }
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

  /** Makes room for a call; returns its first place in the last chunk. */
  private int open(int places, int shape) {
    int at = open(places);
    inLane[at] = shape;
    pushed -= places - 2;
    return at;
  }

  private int open(int places) {
    int at = tail;
    if (at + places >= inSlots.length) {
      extend();
      at = 0;
    }
    tail = at + places;
    return at;
  }

  private void place(int at, @Nullable Object value) {
    inSlots[at] = value;
  }

  /** The actor that stands there, for as long as its call runs; {@link Queues#running}. */
  @Nullable Cell<?> cellAt(int place) {
    @Nullable Object[] slots = outSlots;
    int at = place == Queues.HEAD ? head - 2 : place;
    return at >= 0 && at < slots.length && slots[at] instanceof Cell<?> cell ? cell : null;
  }

  private @Nullable Object take(int at) {
    return outSlots[at];
  }

  /** Goes on in a new chunk. */
  private void extend() {
    inSlots[tail] = NEXT;
    pushed += tail;
    Chunk chunk = spares;
    if (chunk == null) {
      chunk = new Chunk(Math.min(2 * inSlots.length, MAX_PLACES));
    } else {
      spares = chunk.next;
      chunk.next = null;
    }
    last.next = chunk;
    last = chunk;
    inSlots = chunk.slots;
    inLane = chunk.lane;
  }

  /** Leaves the first chunk, all of whose calls were taken. */
  private void leap() {
    begun += head;
    clear();
    outSlots[head] = null; // NEXT
    Chunk used = first;
    enter(Objects.requireNonNull(used.next));
    used.next = spares;
    spares = used;
  }

  private void enter(Chunk chunk) {
    first = chunk;
    outSlots = chunk.slots;
    outLane = chunk.lane;
    head = 0;
    kept = 0;
  }

  /**
   * Lets go of what was taken. Many calls at a time: a bulk copy of nulls costs a tenth of storing
   * each one as its call is taken.
   */
  private void clear() {
    while (kept < head) {
      int some = Math.min(head - kept, NOTHING.length);
      System.arraycopy(NOTHING, 0, outSlots, kept, some);
      kept += some;
    }
  }

  @SuppressWarnings("NullAway") // code is never null
  private Object takeCode(int at) {
    return take(at);
  }

  /** Gives back the memory of a burst that is over. */
  void trim() {
    spares = null;
    if (isEmpty() && outSlots.length > MIN_PLACES) {
      restart(new Chunk(MIN_PLACES));
    }
  }

  /** An empty queue begins again where its chunk begins. */
  private void rewind() {
    begun += head;
    pushed += tail;
    head = 0;
    kept = 0;
    tail = 0;
  }

  /** An empty queue begins again in {@code chunk}. */
  private void restart(Chunk chunk) {
    rewind();
    enter(chunk);
    last = chunk;
    inSlots = chunk.slots;
    inLane = chunk.lane;
  }

  /** Runs calls, and those that they add, until there are none or {@code max} have run. */
  void run(int max) {
    long end = runs() + max;
    loop.place = Queues.HEAD;
    for (long left = max; left > 0 && !isEmpty(); left = end - runs()) {
      if (2 * left >= outSlots.length - head) {
        runChunk();
      } else {
        runFirst();
      }
    }
    loop.place = Queues.NOBODY;
    clear();
    if (isEmpty()) {
      rewind();
    }
  }

  /**
   * Runs the calls of the first chunk, and those that they add to it. The loop that is worth its
   * own lines: to count calls in it, or to call {@link #runFirst}, costs an eighth of a call.
   */
  private void runChunk() {
    while (true) {
      int at = head;
      Object first = take(at);
      if (first instanceof Cell<?> cell) {
        head = at + 2;
        run(cell, takeCode(at + 1));
      } else if (first == null) {
        return;
      } else if (first == NEXT) {
        leap();
        return;
      } else {
        runOther(at, first);
      }
    }
  }

  /** Runs the first call, or leaves the first chunk if it lies in the next. */
  private void runFirst() {
    int at = head;
    Object first = takeCode(at);
    if (first instanceof Cell<?> cell) {
      head = at + 2;
      run(cell, takeCode(at + 1));
    } else if (first == NEXT) {
      leap();
    } else {
      runOther(at, first);
    }
  }

  /** Runs a call of another shape than {@link #RUN}. */
  private void runOther(int at, Object code) {
    int shape = outLane[at];
    begin(at, places(shape));
    loop.place = Queues.NOBODY;
    runShape(at, shape, code, (Cell<?>) take(at + 1));
    loop.place = Queues.HEAD;
  }

  /** A call of so many places is begun, or discarded. */
  private void begin(int at, int places) {
    head = at + places;
    begun -= places - 2;
  }

  private void run(Cell<?> cell, Object code) {
    if (cell.isReady()) {
      cell.run(loop, code);
    } else {
      cell.defer(new Call(RUN, cell, code));
    }
  }

  @SuppressWarnings({"NullAway", "unchecked"}) // all but the first two shapes have a target
  private void runShape(int at, int shape, Object code, @Nullable Cell<?> cell) {
    switch (shape) {
      case HOST -> ((Runnable) code).run();
      case ANSWER -> ((Ret<Object>) code).arrived(take(at + 2));
      case END -> cell.end(at + 1, (StopCause) code);
      case INIT, INIT + 1, INIT + 2, INIT + 3, INIT + 4 -> init(at, shape, code, cell);
      default -> {
        if (cell.isReady()) {
          runMessage(at, shape, code, cell);
        } else {
          cell.defer(takeCall(at, shape, code, cell));
        }
      }
    }
  }

  private void runMessage(int at, int shape, Object code, Cell<?> cell) {
    switch (shape) {
      case RUN + 1 -> cell.run(loop, at + 1, code, take(at + 2));
      case RUN + 2 -> cell.run(loop, at + 1, code, take(at + 2), take(at + 3));
      case RUN + 3 -> cell.run(loop, at + 1, code, take(at + 2), take(at + 3), take(at + 4));
      case RUN + 4 ->
          cell.run(loop, at + 1, code, take(at + 2), take(at + 3), take(at + 4), take(at + 5));
      case RUN_INT, RUN_LONG, RUN_DOUBLE -> cell.runBits(loop, at + 1, shape, code, takeBits(at));
      case ASK, ASK + 1, ASK + 2, ASK + 3, ASK + 4 -> ask(at, shape - ASK, code, cell);
      default -> runCounted(at, shape - COUNTED, code, cell);
    }
  }

  /** Runs a call that waits no more. */
  private void runCounted(int at, int shape, Object code, Cell<?> cell) {
    Belongings belongings = cell.belongings();
    if (belongings != null) {
      belongings.waiting--;
    }
    if (shape == RUN) {
      loop.place = at + 1;
      run(cell, code);
    } else {
      runShape(at, shape, code, cell);
    }
  }

  private void init(int at, int shape, Object code, Cell<?> cell) {
    if (!cell.isPreparing()) {
      takeCall(at, shape, code, cell).discardLate(loop);
      return;
    }
    int arguments = shape - INIT;
    Object a = arguments > 0 ? take(at + 2) : null;
    Object b = arguments > 1 ? take(at + 3) : null;
    Object c = arguments > 2 ? take(at + 4) : null;
    Object d = arguments > 3 ? take(at + 5) : null;
    cell.init(at + 1, arguments, code, a, b, c, d);
  }

  private void ask(int at, int arguments, Object code, Cell<?> cell) {
    Object a = arguments > 0 ? take(at + 2) : null;
    Object b = arguments > 1 ? take(at + 3) : null;
    Object c = arguments > 2 ? take(at + 4) : null;
    Object d = arguments > 3 ? take(at + 5) : null;
    cell.ask(at + 1, arguments, code, a, b, c, d, takeRet(at + 2 + arguments));
  }

  @SuppressWarnings("NullAway") // the last argument of a query is never null
  private Ret<?> takeRet(int at) {
    return (Ret<?>) take(at);
  }

  private Call takeCall(int at, int shape, Object code, @Nullable Cell<?> cell) {
    var call = new Call(shape, cell, code);
    if (isPrimitive(shape)) {
      call.bits = takeBits(at);
    }
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
  void discardAll() {
    while (!isEmpty()) {
      int at = head;
      Object first = takeCode(at);
      if (first == NEXT) {
        leap();
        continue;
      }
      Call call;
      if (first instanceof Cell<?> cell) {
        head = at + 2;
        call = new Call(RUN, cell, takeCode(at + 1));
      } else {
        int shape = outLane[at];
        begin(at, places(shape));
        call = takeCall(at, shape, first, (Cell<?>) take(at + 1));
      }
      call.discard(loop);
    }
    spares = null;
    restart(new Chunk(MIN_PLACES));
  }
}
