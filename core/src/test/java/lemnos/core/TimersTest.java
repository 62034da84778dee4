package lemnos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The timers against a model, and as a loop uses them. PARITY-stakker.md 2.7. */
final class TimersTest {
  private static final int STEPS = 200_000;

  private static Call call() {
    return new Call(CallQueue.HOST, null, (Runnable) () -> {});
  }

  private record Armed(long at, long order) implements Comparable<Armed> {
    @Override
    public int compareTo(Armed other) {
      return at == other.at ? Long.compare(order, other.order) : Long.compare(at, other.at);
    }
  }

  /** Timers and their model, to which the same happens. */
  private static final class Model {
    final SplittableRandom random;
    final long spread;
    final Timers timers = new Timers();
    final TreeMap<Armed, Call> expected = new TreeMap<>();
    final Map<Long, Armed> live = new HashMap<>();
    final Map<Armed, Long> keys = new HashMap<>();
    final List<Long> everyKey = new ArrayList<>();
    long now;
    long armed;

    Model(long seed, long spread) {
      this.random = new SplittableRandom(seed);
      this.spread = spread;
    }

    void add() {
      long at = random.nextInt(50) == 0 ? Long.MAX_VALUE : now + random.nextLong(1, spread + 1);
      Call call = call();
      long key = timers.add(at, call);
      var entry = new Armed(at, armed++);
      assertNotEquals(0, key);
      assertNull(live.put(key, entry), "the key of a live timer came twice");
      keys.put(entry, key);
      expected.put(entry, call);
      everyKey.add(key);
    }

    /** Cancels any key ever given out: most are stale. */
    void cancelAny() {
      if (!everyKey.isEmpty()) {
        cancel(everyKey.get(random.nextInt(everyKey.size())));
      }
    }

    void cancelRecent() {
      int n = everyKey.size();
      if (n > 0) {
        cancel(everyKey.get(n - 1 - random.nextInt(Math.min(n, 100))));
      }
    }

    private void cancel(long key) {
      Armed entry = live.remove(key);
      Call call = timers.cancel(key);
      if (entry == null) {
        assertNull(call, "a stale key cancelled something");
      } else {
        assertSame(expected.remove(entry), call);
        keys.remove(entry);
      }
    }

    void advance() {
      now += random.nextLong(Math.max(1, spread / 4));
      while (!expected.isEmpty() && expected.firstKey().at() <= now) {
        Armed first = expected.firstKey();
        assertSame(expected.remove(first), timers.takeDue(now));
        live.remove(keys.remove(first));
      }
      assertNull(timers.takeDue(now), "a timer fired early");
    }

    void check() {
      assertEquals(expected.size(), timers.size());
      long next = expected.isEmpty() ? Long.MAX_VALUE : expected.firstKey().at();
      assertEquals(next, timers.nextExpiry());
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 20, 1_000, 1_000_000, 3_600_000_000_000L, Long.MAX_VALUE / 4_000_000})
  void timersBehaveLikeASortedMap(long spread) {
    long seed = 20261101 + spread;
    System.out.println("TimersTest seed " + seed);
    var model = new Model(seed, spread);
    for (int i = 0; i < STEPS; i++) {
      // Waves: mostly arming, then mostly cancelling (which compacts), then mostly expiring.
      int wave = i / 5_000 % 3;
      switch (model.random.nextInt(10)) {
        case 0, 1, 2 -> model.add();
        case 3 -> model.cancelAny();
        case 4 -> model.cancelRecent();
        case 5 -> model.advance();
        default -> {
          switch (wave) {
            case 0 -> model.add();
            case 1 -> model.cancelRecent();
            default -> model.cancelAny();
          }
        }
      }
      model.check();
    }
    model.now = Long.MAX_VALUE - spread;
    model.advance();
    model.now = Long.MAX_VALUE;
    while (!model.expected.isEmpty()) {
      assertSame(model.expected.pollFirstEntry().getValue(), model.timers.takeDue(Long.MAX_VALUE));
    }
    assertEquals(0, model.timers.size());
    assertEquals(Long.MAX_VALUE, model.timers.nextExpiry());
  }

  @Test
  void equalTimesFireInTheOrderOfArmingAcrossTheWholeHeap() {
    var timers = new Timers();
    var calls = new ArrayList<Call>();
    for (int i = 0; i < 10_000; i++) {
      calls.add(call());
      timers.add(7, calls.get(i));
    }
    for (Call call : calls) {
      assertSame(call, timers.takeDue(7));
    }
  }

  @Test
  void theKeyOfAFiredTimerStaysStaleWhenItsSlotIsUsedAgain() {
    var timers = new Timers();
    long first = timers.add(1, call());
    timers.takeDue(1);
    Call second = call();
    long secondKey = timers.add(2, second);
    assertNotEquals(first, secondKey);
    assertNull(timers.cancel(first));
    assertSame(second, timers.cancel(secondKey));
    assertNull(timers.cancel(secondKey));
  }

  @Test
  void noKeyThatWasNeverGivenOutCancelsAnything() {
    var timers = new Timers();
    Call call = call();
    long key = timers.add(1, call);
    for (long wrong :
        new long[] {0, -1, Long.MIN_VALUE, Long.MAX_VALUE, key + 1, key + (1L << 32)}) {
      assertNull(timers.cancel(wrong));
    }
    assertSame(call, timers.cancel(key));
  }

