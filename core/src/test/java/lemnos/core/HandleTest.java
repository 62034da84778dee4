package lemnos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Every row of {@link Handle}'s table of owners, and what is refused. */
final class HandleTest {
  private static final String ENDED =
      " was already used, or dropped at the end of the behaviour that got it; to keep it"
          + " longer call cx.hold(handle)";
  private static final String PASSED =
      " was passed on already: a handle has one owner, and an argument moves it";
  private static final String TWICE =
      " was passed twice in one call: a handle has one owner, and an argument moves it";

  private final Trace trace = new Trace();
  private final Loop loop = new Loop(0);
  private final Loop otherLoop = new Loop(0);
  private final ActorOwn<Probe> probe = Probe.start(loop, trace, "p");
  private final ActorOwn<Probe> away = Probe.start(otherLoop, trace, "away");
  private final AtomicReference<@Nullable Ret<String>> kept = new AtomicReference<>();

  private void run() {
    loop.run(loop.now() + 1, false);
    otherLoop.run(otherLoop.now() + 1, false);
    loop.run(loop.now() + 1, false);
  }

  private Ret<String> kept() {
    Ret<String> ret = kept.get();
    assertTrue(ret != null);
    return ret;
  }

  private static void refused(String text, Executable misuse) {
    assertEquals(text, assertThrows(IllegalStateException.class, misuse).getMessage());
  }

  // Owners and their ends

  @Test
  void whatIsMadeInABehaviourEndsWithItOldestFirst() {
    Probe.in(
        probe,
        cx -> {
          trace.<String>ret(cx, "one");
          kept.set(trace.ret(cx, "two"));
          trace.<String>ret(cx, "three");
          trace.add("returns");
        });
    run();
    assertEquals(List.of("returns", "one = null", "two = null", "three = null"), trace.take());
    refused(kept() + ENDED, () -> kept().ret("late"));
  }

  @Test
  void whatComesAsAnArgumentEndsWithTheBehaviour() {
    probe.call(Probe::forget, trace.<String>ret(loop, "forgotten"));
    run();
    assertEquals(List.of("forgotten = null"), trace.take());
  }

  @Test
  void aBehaviourThatThrowsEndsItsHandles() {
    Probe.in(
        probe,
        cx -> {
          trace.<String>ret(cx, "made");
          throw new UnsupportedOperationException("x");
        });
    run();
    assertEquals(
        List.of(
            "made = null",
            "p closed",
            "p ended = Actor failed: java.lang.UnsupportedOperationException: x"),
        trace.take());
  }

  @Test
  void whatAnActorHoldsLivesAsLongAsTheActor() {
    Probe.in(probe, cx -> kept.set(cx.hold(trace.ret(cx, "held"))));
    run();
    assertEquals(List.of(), trace.take());
    Probe.in(probe, cx -> kept().ret("an answer"));
    run();
    assertEquals(List.of("held = an answer"), trace.take());
    refused(kept() + ENDED, () -> kept().ret("again"));
  }

  @Test
  void aHeldHandleMayBePassedOn() {
    ActorOwn<Probe> second = Probe.start(loop, trace, "second");
    Probe.in(probe, cx -> kept.set(cx.hold(trace.ret(cx, "held"))));
    Probe.in(probe, cx -> second.call(Probe::answer, kept()));
    run();
    assertEquals(List.of("held = second"), trace.take());
  }

  @Test
  void holdingAgainMakesItTheNewest() {
    Probe.in(
        probe,
        cx -> {
          Ret<String> first = cx.hold(trace.ret(cx, "first"));
          cx.hold(trace.<String>ret(cx, "second"));
          assertSame(first, cx.hold(first));
          cx.stop();
        });
    run();
    assertEquals(
        List.of("p closed", "second = null", "first = null", "p ended = Actor stopped"),
        trace.take());
  }

