package lemnos.runtime;

import org.jspecify.annotations.Nullable;

/**
 * A sequential actor that does its work in steps, and says after each what it waits for until the
 * next. It may wait in the midst of a step, too, as any sequential actor. But between steps it
 * needs no stack: on its worker those who do this share one, on which they have their steps one
 * after the other. So it takes less memory while it waits, and less time to begin and to go on: for
 * actors that mostly wait for the next of many similar things, such as a connection for its next
 * request.
 *
 * <p>It is made by a {@link NewActor}. What is said of a {@link SequentialActor} is true of this
 * one, too; each step begins with no {@link ScopedValue} bound that the step before has bound. A
 * thread-safe actor and a sync actor keep a stack of their own, and do the same.
 *
 * <p>Like a process of Erlang that hibernates.
 *
 * @param <M> the messages it receives
 */
public interface ActorSteps<M> extends ActorBody<M> {
  /**
   * Does what there is to do.
   *
   * @return what to wait for until the next step; null to end the actor
   */
  @Nullable Awaitable step(Context<M> ctx) throws Exception;

  /**
   * Called when no step will follow, because the last has returned null or failed, or because the
   * actor was stopped: the place to close what it owns. Not if there was none. Must not wait.
   */
  default void end() {}

  /** Does all steps, on one stack. */
  @Override
  default void run(Context<M> ctx) throws Exception {
    try {
      for (Awaitable next = step(ctx); next != null; next = step(ctx)) {
        next.await();
      }
    } finally {
      end();
    }
  }
}
