package lemnos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Questions from threads that own no loop: PARITY W24, row 71. */
@Timeout(300)
final class AskingTest {
  private final Trace trace = new Trace();
  private final Loop loop = new Loop(0);

  AskingTest() {
    loop.onUncaught((where, t) -> trace.add("uncaught: " + t.getMessage()));
  }

  private void run() {
    loop.run(loop.now() + 1, false);
  }

  private static ActorGone gone(CompletableFuture<?> future) {
    assertTrue(future.isDone());
    return assertInstanceOf(
        ActorGone.class, assertThrows(CompletionException.class, future::join).getCause());
  }

  /** Adds up; knows how to misbehave. */
  private static final class Sum {
    private final Cx<Sum> cx;

    Sum(Cx<Sum> cx) {
      this.cx = cx;
    }

    static @Nullable Sum never(Cx<Sum> cx) {
      return null;
    }

    int zero() {
      return 0;
    }

    int of(int a) {
      return a;
    }

    long of(int a, long b) {
      return a + b;
    }

    @Nullable String nothing() {
      return null;
    }

    String boom() throws IOException {
      throw new IOException("boom");
    }

    String lastWords() {
      cx.stop();
      return "bye";
    }

    Ret<String> handle() {
      return cx.ret(answer -> {});
    }
  }

  private final ActorOwn<Sum> sum = loop.actor(Sum::new, trace.ret(loop, "sum ended"));

  @Test
  void aQueryOfEveryArityIsAnsweredToAnotherThread() throws Exception {
    var failure = new AtomicReference<@Nullable Throwable>();
    var asker =
        Host.start(
            () -> {
              assertEquals(0, sum.asking(Sum::zero).join());
              assertEquals(5, sum.<Integer, Integer>asking(Sum::of, 5).join());
              assertEquals(7L, sum.<Integer, Long, Long>asking(Sum::of, 5, 2L).join());
              assertEquals(0, sum.actor().asking(Sum::zero).join());
            },
            failure);
    Host.runUntil(loop, () -> loop.hasWork() || !asker.isAlive());
    while (asker.isAlive()) {
      run();
    }
    asker.join();
    assertNull(failure.get());
  }

  @Test
  void aQueryThatReturnsNullHasAnswered() {
    var future = sum.<@Nullable String>asking(Sum::nothing);
    run();
    assertNull(future.join());
    assertFalse(future.isCompletedExceptionally());
  }

  @Test
  void anAnswerIsGivenEvenIfTheActorStopsByIt() {
    var future = sum.asking(Sum::lastWords);
    run();
    assertEquals("bye", future.join());
    assertEquals(List.of("sum ended = Actor stopped"), trace.take());
  }

  @Test
  void aQueryThatThrowsGivesNoAnswerAndTheFutureSaysWhatWasThrown() {
    var future = sum.asking(Sum::boom);
    run();
    var gone = gone(future);
    assertInstanceOf(IOException.class, gone.getCause());
    assertEquals(
        "Actor#1 did not answer: Actor failed: java.io.IOException: boom", gone.getMessage());
    assertEquals(List.of("sum ended = Actor failed: java.io.IOException: boom"), trace.take());
  }

  @Test
  void anActorThatHasEndedDoesNotAnswer() throws Exception {
    run();
    loop.kill(sum, new ActorFailure("killed"));
    var mine = sum.asking(Sum::zero);
    var theirs = new AtomicReference<CompletableFuture<Integer>>();
    Host.elsewhere(() -> theirs.set(sum.asking(Sum::zero)));
    assertFalse(mine.isDone(), "the answer comes when the query's turn does");
    run();
    assertEquals(
        "Actor#1 did not answer: Actor was killed: lemnos.core.ActorFailure: killed",
        gone(mine).getMessage());
    assertEquals("killed", String.valueOf(gone(theirs.get()).getCause()).split(": ")[1]);
  }

  @Test
  void anActorThatWasStoppedOrDroppedIsNamedAsSuch() {
    var first = sum.asking(Sum::lastWords);
    var second = sum.asking(Sum::zero);
    ActorOwn<Sum> other = loop.actor(Sum::new, Ret.nop());
    run();
    other.close();
    var third = other.actor().asking(Sum::zero);
    run();
    assertEquals("bye", first.join());
    assertEquals("Actor#1 did not answer: Actor stopped", gone(second).getMessage());
    assertEquals("Actor#2 did not answer: Actor was dropped", gone(third).getMessage());
    assertNull(gone(third).getCause());
  }

  @Test
  void anActorThatIsNeverReadyAnswersNobodyWhenItEnds() {
    ActorOwn<Sum> unready = loop.actor(Sum::never, Ret.nop());
    var future = unready.asking(Sum::zero);
    run();
    assertFalse(future.isDone());
    unready.close();
    run();
    assertEquals("Actor#2 did not answer: Actor was dropped", gone(future).getMessage());
  }

  @Test
  void aLoopThatClosesAnswersThoseWhoWait() {
    run();
    var future = sum.asking(Sum::zero);
    loop.close();
    assertEquals("Actor#1 did not answer: its loop is closed", gone(future).getMessage());
  }

  @Test
  void aClosedLoopAnswersAtOnce() throws Exception {
    loop.close();
    Host.elsewhere(
        () -> {
          var e = gone(sum.asking(Sum::zero));
          assertTrue(String.valueOf(e.getMessage()).startsWith("Actor#1 did not answer: "));
        });
  }

  @Test
  void aHandleCannotBeTheResultOfAFuture() {
    var future = sum.asking(Sum::handle);
    run();
    var gone = gone(future);
    assertInstanceOf(IllegalArgumentException.class, gone.getCause());
    assertTrue(
        String.valueOf(gone.getMessage())
            .endsWith(" cannot leave its loop as the result of a future; ask with a Ret"));
  }

  @Test
  void whatDependsOnTheFutureRunsOnTheLoopAndItsFailureStaysInTheFuture() {
    var here = Thread.currentThread();
    var dependent =
        sum.asking(Sum::zero)
            .thenAccept(
                zero -> {
                  assertSame(here, Thread.currentThread());
                  throw new ArithmeticException("dependent");
                });
    run();
    assertThrows(CompletionException.class, dependent::join);
    assertEquals(0, loop.query(sum, Sum::zero));
    assertEquals(List.of(), trace.take());
  }

  @Test
  void anAskerWhoHasGivenUpHarmsNobody() {
    var future = sum.asking(Sum::zero);
    future.cancel(true);
    run();
    assertTrue(future.isCancelled());
    assertEquals(List.of(), trace.take());
  }

  @Test
  void everyQuestionIsAnsweredByALoopThatClosesMeanwhile() throws Exception {
    for (int round = 0; round < 100; round++) {
      var closing = new Loop(0);
      ActorOwn<Sum> actor = closing.actor(Sum::new, Ret.nop());
      var asked = new AtomicInteger();
      var failure = new AtomicReference<@Nullable Throwable>();
      var asker =
          Host.start(
              () -> {
                boolean open = true;
                while (open) {
                  asked.incrementAndGet();
                  open = answered(actor.asking(Sum::zero));
                }
              },
              failure);
      while (asked.get() < round) {
        closing.run(closing.now() + 1, false);
      }
      closing.close();
      asker.join();
      assertNull(failure.get());
    }
  }

  private static boolean answered(CompletableFuture<Integer> future) {
    try {
      return future.join() == 0;
    } catch (CompletionException e) {
      assertInstanceOf(ActorGone.class, e.getCause());
      return false;
    }
  }
}