  @Test
  void aQueuedCallOwnsItsArgumentsUntilItRuns() {
    probe.call(Probe::answer, trace.<String>ret(loop, "call"));
    loop.lazy(probe.actor(), Probe::answer, trace.<String>ret(loop, "lazy"));
    loop.idle(probe.actor(), Probe::answer, trace.<String>ret(loop, "idle"));
    loop.at(10, probe.actor(), Probe::answer, trace.<String>ret(loop, "timer"));
    loop.run(1, false);
    assertEquals(List.of("call = p", "lazy = p"), trace.take());
    loop.run(2, true);
    assertEquals(List.of("idle = p"), trace.take());
    loop.run(10, false);
    assertEquals(List.of("timer = p"), trace.take());
  }

  @Test
  void aQueuedCallThatIsDiscardedEndsItsArguments() {
    probe.call(Probe::stop);
    loop.lazy(probe.actor(), Probe::answer, trace.<String>ret(loop, "lazy"));
    loop.idle(probe.actor(), Probe::answer, trace.<String>ret(loop, "idle"));
    loop.at(10, probe.actor(), Probe::answer, trace.<String>ret(loop, "timer"));
    loop.run(1, false);
    assertEquals(List.of("p closed", "p ended = Actor stopped", "lazy = null"), trace.take());
    loop.run(2, true);
    assertEquals(List.of("idle = null"), trace.take());
    loop.run(10, false);
    assertEquals(List.of("timer = null"), trace.take());
  }

  @Test
  void aCancelledTimerEndsItsArguments() {
    long key = loop.at(10, probe.actor(), Probe::answer, trace.<String>ret(loop, "timer"));
    assertTrue(loop.cancel(key));
    assertEquals(List.of("timer = null"), trace.take());
    assertFalse(loop.cancel(key));
  }

  @Test
  void aRetOwnsItsFixedArgumentUntilItIsAnswered() {
    probe
        .<Ret<String>, String>ret(
            (p, fixed, answer) -> fixed.ret("and " + answer), trace.ret(loop, "fixed"))
        .ret("answered");
    run();
    assertEquals(List.of("fixed = and answered"), trace.take());
    probe
        .<Ret<String>, String>retSome(
            (p, fixed, answer) -> fixed.ret("and " + answer), trace.ret(loop, "fixed"))
        .close();
    assertEquals(List.of("fixed = null"), trace.take());
  }

  @Test
  void aRetIsAGuardThatTellsWhenItsClientLetsGo() {
    ActorOwn<Probe> owner = Probe.start(loop, trace, "owner");
    for (String how : List.of("give back", "forget", "end")) {
      ActorOwn<Probe> client = Probe.start(loop, trace, "client");
      Ret<String> guard = owner.ret((o, unused) -> o.say("has it back: " + how));
      client.call(Probe::hold, guard);
      run();
      assertEquals(List.of(), trace.take());
      switch (how) {
        case "give back" -> Probe.in(client, cx -> guard.close());
        case "forget" -> Probe.in(client, cx -> client.call(Probe::forget, guard));
        default -> client.close();
      }
      run();
      assertEquals("owner has it back: " + how, trace.take().getLast());
      assertEquals(how.equals("end"), client.actor().isGone());
    }
  }

  @Test
  void theLoopOwnsWhatIsMadeOutsideBehaviours() {
    Ret<String> ret = trace.ret(loop, "made by the host");
    loop.execute(() -> trace.<String>ret(loop, "made by host code"));
    run();
    assertEquals(List.of(), trace.take());
    loop.close();
    assertEquals("made by the host = null", trace.take().getFirst());
    refused(ret + ENDED, () -> ret.ret("late"));
  }

  @Test
  void aRetPassedToAnotherLoopIsAnsweredFromThere() {
    away.call(Probe::answer, trace.<String>ret(loop, "answered"));
    away.call(Probe::forget, trace.<String>ret(loop, "forgotten"));
    away.call(Probe::stop);
    away.call(Probe::answer, trace.<String>ret(loop, "discarded"));
    assertEquals(List.of(), trace.take());
    otherLoop.run(1, false);
    assertEquals(List.of("away closed"), trace.take().stream().limit(1).toList());
    loop.run(1, false);
    assertEquals(List.of("answered = away", "forgotten = null", "discarded = null"), trace.take());
  }

