package lemnos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A stage's end reaches an actor, once, on its loop: row 72. */
final class OutcomeTest {
  private final Trace trace = new Trace();
  private final Loop loop = new Loop(0);
  private final CompletableFuture<String> stage = new CompletableFuture<>();

  private Ret<Outcome<String>> heard() {
    return trace.ret(loop, "heard");
  }

  private void run() {
    loop.run(loop.now() + 1, false);
  }

  @Test
  void aValueArrivesThroughTheQueue() {
    Outcome.toRet(stage, heard());
    run();
    stage.complete("x");
    assertEquals(List.of(), trace.take());
    run();
    assertEquals(List.of("heard = Value[value=x]"), trace.take());
  }

  @Test
  void aStageThatIsDoneAnswersLikeAnyOther() {
    stage.complete("x");
    Outcome.toRet(stage, heard());
    assertEquals(List.of(), trace.take());
    run();
    assertEquals(List.of("heard = Value[value=x]"), trace.take());
  }

  @Test
  void aNullIsAValue() {
    Outcome.toRet(CompletableFuture.completedFuture(null), heard());
    run();
    assertEquals(List.of("heard = Value[value=null]"), trace.take());
  }

  @Test
  void anErrorArrivesAsItself() {
    var error = new ActorFailure("bad");
    Outcome.toRet(stage.thenApply(s -> s + "!"), heard());
    stage.completeExceptionally(error);
    run();
    assertEquals(List.of("heard = Failure[error=lemnos.core.ActorFailure: bad]"), trace.take());
  }

  @Test
  void aCancelledStageHasFailed() {
    Outcome.toRet(stage, heard());
    stage.cancel(false);
    run();
    assertEquals(
        List.of("heard = Failure[error=java.util.concurrent.CancellationException]"), trace.take());
  }

  @Test
  void anotherThreadMayCompleteIt() throws InterruptedException {
    ActorOwn<Probe> probe = Probe.start(loop, trace, "p");
    Outcome.toRet(
        stage, probe.ret((Probe p, @Nullable Outcome<String> o) -> p.say(String.valueOf(o))));
    Thread.ofPlatform().start(() -> stage.complete("x")).join();
    run();
    assertEquals(List.of("p Value[value=x]"), trace.take());
  }

  @Test
  void theRetMovesAndAnswersNullWhenItsLoopCloses() {
    Ret<Outcome<String>> ret = heard();
    Outcome.toRet(stage, ret);
    assertThrows(IllegalStateException.class, () -> ret.ret(new Outcome.Value<>("mine")));
    ret.close();
    loop.close();
    assertEquals(List.of("heard = null"), trace.take());
    stage.complete("late");
    assertEquals(List.of(), trace.take());
  }

  @Test
  void aRetPassedFromAnotherLoopIsAnsweredToo() {
    var otherLoop = new Loop(0);
    ActorOwn<Probe> away = Probe.start(otherLoop, trace, "away");
    away.call((Probe p, Ret<Outcome<String>> ret) -> Outcome.toRet(stage, ret), heard());
    otherLoop.run(1, false);
    stage.complete("x");
    otherLoop.run(2, false);
    run();
    assertEquals(List.of("heard = Value[value=x]"), trace.take());
  }

  @Test
  void aHandleInTheValueMoves() {
    var handles = new CompletableFuture<Ret<String>>();
    ActorOwn<Probe> probe = Probe.start(loop, trace, "p");
    Outcome.<Ret<String>>toRet(
        handles, probe.ret((Probe p, @Nullable Outcome<Ret<String>> o) -> {}));
    handles.complete(trace.ret(loop, "inner"));
    assertEquals(List.of(), trace.take());
    run();
    assertEquals(List.of("inner = null"), trace.take());
  }

  @Test
  void nobodyMayWantIt() {
    Outcome.<String>toRet(stage, Ret.nop());
    stage.complete("x");
    run();
    assertEquals(List.of(), trace.take());
  }
}
