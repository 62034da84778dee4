package lemnos.runtime;

/**
 * Something that a sequential actor can wait for, alone or beside others: see {@link
 * Context#await}. Confined to the actor's worker.
 */
public interface Awaitable {
  /** Whether waiting for it is over. */
  boolean isReady();

  /**
   * Asks for {@code wake} to be run, on any thread, once this becomes ready; running it more often,
   * or for no reason, does no harm. A later call replaces the former.
   */
  void arm(Runnable wake);

  /** Ready when one of {@code sources} is, or several are. */
  static Awaitable anyOf(Awaitable... sources) {
    return new AnyOf(sources);
  }

  /**
   * Waits in the calling sequential actor until this is ready.
   *
   * @throws IllegalStateException if the caller is not a sequential actor
   */
  default void await() {
    if (!isReady()) {
      Process<?> process = Process.current();
      arm(process);
      while (!isReady()) {
        process.park();
      }
    }
  }
}