  @Test
  void anotherLoopThatClosesRefusesTheRetsItGot() {
    away.call(Probe::hold, trace.<String>ret(loop, "held there"));
    otherLoop.run(1, false);
    away.call(Probe::answer, trace.<String>ret(loop, "queued there"));
    otherLoop.close();
    away.call(Probe::answer, trace.<String>ret(loop, "sent there later"));
    trace.take();
    loop.run(1, false);
    assertEquals(
        List.of("queued there = null", "held there = null", "sent there later = null"),
        trace.take());
  }

  // What is refused

  @Test
  void answeringTwiceIsRefused() {
    Ret<String> ret = trace.ret(loop, "r");
    ret.ret("once");
    refused(ret + ENDED, () -> ret.ret("twice"));
    assertEquals(List.of("r = once"), trace.take());
  }

  @Test
  void closingAfterTheEndDoesNothing() {
    Ret<String> ret = trace.ret(loop, "r");
    ret.ret("once");
    ret.close();
    Ret<String> closed = trace.ret(loop, "c");
    closed.close();
    closed.close();
    assertEquals(List.of("r = once", "c = null"), trace.take());
  }

  @Test
  void usingWhatWasPassedOnIsRefused() {
    Ret<String> ret = trace.ret(loop, "r");
    probe.call(Probe::answer, ret);
    refused(ret + PASSED, () -> ret.ret("mine"));
    refused(ret + PASSED, () -> probe.call(Probe::answer, ret));
    refused(ret + PASSED, () -> probe.ask(Probe::name, ret));
    refused(ret + PASSED, () -> loop.lazy(probe.actor(), Probe::answer, ret));
    refused(ret + PASSED, () -> loop.at(5, probe.actor(), Probe::answer, ret));
    run();
    assertEquals(List.of("r = p"), trace.take());
  }

  @Test
  void closingWhatWasPassedOnDoesNothing() {
    Ret<String> ret = trace.ret(loop, "r");
    probe.call(Probe::answer, ret);
    ret.close();
    assertEquals(List.of(), trace.take());
    run();
    assertEquals(List.of("r = p"), trace.take());
    try (ActorOwn<Probe> own = Probe.start(loop, trace, "q")) {
      probe.call(Probe::hold, own);
    }
    run();
    assertEquals(List.of(), trace.take());
  }

  @Test
  void usingWhatWentToAnotherLoopIsRefused() {
    Ret<String> ret = trace.ret(loop, "r");
    away.call(Probe::answer, ret);
    refused(ret + PASSED, () -> ret.ret("mine"));
    refused(ret + PASSED, () -> away.call(Probe::answer, ret));
    ret.close();
    run();
    assertEquals(List.of("r = away"), trace.take());
  }

  @Test
  void passingAHandleTwiceInOneCallIsRefusedAndNothingMoves() {
    Ret<String> ret = trace.ret(loop, "r");
    refused(ret + TWICE, () -> probe.call((p, a, b) -> {}, ret, ret));
    refused(ret + TWICE, () -> probe.call((p, a, b, c) -> {}, ret, "x", ret));
    refused(ret + TWICE, () -> probe.call((p, a, b, c, d) -> {}, "x", ret, "y", ret));
    refused(ret + TWICE, () -> probe.ask((p, a) -> "x", ret, ret));
    refused(ret + TWICE, () -> probe.ask((p, a, b, c, d) -> "x", 1, 2, 3, ret, ret));
    refused(ret + TWICE, () -> away.call((p, a, b) -> {}, ret, ret));
    ret.ret("still mine");
    run();
    assertEquals(List.of("r = still mine"), trace.take());
  }

