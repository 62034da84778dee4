package lemnos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The order in which a loop runs main, lazy and idle calls and timers. PARITY-stakker.md 2.1. */
final class LoopOrderTest {
  private static final long SECOND = 1_000_000_000L;

  private final Trace trace = new Trace();
  private final Loop loop = new Loop(0);

  private void noteNow(String what) {
    trace.add(what + " at " + loop.now());
  }

  @Test
  void queuedCallsRunBeforeTimersAndLazyOnesInWholeBatches() {
    loop.after(Duration.ofSeconds(1), () -> trace.add("timer"));
    loop.lazy(
        () -> {
          trace.add("lazy1");
          loop.execute(() -> trace.add("main-from-lazy1"));
          loop.lazy(() -> trace.add("lazy-from-lazy1"));
        });
    loop.lazy(() -> trace.add("lazy2"));
    loop.execute(
        () -> {
          trace.add("main1");
          loop.execute(() -> trace.add("main-from-main1"));
        });
    loop.execute(() -> trace.add("main2"));
    assertFalse(loop.run(SECOND, false));
    assertEquals(
        List.of(
            "main1",
            "main2",
            "timer",
            "main-from-main1",
            "lazy1",
            "lazy2",
            "main-from-lazy1",
            "lazy-from-lazy1"),
        trace.take());
  }

  @Test
  void aLazyBatchWaitsUntilMainIsExhausted() {
    loop.lazy(() -> trace.add("lazy"));
    loop.execute(() -> countDown(3));
    loop.run(1, false);
    assertEquals(List.of("main 3", "main 2", "main 1", "lazy"), trace.take());
  }

  private void countDown(int n) {
    trace.add("main " + n);
    if (n > 1) {
      loop.execute(() -> countDown(n - 1));
    }
  }

  @Test
  void anIdleCallRunsFirstAndSeesTheOldTime() {
    loop.run(10, false);
    loop.at(20, () -> noteNow("timer"));
    loop.execute(() -> noteNow("main"));
    loop.idle(() -> noteNow("idle"));
    assertFalse(loop.run(30, true));
    assertEquals(List.of("idle at 10", "main at 30", "timer at 30"), trace.take());
  }

  @Test
  void oneIdleCallRunsInARunAndTheResultTellsWhetherMoreWait() {
    loop.idle(() -> trace.add("idle1"));
    loop.idle(() -> trace.add("idle2"));
    assertTrue(loop.run(1, false));
    assertEquals(List.of(), trace.take());
    assertTrue(loop.run(2, true));
    assertEquals(List.of("idle1"), trace.take());
    assertFalse(loop.run(3, true));
    assertEquals(List.of("idle2"), trace.take());
    assertFalse(loop.run(4, true));
  }

  @Test
  void theResultTellsNothingOfTimers() {
    loop.after(Duration.ofSeconds(1), () -> {});
    assertFalse(loop.run(1, true));
  }

  @Test
  void idleCallsThatQueueThemselvesAgainTakeTurns() {
    rotate("a");
    rotate("b");
    for (int i = 1; i <= 4; i++) {
      assertTrue(loop.run(i, true));
    }
    assertEquals(List.of("a", "b", "a", "b"), trace.take());
  }

  private void rotate(String name) {
    loop.idle(
        () -> {
          trace.add(name);
          rotate(name);
        });
  }

  @Test
  void anIdleCallsOwnCallsRunInTheSameRun() {
    loop.idle(() -> loop.execute(() -> noteNow("main")));
    loop.run(5, true);
    assertEquals(List.of("main at 5"), trace.take());
  }

  @Test
  void anEarlierTimeIsIgnoredAndExpiresNoTimer() {
    loop.run(100, false);
    loop.at(101, () -> noteNow("timer"));
    loop.execute(() -> noteNow("main"));
    loop.run(50, false);
    loop.run(100, false);
    assertEquals(100, loop.now());
    assertEquals(List.of("main at 100"), trace.take());
    loop.run(101, false);
    assertEquals(List.of("timer at 101"), trace.take());
  }

  @Test
  void timeStandsStillWithinARun() {
    loop.at(5, () -> noteNow("timer"));
    loop.lazy(() -> noteNow("lazy"));
    loop.execute(() -> noteNow("main"));
    loop.run(7, false);
    assertEquals(List.of("main at 7", "timer at 7", "lazy at 7"), trace.take());
  }

  @Test
  void aNestedRunIsRefusedWithoutHarm() {
    Runnable nested =
        () -> {
          var e = assertThrows(IllegalStateException.class, () -> loop.run(99, true));
          trace.add(String.valueOf(e.getMessage()));
        };
    ActorOwn<Probe> probe = Probe.start(loop, trace, "p");
    loop.idle(nested);
    loop.execute(nested);
    loop.lazy(nested);
    loop.at(1, nested);
    Probe.in(probe, cx -> nested.run());
    loop.run(1, true);
    String refusal = "this loop is running already: queue a call instead";
    assertEquals(List.of(refusal, refusal, refusal, refusal, refusal), trace.take());
    assertEquals(1, loop.now());
    loop.execute(() -> trace.add("still runs"));
    loop.run(2, false);
    assertEquals(List.of("still runs"), trace.take());
  }

