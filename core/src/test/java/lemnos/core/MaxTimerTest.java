package lemnos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Timers that expire at the latest of their times. PARITY-stakker.md T4, T6, T11. */
final class MaxTimerTest {
  private static final long SECOND = 1_000_000_000L;

  private final Trace trace = new Trace();
  private final Loop loop = new Loop(0);
  private final MaxTimer timer = new MaxTimer();

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
  void theLatestTimeWins() {
    set(10);
    set(30);
    set(20);
    assertEquals(30, timer.expiry());
    assertEquals(30, loop.nextExpiry());
    runUntil(100);
    assertEquals(List.of("expired at 30"), trace.take());
  }

  @Test
  void itMayBePostponedForEver() {
    for (long now = 0; now < 1_000 * SECOND; now += SECOND / 2) {
      loop.run(now, false);
      set(now + SECOND);
      assertEquals(now + SECOND, timer.expiry());
    }
    assertEquals(List.of(), trace.take());
    runUntil(2_000 * SECOND);
    assertEquals(List.of("expired at 1000500000000"), trace.take());
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
    timer.set(loop, 10, () -> trace.add("first"));
    timer.set(loop, 20, () -> trace.add("second"));
    runUntil(20);
    timer.set(loop, 30, () -> trace.add("third"));
    runUntil(30);
    assertEquals(List.of("first", "third"), trace.take());
  }

  @Test
  void cancellingTellsWhetherItWasActive() {
    assertFalse(timer.cancel());
    set(10);
    set(20);
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
  void aFieldOfAnActorActsInAGapOfActivity() {
    ActorOwn<Conn> conn = loop.actor(Conn::new, trace, Ret.nop());
    for (long now : new long[] {1, 2, 3, 7, 8, 20}) {
      runUntil(now * SECOND);
      conn.call(Conn::received);
      loop.run(now * SECOND, false);
    }
    runUntil(100 * SECOND);
    assertEquals(List.of("idle at 6", "idle at 11", "idle at 23"), trace.take());
  }

  private static final class Conn {
    private final Cx<Conn> cx;
    private final Trace trace;
    private final MaxTimer idle = new MaxTimer();

    Conn(Cx<Conn> cx, Trace trace) {
      this.cx = cx;
      this.trace = trace;
    }

    void received() {
      idle.set(cx, cx.now() + 3 * SECOND, cx.self(), Conn::idle);
    }

    void idle() {
      trace.add("idle at " + cx.now() / SECOND);
    }
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

  @Test
  void itStaysOneTimerHoweverOftenItIsSet() {
    set(SECOND);
    for (int i = 0; i < 100_000; i++) {
      set(SECOND + i);
    }
    assertEquals(1, loop.timers.entries());
  }
}
