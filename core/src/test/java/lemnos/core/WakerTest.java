package lemnos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a waker promises: PARITY W1 to W11, row 68, section 6 item 26. */
@Timeout(300)
final class WakerTest {
  private final Trace trace = new Trace();
  private final Loop loop = new Loop(0);
  private final AtomicInteger hostWakes = new AtomicInteger();

  WakerTest() {
    loop.onUncaught((where, t) -> trace.add("uncaught: " + t.getMessage()));
    loop.onWake(hostWakes::incrementAndGet);
  }

  private void run() {
    loop.run(loop.now() + 1, false);
  }

  private Waker waker(String name) {
    return loop.waker(closed -> trace.add(name + (closed ? " closed" : " woken")));
  }

  // W2, W3, W7: waking

  @Test
  void manyWakeUpsBeforeARunAreOneCallOfTheHandlerAndOneWakeUpOfTheHost() throws Exception {
    var waker = waker("w");
    Host.elsewhere(
        () -> {
          for (int i = 0; i < 1_000; i++) {
            waker.wake();
          }
        });
    assertEquals(1, hostWakes.get());
    assertEquals(List.of(), trace.take());
    assertTrue(loop.hasWork());
    run();
    assertEquals(List.of("w woken"), trace.take());
    run();
    assertEquals(List.of(), trace.take(), "no call without a wake-up");
  }

  @Test
  void aWakerCanBeWokenAgainAfterEachRun() throws Exception {
    var waker = waker("w");
    for (int i = 1; i <= 3; i++) {
      Host.elsewhere(waker::wake);
      run();
      assertEquals(List.of("w woken"), trace.take());
      assertEquals(i, hostWakes.get());
    }
  }

  @Test
  void aWakeUpFromTheLoopItselfIsAQueuedCall() {
    var waker = waker("w");
    loop.execute(() -> trace.add("before"));
    waker.wake();
    loop.execute(() -> trace.add("after"));
    run();
    assertEquals(List.of("before", "w woken", "after"), trace.take());
    assertEquals(0, hostWakes.get());
  }

  @Test
  void aHandlerThatWakesItsOwnWakerRunsAgainBehindTheOtherCalls() {
    var self = new AtomicReference<Waker>();
    var waker =
        loop.waker(
            closed -> {
              trace.add("woken");
              if (loop.notShutdown()) {
                loop.shutdown(new StopCause.Stopped());
                loop.execute(() -> trace.add("other call"));
                self.get().wake();
              }
            });
    self.set(waker);
    waker.wake();
    run();
    assertEquals(List.of("woken", "other call", "woken"), trace.take());
  }

  // W6: order

  @Test
  void wakersRunInTheOrderInWhichTheyWereFirstWoken() throws Exception {
    var a = waker("a");
    var b = waker("b");
    Host.elsewhere(
        () -> {
          b.wake();
          a.wake();
          b.wake();
        });
    run();
    assertEquals(List.of("b woken", "a woken"), trace.take());
  }

  // W8, item 26: closing

  @Test
  void aWakeUpAndTheCloseAfterItAreOneCallWhichSaysClosed() throws Exception {
    var waker = waker("w");
    Host.elsewhere(
        () -> {
          waker.wake();
          waker.close();
        });
    run();
    assertEquals(List.of("w closed"), trace.take());
  }

  @Test
  void theCloseIsReportedOnceAndIsTheLastCall() throws Exception {
    var waker = waker("w");
    Host.elsewhere(
        () -> {
          waker.close();
          waker.close();
          waker.wake();
        });
    run();
    assertEquals(List.of("w closed"), trace.take());
    Host.elsewhere(
        () -> {
          waker.wake();
          waker.close();
        });
    assertFalse(loop.hasWork());
    run();
    assertEquals(List.of(), trace.take());
  }

  @Test
  void aWakeUpThatWasHandledAndALaterCloseAreTwoCalls() throws Exception {
    var waker = waker("w");
    Host.elsewhere(waker::wake);
    run();
    Host.elsewhere(waker::close);
    run();
    assertEquals(List.of("w woken", "w closed"), trace.take());
  }

  @Test
  void aHandlerMayCloseItsOwnWaker() {
    var self = new AtomicReference<Waker>();
    var waker =
        loop.waker(
            closed -> {
              trace.add(closed ? "closed" : "woken");
              self.get().close();
            });
    self.set(waker);
    waker.wake();
    run();
    assertEquals(List.of("woken", "closed"), trace.take());
  }

