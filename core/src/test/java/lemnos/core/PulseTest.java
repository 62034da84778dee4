package lemnos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

/** What another thread sees of a loop. */
final class PulseTest {
  private final Loop loop = new Loop(0);
  private final List<String> seen = new ArrayList<>();

  private record Looking(PulseTest test) {
    void look() {
      test.look();
    }
  }

  private void look() {
    var task = new FutureTask<>(() -> Pulse.of(loop) + " " + Pulse.actorName(loop));
    Thread.ofPlatform().start(task);
    try {
      seen.add(task.get());
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void callsTimersAndTheActorWhoseBehaviourRunsAreSeen() {
    ActorOwn<Looking> one = loop.actor(cx -> new Looking(this), Ret.nop());
    ActorOwn<Looking> two = loop.actor(cx -> new Looking(this), Ret.nop());
    loop.run(1, false);
    long before = Pulse.of(loop).calls();
    loop.after(Duration.ofDays(1), () -> {});
    one.call(Looking::look);
    two.call(Looking::look);
    loop.execute(this::look);
    loop.run(2, false);
    assertEquals(
        List.of(
            new Pulse(before + 1, 1) + " Looking#1",
            new Pulse(before + 2, 1) + " Looking#2",
            new Pulse(before + 3, 1) + " null"),
        seen);
    assertNull(Pulse.actorName(loop));
  }
}
