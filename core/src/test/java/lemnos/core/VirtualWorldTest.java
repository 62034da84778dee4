package lemnos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Time that passes only when told to, and what runs in it. */
final class VirtualWorldTest {
  private static final Instant NOON = Instant.parse("2026-11-01T12:00:00Z");

  private final VirtualWorld world = new VirtualWorld(NOON);

  @Test
  void timePassesWhenToldTo() {
    assertEquals(0, world.nanoTime());
    assertEquals(NOON, world.wallTime());
    world.pass(Duration.ofSeconds(2));
    world.pass(Duration.ofNanos(5));
    assertEquals(2_000_000_005L, world.nanoTime());
    assertEquals(NOON.plusSeconds(2).plusNanos(5), world.wallTime());
  }

  @Test
  void timeNeverGoesBackAndEndsAtItsLimit() {
    world.pass(Duration.ofSeconds(1));
    world.pass(Duration.ofSeconds(-1));
    assertEquals(1_000_000_000, world.nanoTime());
    world.pass(Duration.ofSeconds(Long.MAX_VALUE));
    world.pass(Duration.ofSeconds(Long.MAX_VALUE));
    assertEquals(Long.MAX_VALUE, world.nanoTime());
  }

  @Test
  void threadsAreRefused() {
    var e =
        assertThrows(
            UnsupportedOperationException.class, () -> world.start("helper", true, () -> {}));
    assertEquals(
        "thread 'helper' cannot start: a virtual world has one thread; do its work in calls",
        e.getMessage());
  }

  @Test
  void theTimeOfDayFollowsTheTimers() {
    var seen = new ArrayList<Instant>();
    try (var loop = new Loop(world)) {
      loop.after(Duration.ofDays(1), () -> seen.add(loop.wallTime()));
      new Driver(loop).runUntilShutdown();
    }
    assertEquals(List.of(NOON.plus(Duration.ofDays(1))), seen);
  }

  // Random programs

  /** Does things at random, and notes what and when. */
  private static final class Node {
    private static final int STEPS = 400;
    private static final Duration MILLI = Duration.ofMillis(1);

    private final Cx<Node> cx;
    private final SplittableRandom random;
    private final List<String> lines;
    private int number;

    Node(Cx<Node> cx, SplittableRandom random, List<String> lines) {
      this.cx = cx;
      this.random = random;
      this.lines = lines;
      step("init");
    }

    void step(String how) {
      lines.add(cx.self().id() + " " + how + " at " + cx.now());
      int more = number < STEPS ? random.nextInt(4) : 0;
      for (int i = 0; i < more; i++) {
        number++;
        String name = number + " of " + how.charAt(0);
        switch (random.nextInt(5)) {
          case 0 -> cx.self().call(Node::step, "call " + name);
          case 1 -> cx.lazy(cx.self(), Node::step, "lazy " + name);
          case 2 -> cx.idle(cx.self(), Node::step, "idle " + name);
          case 3 -> cx.after(MILLI.dividedBy(random.nextInt(1, 4)), cx.self(), Node::step, "after");
          default ->
              cx.after(MILLI.multipliedBy(random.nextInt(9)), cx.self(), Node::step, "timer");
        }
      }
    }
  }

  private static List<String> program(long seed, Loop loop, Consumer<Loop> host) {
    var lines = new ArrayList<String>();
    try (loop) {
      for (int i = 0; i < 5; i++) {
        loop.actor(Node::new, new SplittableRandom(seed + i), lines, Ret.nop());
      }
      host.accept(loop);
    }
    return lines;
  }

  /** The main loop as Stakker's documentation has it, with time that leaps and no events. */
  private static void documented(Loop loop) {
    long now = loop.now();
    boolean idlePending = loop.run(now, false);
    while (idlePending || loop.nextExpiry() != Long.MAX_VALUE) {
      now += loop.nextWait(now, 60_000_000_000L, idlePending);
      idlePending = loop.run(now, true);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 20261121})
  void aDriverRunsEveryProgramAsTheDocumentedLoopDoesAndTheSameWayEachTime(long seed) {
    System.out.println("VirtualWorldTest seed " + seed);
    Consumer<Loop> driver = loop -> new Driver(loop).runUntilShutdown();
    List<String> lines = program(seed, new Loop(new VirtualWorld(NOON)), driver);
    assertTrue(lines.size() > 5, () -> lines.size() + " lines");
    assertEquals(lines, program(seed, new Loop(new VirtualWorld(NOON)), driver));
    assertEquals(lines, program(seed, new Loop(0), VirtualWorldTest::documented));
    assertNotEquals(lines, program(seed + 100, new Loop(0), VirtualWorldTest::documented));
  }
}
