package lemnos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Stakker's tutorial program, line for line, in virtual time. */
final class TutorialTest {
  private final List<String> lines = new ArrayList<>();

  private static final class Light {
    private final Cx<Light> cx;
    private final List<String> lines;
    private boolean on;

    Light(Cx<Light> cx, List<String> lines) {
      this.cx = cx;
      this.lines = lines;
    }

    void set(boolean on) {
      this.on = on;
      long millis = (cx.now() - cx.start()) / 1_000_000;
      lines.add("%04d.%03d Light on: %s".formatted(millis / 1000, millis % 1000, on));
    }

    boolean isOn() {
      return on;
    }
  }

  private static final class Flasher {
    private final Cx<Flasher> cx;
    private final Actor<Light> light;
    private final List<String> lines;
    private int count;

    Flasher(Cx<Flasher> cx, Actor<Light> light, List<String> lines, int count) {
      this.cx = cx;
      this.light = light;
      this.lines = lines;
      this.count = count;
      cx.self().call(Flasher::flip, true);
    }

    void flip(boolean on) {
      light.call(Light::set, on);
      count--;
      if (count != 0) {
        cx.after(Duration.ofSeconds(1), cx.self(), Flasher::flip, !on);
      } else {
        cx.stop();
      }
      light.ask(Light::isOn, cx.self().retSome(Flasher::received, count));
    }

    void received(int count, boolean state) {
      lines.add("  (at count %d received: %s)".formatted(count, state));
    }
  }

  @Test
  void theTutorialRunsLineForLineInVirtualTime() {
    try (var loop = new Loop(new VirtualWorld(Instant.EPOCH))) {
      start(loop);
      assertEquals(new StopCause.Stopped(), new Driver(loop).runUntilShutdown());
    }
    checkLines();
  }

  @Test
  void theTutorialRunsLineForLineUnderALoopOfTheHostsOwn() {
    long now = 0;
    try (var loop = new Loop(now)) {
      start(loop);
      loop.run(now, false);
      while (loop.notShutdown()) {
        now += loop.nextWait(now, 60_000_000_000L, false);
        loop.run(now, false);
      }
      assertEquals(new StopCause.Stopped(), loop.takeShutdown());
    }
    checkLines();
  }

  private void start(Loop loop) {
    ActorOwn<Light> light = loop.actor(Light::new, lines, Ret.nop());
    loop.actor(Flasher::new, light.actor(), lines, 6, loop.retShutdown());
  }

  private void checkLines() {
    assertEquals(
        List.of(
            "0000.000 Light on: true",
            "  (at count 5 received: true)",
            "0001.000 Light on: false",
            "  (at count 4 received: false)",
            "0002.000 Light on: true",
            "  (at count 3 received: true)",
            "0003.000 Light on: false",
            "  (at count 2 received: false)",
            "0004.000 Light on: true",
            "  (at count 1 received: true)",
            "0005.000 Light on: false"),
        lines);
  }
}
