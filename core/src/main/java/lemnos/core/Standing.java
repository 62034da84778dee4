package lemnos.core;

import org.jspecify.annotations.Nullable;

/**
 * How an actor stands with its loop: its mode, its number, its owners, its place in the {@link
 * Roster}, and what few actors have. There may be a million of these, so all that lies in two words
 * of four bytes; with compact headers a {@link Cell} takes 24 bytes and no more.
 */
abstract sealed class Standing<A> extends Cx<A> permits Cell {
  // The modes. A ready actor is not READY before it has its state.
  static final int PREP = 0;
  static final int READY = 1;
  static final int ZOMBIE = 2;

  /** A zombie whose belongings are closed: it keeps nothing beyond the frame any more. */
  static final int BURIED = 3;

  private static final int MODE = 3;

  /** Calls have to be looked at: the actor has a limit, or the loop checks arguments. */
  private static final int GUARDED = 4;

  /** An {@link ActorOwn} is open; {@link Belongings#moreOwners} counts the others. */
  private static final int OWNED = 8;

  private static final int ID_SHIFT = 4;

  /** From here on ids stand in {@link Belongings#id}. */
  static final long FIRST_WIDE_ID = 1L << (Integer.SIZE - ID_SHIFT);

  /**
   * From the lowest bit: the mode, {@link #GUARDED}, {@link #OWNED}, and the id unless it is wide.
   * Written by the loop's thread only; others may read an old mode, but never another id.
   */
  private int bits;

  /**
   * The next older actor in the roster, or null. But an actor that has more than most has its
   * {@link Belongings} or {@link Notify} here, and that stands in them.
   */
  private @Nullable Object rest;

  Standing(Loop loop, long id, Ret<StopCause> notify, @Nullable Cell<?> older) {
    super(loop);
    boolean wide = id >= FIRST_WIDE_ID;
    bits = (wide ? 0 : (int) id << ID_SHIFT) | (loop.checks.on ? GUARDED : 0);
    rest = notify.isNop() ? older : new Notify(notify, older);
    if (wide) {
      rest = new Belongings(loop, id, takeNotify(), older);
    }
  }

  final void mode(int mode) {
    bits = (bits & ~MODE) | mode;
  }

  /** {@link Actor#isGone}. */
  public final boolean isGone() {
    return (bits & MODE) >= ZOMBIE;
  }

  final boolean isPreparing() {
    return (bits & MODE) == PREP;
  }

  final boolean isReady() {
    return (bits & MODE) == READY;
  }

  final boolean isBuried() {
    return (bits & MODE) == BURIED;
  }

  final boolean isGuarded() {
    return (bits & GUARDED) != 0;
  }

  final void guard() {
    bits |= GUARDED;
  }

  /** {@link Actor#id}. */
  public final long id() {
    int id = bits >>> ID_SHIFT;
    return id == 0 && rest instanceof Belongings own ? own.id : id;
  }

  /** What the actor holds, oldest first, and what else few actors have; null if it has none. */
  final @Nullable Belongings belongings() {
    return rest instanceof Belongings own ? own : null;
  }

  final Belongings ownBelongings() {
    if (rest instanceof Belongings own) {
      return own;
    }
    var own = new Belongings(loop(), id(), takeNotify(), older());
    rest = own;
    return own;
  }

  final boolean isLimited() {
    Belongings own = belongings();
    return own != null && own.limit > 0;
  }

  /** The Ret that hears of the end, which the caller gets for itself. */
  final @Nullable Ret<StopCause> takeNotify() {
    Ret<StopCause> ret = null;
    if (rest instanceof Notify waiting) {
      ret = waiting.ret;
      rest = waiting.older;
    } else if (rest instanceof Belongings own) {
      ret = own.notify;
      own.notify = null;
    }
    return ret;
  }

  /** The next older actor in the roster, which may have ended. */
  final @Nullable Cell<?> older() {
    if (rest instanceof Cell<?> older) {
      return older;
    }
    if (rest instanceof Belongings own) {
      return own.older;
    }
    return rest instanceof Notify waiting ? waiting.older : null;
  }

  final void older(@Nullable Cell<?> older) {
    if (rest instanceof Belongings own) {
      own.older = older;
    } else if (rest instanceof Notify waiting) {
      waiting.older = older;
    } else {
      rest = older;
    }
  }

  final void addOwner() {
    if ((bits & OWNED) == 0) {
      bits |= OWNED;
    } else {
      ownBelongings().moreOwners++;
    }
  }

  /** An owner is gone: whether it was the last. */
  final boolean wasLastOwner() {
    Belongings own = belongings();
    if (own != null && own.moreOwners > 0) {
      own.moreOwners--;
      return false;
    }
    bits &= ~OWNED;
    return true;
  }
}
