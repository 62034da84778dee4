package lemnos.core;

import org.jspecify.annotations.Nullable;

/** No answer came, because the actor that was asked has ended: before the query, or by it. */
public final class ActorGone extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Without a stack trace, which would show the loop and not who asked. */
  private ActorGone(String message, @Nullable Throwable cause) {
    super(message, cause, true, false);
  }

  /** For the actor with the number {@code id}; without a cause, {@code otherwise} is why. */
  static ActorGone of(long id, @Nullable StopCause cause, String otherwise) {
    Throwable error =
        switch (cause) {
          case StopCause.Failed(Throwable e) -> e;
          case StopCause.Killed(Throwable e) -> e;
          case null, default -> null;
        };
    String why = cause == null ? otherwise : cause.toString();
    return new ActorGone("Actor#" + id + " did not answer: " + why, error);
  }
}
