package lemnos.runtime;

/**
 * What a turn of a process has come to. Numbers, as all that is written with every turn: to store a
 * reference costs a barrier of the garbage collector, which may be a fence.
 */
final class Turn {
  /** The actor is in the middle of something that is not ours; it will say when it can go on. */
  static final int BLOCKED = 0;

  static final int WAITS = 1;
  static final int YIELDS = 2;

  /** The actor's code is through, or will not be gone on with: its {@link Fate} is to be asked. */
  static final int RETURNED = 3;

  /** For good. */
  static final int ENDED = 4;

  private Turn() {}
}
