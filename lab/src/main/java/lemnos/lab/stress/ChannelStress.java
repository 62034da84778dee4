package lemnos.lab.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import lemnos.core.Channel;
import lemnos.core.ChannelGuard;
import lemnos.core.Loop;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.L_Result;

/** What is sent is delivered once and in each sender's order; then, once, the senders' end. */
public final class ChannelStress {
  private ChannelStress() {}

  /** Not final inside: it is the channel that publishes it. */
  private static final class Message {
    private String text = "?";

    static Message of(String text) {
      var message = new Message();
      message.text = text;
      return message;
    }
  }

  /** A loop with a channel, and what was delivered. */
  private static final class Piped {
    private static final Rig<Piped> WIDE = new Rig<>(() -> new Piped(9));
    private static final Rig<Piped> NARROW = new Rig<>(() -> new Piped(1));

    final Loop loop = new Loop(0);
    final StringBuilder delivered = new StringBuilder();
    final ChannelGuard<Message> guard;
    final Channel<Message> a;

    private Piped(int capacity) {
      guard = loop.channel(capacity, m -> delivered.append(m.text), () -> delivered.append('.'));
      a = guard.sender();
      loop.detach();
    }

    static void sendTwo(Channel<Message> channel, String first, String second) {
      channel.trySend(Message.of(first));
      channel.trySend(Message.of(second));
      channel.close();
    }
  }

  /** A thread sends while the loop runs. */
  @JCStressTest
  @Outcome(id = "aA\\.", expect = ACCEPTABLE, desc = "all, in order, then the end")
  @State
  public static class SendAndRun {
    private final Piped p = Piped.WIDE.take();

    /** The thread. */
    @Actor
    public void thread() {
      Piped.sendTwo(p.a, "a", "A");
    }

    /** The loop meanwhile. */
    @Actor
    public void loop() {
      Rig.run(p.loop);
    }

    /** The loop afterwards. */
    @Arbiter
    public void check(L_Result r) {
      Rig.run(p.loop);
      r.r1 = p.delivered.toString();
    }
  }

  /** Two threads send; the loop runs afterwards. */
  @JCStressTest
  @Outcome(
      id = "(aAbB|bBaA|abAB|abBA|baAB|baBA)\\.",
      expect = ACCEPTABLE,
      desc = "all, each sender's in order, then the end")
  @State
  public static class SendAndSend {
    private final Piped p = Piped.WIDE.take();
    private final Channel<Message> b = p.a.another();

    /** A thread. */
    @Actor
    public void first() {
      Piped.sendTwo(p.a, "a", "A");
    }

    /** Another. */
    @Actor
    public void second() {
      Piped.sendTwo(b, "b", "B");
    }

    /** The loop afterwards. */
    @Arbiter
    public void check(L_Result r) {
      Rig.run(p.loop);
      r.r1 = p.delivered.toString();
    }
  }

  /** A thread sends, waiting for room, while the loop runs and closes: it is not left waiting. */
  @JCStressTest
  @Outcome(id = "[0123], [0123]", expect = ACCEPTABLE, desc = "no more delivered than sent")
  @State
  public static class SendAndClose {
    private final Piped p = Piped.NARROW.take();
    private int sent;

    /** The thread. */
    @Actor
    public void thread() {
      try {
        for (int i = 0; i < 3; i++) {
          sent += p.a.send(Message.of("m")) ? 1 : 0;
        }
      } catch (InterruptedException e) {
        sent = -1;
      }
    }

    /** The loop meanwhile. */
    @Actor
    public void loop() {
      Rig.run(p.loop);
      Rig.close(p.loop);
    }

    /** The figures. */
    @Arbiter
    public void check(II_Result r) {
      r.r1 = sent;
      r.r2 = p.delivered.length() <= sent ? p.delivered.length() : -1;
    }
  }
}