  @Test
  void aThreadThatThrowsClosesItsWakerOnTheWayOut() throws Exception {
    var waker = waker("w");
    Host.elsewhere(
        () ->
            assertThrows(
                ArithmeticException.class,
                () -> {
                  try (waker) {
                    throw new ArithmeticException();
                  }
                }));
    run();
    assertEquals(List.of("w closed"), trace.take());
  }

  // Failures, and the end of the loop

  @Test
  void anExceptionOfTheHandlerGoesToTheLoopsHandlerAndTheWakerStillWorks() {
    var waker =
        loop.waker(
            closed -> {
              throw new IllegalStateException(closed ? "at the close" : "at a wake-up");
            });
    for (int i = 0; i < 2; i++) {
      waker.wake();
      run();
    }
    waker.close();
    run();
    assertEquals(
        List.of("uncaught: at a wake-up", "uncaught: at a wake-up", "uncaught: at the close"),
        trace.take());
  }

  @Test
  void aClosedLoopCallsNoHandlerAndHarmsNoThreadThatHoldsAWaker() throws Exception {
    var woken = waker("woken");
    var later = waker("later");
    Host.elsewhere(woken::wake);
    loop.close();
    Host.elsewhere(
        () -> {
          woken.wake();
          woken.close();
          later.wake();
          later.close();
        });
    later.close();
    assertEquals(List.of(), trace.take());
    var e = assertThrows(IllegalStateException.class, () -> waker("new"));
    assertEquals("this loop is closed", e.getMessage());
  }

  @Test
  void onlyTheLoopsThreadMakesWakers() throws Exception {
    Host.elsewhere(() -> assertThrows(IllegalStateException.class, () -> waker("w")));
  }

  // W1, B9: cost

  @Test
  void wakingAndHandlingAllocateNothing() {
    var count = new int[1];
    var waker = loop.waker(closed -> count[0]++);
    var counter = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long allocated = Long.MAX_VALUE;
    // The inbox, not the main queue: the loop is away while this thread wakes.
    for (int round = 0; round < 20 && allocated > 0; round++) {
      long before = counter.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < 1_000; i++) {
        waker.wake();
        loop.run(loop.now() + 1, false);
      }
      allocated = counter.getCurrentThreadAllocatedBytes() - before;
    }
    assertEquals(0, allocated);
    assertTrue(count[0] >= 1_000);
  }

  // W4, W7, W9, W11: many wakers and threads, none lost, none invented

  @Test
  void noneOfManyWakersIsForgotten() throws Exception {
    int wakers = 100_000;
    var woken = new int[wakers];
    var closed = new int[wakers];
    var all = new ArrayList<Waker>(wakers);
    for (int i = 0; i < wakers; i++) {
      int n = i;
      all.add(
          loop.waker(
              last -> {
                (last ? closed : woken)[n]++;
              }));
    }
    Host.elsewhere(() -> all.forEach(Waker::wake));
    run();
    Host.elsewhere(() -> all.reversed().forEach(Waker::close));
    run();
    for (int i = 0; i < wakers; i++) {
      assertEquals(1, woken[i]);
      assertEquals(1, closed[i]);
    }
  }

  /** Two plain counters: the thread's is read by the loop without other ordering than the waker. */
  private static final class Crossing {
    int written;
    int seen;
    int calls;
    int ends;
  }

  @Test
  void everyWakeUpIsFollowedByARunThatSeesWhatCameBeforeIt() {
    int threads = 4;
    int wakes = 100_000;
    var crossings = new ArrayList<Crossing>();
    for (int t = 0; t < threads; t++) {
      var crossing = new Crossing();
      crossings.add(crossing);
      var waker =
          loop.waker(
              closed -> {
                crossing.calls++;
                crossing.ends += closed ? 1 : 0;
                crossing.seen = Math.max(crossing.seen, crossing.written);
              });
      Thread.ofPlatform()
          .start(
              () -> {
                for (int i = 0; i < wakes; i++) {
                  crossing.written++;
                  waker.wake();
                }
                crossing.written++;
                waker.close();
              });
    }
    Host.runUntil(loop, () -> crossings.stream().allMatch(c -> c.ends == 1));
    run();
    for (Crossing crossing : crossings) {
      assertEquals(wakes + 1, crossing.seen);
      assertEquals(1, crossing.ends);
      assertTrue(crossing.calls <= wakes + 1, "more calls than wake-ups");
    }
  }
}
