package lemnos.lab.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import lemnos.runtime.ActorOptions;
import lemnos.runtime.ActorRef;
import lemnos.runtime.Context;
import lemnos.runtime.Reply;
import lemnos.runtime.Request;
import lemnos.runtime.RpcResult;
import lemnos.runtime.Runtime;
import lemnos.runtime.SequentialActor;
import lemnos.runtime.Supervisor;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;
import org.openjdk.jcstress.infra.results.L_Result;

/**
 * What threads send to a sequential actor, which its worker runs meanwhile, is received once and in
 * each sender's order, whether the actor waits, looks for it itself, is full, or ends.
 */
public final class ReceiverStress {
  private static final String IN_ORDER = "(aAbB|bBaA|abAB|abBA|baAB|baBA)";
  private static final Duration LONG = Duration.ofSeconds(10);

  /** Of all samples. Never started, so its workers stay; it ends with the process. */
  private static final Runtime RUNTIME = Runtime.setup().workers(2).signals(false).build();

  private ReceiverStress() {}

  /** A text that was sent. It is for the inbox to publish it. */
  private static final class Text {
    String text = "?";

    Text(String text) {
      this.text = text;
    }
  }

  private static ActorOptions inboxOf(int size) {
    return ActorOptions.standard().withInboxSize(size);
  }

  /** An actor that receives four texts, and what it has got. */
  private static final class Reader {
    final CompletableFuture<String> all = new CompletableFuture<>();
    final ActorRef<Text> ref;

    private Reader(boolean isLocal, int inboxSize) {
      SequentialActor<Text, Reader> body = (ctx, reader) -> reader.read(ctx);
      ActorOptions options = inboxOf(inboxSize);
      if (isLocal) {
        var spawned = new CompletableFuture<ActorRef<Text>>();
        RUNTIME.runOnWorkers(
            worker -> {
              if (worker.workerId() == 1) {
                spawned.complete(worker.spawnLocal(Supervisor.none(), body, this, options));
              }
            });
        ref = spawned.join();
      } else {
        ref = RUNTIME.spawn(Supervisor.none(), body, this, options);
      }
    }

    private void read(Context<Text> ctx) {
      var texts = new StringBuilder();
      for (int i = 0; i < 4; i++) {
        texts.append(ctx.receiveNext().text);
      }
      all.complete(texts.toString());
    }

    String read() {
      return all.completeOnTimeout("lost", LONG.toSeconds(), TimeUnit.SECONDS).join();
    }
  }

  /** Two threads send to an actor that stays on its worker. */
  @JCStressTest
  @Outcome(id = IN_ORDER, expect = ACCEPTABLE, desc = "all received, each sender's in order")
  @State
  public static class ToLocal {
    private static final Rig<Reader> RIG = new Rig<>(() -> new Reader(true, 8));

    private final Reader reader = RIG.take();

    /** A thread. */
    @Actor
    public void first() {
      reader.ref.trySend(new Text("a"));
      reader.ref.trySend(new Text("A"));
    }

    /** Another. */
    @Actor
    public void second() {
      reader.ref.trySend(new Text("b"));
      reader.ref.trySend(new Text("B"));
    }

    /** The actor. */
    @Arbiter
    public void check(L_Result r) {
      r.r1 = reader.read();
    }
  }

  /** Two threads send to an actor that any worker may run. */
  @JCStressTest
  @Outcome(id = IN_ORDER, expect = ACCEPTABLE, desc = "all received, each sender's in order")
  @State
  public static class ToShared {
    private static final Rig<Reader> RIG = new Rig<>(() -> new Reader(false, 8));

    private final Reader reader = RIG.take();

    /** A thread. */
    @Actor
    public void first() {
      reader.ref.trySend(new Text("a"));
      reader.ref.trySend(new Text("A"));
    }

    /** Another. */
    @Actor
    public void second() {
      reader.ref.trySend(new Text("b"));
      reader.ref.trySend(new Text("B"));
    }

    /** The actor. */
    @Arbiter
    public void check(L_Result r) {
      r.r1 = reader.read();
    }
  }

  /** Two threads wait for room in turn. */
  @JCStressTest
  @Outcome(id = IN_ORDER, expect = ACCEPTABLE, desc = "all received, each sender's in order")
  @State
  public static class ToFull {
    private static final Rig<Reader> RIG = new Rig<>(() -> new Reader(true, 1));

    private final Reader reader = RIG.take();

    /** A thread. */
    @Actor
    public void first() {
      reader.ref.send(new Text("a"));
      reader.ref.send(new Text("A"));
    }

    /** Another. */
    @Actor
    public void second() {
      reader.ref.send(new Text("b"));
      reader.ref.send(new Text("B"));
    }

    /** The actor. */
    @Arbiter
    public void check(L_Result r) {
      r.r1 = reader.read();
    }
  }

  private record Ask(Reply<String> reply) implements Request<String> {}

  private static ActorRef<Ask> answerer() {
    SequentialActor<Ask, String> once = (ctx, answer) -> ctx.receiveNext().reply().respond(answer);
    return RUNTIME.spawn(Supervisor.none(), once, "answer", inboxOf(8));
  }

  /** Two threads ask an actor that answers one of them and ends. */
  @JCStressTest
  @Outcome(
      id = {"answer, none", "none, answer"},
      expect = ACCEPTABLE,
      desc = "one got the answer, the other was told that there is none")
  @State
  public static class AskOneThatEnds {
    private static final Rig<ActorRef<Ask>> RIG = new Rig<>(ReceiverStress::answerer);

    private final ActorRef<Ask> ref = RIG.take();

    /** A thread. */
    @Actor
    public void first(LL_Result r) {
      r.r1 = ask();
    }

    /** Another. */
    @Actor
    public void second(LL_Result r) {
      r.r2 = ask();
    }

    private String ask() {
      return switch (ref.<String>rpc(Ask::new, LONG)) {
        case RpcResult.Response<String>(String text) -> text;
        case RpcResult.NoResponse<String>(), RpcResult.NotSent<String>() -> "none";
        case RpcResult.TimedOut<String>() -> "late";
      };
    }
  }
}