  @Test
  void cancellingNearlyEverythingLeavesTheRestInOrder() {
    var timers = new Timers();
    var kept = new ArrayList<Call>();
    var keys = new ArrayList<Long>();
    for (int i = 0; i < 100_000; i++) {
      Call call = call();
      long key = timers.add(i / 3, call);
      if (i % 997 == 0) {
        kept.add(call);
      } else {
        keys.add(key);
      }
    }
    keys.forEach(key -> assertNotNull(timers.cancel(key)));
    assertEquals(kept.size(), timers.size());
    for (Call call : kept) {
      assertSame(call, timers.takeDue(Long.MAX_VALUE - 1));
    }
    assertNull(timers.takeDue(Long.MAX_VALUE));
  }

  // As a loop uses them

  private final Trace trace = new Trace();
  private final Loop loop = new Loop(0);

  @Test
  void aTimerAtOrBeforeNowFiresAtTheNextInstant() {
    loop.run(100, false);
    loop.at(100, () -> trace.add("at now"));
    loop.at(5, () -> trace.add("in the past"));
    loop.after(Duration.ZERO, () -> trace.add("after nothing"));
    loop.after(Duration.ofSeconds(-5), () -> trace.add("after less"));
    loop.run(100, false);
    assertEquals(List.of(), trace.take());
    assertEquals(1, loop.nextWait(100, 1000, false));
    loop.run(101, false);
    assertEquals(List.of("at now", "in the past", "after nothing", "after less"), trace.take());
  }

  @Test
  void aLoopInVirtualTimeAlwaysAdvances() {
    rearm(1_000);
    long now = 0;
    for (int i = 0; i < 1_000; i++) {
      long wait = loop.nextWait(now, Long.MAX_VALUE, false);
      assertTrue(wait > 0);
      now += wait;
      loop.run(now, false);
    }
    assertEquals(1_000, trace.take().size());
    assertEquals(Long.MAX_VALUE, loop.nextExpiry());
  }

  private void rearm(int times) {
    loop.after(
        Duration.ZERO,
        () -> {
          trace.add("fired");
          if (times > 1) {
            rearm(times - 1);
          }
        });
  }

  @Test
  void timersFireInOrderNeverEarlyAndAtTheirVeryTimeInVirtualTime() {
    long seed = 42;
    System.out.println("TimersTest seed " + seed);
    var random = new SplittableRandom(seed);
    var fired = new long[1];
    for (int i = 0; i < 100; i++) {
      armRandomly(random, fired);
    }
    while (fired[0] < 50_000) {
      loop.run(loop.now() + loop.nextWait(loop.now(), Long.MAX_VALUE, false), false);
    }
  }

  private void armRandomly(SplittableRandom random, long[] fired) {
    long armedAt = loop.now();
    long delay = random.nextLong(1_000);
    loop.after(
        Duration.ofNanos(delay),
        () -> {
          assertEquals(armedAt + Math.max(1, delay), loop.now());
          fired[0]++;
          armRandomly(random, fired);
        });
  }

  @Test
  void jumpingPastManyExpiriesFiresThemInTheOrderOfTheirTimes() {
    loop.at(30, () -> trace.add("30"));
    loop.at(10, () -> trace.add("10"));
    loop.at(20, () -> trace.add("20 first"));
    loop.at(20, () -> trace.add("20 second"));
    loop.run(1_000, false);
    assertEquals(List.of("10", "20 first", "20 second", "30"), trace.take());
  }

  @Test
  void aTimerArmedByATimerWaitsForTimeToAdvance() {
    loop.at(10, () -> loop.at(10, () -> trace.add("second at " + loop.now())));
    loop.run(1_000, false);
    assertEquals(List.of(), trace.take());
    loop.run(1_001, false);
    assertEquals(List.of("second at 1001"), trace.take());
  }

  @Test
  void delaysTooLongForALongNeverEnd() {
    loop.run(100, false);
    loop.after(Duration.ofSeconds(Long.MAX_VALUE), () -> trace.add("too early"));
    loop.after(Duration.ofNanos(Long.MAX_VALUE), () -> trace.add("too early"));
    loop.after(Duration.ofSeconds(Long.MIN_VALUE), () -> trace.add("long ago"));
    assertEquals(101, loop.nextExpiry());
    loop.run(101, false);
    assertEquals(List.of("long ago"), trace.take());
    assertEquals(Long.MAX_VALUE, loop.nextExpiry());
    assertEquals(5, loop.nextWait(101, 5, false));
    loop.run(Long.MAX_VALUE - 1, false);
    assertEquals(List.of(), trace.take());
  }

  @Test
  void cancellingTellsWhetherTheTimerWasArmed() {
    long key = loop.at(10, () -> trace.add("never"));
    assertTrue(loop.cancel(key));
    assertFalse(loop.cancel(key));
    assertFalse(loop.cancel(0));
    long fired = loop.at(20, () -> trace.add("fired"));
    loop.run(20, false);
    assertFalse(loop.cancel(fired));
    assertEquals(List.of("fired"), trace.take());
  }

  @Test
  void everyFormOfTimerQueuesItsCall() {
    Actor<Probe> probe = Probe.start(loop, trace, "p").actor();
    loop.at(1, probe, Probe::say, "one");
    loop.at(2, probe, (p, a, b) -> p.say(a + b), "tw", "o");
    loop.after(Duration.ofNanos(3), probe, Probe::say, "three");
    loop.after(Duration.ofNanos(4), probe, (p, a, b) -> p.say(a + b), "fo", "ur");
    loop.after(Duration.ofNanos(5), probe, Probe::stop);
    loop.at(6, probe, Probe::stop);
    loop.run(6, false);
    assertEquals(
        List.of("p one", "p two", "p three", "p four", "p closed", "p ended = Actor stopped"),
        trace.take());
  }
}
