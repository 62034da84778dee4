package lemnos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Answers and forwards. PARITY-stakker.md 2.8. */
final class RetTest {
  private final Trace trace = new Trace();
  private final Loop loop = new Loop(0);
  private final Loop otherLoop = new Loop(0);
  private final ActorOwn<Listener> listener = loop.actor(Listener::new, trace, Ret.nop());
  private final ActorOwn<Probe> probe = Probe.start(loop, trace, "p");
  private final ActorOwn<Probe> away = Probe.start(otherLoop, trace, "away");

  /** An actor that notes what comes to it. */
  private static final class Listener {
    private final Trace trace;

    Listener(Cx<Listener> cx, Trace trace) {
      this.trace = trace;
    }

    void heard(@Nullable String message) {
      trace.add("heard " + message);
    }

    void heard1(int fixed, @Nullable String message) {
      trace.add("heard " + fixed + " " + message);
    }

    void heard2(int one, String two, @Nullable String message) {
      trace.add("heard " + one + " " + two + " " + message);
    }

    void taken(@Nullable ActorOwn<Probe> own) {
      assertNotNull(own).call(Probe::say, "taken");
    }

    void nested(@Nullable Ret<String> inner) {
      assertNotNull(inner).ret("to the inner one");
    }

    private static <T> T assertNotNull(@Nullable T value) {
      if (value == null) {
        throw new AssertionError("nothing came");
      }
      return value;
    }
  }

  private void run() {
    loop.run(loop.now() + 1, false);
    otherLoop.run(otherLoop.now() + 1, false);
    loop.run(loop.now() + 1, false);
  }

  @Test
  void anAnswerBecomesACallAfterTheFixedArguments() {
    listener.<String>ret(Listener::heard).ret("a");
    listener.<Integer, String>ret(Listener::heard1, 1).ret("b");
    listener.<Integer, String, String>ret(Listener::heard2, 1, "two").ret("c");
    listener.<String>retSome(Listener::heard).ret("d");
    listener.<Integer, String>retSome(Listener::heard1, 2).ret("e");
    listener.<Integer, String, String>retSome(Listener::heard2, 2, "three").ret("f");
    assertEquals(List.of(), trace.take());
    run();
    assertEquals(
        List.of("heard a", "heard 1 b", "heard 1 two c", "heard d", "heard 2 e", "heard 2 three f"),
        trace.take());
  }

  @Test
  void noAnswerIsToldAsNullUnlessOnlyAnAnswerIsWanted() {
    listener.<String>ret(Listener::heard).close();
    listener.<Integer, String>ret(Listener::heard1, 1).close();
    listener.<Integer, String, String>ret(Listener::heard2, 1, "two").ret(null);
    listener.<String>retSome(Listener::heard).close();
    listener.<Integer, String>retSome(Listener::heard1, 2).ret(null);
    listener.<Integer, String, String>retSome(Listener::heard2, 2, "three").close();
    run();
    assertEquals(List.of("heard null", "heard 1 null", "heard 1 two null"), trace.take());
  }

  @Test
  void anAnswerOnTheSpotRunsInsideWhoeverAnswers() {
    Probe.in(
        probe,
        cx -> {
          trace.add("before");
          trace.<String>ret(cx, "r").ret("x");
          trace.add("after");
        });
    run();
    assertEquals(List.of("before", "r = x", "after"), trace.take());
  }

  @Test
  void aQueryThatReturnsNullOrThrowsAnswersNull() {
    probe.ask(Probe::nothing, trace.ret(loop, "nothing"));
    probe.<String>ask(
        p -> {
          throw new UnsupportedOperationException("x");
        },
        trace.ret(loop, "thrown"));
    run();
    assertEquals(
        List.of(
            "nothing = null",
            "thrown = null",
            "p closed",
            "p ended = Actor failed: java.lang.UnsupportedOperationException: x"),
        trace.take());
  }

  @Test
  void aRetForNobodyMayBeUsedAnyNumberOfTimes() {
    Ret<String> nop = Ret.nop();
    assertSame(nop, Ret.<String>nop());
    nop.ret("x");
    nop.ret(null);
    nop.close();
    nop.ret("y");
    probe.call(Probe::answer, nop);
    probe.call((p, a, b) -> {}, nop, nop);
    probe.ask(Probe::name, nop);
    away.call(Probe::answer, nop);
    away.ask(Probe::name, nop);
    probe.call(Probe::hold, nop);
    probe.call(Probe::hold, nop);
    run();
    assertFalse(probe.actor().isGone());
    assertFalse(away.actor().isGone());
    probe.call(Probe::stop);
    run();
    nop.ret("z");
    assertEquals(List.of("p closed", "p ended = Actor stopped"), trace.take());
  }

  @Test
  void retShutdownTellsTheHostTheCause() {
    loop.retShutdown().ret(new StopCause.Stopped());
    assertEquals(new StopCause.Stopped(), loop.takeShutdown());
    loop.retShutdown().close();
    assertEquals(new StopCause.Dropped(), loop.takeShutdown());
  }

  @Test
  void anAnswerMayBeAHandleWhichMovesToTheListener() {
    probe.ask(p -> Probe.start(loop, trace, "made"), listener.ret(Listener::taken));
    loop.run(1, false);
    assertEquals(
        List.of("made taken", "made closed", "made ended = Actor was dropped"), trace.take());
  }

  @Test
  void anAnswerMayBeARet() {
    Ret<Ret<String>> outer = listener.ret(Listener::nested);
    Probe.in(probe, cx -> {});
    probe.<Ret<Ret<String>>>call((p, ret) -> ret.ret(trace.ret(loop, "inner")), outer);
    run();
    assertEquals(List.of("inner = to the inner one"), trace.take());
  }

