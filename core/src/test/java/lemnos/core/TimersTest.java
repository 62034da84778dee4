package lemnos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The timers against a model, and as a loop uses them. PARITY-stakker.md 2.7. */
final class TimersTest {
  /** More with {@code -Dlemnos.timers.steps=2000000}, which takes minutes. */
  private static final int STEPS = Integer.getInteger("lemnos.timers.steps", 150_000);

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
    final Bells bells = new Bells(0);
    final Timers timers = bells.timers;
    final TreeMap<Armed, Integer> expected = new TreeMap<>();
    final Map<Long, Armed> live = new HashMap<>();
    final Map<Armed, Long> keys = new HashMap<>();
    final List<Long> everyKey = new ArrayList<>();
    long now;
    int armed;

    Model(long seed, long spread) {
      this.random = new SplittableRandom(seed);
      this.spread = spread;
    }

    void add() {
      long at = random.nextInt(50) == 0 ? Long.MAX_VALUE : now + random.nextLong(1, spread + 1);
      long key = bells.add(at);
      var entry = new Armed(at, armed);
      assertNotEquals(0, key);
      assertNull(live.put(key, entry), "the key of a live timer came twice");
      keys.put(entry, key);
      expected.put(entry, armed++);
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
      assertEquals(entry != null, bells.cancel(key), "whether the key's timer is armed");
      if (entry != null) {
        expected.remove(entry);
        keys.remove(entry);
      }
    }

    void advance() {
      advanceTo(now + random.nextLong(Math.max(1, spread / 4)));
    }

    void advanceTo(long time) {
      now = time;
      var due = expected.headMap(new Armed(now, Long.MAX_VALUE));
      assertEquals(List.copyOf(due.values()), bells.due(now));
      due.keySet().forEach(timer -> live.remove(keys.remove(timer)));
      due.clear();
    }

    void trim() {
      timers.trim();
      check();
    }

