package lemnos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.SynchronousQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a piped thread promises: PARITY W12 to W18, B10, row 70, section 6 item 27. */
@Timeout(300)
final class PipedThreadTest {
  private final Trace trace = new Trace();
  private final HeldThreads threads = new HeldThreads();
  private final Loop loop = new Loop(0, threads);

  /** For threads that really wait: starts them itself. */
  private final Loop live = new Loop(0);

  PipedThreadTest() {
    loop.onUncaught((where, t) -> trace.add("uncaught: " + t.getMessage()));
    live.onUncaught((where, t) -> trace.add("uncaught: " + t.getMessage()));
  }

  private void run() {
    loop.run(loop.now() + 1, false);
  }

  private PipedThread<String, String> pipe(Loop on, PipedThread.Body<String, String> body) {
    return on.pipedThread("pipe", true, trace::add, trace.ret(on, "ended"), body);
  }

  private static void echo(PipedLink<String, String> link) throws InterruptedException {
    for (String m = link.receive(); m != null; m = link.receive()) {
      link.send("echo " + m);
    }
    link.send("received all");
  }

  private void runLiveUntilEnded() {
    var lines = new ArrayList<String>();
    Host.runUntil(
        live,
        () -> {
          lines.addAll(trace.take());
          return !lines.isEmpty() && lines.getLast().startsWith("ended");
        });
    lines.forEach(trace::add);
  }

  // W12 to W15: there and back

  @Test
  void theThreadIsStartedByTheLoopsWorldOfTheKindThatWasAskedFor() throws Exception {
    loop.<String, String>pipedThread("a", true, trace::add, Ret.nop(), link -> {});
    loop.<String, String>pipedThread("b", false, trace::add, Ret.nop(), link -> {});
    assertEquals(List.of("a virtual", "b platform"), threads.started);
    threads.runToEnd();
    threads.runToEnd();
  }

  @Test
  void messagesGoOutAndComeInInOrder() throws Exception {
    var pipe = pipe(loop, PipedThreadTest::echo);
    assertTrue(pipe.send("1"));
    assertTrue(pipe.send("2"));
    pipe.finish();
    threads.runToEnd();
    assertEquals(List.of(), trace.take());
    run();
    assertEquals(List.of("echo 1", "echo 2", "received all", "ended = null"), trace.take());
  }

  @Test
  void aThreadThatWaitsGetsWhatComesLater() {
    var pipe = pipe(live, PipedThreadTest::echo);
    int messages = 20_000;
    for (int i = 0; i < messages; i++) {
      pipe.send("" + i);
      if (i % 100 == 0) {
        live.run(live.now() + 1, false);
      }
    }
    pipe.finish();
    runLiveUntilEnded();
    List<String> lines = trace.take();
    for (int i = 0; i < messages; i++) {
      assertEquals("echo " + i, lines.get(i));
    }
    assertEquals(List.of("received all", "ended = null"), lines.subList(messages, lines.size()));
  }

  @Test
  void aThreadMayOnlyGenerate() throws Exception {
    pipe(
        loop,
        link -> {
          for (int i = 0; i < 200; i++) {
            assertTrue(link.send("" + i));
          }
        });
    threads.runToEnd();
    run();
    List<String> lines = trace.take();
    assertEquals(201, lines.size());
    assertEquals("199", lines.get(199));
    assertEquals("ended = null", lines.get(200));
  }

  @Test
  void anActorUsesAThreadThroughItsOwnFwdAndRet() throws Exception {
    ActorOwn<Probe> probe = Probe.start(loop, trace, "p");
    Probe.in(
        probe,
        cx -> {
          var self = cx.self();
          Ret<Throwable> ended = self.ret((p, t) -> p.say("thread ended " + t));
          PipedThread.Body<String, String> body = link -> link.send("hello");
          cx.hold(cx.pipedThread("t", true, self.fwd(Probe::say), ended, body));
        });
    run();
    threads.runToEnd();
    run();
    assertEquals(List.of("p hello", "p thread ended null"), trace.take());
  }

  @Test
  void aReceiverThatThrowsGetsTheRestAndTheEnd() throws Exception {
    loop.<String, String>pipedThread(
        "t",
        true,
        m -> {
          throw new IllegalStateException("no " + m);
        },
        trace.ret(loop, "ended"),
        link -> {
          link.send("1");
          link.send("2");
        });
    threads.runToEnd();
    run();
    assertEquals(List.of("uncaught: no 1", "uncaught: no 2", "ended = null"), trace.take());
  }

  // B10: draining

