package lemnos.runtime;

import lemnos.core.World;

/**
 * Tells how much run time each turn is charged, without reading the clock after every one of them:
 * that takes tens of nanoseconds, a fifth of all that a message costs.
 *
 * <p>Turns are given in rows. A row is timed <em>exactly</em>, with a look at the clock after each
 * turn, or by <em>sample</em>: each turn is timed with a chance of one in {@value #SAMPLING}, and
 * then charged so many times what it took; else it is charged nothing. So on average turns are
 * charged what they take, whoever takes them and however they follow each other.
 *
 * <p>While a row is timed by sample it seems to be as early as when it began, and single charges
 * are wrong. Both are harmless while turns are short; so a row is timed by sample only if the last
 * {@value #EXACT_ROWS} were short. A long turn after many short ones costs its worker one row in
 * which nobody looks at the clock, no more, and is charged at most {@value #MAX_EXTRA_NANOS} ns too
 * much: for it may be the machine that was long, and that should not be held against an actor.
 *
 * <p>Of the worker's thread alone.
 */
final class TurnClock {
  /** One of so many turns is timed, in rows that are timed by sample. A power of two. */
  static final int SAMPLING = 16;

  /** How long the turns of a short row take at most, on average. */
  static final long SHORT_TURN_NANOS = 2_000;

  /** How many rows are timed exactly after a long one. */
  static final int EXACT_ROWS = 16;

  /** How much more than what it took a turn is charged at most. */
  static final long MAX_EXTRA_NANOS = 15_000_000;

  private static final int ALL = -1;

  private final World world;

  /** What the clock said when it was last looked at. */
  private long now;

  // The row

  private long began;

  /** The number of the turn, counted from 0 in rows that are timed by sample. */
  private int turn;

  /** The turn to be timed, or ALL. */
  private int timed;

  /** How many rows have to be timed exactly yet. */
  private int exactRows = EXACT_ROWS;

  private int random = 1;

  TurnClock(World world) {
    this.world = world;
  }

  /** A row of at most {@link #SAMPLING} turns begins at {@code now}. */
  void begin(long now) {
    begin(now, exactRows > 0 ? ALL : draw());
  }

  /** A row that is to be timed exactly in any case begins at {@code now}. */
  void beginExactly(long now) {
    begin(now, ALL);
  }

  private void begin(long now, int timed) {
    this.now = now;
    this.timed = timed;
    began = now;
    turn = 0;
  }

  /** A number from 0 to {@link #SAMPLING} - 1. */
  private int draw() {
    random = random * 1_103_515_245 + 12_345;
    return random >>> 16 & SAMPLING - 1; // the lower bits of such a number repeat themselves
  }

  /** A turn of the row begins. */
  void turnBegins() {
    if (turn == timed && turn > 0) {
      now = world.nanoTime();
    }
  }

  /** The turn has ended. Returns how many nanoseconds it is charged. */
  long turnEnds() {
    boolean exact = timed == ALL;
    if (!exact && timed != turn++) {
      return 0;
    }
    long then = now;
    now = world.nanoTime();
    long took = now - then;
    return exact ? took : took + Math.min((SAMPLING - 1) * took, MAX_EXTRA_NANOS);
  }

  /** What the clock said at the last look, which was in this row or when it began. */
  long now() {
    return now;
  }

  /** The row, of so many turns, is over. Returns the time. */
  long end(int turns) {
    if (timed != ALL && timed != turns - 1) {
      now = world.nanoTime();
    }
    boolean isShort = now - began <= turns * SHORT_TURN_NANOS;
    exactRows = isShort ? Math.max(0, exactRows - 1) : EXACT_ROWS;
    return now;
  }
}
