package lemnos.runtime;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;

/**
 * Sends messages to a sequential actor. It may be used from any thread, copied freely, and keeps
 * nothing alive. Messages of one sender arrive in the order in which they were sent. Delivery is at
 * most once: a message that was sent is not handled if the actor ends first.
 *
 * <p>Some methods wait. Then a sequential actor lets its worker go on meanwhile, and any other
 * thread blocks. They throw {@link IllegalStateException} if they would have to wait on a worker
 * outside a sequential actor, or an actor for itself.
 *
 * @param <M> the messages
 */
public sealed interface ActorRef<M> permits Inbox, MappedRef {
  /** Puts {@code message} into the inbox if there is room. Never waits. */
  Sent trySend(M message);

  /**
   * Puts {@code message} into the inbox, waiting for room.
   *
   * @return whether it was sent: false if the actor has ended, or this reference refuses the
   *     message, which {@link #trySend} tells apart
   */
  default boolean send(M message) {
    return Inbox.send(this, message) == Sent.SENT;
  }

  /**
   * Sends a {@link Request} and waits for the response.
   *
   * @param request makes the request, into which it has to put the reply it is given
   */
  default <R> RpcResult<R> rpc(Function<? super Reply<R>, ? extends M> request) {
    return Rpc.begin(this, request, Alarm.NEVER).await();
  }

  /**
   * Sends a {@link Request} and waits for the response, all in all no longer than {@code limit}.
   */
  default <R> RpcResult<R> rpc(Function<? super Reply<R>, ? extends M> request, Duration limit) {
    return Rpc.begin(this, request, Rpc.deadline(this, Alarm.nanos(limit))).await();
  }

  /** Waits until the actor has ended for good. A restart is no end. */
  default void join() {
    Inbox.of(this).awaitEnd();
  }

  /** Whether the actor takes messages. False is final; true may be outdated when it arrives. */
  boolean isConnected();

  /** Whether both references send to the same actor. */
  boolean sendsTo(ActorRef<?> other);

  /** A reference to the same actor for other messages, which {@code mapping} turns into its own. */
  default <N> ActorRef<N> map(Function<? super N, ? extends M> mapping) {
    return new MappedRef<>(this, mapping, false);
  }

  /**
   * A reference to the same actor for other messages, of which {@code mapping} turns some into the
   * actor's own. The others are {@link Sent#REFUSED}.
   */
  @SuppressWarnings("NullAway") // it does not see that the record's mapping may return null
  default <N> ActorRef<N> tryMap(Function<? super N, Optional<M>> mapping) {
    return new MappedRef<>(this, message -> mapping.apply(message).orElse(null), true);
  }
}
