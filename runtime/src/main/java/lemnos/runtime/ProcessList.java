package lemnos.runtime;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The processes that live somewhere: linked through themselves, so that a million of them cost
 * nothing more. A process is in one list at a time. Not thread-safe.
 */
final class ProcessList {
  private @Nullable Process<?> first;
  private int size;

  void add(Process<?> process) {
    Process<?> second = first;
    process.next = second;
    if (second != null) {
      second.previous = process;
    }
    first = process;
    size++;
  }

  /** Removes a process of this list. */
  void remove(Process<?> process) {
    Process<?> previous = process.previous;
    Process<?> next = process.next;
    if (previous == null) {
      first = next;
    } else {
      previous.next = next;
    }
    if (next != null) {
      next.previous = previous;
    }
    process.previous = null;
    process.next = null;
    size--;
  }

  boolean isEmpty() {
    return first == null;
  }

  int size() {
    return size;
  }

  /** Those in the list now, oldest first; the list may change meanwhile. */
  List<Process<?>> all() {
    var all = new ArrayList<Process<?>>(size);
    for (Process<?> p = first; p != null; p = p.next) {
      all.add(p);
    }
    return all.reversed();
  }
}
