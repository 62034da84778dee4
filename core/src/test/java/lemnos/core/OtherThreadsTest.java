package lemnos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;

/** Calls to a loop from other threads, and what those threads may not do. */
@Timeout(300)
final class OtherThreadsTest {
  private static final int SENDERS = 4;

  private final Trace trace = new Trace();
  private final Loop loop = new Loop(0);

  private void run() {
    loop.run(loop.now() + 1, false);
  }

  /** Runs {@code body} on another thread to its end. */
  private static void elsewhere(Executable body) throws Exception {
    var failure = new AtomicReference<@Nullable Throwable>();
    Thread thread =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    body.execute();
                  } catch (Throwable t) {
                    failure.set(t);
                  }
                });
    thread.join();
    assertNull(failure.get());
  }

  @Test
  void everyShapeOfCallComesFromAnotherThread() throws Exception {
    ActorOwn<Probe> probe = Probe.start(loop, trace, "p");
    elsewhere(
        () -> {
          probe.call(p -> p.say("0"));
          probe.call(Probe::say, "1");
          probe.call((p, a, b) -> p.say(a + b), "2", "2");
          probe.call((p, a, b, c) -> p.say(a + b + c), "3", "3", "3");
          probe.call((p, a, b, c, d) -> p.say(a + b + c + d), "4", "4", "4", "4");
          probe.call((Behaviour.OfInt<Probe>) (p, a) -> p.say("int " + a), 5);
          probe.call((Behaviour.OfLong<Probe>) (p, a) -> p.say("long " + a), 6L);
          probe.call((Behaviour.OfDouble<Probe>) (p, a) -> p.say("double " + a), 7.5);
          probe.ask(
              p -> {
                p.say("ask");
                return "x";
              },
              Ret.nop());
          probe.<String, String>fwd((p, fixed, data) -> p.say(fixed + data), "fwd ").fwd("8");
          loop.execute(() -> trace.add("host"));
        });
    assertTrue(loop.hasWork());
    assertEquals(0, loop.nextWait(0, 99, false));
    run();
    assertEquals(
        List.of(
            "p 0",
            "p 1",
            "p 22",
            "p 333",
            "p 4444",
            "p int 5",
            "p long 6",
            "p double 7.5",
            "p ask",
            "p fwd 8",
            "host"),
        trace.take());
  }

  @Test
  void callsFromOtherThreadsJoinTheMainQueueAtTheStartOfARun() throws Exception {
    ActorOwn<Probe> probe = Probe.start(loop, trace, "p");
    probe.call(Probe::say, "mine first");
    loop.idle(() -> trace.add("idle"));
    loop.lazy(() -> trace.add("lazy"));
    elsewhere(() -> probe.call(Probe::say, "theirs"));
    probe.call(Probe::say, "mine second");
    loop.run(1, true);
    assertEquals(
        List.of("idle", "p mine first", "p mine second", "p theirs", "lazy"), trace.take());
  }

  @Test
  void callsThatComeDuringARunRunBeforeTheLazyOnes() {
    loop.lazy(() -> trace.add("lazy"));
    loop.execute(() -> uncheckedElsewhere(() -> loop.execute(() -> trace.add("from outside"))));
    run();
    assertEquals(List.of("from outside", "lazy"), trace.take());
  }

  private static void uncheckedElsewhere(Executable body) {
    try {
      elsewhere(body);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void theHostIsWokenWhenAndOnlyWhenTheInboxWasEmpty() throws Exception {
    var wakes = new AtomicInteger();
    loop.onWake(wakes::incrementAndGet);
    elsewhere(
        () -> {
          loop.execute(() -> {});
          assertEquals(1, wakes.get());
          loop.execute(() -> {});
        });
    assertEquals(1, wakes.get());
    run();
    loop.execute(() -> {});
    run();
    assertEquals(1, wakes.get(), "the loop's own calls wake nobody");
    elsewhere(() -> loop.execute(() -> {}));
    assertEquals(2, wakes.get());
  }

  @Test
  void aWakerSetLateIsCalledForWhatIsThereAlready() throws Exception {
    elsewhere(() -> loop.execute(() -> {}));
    var wakes = new AtomicInteger();
    loop.onWake(wakes::incrementAndGet);
    assertEquals(1, wakes.get());
    run();
    loop.onWake(wakes::incrementAndGet);
    assertEquals(1, wakes.get());
  }

  @Test
  void aHostThatSleepsOnAPollerMissesNoCall() {
    int calls = 50_000;
    var poller = Poller.parking();
    loop.onWake(poller::wakeup);
    ActorOwn<Order> order = loop.actor(cx -> new Order(), Ret.nop());
    for (int sender = 0; sender < SENDERS; sender++) {
      int number = sender;
      Thread.ofPlatform()
          .start(
              () -> {
                for (int i = 0; i < calls; i++) {
                  order.call(Order::add, number, i);
                  if (i % 64 == 0) {
                    Thread.yield();
                  }
                }
              });
    }
    while (!Boolean.TRUE.equals(loop.query(order, o -> o.complete(calls)))) {
      poller.poll(loop.nextWait(loop.now(), Long.MAX_VALUE, false));
      run();
    }
    assertFalse(loop.hasWork());
  }

  /** An actor that checks that each sender's calls come once and in order. */
  private static final class Order {
    private final int[] next = new int[SENDERS];

    void add(int sender, int n) {
      assertEquals(next[sender]++, n);
    }

    boolean complete(int calls) {
      for (int n : next) {
        if (n != calls) {
          return false;
        }
      }
      return true;
    }
  }

  @Test
  void everyAskIsAnsweredByALoopThatClosesMeanwhile() throws Exception {
    for (int round = 0; round < 100; round++) {
      var closing = new Loop(0);
      ActorOwn<Order> order = closing.actor(cx -> new Order(), Ret.nop());
      var answers = new AtomicInteger();
      var asked = new AtomicInteger();
      var askers = new ArrayList<Thread>();
      for (int sender = 0; sender < SENDERS; sender++) {
        int number = sender;
        askers.add(Thread.ofPlatform().start(() -> answers.addAndGet(ask(order, number, asked))));
      }
      while (asked.get() < round * 4) {
        closing.run(closing.now() + 1, false);
      }
      closing.run(closing.now() + 1, false);
      closing.close();
      for (Thread asker : askers) {
        asker.join();
      }
      assertEquals(SENDERS * 100, answers.get());
    }
  }

  /** Asks a hundred times from a loop of this thread's own; returns the number of answers. */
  private static int ask(ActorOwn<Order> order, int sender, AtomicInteger asked) {
    var poller = Poller.parking();
    var answers = new int[1];
    try (var mine = new Loop(0)) {
      mine.onWake(poller::wakeup);
      for (int i = 0; i < 100; i++) {
        int n = i;
        order.ask(
            o -> {
              o.add(sender, n);
              return n;
            },
            mine.<Integer>ret(
                answer -> {
                  assertTrue(answer == null || answer == n);
                  answers[0]++;
                }));
        asked.incrementAndGet();
      }
      while (answers[0] < 100) {
        poller.poll(mine.nextWait(mine.now(), Long.MAX_VALUE, false));
        mine.run(mine.now() + 1, false);
      }
    }
    return answers[0];
  }

  @Test
  void callsToAClosedLoopFromOtherThreadsAreAnswered() throws Exception {
    ActorOwn<Probe> probe = Probe.start(loop, trace, "p");
    run();
    loop.close();
    trace.take();
    elsewhere(
        () -> {
          try (var mine = new Loop(0)) {
            probe.call(Probe::say, "never");
            probe.ask(Probe::name, trace.ret(mine, "ask"));
            loop.execute(() -> trace.add("never"));
            mine.run(1, false);
          }
        });
    assertEquals(List.of("ask = null"), trace.take());
  }

  @Test
  void aRetGoesToAnotherThreadAndItsAnswerComesHome() throws Exception {
    var theirs = new AtomicReference<@Nullable ActorOwn<Probe>>();
    var other = new Loop(0);
    theirs.set(Probe.start(other, new Trace(), "theirs"));
    other.detach();
    ActorOwn<Probe> probe = theirs.get();
    assertTrue(probe != null);
    probe.ask(Probe::name, trace.ret(loop, "answered"));
    probe.call(Probe::forget, trace.<String>ret(loop, "forgotten"));
    elsewhere(
        () -> {
          other.attach();
          other.run(1, false);
          other.close();
        });
    assertEquals(List.of(), trace.take());
    assertTrue(loop.hasWork());
    run();
    assertEquals(List.of("answered = theirs", "forgotten = null"), trace.take());
  }

  @Test
  void otherThreadsMayOnlyCallAndExecute() throws Exception {
    ActorOwn<Probe> probe = Probe.start(loop, trace, "p");
    Ret<String> ret = trace.ret(loop, "r");
    Ret<StopCause> notify = trace.ret(loop, "n");
    run();
    String here = Thread.currentThread().toString();
    elsewhere(
        () -> {
          var misuses =
              List.<Executable>of(
                  () -> loop.run(9, false),
                  loop::close,
                  loop::actors,
                  () -> loop.query(probe, Probe::name),
                  () -> loop.kill(probe, new ActorFailure("x")),
                  () -> loop.ret(answer -> {}),
                  () -> loop.lazy(() -> {}),
                  () -> loop.idle(() -> {}),
                  () -> loop.at(9, () -> {}),
                  () -> loop.cancel(0),
                  () -> loop.lazy(probe.actor(), Probe::stop),
                  () -> loop.at(9, probe.actor(), Probe::stop),
                  () -> loop.actor(Probe::new, trace, "q", Ret.nop()),
                  () -> loop.actor(Probe::new, trace, "q", notify),
                  () -> probe.ret(Probe::heard),
                  () -> ret.ret("x"),
                  ret::close,
                  () -> probe.call(Probe::answer, ret),
                  probe::owned,
                  probe::close);
          for (Executable misuse : misuses) {
            var e = assertThrows(IllegalStateException.class, misuse);
            String text = String.valueOf(e.getMessage());
            assertTrue(
                text.contains("' belongs to the loop of " + here + " but was used by "), text);
            assertTrue(text.endsWith("; other threads may only call actors and execute"), text);
          }
        });
    probe.close();
    ret.ret("unharmed");
    notify.close();
    run();
    assertEquals(
        List.of("r = unharmed", "n = null", "p closed", "p ended = Actor was dropped"),
        trace.take());
  }

  @Test
  void aRefusedRetLeavesItsFixedArgumentWhereItWas() throws Exception {
    ActorOwn<Probe> probe = Probe.start(loop, trace, "p");
    elsewhere(
        () -> {
          try (var mine = new Loop(0)) {
            Ret<String> fixed = trace.ret(mine, "fixed");
            assertThrows(
                IllegalStateException.class,
                () -> probe.<Ret<String>, String>ret((p, f, answer) -> {}, fixed));
            fixed.ret("still mine");
          }
        });
    assertEquals(List.of("fixed = still mine"), trace.take());
  }

  @Test
  void aLoopCanBeHandedToAnotherThread() throws Exception {
    ActorOwn<Probe> probe = Probe.start(loop, trace, "p");
    loop.detach();
    elsewhere(
        () -> {
          assertFalse(loop.isOwner());
          loop.attach();
          assertTrue(loop.isOwner());
          loop.run(1, false);
          probe.call(Probe::say, "over there");
          loop.run(2, false);
          loop.detach();
        });
    assertFalse(loop.isOwner());
    assertThrows(IllegalStateException.class, () -> loop.run(3, false));
    loop.attach();
    loop.run(3, false);
    assertEquals(List.of("p over there"), trace.take());
  }

  @Test
  void aLoopIsNotTakenFromAThreadThatHasNotLetGoOfIt() throws Exception {
    elsewhere(
        () -> {
          var e = assertThrows(IllegalStateException.class, loop::attach);
          assertTrue(String.valueOf(e.getMessage()).startsWith("'attach' belongs to the loop of"));
        });
    assertTrue(loop.isOwner());
    loop.attach(); // one's own again
    assertTrue(loop.isOwner());
  }

  @Test
  void whoLetsGoOfALoopIsLikeAnyOtherThreadToIt() {
    ActorOwn<Probe> probe = Probe.start(loop, trace, "p");
    loop.run(1, false);
    var wakes = new AtomicInteger();
    loop.onWake(wakes::incrementAndGet);
    loop.detach();
    assertFalse(loop.isOwner());
    probe.call(Probe::say, "called");
    loop.execute(() -> trace.add("executed"));
    assertEquals(1, wakes.get());
    for (Executable refused :
        List.<Executable>of(
            () -> loop.run(2, false),
            loop::detach,
            loop::close,
            () -> loop.after(Duration.ofSeconds(1), () -> {}),
            () -> loop.actor(Ret.nop()))) {
      var e = assertThrows(IllegalStateException.class, refused);
      assertTrue(String.valueOf(e.getMessage()).contains("the loop of nobody until attach"));
    }
    loop.attach();
    loop.run(2, false);
    assertEquals(List.of("p called", "executed"), trace.take());
  }

  @Test
  void aLoopIsNotLetGoOfDuringARunAndNotTakenOnceClosed() {
    loop.execute(
        () -> {
          assertThrows(IllegalStateException.class, loop::detach);
          trace.add("refused");
        });
    loop.run(1, false);
    assertEquals(List.of("refused"), trace.take());
    loop.close();
    loop.detach();
    assertThrows(IllegalStateException.class, loop::attach);
  }

  @Test
  void anActorsEndIsSeenByOtherThreadsThatAskLater() throws Exception {
    ActorOwn<Probe> probe = Probe.start(loop, trace, "p");
    run();
    elsewhere(() -> assertFalse(probe.actor().isGone()));
    loop.kill(probe, new ActorFailure("x"));
    elsewhere(() -> assertTrue(probe.actor().isGone()));
  }

  // The parking poller

  @Test
  void aWakeUpEndsTheNextPollOfAPoller() {
    var poller = Poller.parking();
    poller.wakeup();
    assertFalse(poller.poll(Long.MAX_VALUE));
    assertFalse(poller.poll(0));
    assertFalse(poller.poll(1));
    poller.close();
  }

  @Test
  void aWakeUpFromAnotherThreadEndsAPoll() throws Exception {
    var poller = Poller.parking();
    for (int i = 0; i < 2_000; i++) {
      Thread waker = Thread.ofPlatform().start(poller::wakeup);
      assertFalse(poller.poll(Long.MAX_VALUE));
      waker.join();
      poller.poll(0); // a permit of that wake-up may be left; it must do no harm
    }
  }

  @Test
  void aPollClearsAnInterruptThatSomebodyLeftBehind() {
    var poller = Poller.parking();
    Thread.currentThread().interrupt();
    poller.poll(Long.MAX_VALUE);
    assertFalse(Thread.interrupted());
    assertNotNull(poller);
  }
}