  @Test
  void aHandleAnsweredOnTheSpotStaysWithWhoeverAnswered() {
    probe.ask(
        p -> Probe.start(loop, trace, "made"),
        loop.<ActorOwn<Probe>>ret(own -> trace.add("got it: " + (own != null))));
    run();
    assertEquals(
        List.of("got it: true", "made closed", "made ended = Actor was dropped"), trace.take());
  }

  @Test
  void aRetGoesToAnotherLoopAndItsAnswerComesHome() {
    away.ask(Probe::name, listener.ret(Listener::heard));
    away.ask(Probe::nothing, trace.ret(loop, "nothing"));
    assertFalse(loop.hasWork() && trace.take().contains("heard away"));
    otherLoop.run(1, false);
    assertEquals(List.of(), trace.take());
    loop.run(1, false);
    assertEquals(List.of("nothing = null", "heard away"), trace.take());
  }

  @Test
  void aRetMayGoHomeByWayOfASecondLoop() {
    // The other loop's actor asks ours and passes on the Ret that it got from us.
    away.<Ret<String>>call((p, ret) -> probe.call(Probe::answer, ret), trace.ret(loop, "r"));
    run();
    run();
    assertEquals(List.of("r = p"), trace.take());
    assertEquals("p", loop.query(probe, Probe::name));
  }

  @Test
  void anAnswerFromAnotherLoopMayBeARet() {
    away.<Ret<Ret<String>>>call(
        (p, ret) -> ret.ret(trace.ret(otherLoop, "inner")), listener.ret(Listener::nested));
    run();
    otherLoop.run(otherLoop.now() + 1, false);
    assertEquals(List.of("inner = to the inner one"), trace.take());
  }

  @Test
  void aRetAnsweredFromAnotherLoopOnTheSpotEndsWithTheAction() {
    var got = new ArrayList<Ret<String>>();
    Ret<Ret<String>> outer =
        loop.ret(
            inner -> {
              if (inner != null) {
                got.add(inner);
              }
            });
    away.<Ret<Ret<String>>>call((p, ret) -> ret.ret(trace.ret(otherLoop, "inner")), outer);
    run();
    otherLoop.run(otherLoop.now() + 1, false);
    assertEquals(List.of("inner = null"), trace.take());
    assertThrows(IllegalStateException.class, () -> got.getFirst().ret("late"));
  }

  @Test
  void anActorsEndIsReportedToAnotherLoop() {
    ActorOwn<Probe> remote =
        otherLoop.actor(
            Probe::new, trace, "remote", loop.<StopCause>ret(c -> trace.add("here: " + c)));
    remote.call(Probe::stop);
    otherLoop.run(1, false);
    assertEquals(List.of("remote closed"), trace.take());
    loop.run(1, false);
    assertEquals(List.of("here: Actor stopped"), trace.take());
  }

  @Test
  void anAnswerToAClosedHomeIsDiscardedWithItsHandles() {
    away.<Ret<Ret<String>>>call(
        (p, ret) -> ret.ret(trace.ret(otherLoop, "inner")), listener.ret(Listener::nested));
    loop.close();
    trace.take();
    otherLoop.run(1, false);
    otherLoop.run(2, false);
    assertEquals(List.of("inner = null"), trace.take());
  }

  @Test
  void whatAFwdPassesOnBecomesACallEachTime() {
    Fwd<String> none = listener.fwd(Listener::heard);
    Fwd<String> one = listener.fwd(Listener::heard1, 1);
    Fwd<String> two = listener.fwd(Listener::heard2, 1, "two");
    for (int i = 0; i < 2; i++) {
      none.fwd("a" + i);
      one.fwd("b" + i);
      two.fwd("c" + i);
    }
    assertEquals(List.of(), trace.take());
    run();
    assertEquals(
        List.of(
            "heard a0", "heard 1 b0", "heard 1 two c0", "heard a1", "heard 1 b1", "heard 1 two c1"),
        trace.take());
  }

  @Test
  void aFwdTakesNoHandleAsAFixedArgumentButAnyAsData() {
    Ret<String> ret = trace.ret(loop, "r");
    for (Supplier<Fwd<String>> misuse :
        List.<Supplier<Fwd<String>>>of(
            () -> probe.fwd((p, fixed, data) -> {}, ret),
            () -> probe.fwd((p, one, fixed, data) -> {}, 1, ret),
            () -> probe.fwd((p, fixed, one, data) -> {}, ret, 1))) {
      var e = assertThrows(IllegalArgumentException.class, misuse::get);
      assertEquals(
          ret + " can be used once only, but a Fwd is used many times; pass it with the data",
          e.getMessage());
    }
    Fwd<Ret<String>> fwd = probe.fwd(Probe::answer);
    fwd.fwd(ret);
    run();
    assertEquals(List.of("r = p"), trace.take());
  }

  @Test
  void aFwdToAGoneActorAnswersTheHandlesInItsData() {
    Fwd<Ret<String>> fwd = probe.fwd(Probe::answer);
    probe.call(Probe::stop);
    run();
    trace.take();
    fwd.fwd(trace.ret(loop, "r"));
    run();
    assertEquals(List.of("r = null"), trace.take());
    assertTrue(probe.actor().isGone());
  }

  @Test
  void aRetMakesItsFixedArgumentsItsOwnOrLeavesThemAlone() {
    Ret<String> fixed = trace.ret(loop, "fixed");
    assertThrows(
        IllegalStateException.class,
        () -> listener.<Ret<String>, Ret<String>, String>ret((l, a, b, c) -> {}, fixed, fixed));
    fixed.ret("still mine");
    assertEquals(List.of("fixed = still mine"), trace.take());
    assertNotNull(fixed.toString());
  }
}
