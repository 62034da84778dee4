package lemnos.runtime;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Decides what happens to a sequential actor that threw. It runs where the actor ran, between two
 * turns, and keeps its own state between decisions; it must not wait. An actor that is restarted
 * keeps its inbox and its references. If a supervisor throws itself, the actor stops.
 *
 * <p>Source: heph's {@code Supervisor}. Several actors that stand and fall together have a {@link
 * SupervisorTree}.
 *
 * @param <T> the actor's argument
 */
@FunctionalInterface
public interface Supervisor<T extends @Nullable Object> {
  /** What to do after {@code error}, which the actor threw. */
  Decision<T> decide(Throwable error);

  /**
   * What to do if that is a {@link RuntimeException} or an {@link Error}, and so a fault in the
   * actor's code rather than in the world. Unless told otherwise, as for any.
   */
  default Decision<T> decideOnUnchecked(Throwable error) {
    return decide(error);
  }

  /**
   * What to do if a {@link NewActor} failed to make the actor anew. As for any error, by default.
   */
  default Decision<T> decideOnRestartError(Throwable error) {
    return decide(error);
  }

  /** The actor could not be made the second time either, and was stopped. */
  default void secondRestartError(Throwable error) {}

  /** What becomes of a failed actor. */
  sealed interface Decision<T extends @Nullable Object> {
    /** It runs again, from its beginning, with this argument, after this delay. */
    record Restart<T extends @Nullable Object>(T argument, Duration delay) implements Decision<T> {
      /** It runs again without delay. */
      public Restart(T argument) {
        this(argument, Duration.ZERO);
      }
    }

    /** It ends. */
    record Stop<T extends @Nullable Object>() implements Decision<T> {}
  }

  /** Of an actor that is not to fail. If it does it is stopped, and that is logged as an error. */
  static <T extends @Nullable Object> Supervisor<T> none() {
    return new NoSupervisor<>();
  }

  /** Stops the actor, whatever happened. */
  static <T extends @Nullable Object> Supervisor<T> stopping() {
    return error -> new Decision.Stop<>();
  }

  /**
   * Restarts the actor with {@code argument}, at most {@code maxRestarts} times within any period
   * of {@code window}; after that it stops the actor. OTP's restart intensity, for one actor.
   */
  static <T extends @Nullable Object> Supervisor<T> restarting(
      T argument, int maxRestarts, Duration window) {
    return new RestartSupervisor<>(argument, maxRestarts, window);
  }

  /** As {@link #restarting(Object, int, Duration)}, with a pause before each restart. */
  static <T extends @Nullable Object> Supervisor<T> restarting(
      T argument, int maxRestarts, Duration window, Backoff backoff) {
    return new RestartSupervisor<>(argument, new RestartLog(maxRestarts, window, backoff));
  }
}
