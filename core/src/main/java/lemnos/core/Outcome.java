package lemnos.core;

import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * How a {@link CompletionStage} ended. {@link #toRet} brings it to an actor:
 *
 * <pre>{@code
 * Outcome.toRet(client.sendAsync(request), cx.self().ret(Crawler::fetched));
 * }</pre>
 */
public sealed interface Outcome<T extends @Nullable Object> {
  /** The stage has a value. */
  record Value<T extends @Nullable Object>(T value) implements Outcome<T> {}

  /** The stage failed, or was cancelled. */
  record Failure<T extends @Nullable Object>(Throwable error) implements Outcome<T> {}

  /**
   * Answers {@code ret} when {@code stage} completes, on whatever thread that is; the answer
   * travels through the queue of the Ret's loop. The Ret moves: if its loop closes before, no
   * answer comes. It may have to wait for ever if the stage never completes.
   */
  static <T extends @Nullable Object> void toRet(
      CompletionStage<? extends T> stage, Ret<Outcome<T>> ret) {
    if (ret.equals(Ret.nop())) {
      return;
    }
    Call answer = ret.awaited();
    Loop home = ret.loop();
    var unused =
        stage.whenComplete(
            (value, error) -> {
              Outcome<T> outcome =
                  error == null ? new Value<T>(value) : new Failure<T>(cause(error));
              answer.a = passed(outcome, home);
              home.enqueue(answer);
            });
  }

  /** Moves the handles in the value, which takes their loop's thread. */
  private static @Nullable Object passed(Outcome<?> outcome, Loop home) {
    try {
      return Handle.pass(outcome, home);
    } catch (RuntimeException e) {
      return new Failure<>(e);
    }
  }

  /** The error itself: a stage that depends on another wraps what that one threw. */
  private static Throwable cause(Throwable error) {
    Throwable cause = error instanceof CompletionException ? error.getCause() : null;
    return cause == null ? error : cause;
  }
}
