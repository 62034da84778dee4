package lemnos.runtime;

import org.jspecify.annotations.Nullable;

/**
 * Whom a thread works for: a worker, or the one process whose code it runs. Every thread of a
 * runtime takes its seat before it runs anything else.
 */
sealed interface Seat permits Worker, Process {
  ThreadLocal<@Nullable Seat> TAKEN = new ThreadLocal<>();

  /** The worker whose turn it is, or null: a process between two turns has none. */
  @Nullable Worker worker();

  /** The process whose turn it is, or null. */
  @Nullable Process<?> process();

  /** That of the calling thread, or null if it is none of ours. */
  static @Nullable Seat current() {
    return TAKEN.get();
  }

  /** From now on the calling thread works for {@code seat}. */
  static void take(Seat seat) {
    TAKEN.set(seat);
  }
}
