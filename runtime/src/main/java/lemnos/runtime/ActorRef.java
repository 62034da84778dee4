package lemnos.runtime;

import java.util.function.Function;

/**
 * Sends messages to a sequential actor. It may be used from any thread, copied freely, and keeps
 * nothing alive. Messages of one sender arrive in the order in which they were sent. Delivery is at
 * most once: a message that was sent is not handled if the actor ends first.
 *
 * @param <M> the messages
 */
public sealed interface ActorRef<M> permits Inbox, MappedRef {
  /** Puts {@code message} into the inbox if there is room. Never waits. */
  Sent trySend(M message);

  /**
   * Puts {@code message} into the inbox, waiting for room. A sequential actor lets its worker go on
   * meanwhile; any other thread blocks.
   *
   * @return whether it was sent: false if the actor has ended
   * @throws IllegalStateException if it would have to wait on a worker outside a sequential actor,
   *     or for room in the sender's own inbox: use {@link #trySend}
   */
  boolean send(M message);

  /** Whether the actor has not ended. False is final; true may be outdated when it arrives. */
  boolean isConnected();

  /** Whether both references send to the same actor. */
  boolean sendsTo(ActorRef<?> other);

  /** A reference to the same actor for other messages, which {@code mapping} turns into its own. */
  default <N> ActorRef<N> map(Function<? super N, ? extends M> mapping) {
    return new MappedRef<>(this, mapping);
  }
}
