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
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A loop that lives on somebody else's event loop. */
@Timeout(300)
final class TurnsTest {
  private static final long SECOND = 1_000_000_000;
  private static final StopCause STOPPED = new StopCause.Stopped();

  private final Trace trace = new Trace();
  private final VirtualWorld world = new VirtualWorld(Instant.EPOCH);
  private final Loop loop = new Loop(world);
  private final EventQueue host = new EventQueue();
  private @Nullable StopCause end;

  /** The host: events in the order of time, and of posting. */
  private final class EventQueue implements Driver.Host {
    private record Event(long time, int number, Runnable action) {}

    private final PriorityQueue<Event> events =
        new PriorityQueue<>(
            (a, b) -> a.time == b.time ? a.number - b.number : Long.compare(a.time, b.time));
    private int posted;

    /** How long each time the loop wanted to be called after. */
    private final List<Long> delays = new ArrayList<>();

    @Override
    public void callAfter(long delayNanos, Runnable turn) {
      delays.add(delayNanos);
      post(delayNanos, turn);
    }

    void post(long delayNanos, Runnable action) {
      events.add(new Event(world.nanoTime() + delayNanos, posted++, action));
    }

    /** Handles one event; false if there is none. */
    boolean step() {
      Event event = events.poll();
      if (event == null) {
        return false;
      }
      world.leapTo(event.time);
      event.action.run();
      return true;
    }

    void run() {
      while (step()) {}
    }

    List<Long> takeDelays() {
      var taken = List.copyOf(delays);
      delays.clear();
      return taken;
    }
  }

  private void begin() {
    Driver.runOn(
        host,
        loop,
        cause -> {
          assertTrue(loop.isOwner());
          assertNull(end, "the end comes once");
          end = cause;
        });
  }

  private void note(String what) {
    trace.add(what + " at " + loop.now() / SECOND);
  }

  @Test
  void nothingRunsBeforeTheFirstTurn() {
    loop.execute(() -> trace.add("call"));
    begin();
    assertEquals(List.of(), trace.take());
    assertEquals(List.of(0L), host.takeDelays());
    host.run();
    assertEquals(List.of("call"), trace.take());
  }

  @Test
  void timersBringTurnsAndAShutdownTheEnd() {
    ActorOwn<Probe> probe = loop.actor(Probe::new, trace, "p", loop.retShutdown());
    loop.at(SECOND, probe.actor(), Probe::say, "one");
    loop.at(2 * SECOND, probe.actor(), Probe::stop);
    loop.at(3 * SECOND, () -> trace.add("never"));
    begin();
    host.run();
    assertEquals(STOPPED, end);
    assertEquals(List.of("p one", "p closed"), trace.take());
    assertEquals(2 * SECOND, world.nanoTime());
    assertEquals(List.of(0L, SECOND, SECOND), host.takeDelays());
  }

  @Test
  void whatIsQueuedAtAShutdownStillRuns() {
    var ran = new int[1];
    loop.shutdown(STOPPED);
    for (int i = 0; i < 10 * Driver.MAX_CALLS; i++) {
      loop.execute(() -> ran[0]++);
    }
    begin();
    host.run();
    assertEquals(STOPPED, end);
    assertEquals(10 * Driver.MAX_CALLS, ran[0]);
  }

  @Test
  void betweenTurnsTheHostsThreadIsLikeAnyOther() {
    ActorOwn<Probe> probe = Probe.start(loop, trace, "p");
    begin();
    host.run();
    assertFalse(loop.isOwner());
    assertThrows(IllegalStateException.class, () -> Probe.start(loop, trace, "q"));
    assertThrows(IllegalStateException.class, () -> loop.after(Duration.ZERO, () -> {}));
    host.takeDelays();
    host.post(SECOND, () -> probe.call(Probe::say, "from a listener"));
    host.post(SECOND, () -> loop.execute(() -> Probe.start(loop, trace, "q").call(Probe::stop)));
    host.run();
    assertEquals(List.of("p from a listener", "q closed", "q ended = Actor stopped"), trace.take());
    assertEquals(List.of(0L), host.takeDelays(), "one turn for both");
  }

  @Test
  void aTurnLeavesTheHostsOwnEventsTheirTime() {
    int many = 3 * Driver.MAX_CALLS;
    for (int i = 1; i <= many; i++) {
      int n = i;
      loop.execute(() -> trace.add("call " + n));
    }
    begin();
    host.step();
    host.post(0, () -> trace.add("event"));
    assertEquals(Driver.MAX_CALLS, trace.take().size());
    host.run();
    List<String> lines = trace.take();
    assertEquals(Driver.MAX_CALLS, lines.indexOf("event"), "the second turn was asked for before");
    assertEquals(2 * Driver.MAX_CALLS + 1, lines.size());
  }

