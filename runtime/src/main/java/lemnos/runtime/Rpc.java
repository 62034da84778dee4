package lemnos.runtime;

import java.util.function.Function;
import lemnos.core.World;
import org.jspecify.annotations.Nullable;

/** A request under way. */
final class Rpc<R> {
  private final World world;
  private final long until;
  private final Caller requester;
  private final Reply<R> reply;

  /** The request; null if it was refused. Who waits for room sends the same once more. */
  private final @Nullable Letter<?> letter;

  private Sent sent;

  private Rpc(
      @Nullable Letter<?> letter, Reply<R> reply, Caller requester, World world, long until) {
    this.letter = letter;
    this.reply = reply;
    this.requester = requester;
    this.world = world;
    this.until = until;
    this.sent = letter == null ? Sent.REFUSED : letter.trySend();
  }

  /** Begins a request, which is over at {@code until} in the receiver's time. Does not wait. */
  static <M, R> Rpc<R> begin(
      ActorRef<M> to, Function<? super Reply<R>, ? extends M> request, long until) {
    Process<?> receiver = Inbox.of(to).receiver();
    Caller caller = Caller.toWaitFor(receiver, "'" + receiver + "' is to respond");
    var reply = new Reply<R>(caller);
    Letter<?> letter = Letter.of(to, request.apply(reply));
    return new Rpc<>(letter, reply, caller, receiver.world(), until);
  }

  /** When a request to {@code to} that begins now is over, in the receiver's time. */
  static long deadline(ActorRef<?> to, long limitNanos) {
    World world = Inbox.of(to).receiver().world();
    return limitNanos == Alarm.NEVER ? limitNanos : Alarm.after(world.nanoTime(), limitNanos);
  }

  /** Waits for room if there was none. */
  void awaitRoom() {
    if (sent == Sent.FULL && letter != null) {
      sent = letter.send(until);
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