  @Test
  void aCallRefusedForOneHandleMovesNone() {
    Ret<String> good = trace.ret(loop, "good");
    Ret<String> bad = trace.ret(loop, "bad");
    bad.close();
    refused(bad + ENDED, () -> probe.call((p, a, b) -> {}, good, bad));
    refused(bad + ENDED, () -> probe.call((p, a, b, c) -> {}, good, "x", bad));
    refused(bad + ENDED, () -> loop.lazy(probe.actor(), (p, a, b) -> {}, good, bad));
    refused(bad + ENDED, () -> away.call((p, a, b) -> {}, good, bad));
    good.ret("still mine");
    assertEquals(List.of("bad = null", "good = still mine"), trace.take());
  }

  @Test
  void anActorRefusedForAnArgumentIsNotMade() {
    Ret<String> bad = trace.ret(loop, "bad");
    bad.close();
    Ret<StopCause> notify = trace.ret(loop, "notify");
    int actors = loop.actorCount();
    refused(bad + ENDED, () -> loop.actor((cx, a) -> new Object(), bad, notify));
    refused(bad + ENDED, () -> loop.actor((cx, a, b) -> new Object(), 1, bad, notify));
    refused(bad + ENDED, () -> loop.actor((cx, a, b, c) -> new Object(), 1, 2, bad, notify));
    refused(bad + ENDED, () -> loop.actor((cx, a, b, c, d) -> new Object(), 1, 2, 3, bad, notify));
    refused(notify + TWICE, () -> loop.actor((cx, a) -> new Object(), notify, notify));
    assertEquals(actors, loop.actorCount());
    notify.ret(new StopCause.Stopped());
    assertEquals(List.of("bad = null", "notify = Actor stopped"), trace.take());
  }

  @Test
  void anOwnerCannotLeaveItsLoop() {
    Ret<String> ret = trace.ret(loop, "r");
    var e =
        assertThrows(IllegalArgumentException.class, () -> away.call((p, a, b) -> {}, ret, probe));
    assertEquals(
        probe + " cannot leave its loop; pass its actor(), or ask its owner to act",
        e.getMessage());
    assertThrows(IllegalArgumentException.class, () -> away.call(Probe::hold, probe));
    ret.ret("still mine");
    run();
    assertFalse(probe.actor().isGone());
    assertEquals(List.of("r = still mine"), trace.take());
  }

  @Test
  void anAnswerThatCannotBeDeliveredIsRefusedAndTheRetIsStillOpen() {
    Ret<Object> here = loop.ret(answer -> trace.add("heard " + answer));
    Probe.in(away, cx -> {});
    away.<Ret<Object>>call(
        (p, ret) -> {
          ActorOwn<Probe> mine = away.owned();
          assertThrows(IllegalArgumentException.class, () -> ret.ret(mine));
          mine.close();
          ret.ret("something else");
        },
        here);
    run();
    assertEquals(List.of("heard something else"), trace.take());
  }

  @Test
  void onlyAnActorOfTheSameLoopHoldsAHandle() {
    Ret<String> ret = trace.ret(loop, "r");
    Probe.in(
        away,
        cx -> {
          var e = assertThrows(IllegalArgumentException.class, () -> cx.hold(ret));
          trace.add(String.valueOf(e.getMessage()));
        });
    run();
    assertEquals(
        List.of(ret + " belongs to another loop: only an actor of that loop can hold it"),
        trace.take());
  }

  @Test
  void loopsUseTheirOwnActorsOnly() {
    String text = " lives on another loop: call it, and let it use its own queues and timers";
    otherLoop.run(1, false);
    for (Executable misuse :
        List.<Executable>of(
            () -> loop.lazy(away.actor(), Probe::stop),
            () -> loop.idle(away.actor(), Probe::stop),
            () -> loop.at(5, away.actor(), Probe::stop),
            () -> loop.query(away, Probe::name),
            () -> loop.kill(away, new ActorFailure("x")))) {
      var e = assertThrows(IllegalArgumentException.class, misuse);
      assertEquals(away.actor() + text, e.getMessage());
    }
  }
}
