package lemnos.core;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The actors of a loop that have not ended: a list linked through their cells. */
final class Roster {
  private @Nullable Cell<?> newest;
  private int size;

  /** How many of them are not ready yet. */
  int preparing;

  int size() {
    return size;
  }

  void add(Cell<?> cell) {
    cell.previous = newest;
    if (newest != null) {
      newest.following = cell;
    }
    newest = cell;
    size++;
    preparing++;
  }

  /** Removes an actor that is about to end. */
  void remove(Cell<?> cell) {
    if (!cell.isReady()) {
      preparing--;
    }
    if (cell.previous != null) {
      cell.previous.following = cell.following;
    }
    if (cell.following != null) {
      cell.following.previous = cell.previous;
    } else {
      newest = cell.previous;
    }
    cell.previous = null;
    cell.following = null;
    size--;
  }

  /** The actor with that number, or null. On another thread it may be missed. */
  @Nullable Actor<?> find(long id) {
    Cell<?> cell = newest;
    for (int left = size; cell != null && cell.id() != id && left > 0; left--) {
      cell = cell.previous;
    }
    return cell == null || cell.id() != id ? null : cell;
  }

  List<Actor<?>> newestFirst() {
    var list = new ArrayList<Actor<?>>(size);
    for (Cell<?> cell = newest; cell != null; cell = cell.previous) {
      list.add(cell);
    }
    return list;
  }
}
