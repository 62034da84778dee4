package lemnos.runtime;

import org.jspecify.annotations.Nullable;

/**
 * Makes a sequential actor in two steps: first what it needs, which may fail and may already need
 * the reference to the actor, then the actor itself. If the first step fails when the actor is
 * spawned, nothing was spawned; if it fails on a restart, the {@link Supervisor} is told.
 *
 * <p>Source: heph's {@code NewActor} and its spawn in two phases.
 *
 * @param <M> the messages that the actor receives
 * @param <T> its argument, which a restart gives anew
 */
@FunctionalInterface
public interface NewActor<M, T extends @Nullable Object> {
  /**
   * Makes the actor. It runs where the actor is spawned, later on the worker that restarts it, and
   * must not wait. Messages that are sent to {@code self} from here on wait for the actor.
   *
   * @param self the reference to the actor that will be
   */
  ActorBody<M> create(ActorRef<M> self, T argument) throws Exception;
}