  @Test
  void finishLetsTheThreadWorkOffWhatItWasSent() throws Exception {
    var pipe = pipe(loop, PipedThreadTest::echo);
    pipe.send("1");
    pipe.finish();
    pipe.finish();
    var e = assertThrows(IllegalStateException.class, () -> pipe.send("2"));
    assertEquals("this thread was told to finish: it gets nothing more", e.getMessage());
    threads.runToEnd();
    run();
    assertEquals(List.of("echo 1", "received all", "ended = null"), trace.take());
  }

  @Test
  void finishWakesAThreadThatWaits() throws Exception {
    var pipe = pipe(loop, PipedThreadTest::echo);
    Thread thread = threads.held.getFirst();
    threads.run();
    Host.awaitWaiting(thread);
    pipe.finish();
    thread.join();
    run();
    assertEquals(List.of("received all", "ended = null"), trace.take());
  }

  @Test
  void aCancelBeatsAFinish() throws Exception {
    var pipe = pipe(loop, PipedThreadTest::echo);
    pipe.send("1");
    pipe.finish();
    pipe.close();
    threads.runToEnd();
    run();
    assertEquals(List.of("ended = null"), trace.take());
  }

  // W14, W16, W17, item 27: cancelling

  @Test
  void aCancelledThreadReceivesNothingMoreEvenIfMessagesWait() throws Exception {
    var seen = new ArrayList<String>();
    var pipe =
        pipe(
            loop,
            link -> {
              seen.add("cancelled " + link.isCancelled());
              seen.add("received " + link.receive());
              seen.add("again " + link.receive());
              seen.add("sent " + link.send("unwanted"));
            });
    pipe.send("1");
    pipe.close();
    threads.runToEnd();
    assertEquals(List.of("cancelled true", "received null", "again null", "sent false"), seen);
    run();
    assertEquals(List.of("ended = null"), trace.take());
  }

  @Test
  void nothingArrivesAfterACancelButTheEnd() throws Exception {
    var pipe = pipe(loop, link -> link.send("sent before the cancel"));
    threads.runToEnd();
    pipe.close();
    run();
    assertEquals(List.of("ended = null"), trace.take());
  }

  @Test
  void aReceiverThatCancelsInTheMiddleOfABatchGetsNothingMore() throws Exception {
    var pipes = new ArrayList<PipedThread<String, String>>();
    pipes.add(
        loop.pipedThread(
            "t",
            true,
            m -> {
              trace.add(m);
              pipes.getFirst().close();
            },
            trace.ret(loop, "ended"),
            link -> {
              link.send("1");
              link.send("2");
            }));
    threads.runToEnd();
    run();
    assertEquals(List.of("1", "ended = null"), trace.take());
  }

  @Test
  void theEndOfTheOwnerCancelsAThreadThatWaits() throws Exception {
    ActorOwn<Probe> probe = Probe.start(loop, trace, "p");
    Probe.in(probe, cx -> cx.hold(pipe(loop, PipedThreadTest::echo)));
    run();
    Thread thread = threads.held.getFirst();
    threads.run();
    Host.awaitWaiting(thread);
    loop.kill(probe, new ActorFailure("x"));
    thread.join();
    run();
    assertEquals(
        List.of(
            "p closed", "p ended = Actor was killed: lemnos.core.ActorFailure: x", "ended = null"),
        trace.take());
  }

  @Test
  void aThreadForgottenByTheBehaviourThatMadeItIsCancelled() throws Exception {
    ActorOwn<Probe> probe = Probe.start(loop, trace, "p");
    Probe.in(probe, cx -> pipe(loop, PipedThreadTest::echo));
    run();
    threads.runToEnd();
    run();
    assertEquals(List.of("ended = null"), trace.take());
  }

  @Test
  void aCancelInterruptsWhateverTheThreadWaitsFor() throws Exception {
    for (var kind : new Boolean[] {true, false}) {
      var never = new SynchronousQueue<String>();
      PipedThread<String, String> pipe =
          loop.pipedThread(
              "t", kind, trace::add, trace.ret(loop, "ended"), link -> link.send(never.take()));
      Thread thread = threads.held.getFirst();
      threads.run();
      Host.awaitWaiting(thread);
      pipe.close();
      thread.join();
      run();
      assertEquals(List.of("ended = null"), trace.take());
    }
  }

  @Test
  void aThreadThatWasToldOfTheCancelCleansUpUndisturbed() throws Exception {
    var interrupted = new ArrayList<Boolean>();
    var pipe =
        pipe(
            loop,
            link -> {
              assertNull(link.receive());
              interrupted.add(Thread.currentThread().isInterrupted());
            });
    Thread thread = threads.held.getFirst();
    threads.run();
    Host.awaitWaiting(thread);
    pipe.close();
    thread.join();
    assertEquals(List.of(false), interrupted);
  }

