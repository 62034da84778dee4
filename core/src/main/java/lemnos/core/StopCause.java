package lemnos.core;

/**
 * Why an actor ended: the immediate cause only, never a chain. Delivered exactly once, to the
 * {@link Ret} that was given when the actor was made.
 */
public sealed interface StopCause {
  /** The actor stopped itself with {@link Cx#stop()}. */
  record Stopped() implements StopCause {
    @Override
    public String toString() {
      return "Actor stopped";
    }
  }

  /** The actor called {@link Cx#fail}, or one of its behaviours threw. */
  record Failed(Throwable error) implements StopCause {
    @Override
    public String toString() {
      return "Actor failed: " + error;
    }
  }

  /** An owner killed the actor. */
  record Killed(Throwable error) implements StopCause {
    @Override
    public String toString() {
      return "Actor was killed: " + error;
    }
  }

  /** The actor's last owner ended or let go of it. */
  record Dropped() implements StopCause {
    @Override
    public String toString() {
      return "Actor was dropped";
    }
  }

  /** The node that the actor lives on cannot be reached any more. */
  record Lost() implements StopCause {
    @Override
    public String toString() {
      return "Lost connection to actor";
    }
  }

  /** True if the cause carries an error: {@link Failed} or {@link Killed}. */
  default boolean hasError() {
    return this instanceof Failed || this instanceof Killed;
  }
}
