package lemnos.net;

import java.util.ArrayDeque;
import lemnos.core.Outcome;
import org.jspecify.annotations.Nullable;

/**
 * Who is to be told when something can take more.
 *
 * @param <S> what they write to
 */
final class Writers<S> {
  private @Nullable ArrayDeque<Pending<S>> waiting;

  boolean isEmpty() {
    return waiting == null || waiting.isEmpty();
  }

  void add(Pending<S> writer) {
    if (waiting == null) {
      waiting = new ArrayDeque<>();
    }
    waiting.add(writer);
  }

  /** Tells all of them. */
  void tell(Outcome<S> outcome) {
    while (waiting != null && !waiting.isEmpty()) {
      waiting.remove().end(outcome);
    }
  }
}