  @Test
  void aThreadCancelledWhileItIsBusyIsInterruptedAndOnceOnly() throws Exception {
    var interrupted = new ArrayList<Boolean>();
    var running = new CountDownLatch(1);
    var pipe =
        pipe(
            loop,
            link -> {
              running.countDown();
              while (!link.isCancelled()) {
                Thread.onSpinWait();
              }
              interrupted.add(Thread.currentThread().isInterrupted());
              assertNull(link.receive());
              interrupted.add(Thread.currentThread().isInterrupted());
            });
    Thread thread = threads.held.getFirst();
    threads.run();
    running.await();
    pipe.close();
    thread.join();
    run();
    assertEquals(List.of("ended = null"), trace.take());
    assertEquals(List.of(true, false), interrupted);
  }

  @Test
  void anInterruptOfSomebodyElseIsAnErrorLikeAnyOther() throws Exception {
    var pipe = pipe(loop, PipedThreadTest::echo);
    pipe.send("1");
    Thread thread = threads.held.getFirst();
    threads.run();
    Host.awaitWaiting(thread);
    thread.interrupt();
    thread.join();
    run();
    assertEquals(List.of("echo 1", "ended = java.lang.InterruptedException"), trace.take());
  }

  // W18: the end

  @Test
  void anExceptionOfTheThreadIsReportedAfterAllThatItSent() throws Exception {
    for (Exception failure : new Exception[] {new IOException("x"), new RuntimeException("y")}) {
      pipe(
          loop,
          link -> {
            link.send("last words");
            throw failure;
          });
      threads.runToEnd();
      run();
      assertEquals(List.of("last words", "ended = " + failure), trace.take());
    }
  }

  @Test
  void anErrorOfTheThreadIsReportedToo() throws Exception {
    var pipe =
        pipe(
            loop,
            link -> {
              throw new AssertionError("TEST PANIC");
            });
    threads.runToEnd();
    pipe.close();
    run();
    assertEquals(List.of("ended = java.lang.AssertionError: TEST PANIC"), trace.take());
  }

  @Test
  void aThreadThatFailsAfterACancelIsReportedAsFailed() throws Exception {
    var pipe =
        pipe(
            loop,
            link -> {
              throw new IOException("while cleaning up");
            });
    pipe.close();
    threads.runToEnd();
    run();
    assertEquals(List.of("ended = java.io.IOException: while cleaning up"), trace.take());
  }

  @Test
  void theEndIsReportedToAnotherLoopThatAsksForIt() throws Exception {
    try (var other = new Loop(0)) {
      Ret<Throwable> ended = trace.ret(other, "ended over there");
      loop.<String, String>pipedThread(
          "t",
          true,
          trace::add,
          ended,
          link -> {
            throw new IOException("x");
          });
      assertThrows(IllegalStateException.class, () -> ended.ret(new IOException("moved")));
      threads.runToEnd();
      run();
      assertEquals(List.of(), trace.take());
      other.run(1, false);
      assertEquals(List.of("ended over there = java.io.IOException: x"), trace.take());
    }
  }

  @Test
  void aMessageToAThreadThatHasEndedIsRefused() throws Exception {
    var pipe = pipe(loop, link -> {});
    assertTrue(pipe.send("in time, but never received"));
    threads.runToEnd();
    assertFalse(pipe.send("late"));
    pipe.finish();
    run();
    assertEquals(List.of("ended = null"), trace.take());
    pipe.close();
    run();
    assertEquals(List.of(), trace.take());
  }

  // The end of the loop

  @Test
  void aLoopThatClosesCancelsItsThreadsAndAnswersForThemOnce() throws Exception {
    ActorOwn<Probe> probe = Probe.start(loop, trace, "p");
    Probe.in(probe, cx -> cx.hold(pipe(loop, PipedThreadTest::untilCancelled)));
    run();
    pipe(loop, PipedThreadTest::untilCancelled);
    var waiting = List.copyOf(threads.held);
    threads.run();
    threads.run();
    for (Thread thread : waiting) {
      Host.awaitWaiting(thread);
    }
    loop.close();
    for (Thread thread : waiting) {
      thread.join();
    }
    assertEquals(
        List.of("ended = null", "ended = null", "p closed", "p ended = Actor was dropped"),
        trace.take());
  }

