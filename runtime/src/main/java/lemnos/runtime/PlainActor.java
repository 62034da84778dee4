package lemnos.runtime;

import org.jspecify.annotations.Nullable;

/** A sequential actor for which nothing has to be made: it is its code and its argument. */
record PlainActor<M, T extends @Nullable Object>(SequentialActor<M, T> actor)
    implements NewActor<M, T> {
  @Override
  public ActorBody<M> create(ActorRef<M> self, T argument) {
    return ctx -> actor.run(ctx, argument);
  }
}
