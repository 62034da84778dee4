package lemnos.runtime;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Decides what happens to a sequential actor that threw. It runs on the actor's worker and keeps
 * its own state between decisions. An actor that is restarted keeps its inbox and its references.
 *
 * @param <T> the actor's argument
 */
@FunctionalInterface
public interface Supervisor<T extends @Nullable Object> {
  /** What to do after {@code error}. If this throws itself, the actor stops. */
  Decision<T> decide(Throwable error);

  /** What becomes of a failed actor. */
  sealed interface Decision<T extends @Nullable Object> {
    /** It runs again, from its beginning, with this argument. */
    record Restart<T extends @Nullable Object>(T argument) implements Decision<T> {}

    /** It ends. */
    record Stop<T extends @Nullable Object>() implements Decision<T> {}
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
}
