package lemnos.core;

/** The error of an actor that ended itself with a message, and not by an exception. */
public final class ActorFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** A failure without a stack trace: the message says what happened. */
  public ActorFailure(String message) {
    super(message, null, true, false);
  }
}
