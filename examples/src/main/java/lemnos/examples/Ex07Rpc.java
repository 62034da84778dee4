package lemnos.examples;

import java.time.Duration;
import lemnos.runtime.ActorOptions;
import lemnos.runtime.ActorRef;
import lemnos.runtime.Context;
import lemnos.runtime.Reply;
import lemnos.runtime.Request;
import lemnos.runtime.RpcResult;
import lemnos.runtime.Runtime;
import lemnos.runtime.RuntimeFailure;
import lemnos.runtime.Supervisor;

/** A message that asks for a response, and what may become of it. */
public final class Ex07Rpc {
  private Ex07Rpc() {}

  /** A request is a message with a reply in it. */
  private record Divide(int dividend, int divisor, Reply<Integer> reply)
      implements Request<Integer> {}

  /** Does not respond to what has no answer: the requester is told so. */
  private static void divide(Context<Divide> ctx, int requests) {
    for (int i = 0; i < requests; i++) {
      Divide request = ctx.receiveNext();
      if (request.divisor() != 0) {
        request.reply().respond(request.dividend() / request.divisor());
      }
    }
  }

  private static void ask(Context<Void> ctx, ActorRef<Divide> divider) {
    for (int divisor : new int[] {7, 0, 6}) {
      // A plain call that waits; meanwhile the worker does other things.
      RpcResult<Integer> result =
          divider.rpc(reply -> new Divide(42, divisor, reply), Duration.ofSeconds(5));
      System.out.println(
          switch (result) {
            case RpcResult.Response<Integer>(Integer quotient) ->
                "42 / " + divisor + " = " + quotient;
            case RpcResult.NoResponse<Integer>() -> "42 / " + divisor + ": no response";
            case RpcResult.NotSent<Integer>() -> "The divider has ended.";
            case RpcResult.TimedOut<Integer>() -> "The divider is too slow.";
          });
    }
  }

  /** Runs the example. */
  public static void main(String[] args) throws RuntimeFailure {
    Runtime runtime = Runtime.setup().workers(2).build();
    ActorRef<Divide> divider =
        runtime.spawn(
            Supervisor.stopping(), Ex07Rpc::divide, 3, ActorOptions.standard().withName("divider"));
    runtime.spawn(Supervisor.stopping(), Ex07Rpc::ask, divider, ActorOptions.standard());
    runtime.start();
  }
}
