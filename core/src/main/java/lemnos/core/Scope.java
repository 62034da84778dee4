package lemnos.core;

import org.jspecify.annotations.Nullable;

/** An owner of handles: the list of what it owns, oldest first, linked through the handles. */
sealed class Scope permits Belongings {
  final Loop loop;
  @Nullable Handle first;
  @Nullable Handle last;

  Scope(Loop loop) {
    this.loop = loop;
  }

  void add(Handle h) {
    h.scope = this;
    h.prev = last;
    h.next = null;
    if (last == null) {
      first = h;
    } else {
      last.next = h;
    }
    last = h;
    loop.unsettled = true;
  }

  void remove(Handle h) {
    if (h.prev == null) {
      first = h.next;
    } else {
      h.prev.next = h.next;
    }
    if (h.next == null) {
      last = h.prev;
    } else {
      h.next.prev = h.prev;
    }
    h.scope = null;
    h.prev = null;
    h.next = null;
  }

  /**
   * Closes everything, also what closing adds. One handle's exception does not keep the others from
   * being closed.
   *
   * @return the first exception, with the others as suppressed ones, or null
   */
  @Nullable Throwable closeAll() {
    Throwable failure = null;
    for (Handle h = first; h != null; h = first) {
      try {
        h.discard();
      } catch (Throwable t) {
        failure = Failures.joined(failure, t);
      }
    }
    return failure;
  }
}
