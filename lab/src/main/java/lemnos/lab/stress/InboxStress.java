package lemnos.lab.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import lemnos.core.ActorGone;
import lemnos.core.ActorOwn;
import lemnos.core.Loop;
import lemnos.core.Ret;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LI_Result;
import org.openjdk.jcstress.infra.results.LL_Result;

/** What is pushed into a loop's inbox is taken once and in each sender's order, or given back. */
public final class InboxStress {
  private InboxStress() {}

  /** A loop, and the calls that ran on it. */
  private static final class Called {
    private static final Rig<Called> RIG = new Rig<>(Called::new);

    final Loop loop = new Loop(0);
    final ActorOwn<String> actor = loop.actor(cx -> "answer", Ret.nop());
    final StringBuilder ran = new StringBuilder();
    final AtomicInteger hostWakes = new AtomicInteger();

    // Plain: it is the inbox that publishes them.
    String a = "?";
    String b = "?";

    private Called() {
      loop.onWake(hostWakes::incrementAndGet);
      loop.detach();
    }

    void report(LI_Result r) {
      Rig.run(loop);
      r.r1 = ran.toString();
      r.r2 = hostWakes.get();
    }
  }

  /** A thread pushes while the loop takes. */
  @JCStressTest
  @Outcome(id = "aA, [12]", expect = ACCEPTABLE, desc = "both ran, in order; the host was woken")
  @State
  public static class PushAndTake {
    private final Called c = Called.RIG.take();

    /** The thread. */
    @Actor
    public void thread() {
      c.a = "a";
      c.loop.execute(() -> c.ran.append(c.a));
      c.b = "A";
      c.loop.execute(() -> c.ran.append(c.b));
    }

    /** The loop meanwhile. */
    @Actor
    public void loop() {
      Rig.run(c.loop);
    }

    /** The loop afterwards. */
    @Arbiter
    public void check(LI_Result r) {
      c.report(r);
    }
  }

  /** Two threads push; the loop takes afterwards. */
  @JCStressTest
  @Outcome(
      id = "(aAbB|bBaA|abAB|abBA|baAB|baBA), 1",
      expect = ACCEPTABLE,
      desc = "all ran, each sender's in order; one of them woke the host")
  @State
  public static class PushAndPush {
    private final Called c = Called.RIG.take();

    /** A thread. */
    @Actor
    public void first() {
      c.a = "a";
      c.loop.execute(() -> c.ran.append(c.a));
      c.loop.execute(() -> c.ran.append("A"));
    }

    /** Another. */
    @Actor
    public void second() {
      c.b = "b";
      c.loop.execute(() -> c.ran.append(c.b));
      c.loop.execute(() -> c.ran.append("B"));
    }

    /** The loop afterwards. */
    @Arbiter
    public void check(LI_Result r) {
      c.report(r);
    }
  }

  /** A thread asks twice while the loop runs and closes. */
  @JCStressTest
  @Outcome(id = "(answer|gone), (answer|gone)", expect = ACCEPTABLE, desc = "both are answered")
  @State
  public static class AskAndClose {
    private final Called c = Called.RIG.take();
    private @Nullable CompletableFuture<String> first;
    private @Nullable CompletableFuture<String> second;

    /** The thread. */
    @Actor
    public void thread() {
      first = c.actor.asking(String::toString);
      second = c.actor.asking(String::toString);
    }

    /** The loop meanwhile. */
    @Actor
    public void loop() {
      Rig.run(c.loop);
      Rig.close(c.loop);
    }

    /** The answers. */
    @Arbiter
    public void check(LL_Result r) {
      r.r1 = text(first);
      r.r2 = text(second);
    }

    private static String text(@Nullable CompletableFuture<String> future) {
      if (future == null) {
        return "none";
      }
      return switch (future.state()) {
        case RUNNING -> "pending";
        case SUCCESS -> future.resultNow();
        case FAILED -> future.exceptionNow() instanceof ActorGone ? "gone" : "wrong";
        case CANCELLED -> "cancelled";
      };
    }
  }
}
