package lemnos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Answers that must come in time, which Stakker lacks. PARITY-stakker.md B16. */
final class DeadlineTest {
  private static final Duration TEN = Duration.ofNanos(10);

  private final Trace trace = new Trace();
  private final Loop loop = new Loop(0);
  private final Loop otherLoop = new Loop(0);
  private final ActorOwn<Probe> probe = Probe.start(loop, trace, "p");
  private final ActorOwn<Probe> away = Probe.start(otherLoop, trace, "away");

  private Ret<String> within(Duration delay, String name) {
    return loop.within(delay, trace.ret(loop, name));
  }

  @Test
  void anAnswerInTimeDisarmsTheTimer() {
    probe.ask(Probe::name, within(TEN, "r"));
    assertEquals(10, loop.nextExpiry());
    loop.run(1, false);
    assertEquals(List.of("r = p"), trace.take());
    assertEquals(Long.MAX_VALUE, loop.nextExpiry());
    loop.run(100, false);
    assertEquals(List.of(), trace.take());
  }

  @Test
  void whenTimeIsUpTheAskerIsToldAndALateAnswerIsIgnored() {
    probe.<Ret<String>>call((p, ret) -> Probe.in(probe, cx -> cx.hold(ret)), Ret.nop());
    probe.call(Probe::hold, within(TEN, "r"));
    loop.run(9, false);
    assertEquals(List.of(), trace.take());
    loop.run(10, false);
    assertEquals(List.of("r = null"), trace.take());
    probe.call(Probe::stop);
    loop.run(11, false);
    assertEquals(List.of("p closed", "p ended = Actor stopped"), trace.take());
  }

  @Test
  void whoAnswersLateNoticesNothing() {
    Ret<String> late = within(TEN, "r");
    loop.run(10, false);
    assertEquals(List.of("r = null"), trace.take());
    late.ret("late");
    assertEquals(List.of(), trace.take());
    assertThrows(IllegalStateException.class, () -> late.ret("twice"));
  }

  @Test
  void aRefusalDisarmsTheTimerToo() {
    probe.call(Probe::forget, within(TEN, "r"));
    loop.run(1, false);
    assertEquals(List.of("r = null"), trace.take());
    assertEquals(Long.MAX_VALUE, loop.nextExpiry());
  }

  @Test
  void anAnswerThatIsQueuedWhenTimeIsUpComesFirst() {
    probe.ask(Probe::name, within(TEN, "r"));
    loop.run(10, false);
    assertEquals(List.of("r = p"), trace.take());
  }

  @Test
  void theRetMovesToTheDeadline() {
    Ret<String> ret = trace.ret(loop, "r");
    Ret<String> deadline = loop.within(TEN, ret);
    assertThrows(IllegalStateException.class, () -> ret.ret("x"));
    deadline.close();
    assertEquals(List.of("r = null"), trace.take());
  }

  @Test
  void anAnswerMayBecomeACallOfABehaviour() {
    loop.<String>within(TEN, probe.ret(Probe::heard)).ret("in time");
    Ret<String> late = loop.within(TEN, probe.ret(Probe::heard));
    loop.run(10, false);
    late.ret("late");
    loop.run(11, false);
    assertEquals(List.of("p heard in time", "p heard null"), trace.take());
  }

  @Test
  void aHandleThatComesTooLateStaysWithWhoeverAnswered() {
    Ret<ActorOwn<Probe>> late = loop.within(TEN, loop.ret(own -> trace.add("got " + own)));
    loop.run(10, false);
    assertEquals(List.of("got null"), trace.take());
    late.ret(Probe.start(loop, trace, "made"));
    loop.run(11, false);
    assertEquals(List.of(), trace.take());
    assertEquals(2, loop.actorCount());
  }

  @Test
  void anAnswerOfAnotherLoopMayBeLate() {
    away.ask(Probe::name, within(TEN, "in time"));
    away.ask(Probe::name, within(Duration.ofNanos(20), "late"));
    otherLoop.run(1, false, 2);
    loop.run(5, false);
    assertEquals(List.of("in time = away"), trace.take());
    loop.run(20, false);
    assertEquals(List.of("late = null"), trace.take());
    otherLoop.run(2, false);
    loop.run(30, false);
    assertEquals(List.of(), trace.take());
  }

  @Test
  void anActorSetsADeadlineToARetOfAnotherLoop() {
    away.<Ret<String>>call((p, ret) -> p.hold(otherLoop.within(TEN, ret)), trace.ret(loop, "r"));
    otherLoop.run(1, false);
    otherLoop.run(11, false);
    assertEquals(List.of(), trace.take());
    loop.run(1, false);
    assertEquals(List.of("r = null"), trace.take());
  }

  @Test
  void closingTheLoopAnswersOnce() {
    Ret<String> open = within(TEN, "r");
    loop.close();
    assertEquals(
        List.of("r = null"), trace.take().stream().filter(line -> line.startsWith("r")).toList());
    assertThrows(IllegalStateException.class, () -> open.ret("x"));
  }

  @Test
  void nobodyWaitsForANop() {
    Ret<String> ret = loop.within(TEN, Ret.nop());
    loop.run(10, false);
    ret.ret("x");
    assertEquals(List.of(), trace.take());
  }

  @Test
  void anExceptionOfTheAskerWhenTimeIsUpIsTheHosts() {
    loop.onUncaught((where, t) -> trace.add("uncaught " + t.getMessage()));
    Ret<String> ret =
        loop.within(
            TEN,
            loop.ret(
                m -> {
                  throw new IllegalStateException("asker");
                }));
    loop.run(10, false);
    assertEquals(List.of("uncaught asker"), trace.take());
    ret.close();
  }
}