  @Test
  void aBudgetBoundsTheNumberOfCalls() {
    for (int i = 0; i < 5; i++) {
      int n = i;
      loop.execute(() -> trace.add("main" + n));
    }
    loop.run(1, false, 2);
    assertEquals(List.of("main0", "main1"), trace.take());
    assertTrue(loop.hasWork());
    loop.run(2, false, 2);
    assertEquals(List.of("main2", "main3"), trace.take());
    loop.run(3, false, 2);
    assertEquals(List.of("main4"), trace.take());
    assertFalse(loop.hasWork());
  }

  @Test
  void aBudgetCountsTheIdleCallAndThoseThatThrow() {
    loop.onUncaught((where, t) -> trace.add("uncaught " + t.getMessage()));
    loop.idle(() -> trace.add("idle"));
    loop.execute(
        () -> {
          throw new IllegalStateException("main0");
        });
    loop.execute(() -> trace.add("main1"));
    loop.execute(() -> trace.add("main2"));
    loop.run(1, true, 3);
    assertEquals(List.of("idle", "uncaught main0", "main1"), trace.take());
    loop.run(1, true, 3);
    assertEquals(List.of("main2"), trace.take());
  }

  @Test
  void aBudgetOfNothingOnlyMovesTime() {
    loop.idle(() -> trace.add("idle"));
    loop.execute(() -> trace.add("main"));
    assertTrue(loop.run(5, true, 0));
    assertEquals(List.of(), trace.take());
    assertEquals(5, loop.now());
  }

  @Test
  void aBudgetThatEndsInALazyBatchLetsTheRestOfItGoFirst() {
    loop.lazy(
        () -> {
          trace.add("lazy1");
          loop.execute(() -> trace.add("main"));
          loop.lazy(() -> trace.add("next batch"));
        });
    loop.lazy(() -> trace.add("lazy2"));
    loop.lazy(() -> trace.add("lazy3"));
    loop.run(1, false, 2);
    assertEquals(List.of("lazy1", "lazy2"), trace.take());
    loop.at(2, () -> trace.add("timer"));
    loop.run(2, false);
    assertEquals(List.of("lazy3", "main", "timer", "next batch"), trace.take());
  }

  @Test
  void behavioursGoOnTheLazyAndIdleQueuesWithTheirArguments() {
    Actor<Probe> probe = Probe.start(loop, trace, "p").actor();
    loop.lazy(probe, Probe::say, "lazily");
    loop.lazy(probe, (p, a, b) -> p.say(a + b), "la", "zy");
    loop.idle(probe, Probe::say, "idly");
    loop.idle(probe, (p, a, b) -> p.say(a + b), "id", "le");
    loop.idle(probe, Probe::stop);
    loop.run(1, false);
    assertEquals(List.of("p lazily", "p lazy"), trace.take());
    loop.run(2, true);
    loop.run(3, true);
    assertEquals(List.of("p idly", "p idle"), trace.take());
    loop.lazy(probe, Probe::stop);
    assertTrue(loop.run(4, false));
    assertFalse(loop.run(5, true));
    assertEquals(List.of("p closed", "p ended = Actor stopped"), trace.take());
  }

  @Test
  void nextWaitIsNothingWhileThereIsWork() {
    assertEquals(7, loop.nextWait(0, 7, false));
    assertEquals(0, loop.nextWait(0, 7, true));
    loop.execute(() -> {});
    assertEquals(0, loop.nextWait(0, 7, false));
    loop.run(1, false);
    loop.lazy(() -> {});
    assertEquals(0, loop.nextWait(1, 7, false));
    loop.run(1, false);
    loop.idle(() -> {});
    assertEquals(7, loop.nextWait(1, 7, false), "idle calls are told by run's result");
  }

  @Test
  void nextWaitEndsAtTheNextTimer() {
    assertEquals(Long.MAX_VALUE, loop.nextExpiry());
    loop.at(100, () -> {});
    assertEquals(100, loop.nextExpiry());
    assertEquals(60, loop.nextWait(40, 1000, false));
    assertEquals(10, loop.nextWait(40, 10, false));
    assertEquals(0, loop.nextWait(100, 1000, false));
    assertEquals(0, loop.nextWait(200, 1000, false));
    loop.run(100, false);
    assertEquals(1000, loop.nextWait(100, 1000, false));
  }