  @Test
  void anIdleCallWaitsForATurnWithNothingElseToDo() {
    for (int i = 1; i <= 3; i++) {
      int n = i;
      loop.idle(() -> note("idle " + n));
    }
    loop.execute(() -> note("call"));
    loop.at(SECOND, () -> note("timer"));
    begin();
    host.step();
    host.post(0, () -> loop.execute(() -> note("event")));
    host.run();
    assertEquals(
        List.of(
            "call at 0", "idle 1 at 0", "event at 0", "idle 2 at 0", "idle 3 at 0", "timer at 1"),
        trace.take());
  }

  @Test
  void onlyAnEarlierTimerMakesTheHostCallAgain() {
    begin();
    host.run();
    host.takeDelays();
    for (long seconds : new long[] {5, 7, 3, 9, 4}) {
      loop.execute(() -> loop.at(seconds * SECOND, () -> note("timer")));
      host.step();
    }
    assertEquals(List.of(0L, 5 * SECOND, 0L, 0L, 3 * SECOND, 0L, 0L), host.takeDelays());
    host.run();
    assertEquals(
        List.of("timer at 3", "timer at 4", "timer at 5", "timer at 7", "timer at 9"),
        trace.take());
    assertEquals(List.of(SECOND, SECOND, 2 * SECOND, 2 * SECOND), host.takeDelays());
  }

  @Test
  void aHostThatCallsEarlyOrLateMakesNoTimerEarlyAndLosesNone() {
    loop.at(SECOND, () -> note("timer"));
    loop.at(5 * SECOND, () -> note("timer"));
    loop.at(6 * SECOND, () -> note("timer"));
    var early =
        new Driver.Host() {
          int calls;

          @Override
          public void callAfter(long delayNanos, Runnable turn) {
            calls++;
            host.post(calls == 4 ? 3 * delayNanos : (delayNanos + 1) / 2, turn);
          }
        };
    Driver.runOn(early, loop, cause -> {});
    host.run();
    List<String> lines = trace.take();
    assertEquals(3, lines.size());
    assertTrue(early.calls > 20, () -> early.calls + " calls, each half as far away");
  }

  @Test
  void anEarlyCallOfTheHostIsAskedForAnew() {
    begin();
    host.step();
    host.takeDelays();
    loop.execute(() -> loop.at(SECOND, () -> note("timer")));
    host.step();
    Runnable alarm = host.events.remove().action();
    alarm.run(); // now, and not in a second
    alarm.run(); // and twice
    assertEquals(List.of(), trace.take());
    host.run();
    assertEquals(List.of("timer at 1"), trace.take());
  }

  @Test
  void afterTheEndNoTurnIsTakenAndNoneAskedFor() throws Exception {
    loop.at(5 * SECOND, () -> trace.add("never"));
    begin();
    host.step();
    loop.execute(() -> loop.at(SECOND, () -> loop.shutdown(STOPPED)));
    host.step();
    host.run();
    assertEquals(STOPPED, end);
    host.takeDelays();
    Host.elsewhere(() -> loop.execute(() -> trace.add("never")));
    host.run();
    assertEquals(List.of(), host.takeDelays());
    assertEquals(List.of(), trace.take());
  }

  @Test
  void aLoopCanBeGivenTurnsAgainAfterItsEnd() {
    loop.shutdown(STOPPED);
    begin();
    host.run();
    assertEquals(STOPPED, end);
    end = null;
    loop.execute(() -> loop.shutdown(new StopCause.Dropped()));
    begin();
    host.run();
    assertEquals(new StopCause.Dropped(), end);
  }

  @Test
  void troubleInTheMachineGoesToTheHost() {
    loop.execute(
        () -> {
          throw new OutOfMemoryError("on purpose");
        });
    loop.at(SECOND, () -> trace.add("never"));
    begin();
    assertThrows(OutOfMemoryError.class, host::run);
    loop.execute(() -> trace.add("discarded"));
    host.run();
    assertNull(end);
    assertEquals(List.of(), trace.take());
  }

  // With real threads

  private static final class Counter {
    private final Cx<Counter> cx;
    private int left;

    Counter(Cx<Counter> cx, int calls) {
      this.cx = cx;
      this.left = calls;
      cx.after(Duration.ofMillis(1), cx.self(), Counter::count);
    }

    void count() {
      if (--left == 0) {
        cx.stop();
      }
    }
  }

  /** If one wake-up were lost the turns would end before the calls. */
  @Test
  void noWakeUpIsLost() throws Exception {
    int threads = 3;
    int each = 20_000;
    var ended = new CompletableFuture<StopCause>();
    try (var executor = Executors.newSingleThreadScheduledExecutor();
        var real = new Loop(World.real())) {
      Actor<Counter> counter =
          real.actor(Counter::new, threads * each + 1, real.retShutdown()).actor();
      Driver.runOn(
          (delay, turn) -> executor.schedule(turn, delay, TimeUnit.NANOSECONDS),
          real,
          cause -> {
            real.detach();
            ended.complete(cause);
          });
      for (int t = 0; t < threads; t++) {
        Thread.ofPlatform()
            .start(
                () -> {
                  for (int i = 0; i < each; i++) {
                    counter.call(Counter::count);
                  }
                });
      }
      assertEquals(STOPPED, ended.get());
      real.attach();
    }
  }
}
