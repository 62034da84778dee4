package lemnos.examples.redis;

/**
 * What a client sent is not the Redis protocol.
 *
 * <p>The connection answers {@link #reply()} and closes; the reader is of no use afterwards.
 */
final class ProtocolError extends Exception {
  private static final long serialVersionUID = 1L;

  /** Without a stack trace: the fault is the client's, and a flood of them must be cheap. */
  ProtocolError(String text) {
    super("Protocol error: " + text, null, false, false);
  }

  /** For example {@code -ERR Protocol error: invalid bulk length}. */
  Reply reply() {
    return Reply.failure("ERR " + getMessage());
  }
}
