package lemnos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Timers that expire again and again, which Stakker lacks. PARITY-stakker.md B16. */
final class PeriodicTest {
  private static final Duration TEN = Duration.ofNanos(10);

  private final Trace trace = new Trace();
  private final Loop loop = new Loop(0);

  private void noteNow() {
    trace.add("at " + loop.now());
  }

  @Test
  void itExpiresOnAGridWithoutDrift() {
    loop.run(3, false);
    loop.every(TEN, this::noteNow);
    for (long now : new long[] {12, 13, 15, 22, 24, 33}) {
      loop.run(now, false);
    }
    assertEquals(List.of("at 13", "at 24", "at 33"), trace.take());
    assertEquals(43, loop.nextExpiry());
  }

  @Test
  void missedPeriodsAreOneCallAndTheNextIsOnTheGrid() {
    loop.every(TEN, this::noteNow);
    loop.run(57, false);
    assertEquals(List.of("at 57"), trace.take());
    assertEquals(60, loop.nextExpiry());
    loop.run(80, false);
    assertEquals(List.of("at 80"), trace.take());
    assertEquals(90, loop.nextExpiry());
  }

  @Test
  void itsKeyCancelsItAtAnyTime() {
    long key = loop.every(TEN, this::noteNow);
    loop.run(10, false);
    loop.run(20, false);
    assertTrue(loop.cancel(key));
    assertFalse(loop.cancel(key));
    loop.run(1_000, false);
    assertEquals(List.of("at 10", "at 20"), trace.take());
    assertEquals(Long.MAX_VALUE, loop.nextExpiry());
  }

  @Test
  void itMayCancelItself() {
    var key = new long[1];
    key[0] =
        loop.every(
            TEN,
            () -> {
              noteNow();
              assertTrue(loop.cancel(key[0]));
            });
    loop.run(10, false);
    loop.run(20, false);
    assertEquals(List.of("at 10"), trace.take());
  }

  @Test
  void itEndsWithItsActor() {
    ActorOwn<Probe> probe = Probe.start(loop, trace, "p");
    long key = loop.every(TEN, probe.actor(), Probe::say, "tick");
    loop.run(10, false);
    loop.run(20, false);
    probe.call(Probe::stop);
    loop.run(29, false);
    assertEquals(List.of("p tick", "p tick", "p closed", "p ended = Actor stopped"), trace.take());
    loop.run(30, false);
    assertEquals(Long.MAX_VALUE, loop.nextExpiry());
    assertEquals(0, loop.timers.size());
    assertFalse(loop.cancel(key));
  }

  @Test
  void itCallsABehaviourWithoutArguments() {
    Actor<Probe> probe = Probe.start(loop, trace, "p").actor();
    loop.every(TEN, probe, Probe::stop);
    loop.run(10, false);
    assertEquals(List.of("p closed", "p ended = Actor stopped"), trace.take());
  }

  @Test
  void amongEqualTimesItsPlaceIsThatOfItsFirstArming() {
    loop.at(20, () -> trace.add("before"));
    loop.every(TEN, () -> trace.add("periodic"));
    loop.at(20, () -> trace.add("after"));
    loop.run(10, false);
    loop.run(20, false);
    assertEquals(List.of("periodic", "before", "periodic", "after"), trace.take());
  }

  @Test
  void periodsThatAreNotPositiveAndHandlesAreRefused() {
    Actor<Probe> probe = Probe.start(loop, trace, "p").actor();
    for (Duration period : List.of(Duration.ZERO, Duration.ofSeconds(-1))) {
      assertThrows(IllegalArgumentException.class, () -> loop.every(period, this::noteNow));
    }
    Ret<String> ret = trace.ret(loop, "r");
    var e =
        assertThrows(
            IllegalArgumentException.class, () -> loop.every(TEN, probe, Probe::answer, ret));
    assertEquals(ret + " can be used once only, but this timer expires many times", e.getMessage());
    assertEquals(0, loop.timers.size());
  }

  @Test
  void aPeriodTooLongForALongNeverEnds() {
    loop.run(100, false);
    loop.every(Duration.ofSeconds(Long.MAX_VALUE), this::noteNow);
    assertEquals(Long.MAX_VALUE, loop.nextExpiry());
    long key = loop.every(Duration.ofNanos(Long.MAX_VALUE / 2 + 1), this::noteNow);
    loop.run(Long.MAX_VALUE - 1, false);
    assertEquals(List.of("at " + (Long.MAX_VALUE - 1)), trace.take());
    assertEquals(Long.MAX_VALUE, loop.nextExpiry());
    assertTrue(loop.cancel(key));
  }

  @Test
  void closingTheLoopEndsIt() {
    long key = loop.every(TEN, this::noteNow);
    loop.close();
    assertFalse(loop.cancel(key));
    assertEquals(List.of(), trace.take());
  }
}