  @Test
  void timesMayBeNegativeAndFarApart() {
    try (var early = new Loop(Long.MIN_VALUE + 10)) {
      early.after(Duration.ofSeconds(1), () -> trace.add("a second later"));
      assertEquals(Long.MIN_VALUE + 10 + SECOND, early.nextExpiry());
      early.at(Long.MAX_VALUE - 1, () -> trace.add("at last"));
      assertEquals(SECOND, early.nextWait(Long.MIN_VALUE + 10, Long.MAX_VALUE, false));
      early.run(0, false);
      assertEquals(List.of("a second later"), trace.take());
      assertEquals(5, early.nextWait(Long.MIN_VALUE + 10, 5, false));
      early.run(Long.MAX_VALUE - 1, false);
      assertEquals(List.of("at last"), trace.take());
    }
  }

  @Test
  void memoryIsGivenBackAfterAMinuteWithoutLosingACall() {
    var seen = new ArrayList<Integer>();
    for (int i = 0; i < 1000; i++) {
      int n = i;
      loop.idle(() -> seen.add(n));
      loop.execute(() -> {});
    }
    for (int i = 0; i < 1000; i++) {
      loop.run(loop.now() + 61 * SECOND, true);
    }
    assertEquals(1000, seen.size());
    for (int i = 0; i < 1000; i++) {
      assertEquals(i, seen.get(i));
    }
  }

  @Test
  void queriesAreAnsweredAtOnceBetweenRuns() {
    ActorOwn<Probe> probe = Probe.start(loop, trace, "p");
    assertNull(loop.query(probe, Probe::name), "not ready");
    loop.run(1, false);
    assertEquals("p", loop.query(probe, Probe::name));
    assertNull(loop.query(probe, Probe::nothing));
    loop.kill(probe, new ActorFailure("enough"));
    assertNull(loop.query(probe, Probe::name), "gone");
  }

  @Test
  void queriesAndKillsAreRefusedWhileABehaviourRuns() {
    ActorOwn<Probe> probe = Probe.start(loop, trace, "p");
    Probe.in(
        probe,
        cx -> {
          assertThrows(IllegalStateException.class, () -> loop.query(probe, Probe::name));
          assertThrows(IllegalStateException.class, () -> loop.kill(probe, new ActorFailure("me")));
          assertThrows(IllegalStateException.class, loop::close);
          trace.add("all refused");
        });
    loop.run(1, false);
    assertEquals(List.of("all refused"), trace.take());
  }

  @Test
  void aQueryCannotRunTheLoopNorAskAgain() {
    ActorOwn<Probe> probe = Probe.start(loop, trace, "p");
    loop.run(1, false);
    String answer =
        loop.query(
            probe,
            p -> {
              assertThrows(IllegalStateException.class, () -> loop.run(2, false));
              assertThrows(IllegalStateException.class, () -> loop.query(probe, Probe::name));
              return "refused";
            });
    assertEquals("refused", answer);
    assertEquals("p", loop.query(probe, Probe::name));
  }

  @Test
  void aShutdownIsARequestThatTheHostTakes() {
    assertTrue(loop.notShutdown());
    assertNull(loop.takeShutdown());
    loop.shutdown(new StopCause.Stopped());
    loop.shutdown(new StopCause.Dropped());
    assertFalse(loop.notShutdown());
    loop.execute(() -> trace.add("runs on"));
    loop.run(1, false);
    assertEquals(List.of("runs on"), trace.take());
    assertEquals(new StopCause.Dropped(), loop.takeShutdown());
    assertTrue(loop.notShutdown());
  }

  @Test
  void theEnvironmentHasOneValueAType() {
    var e = assertThrows(IllegalStateException.class, () -> loop.env(String.class));
    assertEquals(
        "no java.lang.String in this loop's environment; the host adds one with putEnv",
        e.getMessage());
    assertNull(loop.envOrNull(String.class));
    loop.putEnv(String.class, "one");
    loop.putEnv(String.class, "two");
    assertEquals("two", loop.env(String.class));
    loop.putEnv(Integer.class, 3);
    assertEquals("two", loop.removeEnv(String.class));
    assertNull(loop.envOrNull(String.class));
    assertNull(loop.removeEnv(String.class));
    assertEquals(3, loop.env(Integer.class));
  }

  @Test
  void theTimeOfDayComesFromTheLoopsWorld() {
    Instant noon = Instant.parse("2026-11-01T12:00:00Z");
    World world =
        new World() {
          @Override
          public long nanoTime() {
            return 0;
          }

          @Override
          public Instant wallTime() {
            return noon;
          }

          @Override
          public Thread start(String name, boolean virtual, Runnable body) {
            throw new UnsupportedOperationException(name);
          }
        };
    assertEquals(noon, new Loop(0, world).wallTime());
    Instant before = Instant.now();
    assertFalse(loop.wallTime().isBefore(before));
  }
}
