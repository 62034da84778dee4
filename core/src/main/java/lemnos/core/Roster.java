package lemnos.core;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The actors of a loop that have not ended, newest first: a list linked through their cells, one
 * way, so that it costs no memory of its own. Who ends can take those out that come next and have
 * ended too, but not itself: it stays as a dead entry, until the one before it ends, or until the
 * dead are more than the living and leave all together. Either way an actor's end costs a constant.
 */
final class Roster {
  /** So many dead entries are never worth a sweep. */
  static final int FEW = 64;

  long lastId;
  private @Nullable Cell<?> newest;

  /** Living actors. */
  private int size;

  /** Entries whose actor has ended. */
  int dead;

  /** How many of the living are not ready yet. */
  int preparing;

  int size() {
    return size;
  }

  /** A number that nobody else has. */
  long nextId() {
    return ++lastId;
  }

  <A> Cell<A> add(Loop loop, Ret<StopCause> notify) {
    var cell = new Cell<A>(loop, nextId(), notify, newest);
    newest = cell;
    size++;
    preparing++;
    return cell;
  }

  /** An actor has ended. */
  void remove(Cell<?> cell, boolean wasReady) {
    if (!wasReady) {
      preparing--;
    }
    size--;
    dead++;
    unlinkBehind(cell);
    if (cell == newest) {
      newest = livingFrom(cell);
    }
    if (dead > size + FEW || size == 0) {
      sweep();
    }
  }

  private void sweep() {
    newest = livingFrom(newest);
    for (Cell<?> cell = newest; cell != null; cell = cell.older()) {
      unlinkBehind(cell);
    }
  }

  /** Takes the dead ones that come next out of the list. */
  private void unlinkBehind(Cell<?> cell) {
    Cell<?> older = cell.older();
    Cell<?> living = livingFrom(older);
    if (living != older) {
      cell.older(living);
    }
  }

  /** The first living actor from there on; the dead ones before it leave the list. */
  private @Nullable Cell<?> livingFrom(@Nullable Cell<?> from) {
    Cell<?> cell = from;
    while (cell != null && cell.isGone()) {
      Cell<?> older = cell.older();
      cell.older(null);
      dead--;
      cell = older;
    }
    return cell;
  }

  List<Actor<?>> newestFirst() {
    var list = new ArrayList<Actor<?>>(size);
    for (Cell<?> cell = newest; cell != null; cell = cell.older()) {
      if (!cell.isGone()) {
        list.add(cell);
      }
    }
    return list;
  }
}
