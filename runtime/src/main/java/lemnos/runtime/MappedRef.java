package lemnos.runtime;

import java.util.function.Function;

/** A reference that turns the messages it is given into those that the actor receives. */
record MappedRef<N, M>(ActorRef<M> target, Function<? super N, ? extends M> mapping)
    implements ActorRef<N> {
  @Override
  public Sent trySend(N message) {
    return target.trySend(mapping.apply(message));
  }

  @Override
  public boolean send(N message) {
    return target.send(mapping.apply(message));
  }

  @Override
  public boolean isConnected() {
    return target.isConnected();
  }

  @Override
  public boolean sendsTo(ActorRef<?> other) {
    return target.sendsTo(other);
  }
}
