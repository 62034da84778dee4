package lemnos.core;

import org.jspecify.annotations.Nullable;

/** No answer came, because the actor that was asked has ended: before the query, or by it. */
public final class ActorGone extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Without a stack trace, which would show the loop and not who asked. */
  ActorGone(String message, @Nullable Throwable cause) {
    super(message, cause, true, false);
  }
}
