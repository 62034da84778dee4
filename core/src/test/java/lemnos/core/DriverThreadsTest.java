package lemnos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A driver in real time, on a thread of its own, and what other threads do to it. */
@Timeout(300)
final class DriverThreadsTest {
  private final Loop loop = new Loop(World.real());
  private final CountingPoller poller = new CountingPoller();
  private final CompletableFuture<@Nullable StopCause> result = new CompletableFuture<>();
  private @Nullable Thread thread;

  /** Parks, and counts. */
  private static final class CountingPoller implements Poller {
    final AtomicInteger polls = new AtomicInteger();
    final AtomicInteger wakeups = new AtomicInteger();
    private final Poller parking = Poller.parking();

    @Override
    public boolean poll(long maxNanos) {
      polls.incrementAndGet();
      return parking.poll(maxNanos);
    }

    @Override
    public void wakeup() {
      wakeups.incrementAndGet();
      parking.wakeup();
    }

    @Override
    public void close() {}
  }

  /** Gives the loop to a thread that drives it. */
  private Thread drive() {
    loop.detach();
    Thread started =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    loop.attach();
                    result.complete(new Driver(loop, poller).runUntilShutdown());
                    loop.close();
                  } catch (Throwable t) {
                    result.completeExceptionally(t);
                  }
                });
    thread = started;
    return started;
  }

  private void shutdown() {
    loop.execute(() -> loop.shutdown(new StopCause.Stopped()));
  }

  @AfterEach
  void end() throws InterruptedException {
    if (thread != null) {
      shutdown();
      thread.join();
    }
  }

  @Test
  void aCallFromAnotherThreadEndsTheSleep() throws Exception {
    loop.actor(cx -> new Object(), Ret.nop());
    Thread driven = drive();
    for (int i = 0; i < 100; i++) {
      Host.awaitWaiting(driven);
      var ran = new CountDownLatch(1);
      loop.execute(ran::countDown);
      ran.await();
    }
    shutdown();
    assertEquals(new StopCause.Stopped(), result.get());
  }

  @Test
  void aHostsOtherWorkKeepsTheDriverFromSleeping() {
    var driver = new Driver(loop, poller);
    var asked = new AtomicInteger();
    assertFalse(
        driver.poll(
            Long.MAX_VALUE,
            () -> {
              assertTrue(driver.isAsleep(), "who comes from here on wakes it");
              return asked.incrementAndGet() == 1;
            }));
    assertEquals(1, asked.get());
    assertEquals(0, poller.wakeups.get());
  }

  @Test
  void itIsAwakeForWhatAnEventBringsInTheMidstOfAPoll() {
    var turn = new AtomicReference<Runnable>(() -> {});
    var eventful =
        new Poller() {
          @Override
          public void onEvent(Runnable afterEvent) {
            turn.set(afterEvent);
          }

          @Override
          public boolean poll(long maxNanos) {
            turn.get().run();
            turn.get().run();
            return true;
          }

          @Override
          public void wakeup() {
            throw new AssertionError("it is awake");
          }

          @Override
          public void close() {}
        };
    var driver = new Driver(loop, eventful);
    var calls = new AtomicInteger();
    driver.onEvent(
        () -> {
          assertFalse(driver.isAsleep());
          loop.execute(calls::incrementAndGet);
          assertFalse(driver.wake());
          driver.run(loop.now(), loop.now() + 1, false);
        });
    assertTrue(driver.poll(Long.MAX_VALUE));
    assertEquals(2, calls.get());
  }

  @Test
  void ofSeveralThatWakeADriverOneDoes() {
    var driver = new Driver(loop, poller);
    assertFalse(driver.wake(), "it does not sleep");
    assertFalse(
        driver.poll(
            Long.MAX_VALUE,
            () -> {
              assertTrue(driver.wake());
              assertFalse(driver.wake());
              return false;
            }));
    assertEquals(1, poller.wakeups.get());
    assertFalse(driver.wake());
  }

  @Test
  void aTimerEndsTheSleep() throws Exception {
    loop.after(Duration.ofMillis(1), () -> loop.after(Duration.ofMillis(1), () -> {}));
    drive();
    assertNull(result.get(), "nothing was left");
  }

  /** Counts to {@code last} and ends. */
  private static final class Counter {
    private final Cx<Counter> cx;
    private int left;

    Counter(Cx<Counter> cx, int last) {
      this.cx = cx;
      this.left = last;
    }

    void count() {
      if (--left == 0) {
        cx.stop();
      }
    }
  }

  /** If one wake-up were lost the driver would sleep for ever. */
  @Test
  void noWakeUpIsLostAndNoSleepIsEndedTwice() throws Exception {
    int threads = 4;
    int each = 20_000;
    Actor<Counter> counter = loop.actor(Counter::new, threads * each, loop.retShutdown()).actor();
    drive();
    for (int t = 0; t < threads; t++) {
      Thread.ofPlatform().start(() -> callSlowly(counter, each));
    }
    assertEquals(new StopCause.Stopped(), result.get());
    int wakeups = poller.wakeups.get();
    assertTrue(wakeups <= poller.polls.get(), () -> wakeups + " of " + poller.polls + " polls");
  }

  private void callSlowly(Actor<Counter> counter, int calls) {
    for (int i = 0; i < calls; i++) {
      counter.call(Counter::count);
      if (i % 64 == 0) { // lets the driver fall asleep between
        int polls = poller.polls.get();
        for (int spin = 0; spin < 10_000 && poller.polls.get() == polls; spin++) {
          Thread.onSpinWait();
        }
      }
    }
  }

  @Test
  void anInterruptEndsNeitherTheRunNorItsSleep() throws Exception {
    loop.actor(cx -> new Object(), Ret.nop());
    Thread driven = drive();
    Host.awaitWaiting(driven);
    int polls = poller.polls.get();
    driven.interrupt();
    while (poller.polls.get() == polls) {
      Thread.onSpinWait();
    }
    loop.execute(() -> Thread.currentThread().interrupt());
    Host.awaitWaiting(driven);
    assertFalse(driven.isInterrupted());
    assertFalse(result.isDone());
    shutdown();
    assertEquals(new StopCause.Stopped(), result.get());
  }

  @Test
  void theThreadOfAnotherIsRefused() throws Exception {
    var driver = new Driver(loop);
    Host.elsewhere(
        () -> {
          var e = assertThrows(IllegalStateException.class, driver::runUntilShutdown);
          assertTrue(String.valueOf(e.getMessage()).contains("belongs to the loop of"));
          assertThrows(IllegalStateException.class, () -> driver.run(1, 2, false));
        });
    loop.detach();
    var e = assertThrows(IllegalStateException.class, driver::runUntilShutdown);
    assertTrue(String.valueOf(e.getMessage()).contains("nobody until attach"));
  }

  /** Something by which other threads may bring work to a loop. */
  private record Source(String name, Function<DriverThreadsTest, Runnable> make) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Source> sources() {
    Map<String, Function<DriverThreadsTest, Runnable>> sources =
        Map.of(
            "an actor", DriverThreadsTest::openActor,
            "a waker", DriverThreadsTest::openWaker,
            "a channel with a sender", DriverThreadsTest::openSender,
            "a channel with a guard", DriverThreadsTest::openGuard,
            "a piped thread", DriverThreadsTest::openThread,
            "a cancelled thread", DriverThreadsTest::openCancelled,
            "an answer", DriverThreadsTest::openAnswer);
    return sources.entrySet().stream().map(e -> new Source(e.getKey(), e.getValue()));
  }

  private Runnable openActor() {
    Actor<Probe> probe = loop.actor(Probe::new, new Trace(), "p", Ret.nop()).actor();
    return () -> probe.call(Probe::stop);
  }

  private Runnable openWaker() {
    return loop.waker(closed -> {})::close;
  }

  private Runnable openSender() {
    return loop.channel(message -> {}).sender()::close;
  }

  private Runnable openGuard() {
    var guard = loop.channel(message -> {});
    return () -> loop.execute(guard::close);
  }

  private Runnable openThread() {
    var latch = new CountDownLatch(1);
    loop.pipedThread("test", false, message -> {}, Ret.nop(), link -> latch.await());
    return latch::countDown;
  }

  private Runnable openCancelled() {
    var latch = new CountDownLatch(1);
    var piped =
        loop.pipedThread("test", false, message -> {}, Ret.nop(), link -> awaitAnyway(latch));
    piped.close();
    return latch::countDown;
  }

  private static void awaitAnyway(CountDownLatch latch) {
    while (latch.getCount() > 0) {
      Thread.onSpinWait();
    }
  }

  private Runnable openAnswer() {
    var other = new Loop(0);
    Probe.start(other, new Trace(), "p").ask(Probe::name, loop.ret(answer -> {}));
    return () -> other.run(1, false);
  }

  @ParameterizedTest
  @MethodSource("sources")
  void whatMayBringSomethingKeepsTheLoopRunning(Source source) throws Exception {
    Runnable end = source.make.apply(this);
    Thread driven = drive();
    Host.awaitWaiting(driven);
    assertFalse(result.isDone());
    end.run();
    assertNull(result.get());
  }

  @Test
  void whatHasEndedKeepsNothingRunning() throws Exception {
    for (Source source : sources().toList()) {
      source.make.apply(this).run();
    }
    var guard = loop.<Integer>channel(message -> {});
    guard.sender().close();
    guard.close(); // the end of its senders was not told yet, and will not be
    drive();
    assertNull(result.get());
  }

  @Test
  void aThreadThatCannotStartKeepsNothingRunning() {
    var virtual = new Loop(new VirtualWorld(Instant.EPOCH));
    assertThrows(
        UnsupportedOperationException.class,
        () -> virtual.pipedThread("test", false, message -> {}, Ret.nop(), link -> {}));
    assertFalse(virtual.hasFuture(true));
  }
}