    void check() {
      assertEquals(expected.size(), timers.size());
      long next = expected.isEmpty() ? Long.MAX_VALUE : expected.firstKey().at();
      assertEquals(next, timers.nextExpiry());
    }
  }

  @ParameterizedTest
  @ValueSource(
      longs = {
        1,
        20,
        1_000,
        1_000_000,
        60_000_000_000L,
        3_600_000_000_000L,
        Long.MAX_VALUE / 4_000_000
      })
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
        case 6 -> model.check();
        default -> {
          switch (wave) {
            case 0 -> model.add();
            case 1 -> model.cancelRecent();
            default -> model.cancelAny();
          }
        }
      }
      if (i % 10_000 == 0) {
        model.trim();
      }
    }
    model.check();
    model.advanceTo(Long.MAX_VALUE - spread);
    model.advanceTo(Long.MAX_VALUE);
    assertEquals(0, model.timers.size());
    assertEquals(Long.MAX_VALUE, model.timers.nextExpiry());
  }

  @Test
  void equalTimesFireInTheOrderOfArmingAcrossTheWholeHeap() {
    var bells = new Bells(0);
    for (int i = 0; i < 10_000; i++) {
      bells.add(7);
    }
    assertEquals(IntStream.range(0, 10_000).boxed().toList(), bells.due(7));
  }

  @Test
  void timesFromTheFirstToTheLastThatALongCanHold() {
    var bells = new Bells(Long.MIN_VALUE);
    var times = new TreeSet<Long>(List.of(Long.MIN_VALUE + 1, -1L, 0L, 1L, Long.MAX_VALUE - 1));
    for (int bit = 0; bit < 63; bit++) {
      times.addAll(List.of(1L << bit, (1L << bit) - 1, -(1L << bit), -(1L << bit) - 1));
    }
    times.remove(Long.MIN_VALUE);
    times.remove(Long.MAX_VALUE);
    var shuffled = new ArrayList<>(times);
    Collections.shuffle(shuffled, new Random(1));
    shuffled.forEach(bells::add);
    for (long time : times) {
      assertEquals(time, bells.timers.nextExpiry());
      assertEquals(List.of(), bells.due(time - 1));
      assertEquals(List.of(shuffled.indexOf(time)), bells.due(time));
    }
    assertEquals(0, bells.timers.size());
  }

  @Test
  void aFarTimerThatWasLookedForDoesNotMakeNearerOnesLate() {
    var bells = new Bells(0);
    bells.add(3_600_000_000_000L);
    assertEquals(3_600_000_000_000L, bells.timers.nextExpiry());
    var nearer = new TreeMap<Long, Integer>();
    var random = new SplittableRandom(7);
    while (nearer.size() < 10_000) {
      long at = random.nextLong(60_000_000_000L);
      if (!nearer.containsKey(at)) {
        nearer.put(at, nearer.size() + 1);
        bells.add(at);
        assertEquals(nearer.firstKey(), bells.timers.nextExpiry());
      }
    }
    for (var entry : nearer.entrySet()) {
      assertEquals(entry.getKey(), bells.timers.nextExpiry());
      assertEquals(List.of(entry.getValue()), bells.due(entry.getKey()));
    }
    assertEquals(List.of(0), bells.due(3_600_000_000_000L));
  }

  @Test
  void aMillionTimersArmedAndCancelledLeaveNothingBehind() {
    var bells = new Bells(0);
    Timers timers = bells.timers;
    var random = new SplittableRandom(1);
    var keys = new long[1_000_000];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = bells.add(random.nextLong(60_000_000_000L));
    }
    bells.cancel(keys[500_000]);
    var reference = new ArrayList<WeakReference<Object>>();
    keys[500_000] = addNew(timers, reference);
    for (long key : keys) {
      assertTrue(bells.cancel(key));
    }
    assertEquals(0, timers.size());
    assertTrue(timers.entries() < 100, () -> timers.entries() + " stale entries");
    timers.trim();
    assertEquals(16, timers.capacity());
    System.gc();
    assertNull(reference.getFirst().get());
    for (int i = 0; i < 1_000; i++) {
      bells.add(1);
    }
    for (long key : keys) {
      assertFalse(bells.cancel(key), "a key from before cancelled a new timer");
    }
    assertEquals(1_000, timers.size());
  }

  private static long addNew(Timers timers, List<WeakReference<Object>> references) {
    var argument = new Object();
    references.add(new WeakReference<>(argument));
    Runnable code = () -> assertNotNull(argument);
    return timers.add(1, CallQueue.HOST, null, code, null, null);
  }

  @Test
  void staleEntriesAreAtMostTwiceAsManyAsLiveOnes() {
    var bells = new Bells(0);
    for (int i = 0; i < 1_000; i++) {
      bells.add(60_000_000_000L);
    }
    for (int i = 0; i < 1_000_000; i++) {
      bells.cancel(bells.add(60_000_000_000L + i));
      assertTrue(bells.timers.entries() <= 3_200);
    }
    assertTrue(bells.timers.capacity() <= 2_048);
  }

  @Test
  void theKeyOfAFiredTimerStaysStaleWhenItsSlotIsUsedAgain() {
    var bells = new Bells(0);
    long first = bells.add(1);
    bells.due(1);
    long second = bells.add(2);
    assertNotEquals(first, second);
    assertFalse(bells.cancel(first));
    assertTrue(bells.cancel(second));
    assertFalse(bells.cancel(second));
    assertEquals(List.of(), bells.due(2));
  }

  @Test
  void noKeyThatWasNeverGivenOutCancelsAnything() {
    var bells = new Bells(0);
    bells.cancel(bells.add(1)); // its slot is free again, and the next one takes it
    long key = bells.add(1);
    for (long wrong :
        new long[] {0, -1, 1, Long.MIN_VALUE, Long.MAX_VALUE, key + 1, key + (1L << 32)}) {
      assertFalse(bells.cancel(wrong), () -> Long.toHexString(wrong));
    }
    assertTrue(bells.cancel(key));
    for (long wrong : new long[] {0, 1, key}) {
      assertFalse(bells.cancel(wrong), () -> Long.toHexString(wrong));
    }
  }

  @Test
  void cancellingNearlyEverythingLeavesTheRestInOrder() {
    var bells = new Bells(0);
    var kept = new ArrayList<Integer>();
    var keys = new ArrayList<Long>();
    for (int i = 0; i < 100_000; i++) {
      long key = bells.add(i / 3);
      if (i % 997 == 0) {
        kept.add(i);
      } else {
        keys.add(key);
      }
    }
    keys.forEach(key -> assertTrue(bells.cancel(key)));
    assertEquals(kept.size(), bells.timers.size());
    assertEquals(kept, bells.due(Long.MAX_VALUE - 1));
    assertEquals(List.of(), bells.due(Long.MAX_VALUE));
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
    loop.at(1, () -> trace.add("host"));
    loop.at(2, probe, p -> p.say("0"));
    loop.at(3, probe, Probe::say, "1");
    loop.at(4, probe, (p, a, b) -> p.say(a + b), "2", "a");
    loop.at(5, probe, (p, a, b, c) -> p.say(a + b + c), "3", "a", "b");
    loop.at(6, probe, (p, a, b, c, d) -> p.say(a + b + c + d), "4", "a", "b", "c");
    loop.after(Duration.ofNanos(7), () -> trace.add("host"));
    loop.after(Duration.ofNanos(8), probe, p -> p.say("0"));
    loop.after(Duration.ofNanos(9), probe, Probe::say, "1");
    loop.after(Duration.ofNanos(10), probe, (p, a, b) -> p.say(a + b), "2", "a");
    loop.after(Duration.ofNanos(11), probe, (p, a, b, c) -> p.say(a + b + c), "3", "a", "b");
    loop.after(
        Duration.ofNanos(12), probe, (p, a, b, c, d) -> p.say(a + b + c + d), "4", "a", "b", "c");
    var expected = List.of("host", "p 0", "p 1", "p 2a", "p 3ab", "p 4abc");
    loop.run(6, false);
    assertEquals(expected, trace.take());
    loop.run(12, false);
    assertEquals(expected, trace.take());
  }

  @Test
  void aHandleInATimerMovesToItAndEndsWhenThatIsCancelled() {
    Actor<Probe> probe = Probe.start(loop, trace, "p").actor();
    long key = loop.at(10, probe, Probe::answer, trace.ret(loop, "cancelled"));
    loop.at(20, probe, Probe::answer, trace.ret(loop, "expired"));
    loop.at(30, probe, (p, a, ret) -> p.answer(ret), "a", trace.<String>ret(loop, "closed"));
    assertTrue(loop.cancel(key));
    assertEquals(List.of("cancelled = null"), trace.take());
    loop.run(20, false);
    assertEquals(List.of("expired = p"), trace.take());
    loop.close();
    assertEquals("closed = null", trace.take().getFirst());
  }

  @Test
  void theTimerOfAnActorThatHasEndedIsDiscardedWhenItExpires() {
    Actor<Probe> probe = Probe.start(loop, trace, "p").actor();
    loop.at(10, probe, Probe::answer, trace.ret(loop, "r"));
    probe.call(Probe::stop);
    loop.run(9, false);
    assertEquals(List.of("p closed", "p ended = Actor stopped"), trace.take());
    assertEquals(10, loop.nextExpiry());
    loop.run(10, false);
    assertEquals(List.of("r = null"), trace.take());
  }

  @Test
  void queuedCallsRunBeforeExpiredTimers() {
    loop.at(10, () -> trace.add("timer"));
    loop.execute(() -> trace.add("call"));
    loop.run(10, false);
    assertEquals(List.of("call", "timer"), trace.take());
  }

  @Test
  void onAClosedLoopNothingIsArmed() {
    loop.close();
    assertEquals(0, loop.at(10, () -> trace.add("never")));
    assertEquals(Long.MAX_VALUE, loop.nextExpiry());
  }
}
