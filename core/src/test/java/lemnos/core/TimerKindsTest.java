package lemnos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Fixed, max, min and periodic timers together: strictly in the order of (expiry, arming), however
 * far time jumps. PARITY-stakker.md B2, T10, T11; section 6, item 20.
 */
final class TimerKindsTest {
  private static final long SECOND = 1_000_000_000L;
  private static final int STEPS = Integer.getInteger("lemnos.timers.steps", 40_000);

  private final Trace trace = new Trace();
  private final Loop loop = new Loop(0);

  @Test
  void aJumpOfTimeKeepsTheOrderOfTheFinalExpiries() {
    var postponed = new MaxTimer();
    var hastened = new MinTimer();
    postponed.set(loop, SECOND, () -> trace.add("max 5 s"));
    hastened.set(loop, 80 * SECOND, () -> trace.add("min 2 s"));
    loop.at(3 * SECOND, () -> trace.add("fixed 3 s"));
    loop.every(Duration.ofSeconds(4), () -> trace.add("periodic 4 s"));
    loop.at(6 * SECOND, () -> trace.add("fixed 6 s"));
    loop.at(SECOND + 5_000, () -> trace.add("fixed 1 s + 5 µs"));
    loop.at(SECOND + 1_000, () -> trace.add("fixed 1 s + 1 µs"));
    postponed.set(loop, 5 * SECOND, () -> trace.add("never"));
    hastened.set(loop, 2 * SECOND, () -> trace.add("never"));
    loop.run(100 * SECOND, false);
    assertEquals(
        List.of(
            "fixed 1 s + 1 µs",
            "fixed 1 s + 5 µs",
            "min 2 s",
            "fixed 3 s",
            "periodic 4 s",
            "max 5 s",
            "fixed 6 s"),
        trace.take());
  }

  @Test
  void equalTimesExpireInTheOrderInWhichTheyWereSetToThem() {
    var early = new MaxTimer();
    var late = new MaxTimer();
    var min = new MinTimer();
    early.set(loop, 100, () -> trace.add("max set before"));
    late.set(loop, 50, () -> trace.add("max set after"));
    loop.at(100, () -> trace.add("fixed 1"));
    min.set(loop, 200, () -> trace.add("min"));
    loop.at(100, () -> trace.add("fixed 2"));
    min.set(loop, 100, () -> trace.add("never"));
    loop.at(100, () -> trace.add("fixed 3"));
    late.set(loop, 100, () -> trace.add("never"));
    early.set(loop, 100, () -> trace.add("never"));
    loop.run(1_000, false);
    assertEquals(
        List.of("max set before", "fixed 1", "fixed 2", "min", "fixed 3", "max set after"),
        trace.take());
  }

  /** What the model knows of a timer. */
  private static final class Expected {
    final String name;
    final long period;
    long at;
    long order;

    Expected(String name, long at, long order, long period) {
      this.name = name;
      this.at = at;
      this.order = order;
      this.period = period;
    }
  }

  /** A few timers of all kinds, and a list of what they should do. */
  private final class Model {
    private static final int MOVING = 8;

    final SplittableRandom random;
    final long spread;
    final MaxTimer[] max = new MaxTimer[MOVING];
    final MinTimer[] min = new MinTimer[MOVING];
    final Expected[] moving = new Expected[2 * MOVING];
    final List<Expected> live = new ArrayList<>();
    final List<Long> keys = new ArrayList<>();
    final List<Expected> keyed = new ArrayList<>();
    long order;

    Model(long seed, long spread) {
      random = new SplittableRandom(seed);
      this.spread = spread;
      for (int i = 0; i < MOVING; i++) {
        max[i] = new MaxTimer();
        min[i] = new MinTimer();
      }
    }

    private Expected expect(String name, long at, long period) {
      var expected = new Expected(name, Math.max(at, loop.now() + 1), order++, period);
      live.add(expected);
      return expected;
    }

    private long time() {
      return loop.now() + random.nextLong(-1, spread);
    }

    void fixed() {
      long at = time();
      String name = "fixed " + order;
      keyed.add(expect(name, at, 0));
      keys.add(loop.at(at, () -> trace.add(name)));
    }

    void periodic() {
      long period = random.nextLong(1, spread);
      String name = "periodic " + order;
      keyed.add(expect(name, loop.now() + period, period));
      keys.add(loop.every(Duration.ofNanos(period), () -> trace.add(name)));
    }

    void cancelFixed() {
      if (!keys.isEmpty()) {
        int i = random.nextInt(keys.size());
        assertEquals(live.remove(keyed.get(i)), loop.cancel(keys.get(i)));
        keys.remove(i);
        keyed.remove(i);
      }
    }

    void setMax() {
      int i = random.nextInt(MOVING);
      long at = time();
      Expected expected = moving[i];
      if (expected == null || !live.contains(expected)) {
        expected = expect("max " + i, at, 0);
        moving[i] = expected;
      } else if (at > expected.at) {
        expected.at = at;
        expected.order = order++;
      }
      max[i].set(loop, at, () -> trace.add("max " + i));
      assertEquals(expected.at, max[i].expiry());
    }

    void setMin() {
      int i = random.nextInt(MOVING);
      long at = time();
      Expected expected = moving[MOVING + i];
      if (expected == null || !live.contains(expected)) {
        expected = expect("min " + i, at, 0);
        moving[MOVING + i] = expected;
      } else if (Math.max(at, loop.now() + 1) < expected.at) {
        expected.at = Math.max(at, loop.now() + 1);
        expected.order = order++;
      }
      min[i].set(loop, at, () -> trace.add("min " + i));
      assertEquals(expected.at, min[i].expiry());
    }

    void cancelMoving() {
      int i = random.nextInt(2 * MOVING);
      boolean active = moving[i] != null && live.remove(moving[i]);
      assertEquals(active, i < MOVING ? max[i].cancel() : min[i - MOVING].cancel());
    }

    void advance(long to) {
      var due = new ArrayList<Expected>();
      for (Expected e : live) {
        if (e.at <= to) {
          due.add(e);
        }
      }
      due.sort(Comparator.comparingLong((Expected e) -> e.at).thenComparingLong(e -> e.order));
      for (Expected e : due) {
        if (e.period == 0) {
          live.remove(e);
        } else {
          e.at += ((to - e.at) / e.period + 1) * e.period;
        }
      }
      loop.run(to, false);
      assertEquals(due.stream().map(e -> e.name).toList(), trace.take());
    }

    void check() {
      long next = live.stream().mapToLong(e -> e.at).min().orElse(Long.MAX_VALUE);
      assertEquals(next, loop.nextExpiry());
      assertEquals(live.size(), loop.timers.size());
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {3, 50, 1_000_000, 60 * SECOND, 1_000_000 * SECOND})
  void allKindsTogetherBehaveLikeASortedList(long spread) {
    long seed = 20261102 + spread;
    System.out.println("TimerKindsTest seed " + seed);
    var model = new Model(seed, spread);
    for (int i = 0; i < STEPS; i++) {
      switch (model.random.nextInt(10)) {
        case 0 -> model.fixed();
        case 1 -> model.cancelFixed();
        case 2, 3 -> model.setMax();
        case 4, 5 -> model.setMin();
        case 6 -> model.cancelMoving();
        case 7 -> model.advance(loop.now() + model.random.nextLong(spread));
        case 8 -> model.check();
        default -> {
          if (model.live.size() < 40) {
            model.periodic();
          } else {
            model.cancelFixed();
          }
        }
      }
    }
    model.advance(loop.now() + 10 * spread);
    model.check();
  }
}
