package lemnos.runtime;

import org.jspecify.annotations.Nullable;

/**
 * A piece of work that a runtime runs like an actor, but which receives no messages and leaves a
 * result.
 *
 * @param <R> the result
 */
@FunctionalInterface
public interface Task<R extends @Nullable Object> {
  /** Does the work. It may wait, by means of {@code ctx}, while its worker does other things. */
  R run(Context<Void> ctx) throws Exception;
}
