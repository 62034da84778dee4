package lemnos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Timers that expire at the earliest of their times. PARITY-stakker.md T5, T6. */
final class MinTimerTest {
  private static final long SECOND = 1_000_000_000L;

  private final Trace trace = new Trace();
  private final Loop loop = new Loop(0);
  private final MinTimer timer = new MinTimer();

  private void set(long nanos) {
    timer.set(loop, nanos, () -> trace.add("expired at " + loop.now()));
  }

  /** Runs in virtual time: the loop sees every expiry. */
  private void runUntil(long end) {
    while (loop.nextExpiry() <= end) {
      loop.run(loop.nextExpiry(), false);
    }
    loop.run(end, false);
  }

  @Test
  void theEarliestTimeWins() {
    set(30);
    set(10);
    set(20);
    assertEquals(10, timer.expiry());
    assertEquals(10, loop.nextExpiry());
    runUntil(100);
    assertEquals(List.of("expired at 10"), trace.take());
  }

  @Test
  void anEstimateMayImproveInManySteps() {
    long at = 1_000 * SECOND;
    set(at);
    for (int i = 0; i < 1_000; i++) {
      at -= SECOND / 2;
      set(at);
      assertEquals(at, timer.expiry());
      if (i % 10 == 0) {
        assertEquals(at, loop.nextExpiry());
      }
    }
    runUntil(2_000 * SECOND);
    assertEquals(List.of("expired at 500000000000"), trace.take());
  }

  @Test
  void itIsArmedAheadOfItsTimeSoThatSmallStepsMoveNothing() {
    set(100 * SECOND);
    for (int i = 0; i < 25_000; i++) {
      set(100 * SECOND - i * 1_000_000L);
    }
    assertEquals(1, loop.timers.entries());
    set(60 * SECOND);
    assertEquals(2, loop.timers.entries());
    runUntil(200 * SECOND);
    assertEquals(List.of("expired at 60000000000"), trace.take());
  }

  @Test
  void aTimeThatHasPassedMeansTheNextInstant() {
    loop.run(100, false);
    set(1_000);
    set(50);
    assertEquals(101, timer.expiry());
    runUntil(200);
    assertEquals(List.of("expired at 101"), trace.take());
  }

  @Test
  void itIsInactiveUntilSetAndAfterItHasExpired() {
    assertFalse(timer.isActive());
    assertEquals(Long.MAX_VALUE, timer.expiry());
    set(10);
    assertTrue(timer.isActive());
    runUntil(10);
    assertFalse(timer.isActive());
    assertEquals(Long.MAX_VALUE, timer.expiry());
    set(5);
    assertEquals(11, timer.expiry());
    runUntil(20);
    assertEquals(List.of("expired at 10", "expired at 11"), trace.take());
  }

  @Test
  void whatItCallsIsSettledWhenItBecomesActive() {
    timer.set(loop, 20, () -> trace.add("first"));
    timer.set(loop, 10, () -> trace.add("second"));
    runUntil(20);
    timer.set(loop, 30, () -> trace.add("third"));
    runUntil(30);
    assertEquals(List.of("first", "third"), trace.take());
  }

  @Test
  void cancellingTellsWhetherItWasActive() {
    assertFalse(timer.cancel());
    set(20);
    set(10);
    assertTrue(timer.cancel());
    assertFalse(timer.cancel());
    assertFalse(timer.isActive());
    assertEquals(Long.MAX_VALUE, loop.nextExpiry());
    runUntil(100);
    assertEquals(List.of(), trace.take());
    set(150);
    runUntil(200);
    assertEquals(List.of("expired at 150"), trace.take());
  }

  @Test
  void itCallsBehavioursWithAFixedArgument() {
    Actor<Probe> probe = Probe.start(loop, trace, "p").actor();
    timer.set(loop, 10, probe, Probe::say, "one");
    timer.set(loop, 20, probe, Probe::say, "two");
    runUntil(20);
    timer.set(loop, 30, probe, Probe::say, "three");
    runUntil(30);
    timer.set(loop, 40, probe, Probe::stop);
    runUntil(40);
    assertEquals(List.of("p one", "p three", "p closed", "p ended = Actor stopped"), trace.take());
  }

  @Test
  void aHandleIsRefusedAndStaysWithTheCaller() {
    Actor<Probe> probe = Probe.start(loop, trace, "p").actor();
    Ret<String> ret = trace.ret(loop, "r");
    var e =
        assertThrows(
            IllegalArgumentException.class, () -> timer.set(loop, 10, probe, Probe::answer, ret));
    assertEquals(
        ret + " can be used once only, but this timer may be set many times", e.getMessage());
    assertFalse(timer.isActive());
    assertEquals(List.of(), trace.take());
    ret.ret("still mine");
    assertEquals(List.of("r = still mine"), trace.take());
  }

  @Test
  void itBelongsToOneLoopAtATime() {
    var other = new Loop(0);
    set(10);
    assertThrows(IllegalStateException.class, () -> timer.set(other, 10, () -> {}));
    timer.cancel();
    timer.set(other, 10, () -> trace.add("other"));
    other.run(10, false);
    assertEquals(List.of("other"), trace.take());
  }

  @Test
  void aClosedLoopDeactivatesIt() {
    set(10);
    loop.close();
    assertFalse(timer.isActive());
    assertFalse(timer.cancel());
    set(20);
    assertFalse(timer.isActive());
  }
}
