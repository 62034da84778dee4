package lemnos.runtime;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A reference that turns the messages it is given into those that the actor receives.
 *
 * @param isPartial whether the mapping may make nothing of a message, which is null
 */
record MappedRef<N, M>(
    ActorRef<M> target, Function<? super N, ? extends @Nullable M> mapping, boolean isPartial)
    implements ActorRef<N> {
  @Override
  public Sent trySend(N message) {
    M mapped = map(message);
    return mapped == null ? Sent.REFUSED : target.trySend(mapped);
  }

  /** As {@link Letter#of}. */
  @Nullable Letter<?> letter(N message) {
    M mapped = map(message);
    return mapped == null ? null : Letter.of(target, mapped);
  }

  private @Nullable M map(N message) {
    M mapped = mapping.apply(message);
    if (mapped == null && !isPartial) {
      throw new NullPointerException(
          "the mapping made null of '" + message + "': use tryMap if that is to be refused");
    }
    return mapped;
  }

  @Override
  public boolean isConnected() {
    return target.isConnected();
  }

  @Override
  public boolean sendsTo(ActorRef<?> other) {
    return target.sendsTo(other);
  }

  @Override
  public String toString() {
    return target.toString();
  }
}
