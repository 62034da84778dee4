package lemnos.core;

import org.jspecify.annotations.Nullable;

/** The queues of a loop, and the order in which their calls run. */
final class Queues {
  private static final long TRIM_INTERVAL_NANOS = 60_000_000_000L;

  private final Loop loop;
  final CallQueue main;
  final CallQueue lazy;
  final CallQueue idle;

  /** Where calls lie that run at once, out of turn. */
  private final CallQueue side;

  // What Loop.place says if it is not the actor's place in the queue that runs.

  /** No behaviour runs. */
  static final int NOBODY = -1;

  /** The actor stands where calls of two places have theirs: before the head. */
  static final int HEAD = -2;

  /** The call is in no queue. */
  private static final int NO_QUEUE = -3;

  /** The queue that runs. */
  private CallQueue now;

  /** The actor whose call is in no queue. */
  private @Nullable Cell<?> guest;

  /** How many calls of the lazy queue still belong to the batch that runs. */
  private int lazyBatch;

  /** When memory was given back last: nanoseconds since the loop's start. */
  private long trimmedAt;

  Queues(Loop loop) {
    this.loop = loop;
    main = loop.main;
    lazy = new CallQueue(loop);
    idle = new CallQueue(loop);
    side = new CallQueue(loop);
    now = main;
  }

  /** The actor whose behaviour runs, or null. Another thread may get one of another moment. */
  @Nullable Cell<?> running() {
    int place = loop.place;
    return place == NO_QUEUE ? guest : place == NOBODY ? null : now.cellAt(place);
  }

  /** Runs a query that is in no queue. */
  void ask(Cell<?> cell, Object query, Ret<?> result) {
    guest = cell;
    cell.ask(NO_QUEUE, 0, query, null, null, null, null, result);
    loop.place = NOBODY;
    guest = null;
  }

  /** Ends an actor, out of any queue. */
  void end(Cell<?> cell, StopCause cause) {
    guest = cell;
    cell.end(NO_QUEUE, cause);
    loop.place = NOBODY;
    guest = null;
  }

  /** How many calls have been begun, ever. */
  long runs() {
    return main.runs() + lazy.runs() + idle.runs() + side.runs();
  }

  /** Runs the main queue and batches of the lazy one until they are empty, or the budget is. */
  void run(int budget) {
    int left = budget;
    while (left > 0) {
      if (lazyBatch > 0) {
        int n = Math.min(left, lazyBatch);
        lazyBatch -= n;
        left -= n;
        guarded(lazy, n);
      } else if (!main.isEmpty()) {
        left -= guarded(main, left);
      } else if (loop.hasMail()) {
        loop.drainInbox();
      } else if (!lazy.isEmpty()) {
        lazyBatch = lazy.size();
      } else {
        return;
      }
    }
  }

  /**
   * Runs calls until there are none or {@code max} have run; an exception that no actor answers for
   * goes to the handler. Returns how many have run.
   */
  private int guarded(CallQueue queue, int max) {
    long before = queue.runs();
    CallQueue outer = now;
    while (true) {
      int done = (int) (queue.runs() - before);
      try {
        now = queue;
        queue.run(max - done);
        now = outer;
        return (int) (queue.runs() - before);
      } catch (Throwable t) {
        loop.escalate(t);
        loop.place = NOBODY;
        loop.uncaught(loop, t);
      }
    }
  }

  /** Runs one call of the idle queue. */
  void runIdle() {
    guarded(idle, 1);
  }

  /** Keeps a list of calls that will run at once, in the middle of another. */
  void putAside(@Nullable Call first) {
    for (Call call = first; call != null; call = call.next) {
      side.push(call);
    }
  }

  /** Runs the calls that were put aside. */
  void runAside() {
    if (!side.isEmpty()) {
      guarded(side, side.size());
    }
  }

  /** Gives back the memory of bursts that are over, of the timers too, every minute. */
  void trim(long now) {
    long age = now - loop.start;
    if (age - trimmedAt > TRIM_INTERVAL_NANOS) {
      trimmedAt = age;
      main.trim();
      lazy.trim();
      idle.trim();
      loop.timers.trim();
    }
  }

  /** Discards all calls; the handles in them end. */
  void discardAll() {
    side.discardAll();
    main.discardAll();
    lazy.discardAll();
    idle.discardAll();
  }
}
