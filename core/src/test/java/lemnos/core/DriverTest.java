package lemnos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The order of things under a driver, its ends, and what it makes of odd pollers. All in one
 * thread, on clocks that tests move.
 */
@Timeout(300)
final class DriverTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final Trace trace = new Trace();
  private final VirtualWorld world = new VirtualWorld(Instant.EPOCH);
  private final Loop loop = new Loop(world);
  private final Driver driver = new Driver(loop, new NotedPoller());

  /** Has events when a test says so, and notes each poll. */
  private final class NotedPoller implements Poller {
    @Override
    public boolean poll(long maxNanos) {
      trace.add("poll " + maxNanos);
      return !events.isEmpty() && handle(events.removeFirst());
    }

    private boolean handle(Runnable event) {
      event.run();
      return true;
    }

    @Override
    public void wakeup() {
      throw new AssertionError("nobody called from another thread");
    }

    @Override
    public void close() {
      throw new AssertionError("the poller is the test's");
    }
  }

  private final List<Runnable> events = new ArrayList<>();

  private void note(String what) {
    trace.add(what + " at " + loop.now() / 1_000_000_000);
  }

  private static void assertBetween(long least, long actual, long most) {
    assertTrue(least <= actual && actual <= most, least + " <= " + actual + " <= " + most);
  }

  // The order

  @Test
  void callsComeFirstThenIdleCallsOneAPollThenTime() {
    loop.after(SECOND, () -> note("timer"));
    loop.idle(() -> note("idle 1"));
    loop.idle(
        () -> {
          note("idle 2");
          loop.execute(() -> note("call of idle 2"));
        });
    loop.execute(
        () -> {
          note("call");
          loop.lazy(() -> note("lazy"));
        });
    assertNull(driver.runUntilShutdown());
    assertEquals(
        List.of(
            "call at 0",
            "lazy at 0",
            "poll 0",
            "idle 1 at 0",
            "poll 0",
            "idle 2 at 0",
            "call of idle 2 at 0",
            "poll 0", // looks for events, of which there are none, before time moves on
            "timer at 1"),
        trace.take());
  }

  @Test
  void anIdleCallWaitsWhileThereAreEvents() {
    loop.idle(() -> note("idle"));
    events.add(() -> loop.execute(() -> note("event")));
    events.add(() -> {});
    assertNull(driver.runUntilShutdown());
    assertEquals(List.of("poll 0", "event at 0", "poll 0", "poll 0", "idle at 0"), trace.take());
  }

  @Test
  void anIdleCallWaitsForCallsThatAPollerMadeWithoutSayingSo() {
    loop.idle(() -> note("idle"));
    var silent =
        new Driver(
            loop,
            new EarlyPoller() {
              @Override
              public boolean poll(long maxNanos) {
                if (!events.isEmpty()) {
                  events.removeFirst().run();
                }
                return false;
              }
            });
    events.add(() -> loop.execute(() -> note("event")));
    assertNull(silent.runUntilShutdown());
    assertEquals(List.of("event at 0", "idle at 0"), trace.take());
  }

  @Test
  void timeStandsStillWhileTheHostHasOtherWork() {
    loop.after(SECOND, () -> {});
    assertFalse(driver.poll(Long.MAX_VALUE, () -> true));
    assertEquals(0, world.nanoTime() - loop.now());
    assertFalse(driver.poll(Long.MAX_VALUE, () -> false));
    assertEquals(1_000_000_000, world.nanoTime() - loop.now());
  }

  @Test
  void aPollLastsNoLongerThanTheHostAllows() {
    loop.after(SECOND, () -> {});
    assertFalse(driver.poll(1_000));
    assertEquals(1_000, world.nanoTime() - loop.now());
    assertFalse(driver.poll(Long.MAX_VALUE));
    assertEquals(1_000_000_000, world.nanoTime() - loop.now());
  }

  @Test
  void timeStandsStillWhileThereAreEvents() {
    loop.after(SECOND, () -> note("timer"));
    events.add(() -> loop.execute(() -> note("event")));
    assertNull(driver.runUntilShutdown());
    assertEquals(List.of("poll 0", "event at 0", "poll 0", "timer at 1"), trace.take());
  }

  @Test
  void callsThatNeverEndStarveNeitherPollsNorTimersNorAShutdown() {
    var calls = new int[1];
    loop.execute(
        new Runnable() {
          @Override
          public void run() {
            calls[0]++;
            world.pass(Duration.ofNanos(1000));
            if (loop.notShutdown()) {
              loop.execute(this);
            }
          }
        });
    loop.after(SECOND, () -> loop.shutdown(new StopCause.Stopped()));
    assertEquals(new StopCause.Stopped(), driver.runUntilShutdown());
    int polls = trace.take().size();
    assertBetween(1_000_000, calls[0], 1_000_000 + Driver.MAX_CALLS);
    int batches = calls[0] / Driver.MAX_CALLS;
    assertBetween(batches - 1, polls, batches + 1);
  }

  @Test
  void slowCallsAreCutByTime() {
    for (int i = 0; i < 1000; i++) {
      loop.execute(() -> world.pass(Duration.ofMillis(1)));
    }
    assertNull(driver.runUntilShutdown());
    assertEquals(1000 / Driver.CALLS_BETWEEN_LOOKS, trace.take().size());
  }

  // Ends

  @Test
  void aShutdownFromABehaviourEndsTheRunWithItsCause() {
    ActorOwn<Probe> probe = loop.actor(Probe::new, trace, "p", loop.retShutdown());
    loop.after(SECOND, probe.actor(), Probe::fail, "on purpose");
    loop.after(SECOND.multipliedBy(2), () -> trace.add("never"));
    assertEquals(
        "Actor failed: lemnos.core.ActorFailure: on purpose",
        String.valueOf(driver.runUntilShutdown()));
    assertEquals(List.of("poll 0", "p closed"), trace.take());
    assertTrue(loop.notShutdown(), "the cause was taken");
    assertNull(driver.runUntilShutdown());
    assertEquals(List.of("poll 0", "never"), trace.take());
  }

  @Test
  void theLastOfSeveralShutdownsCounts() {
    loop.execute(() -> loop.shutdown(new StopCause.Stopped()));
    loop.execute(() -> loop.shutdown(new StopCause.Dropped()));
    assertEquals(new StopCause.Dropped(), driver.runUntilShutdown());
  }

  @Test
  void whatIsQueuedAtAShutdownStillRunsButNothingElse() {
    int many = 10 * Driver.MAX_CALLS;
    var ran = new int[1];
    loop.shutdown(new StopCause.Stopped());
    for (int i = 0; i < many; i++) {
      loop.execute(() -> loop.lazy(() -> ran[0]++));
    }
    loop.idle(() -> trace.add("idle"));
    loop.after(SECOND, () -> trace.add("timer"));
    assertEquals(new StopCause.Stopped(), driver.runUntilShutdown());
    assertEquals(many, ran[0]);
    assertEquals(List.of(), trace.take());
    assertEquals(new Load(0, 0, 1, 1, 0, 0, 2L * many, 0, 0), loop.load());
  }

  @Test
  void callsThatNeverEndAreLeftQueuedAtAShutdown() {
    var calls = new int[1];
    loop.shutdown(new StopCause.Stopped());
    loop.execute(
        new Runnable() {
          @Override
          public void run() {
            calls[0]++;
            loop.execute(this);
          }
        });
    assertEquals(new StopCause.Stopped(), driver.runUntilShutdown());
    int most = Driver.MAX_CALLS_AFTER_SHUTDOWN;
    assertBetween(most, calls[0], most + Driver.MAX_CALLS);
    assertTrue(loop.hasWork());
  }

  @Test
  void inAVirtualWorldAnActorThatNobodyCallsKeepsNothingRunning() {
    ActorOwn<Probe> probe = Probe.start(loop, trace, "p");
    loop.waker(closed -> {});
    assertNull(driver.runUntilShutdown());
    assertFalse(probe.actor().isGone());
    assertEquals(List.of(), trace.take());
  }

  @Test
  void aClosedLoopIsRefusedAndARunningOneToo() {
    loop.execute(
        () -> {
          assertThrows(IllegalStateException.class, driver::runUntilShutdown);
          trace.add("refused");
        });
    assertNull(driver.runUntilShutdown());
    assertEquals(List.of("refused"), trace.take());
    loop.close();
    var e = assertThrows(IllegalStateException.class, driver::runUntilShutdown);
    assertEquals("this loop is closed", e.getMessage());
  }

  @Test
  void troubleInTheMachineEndsTheRunAndTheLoop() {
    var trouble = new OutOfMemoryError("on purpose");
    Ret<String> ret = trace.ret(loop, "asked");
    loop.execute(
        () -> {
          throw trouble;
        });
    assertSame(trouble, assertThrows(OutOfMemoryError.class, driver::runUntilShutdown));
    assertEquals(List.of("asked = null"), trace.take());
    assertThrows(IllegalStateException.class, () -> ret.ret("late"));
  }

  @Test
  void aFailureOfThePollerIsTheHostsAndDoesTheLoopNoHarm() {
    loop.after(SECOND, () -> trace.add("timer"));
    events.add(
        () -> {
          throw new IllegalStateException("the poller's");
        });
    var e = assertThrows(IllegalStateException.class, driver::runUntilShutdown);
    assertEquals("the poller's", e.getMessage());
    trace.take();
    assertNull(driver.runUntilShutdown());
    assertEquals(List.of("poll 0", "timer"), trace.take());
  }

  // Clocks and pollers

  @Test
  void aLoopFromTheFutureIsRefused() {
    var early = new Loop(1, world);
    var e = assertThrows(IllegalArgumentException.class, () -> new Driver(early));
    assertEquals(
        "the loop's time, 1, is later than its world's, 0: make it with new Loop(world)",
        e.getMessage());
  }

  /** A world with real threads whose time moves when it is told to. */
  private static final class ManualWorld implements World {
    long now = 1_000_000_000;

    @Override
    public long nanoTime() {
      return now;
    }

    @Override
    public Instant wallTime() {
      return Instant.EPOCH;
    }

    @Override
    public Thread start(String name, boolean virtual, Runnable body) {
      throw new AssertionError(name);
    }
  }

  /** A poller that nobody wakes; what it waits for is up to the test. */
  private abstract static class EarlyPoller implements Poller {
    @Override
    public void wakeup() {}

    @Override
    public void close() {}
  }

  @Test
  void thePollerIsToldToWaitForTheNextTimer() {
    var manual = new ManualWorld();
    var waits = new ArrayList<Long>();
    try (var timed = new Loop(manual)) {
      timed.after(SECOND, () -> manual.now += 7);
      timed.after(
          SECOND.multipliedBy(3),
          () -> {
            timed.execute(() -> trace.add("last"));
            timed.idle(() -> timed.after(SECOND, () -> timed.shutdown(new StopCause.Stopped())));
          });
      timed.actor(Probe::new, trace, "p", Ret.nop());
      new Driver(
              timed,
              new EarlyPoller() {
                @Override
                public boolean poll(long maxNanos) {
                  waits.add(maxNanos);
                  manual.now += maxNanos;
                  return false;
                }
              })
          .runUntilShutdown();
    }
    long second = SECOND.toNanos();
    assertEquals(List.of(second, 2 * second - 7, 0L, second), waits);
    assertEquals(List.of("last", "p closed"), trace.take());
  }

  /** Else work might come after the look and before there is anybody to be woken. */
  @Test
  void whoIsAboutToWaitLooksForWorkWhenItCanBeWoken() {
    var waits = new ArrayList<String>();
    try (var timed = new Loop(new ManualWorld())) {
      var drivers = new ArrayList<Driver>();
      var poller =
          new EarlyPoller() {
            @Override
            public boolean poll(long maxNanos) {
              waits.add(maxNanos + (drivers.getFirst().isAsleep() ? " asleep" : " awake"));
              return false;
            }
          };
      drivers.add(new Driver(timed, poller));
      Driver woken = drivers.getFirst();
      assertFalse(woken.poll(7, () -> waits.add("looks" + (woken.isAsleep() ? " asleep" : ""))));
      assertFalse(woken.poll(7, () -> false));
      assertFalse(woken.poll(0, () -> true));
      assertFalse(woken.isAsleep());
    }
    assertEquals(List.of("looks asleep", "0 asleep", "7 asleep", "0 awake"), waits);
  }

  @Test
  void aPollThatReturnsEarlyMakesNoTimerEarlyAndLosesNone() {
    for (long seed = 1; seed <= 20; seed++) {
      System.out.println("DriverTest seed " + seed);
      var random = new SplittableRandom(seed);
      var manual = new ManualWorld();
      var expired = new ArrayList<Long>();
      var expected = new ArrayList<Long>();
      try (var timed = new Loop(manual)) {
        for (int i = 0; i < 200; i++) {
          long at = timed.now() + random.nextLong(1, 1_000_000);
          expected.add(at);
          timed.at(
              at,
              () -> {
                assertTrue(timed.now() >= at);
                expired.add(at);
              });
        }
        new Driver(
                timed,
                new EarlyPoller() {
                  @Override
                  public boolean poll(long maxNanos) {
                    manual.now += random.nextLong(maxNanos + 2); // early mostly, or a bit late
                    return random.nextBoolean();
                  }
                })
            .runUntilShutdown();
      }
      expected.sort(null);
      assertEquals(expected, expired);
    }
  }
}