  private static void untilCancelled(PipedLink<String, String> link) throws InterruptedException {
    assertNull(link.receive());
    assertFalse(link.send("too late"));
    throw new ActorFailure("nobody hears this");
  }

  @Test
  void anEndThatIsOnItsWayWhenTheLoopClosesIsStillAnswered() throws Exception {
    pipe(
        loop,
        link -> {
          throw new IOException("x");
        });
    threads.runToEnd();
    loop.close();
    assertEquals(List.of("ended = null"), trace.take());
  }

  @Test
  void aClosedLoopStartsNoThreadAndNeitherDoesAnotherThread() throws Exception {
    var pipe = pipe(loop, link -> {});
    Host.elsewhere(
        () -> {
          assertThrows(IllegalStateException.class, () -> pipe(loop, link -> {}));
          assertThrows(IllegalStateException.class, () -> pipe.send("x"));
          assertThrows(IllegalStateException.class, pipe::finish);
          assertThrows(IllegalStateException.class, pipe::close);
        });
    loop.close();
    assertThrows(IllegalStateException.class, () -> pipe(loop, link -> {}));
    assertThrows(IllegalStateException.class, () -> pipe.send("x"));
    assertEquals(List.of("pipe virtual"), threads.started);
  }

  // Misuse and misfortune

  @Test
  void aThreadThatCannotBeStartedIsAnExceptionAndAnEnd() {
    var e =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                loop.<String, String>pipedThread(
                    "", true, trace::add, trace.ret(loop, "ended"), link -> {}));
    assertEquals("no thread to be had", e.getMessage());
    assertEquals(
        List.of("ended = java.lang.IllegalArgumentException: no thread to be had"), trace.take());
    loop.close();
    assertEquals(List.of(), trace.take());
  }

  private record Letter(Ret<String> answer) {}

  @Test
  void handlesCannotBeSentToAThread() {
    var pipe = loop.<Object, String>pipedThread("t", true, trace::add, Ret.nop(), link -> {});
    Ret<String> ret = trace.ret(loop, "ret");
    var e = assertThrows(IllegalArgumentException.class, () -> pipe.send(ret));
    assertTrue(
        String.valueOf(e.getMessage()).endsWith(" cannot go to a thread, which has no loop"));
    assertThrows(IllegalArgumentException.class, () -> pipe.send(new Letter(ret)));
    ret.ret("still mine");
    assertEquals(List.of("ret = still mine"), trace.take());
  }

  @Test
  void aThreadsHandleIsLinear() {
    ActorOwn<Probe> probe = Probe.start(loop, trace, "p");
    var pipe = pipe(loop, link -> {});
    probe.call(Probe::hold, pipe);
    assertThrows(IllegalStateException.class, () -> pipe.send("moved"));
    run();
    assertTrue(pipe.send("held"));
    pipe.close();
    assertThrows(IllegalStateException.class, () -> pipe.send("ended"));
    assertThrows(IllegalStateException.class, pipe::finish);
  }

  @Test
  void aThreadMayShareItsLinkWithOthersThatItStarts() throws Exception {
    pipe(
        loop,
        link -> {
          var one = Thread.ofVirtual().start(() -> link.send("1"));
          one.join();
          var two = Thread.ofPlatform().start(() -> link.send("2"));
          two.join();
        });
    threads.runToEnd();
    run();
    assertEquals(List.of("1", "2", "ended = null"), trace.take());
  }

  @Test
  void theBodyRunsOnAThreadOfItsOwn() {
    var here = Thread.currentThread();
    @Nullable Thread[] there = new @Nullable Thread[1];
    pipe(live, link -> there[0] = Thread.currentThread());
    runLiveUntilEnded();
    assertNotNull(there[0]);
    assertNotSame(here, there[0]);
    assertSame("pipe", there[0].getName().intern());
    assertEquals(List.of("ended = null"), trace.take());
  }

  @Test
  void manyThreadsEndWhileTheirOwnersCancelThem() {
    int rounds = 500;
    var ends = new int[1];
    for (int i = 0; i < rounds; i++) {
      PipedThread<String, String> pipe =
          live.pipedThread("t" + i, true, m -> {}, live.ret(t -> ends[0]++), PipedThreadTest::echo);
      pipe.send("x");
      if (i % 3 == 0) {
        pipe.finish();
      }
      if (i % 2 == 0) {
        live.run(live.now() + 1, false);
      }
      pipe.close();
    }
    Host.runUntil(live, () -> ends[0] == rounds);
    live.run(live.now() + 1, false);
    assertEquals(rounds, ends[0]);
    assertEquals(List.of(), trace.take());
  }
}
