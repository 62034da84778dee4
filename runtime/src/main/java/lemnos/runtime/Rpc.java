package lemnos.runtime;

import java.util.function.Function;
import lemnos.core.World;

/** A request under way. */
final class Rpc<R> {
  private final Caller requester;
  private final World world;
  private final long until;
  private final Reply<R> reply;
  private final boolean sent;

  private Rpc(Caller requester, World world, long until, Reply<R> reply, boolean sent) {
    this.requester = requester;
    this.world = world;
    this.until = until;
    this.reply = reply;
    this.sent = sent;
  }

  /** Sends a request, waiting for room until {@code until} in the receiver's time. */
  static <M, R> Rpc<R> send(
      ActorRef<M> to, Function<? super Reply<R>, ? extends M> request, long limitNanos) {
    Process<?> receiver = Inbox.of(to).receiver();
    World world = receiver.world();
    long until = limitNanos == Alarm.NEVER ? limitNanos : Alarm.after(world.nanoTime(), limitNanos);
    Caller requester = Caller.toWaitFor(receiver, "'" + receiver + "' is to respond");
    var reply = new Reply<R>(requester);
    Sent sent = Inbox.send(to, request.apply(reply), until);
    return new Rpc<>(requester, world, until, reply, sent == Sent.SENT || sent == Sent.FULL);
  }

  /** Waits for the response. */
  RpcResult<R> await() {
    if (!sent) {
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
