package lemnos.runtime;

import org.jspecify.annotations.Nullable;

/** A message as the actor receives it, after all mappings, and the inbox that it is to get into. */
record Letter<M>(Inbox<M> to, M message) {
  /** What {@code ref} makes of {@code message}, which it maps once; null if it refuses that. */
  static <N> @Nullable Letter<?> of(ActorRef<N> ref, N message) {
    return switch (ref) {
      case Inbox<N> inbox -> new Letter<>(inbox, message);
      case MappedRef<N, ?> mapped -> mapped.letter(message);
    };
  }

  Sent trySend() {
    return to.trySend(message);
  }

  /** As {@link Inbox#send(Object, long)}. */
  Sent send(long until) {
    return to.send(message, until);
  }
}
