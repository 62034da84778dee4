package lemnos.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whose the right to respond is, and how long. */
@Timeout(300)
final class RequestsTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final ManualWorld world = new ManualWorld();
  private final SharedScheduler scheduler = new SharedScheduler(world, Tracer.of(null));
  private final Process<Ask> one = process();
  private final Process<Ask> other = process();

  private record Ask(Reply<Integer> reply) implements Request<Integer> {}

  private Process<Ask> process() {
    Fate<Ask> idler = new Supervision<>((_, _) -> _ -> {}, Supervisor.stopping(), 0);
    return new SharedProcess<>(scheduler, idler, ActorOptions.standard());
  }

  /** A request that {@code one} has received. */
  private Ask received(Requests requests) {
    var ask = new Ask(new Reply<>(Caller.toWaitFor(one, "a test")));
    ask.reply().passTo(one);
    Requests.with(requests, ask, one);
    return ask;
  }

  @Test
  void onlyWhatIsHeldAndNotAnsweredIsKept() {
    Requests requests = Requests.with(null, new Ask(new Reply<>(Caller.toWaitFor(one, ""))), one);
    Reply<Integer> forgotten = received(requests).reply();
    Reply<Integer> held = received(requests).reply();
    Reply<Integer> answered = received(requests).reply();
    List.of(held, answered).forEach(Reply::hold);
    assertTrue(answered.respond(1));
    requests.dropForgotten();
    assertEquals(List.of(held), requests.replies);
    assertEquals(new RpcResult.NoResponse<>(), forgotten.result());
    assertTrue(held.respond(2));
    assertEquals(new RpcResult.Response<>(2), held.result());
    requests.dropForgotten();
    assertEquals(List.of(), requests.replies);
    Reply<Integer> last = received(requests).reply();
    Requests.drop(requests);
    assertEquals(new RpcResult.NoResponse<>(), last.result());
    assertEquals(List.of(), requests.replies);
  }

  /** As it happens if the other ends at the very moment in which the request is put in. */
  @Test
  void whoCouldNotPassARequestOnHoldsItStill() {
    Requests requests = Requests.with(null, new Ask(new Reply<>(Caller.toWaitFor(one, ""))), one);
    Reply<Integer> reply = received(requests).reply();
    reply.hold();
    reply.passTo(reply.passTo(other));
    assertTrue(reply.isHeldBy(one));
    requests.dropForgotten();
    assertTrue(reply.isConnected());
  }

  @Test
  void whoGetsARequestPassedOnHasToSayItselfThatItHoldsIt() throws RuntimeFailure {
    var results = new ArrayList<RpcResult<Integer>>();
    Run.on(
        Run.setup(1).world(world).poller(world::poller),
        ref -> {
          var end = new CompletableFuture<Integer>();
          ActorRef<Ask> second =
              Run.spawn(
                  ref,
                  ctx -> {
                    ctx.receiveNext();
                    assertFalse(ctx.await(SECOND.multipliedBy(9), ctx.messages()));
                    assertEquals(null, ctx.tryReceiveNext());
                    ctx.await(end);
                  });
          ActorRef<Ask> first =
              Run.spawn(
                  ref,
                  ctx -> {
                    Ask ask = ctx.receiveNext();
                    ask.reply().hold();
                    second.send(ask);
                    ctx.await(end);
                  });
          Run.<Void>spawn(
              ref,
              _ -> {
                results.add(first.rpc(Ask::new, SECOND.multipliedBy(20)));
                end.complete(1);
              });
        });
    assertEquals(List.of(new RpcResult.NoResponse<>()), results);
  }
}
