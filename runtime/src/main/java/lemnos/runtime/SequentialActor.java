package lemnos.runtime;

import org.jspecify.annotations.Nullable;

/**
 * A sequential actor: plain code that may wait for messages, answers, time and I/O, while its
 * worker does other things. It ends by returning; if it throws, its {@link Supervisor} decides.
 *
 * <p>It must not block its thread, unless it is a sync actor, whose thread is its own, or a
 * thread-safe one that blocks in the JDK: see {@link Runtime#spawn}.
 *
 * <p>It must not wait while it holds a monitor ({@code synchronized}) or another lock. Nobody stops
 * it: the JVM lets it wait, and cannot tell us. But meanwhile the others of its worker, which have
 * the same thread, may enter as if it were theirs; or the first that tries keeps the worker for
 * ever, and so the one that would have to leave. Leave it before you wait; better, let an actor
 * guard what is shared, which needs no lock.
 *
 * <p>A thread-local actor shares its worker's thread with others, so a {@link ThreadLocal} is
 * everybody's. A {@link ScopedValue} is the actor's own, also if it waits while that is bound.
 *
 * @param <M> the messages it receives
 * @param <T> its argument, which a restart gives anew
 */
@FunctionalInterface
public interface SequentialActor<M, T extends @Nullable Object> {
  void run(Context<M> ctx, T argument) throws Exception;
}
