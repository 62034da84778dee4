package lemnos.runtime;

/**
 * Thrown by whatever a sequential actor waits for when its runtime is stopping, so that the actor
 * ends and its {@code finally} blocks run. Let it pass; an actor that catches it meets it again the
 * next time it waits, and one that goes on waiting all the same is given up in the end.
 */
public final class Cancelled extends RuntimeException {
  private static final long serialVersionUID = 1L;

  Cancelled() {
    super("the runtime is stopping", null, false, false);
  }
}
