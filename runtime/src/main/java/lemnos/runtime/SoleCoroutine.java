package lemnos.runtime;

/**
 * The kind that needs no switching, of a sync actor: it has the thread, and the worker on it, to
 * itself. When it suspends it becomes the worker's thread, until it is its own turn again.
 */
final class SoleCoroutine extends Coroutine {
  private final LocalProcess<?> process;
  private final Runnable body;
  private final Thread thread = Thread.currentThread();

  SoleCoroutine(LocalProcess<?> process, Runnable body) {
    this.process = process;
    this.body = body;
  }

  @Override
  void resume() {
    try {
      body.run();
    } finally {
      setDone();
    }
  }

  @Override
  void suspend() {
    process.worker().awaitTurnOf(process);
    Thread.interrupted(); // nobody's business in the next turn
  }

  @Override
  void interrupt() {
    thread.interrupt();
  }

  /** Its stack is the thread's own. */
  @Override
  boolean canBeGivenUp() {
    return false;
  }
}
