package lemnos.runtime;

/**
 * Thrown when a sequential actor wants a message, none is left, and none will come: the runtime is
 * {@linkplain Runtime#shutdown shutting down}. Let it pass, and the actor ends as if it had
 * returned; or catch it to finish first, for which the actor may still wait for other things.
 */
public final class Disconnected extends RuntimeException {
  private static final long serialVersionUID = 1L;

  Disconnected() {
    super("no message is left and none will come", null, false, false);
  }
}
