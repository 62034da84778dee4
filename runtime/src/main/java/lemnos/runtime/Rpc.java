package lemnos.runtime;

import java.util.function.Function;
import lemnos.core.World;

/** A request under way. */
final class Rpc<M, R> {
  private final ActorRef<M> to;
  private final World world;
  private final long until;
  private final Caller requester;
  private final Reply<R> reply;
  private final M message;
  private Sent sent;

  private Rpc(
      ActorRef<M> to, Function<? super Reply<R>, ? extends M> request, long until, Caller caller) {
    this.to = to;
    this.world = world(to);
    this.until = until;
    this.requester = caller;
    this.reply = new Reply<>(caller);
    this.message = request.apply(reply);
    this.sent = to.trySend(message);
  }

  /** Begins a request, which is over at {@code until} in the receiver's time. Does not wait. */
  static <M, R> Rpc<M, R> begin(
      ActorRef<M> to, Function<? super Reply<R>, ? extends M> request, long until) {
    Process<?> receiver = Inbox.of(to).receiver();
    Caller caller = Caller.toWaitFor(receiver, "'" + receiver + "' is to respond");
    return new Rpc<>(to, request, until, caller);
  }

  /** When a request to {@code to} that begins now is over, in the receiver's time. */
  static long deadline(ActorRef<?> to, long limitNanos) {
    return limitNanos == Alarm.NEVER ? limitNanos : Alarm.after(world(to).nanoTime(), limitNanos);
  }

  private static World world(ActorRef<?> to) {
    return Inbox.of(to).receiver().world();
  }

  /** Waits for room if there was none. */
  void awaitRoom() {
    if (sent == Sent.FULL) {
      sent = Inbox.send(to, message, until);
    }
  }

  /** Waits for room and for the response. */
  RpcResult<R> await() {
    awaitRoom();
    if (sent == Sent.GONE || sent == Sent.REFUSED) {
      return new RpcResult.NotSent<>();
    }
    try {
      requester.await(() -> !reply.isConnected(), world, until);
      return reply.result();
    } finally {
      reply.refuse();
    }
  }
}
