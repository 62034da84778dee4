package lemnos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What the host alone may do, and loops side by side. PARITY-stakker.md C1, M4, M10, O10. */
final class LoopTest {
  private final Trace trace = new Trace();
  private final Loop loop = new Loop(0);
  private final Loop otherLoop = new Loop(0);
  private final ActorOwn<Probe> probe = Probe.start(loop, trace, "p");
  private final ActorOwn<Probe> away = Probe.start(otherLoop, trace, "away");

  private void run() {
    loop.run(loop.now() + 1, true);
    otherLoop.run(otherLoop.now() + 1, true);
    loop.run(loop.now() + 1, true);
    otherLoop.run(otherLoop.now() + 1, true);
  }

  // The host

  /** The ways in which a run comes to execute host code. */
  private List<Consumer<Runnable>> waysToRunHostCode() {
    return List.of(
        loop::execute,
        loop::lazy,
        loop::idle,
        code -> loop.after(Duration.ZERO, code),
        code -> loop.waker(closed -> code.run()).wake(),
        code -> {
          var unused = loop.channel(message -> code.run()).sender().trySend("x");
        },
        code -> away.ask(Probe::name, loop.<String>ret(answer -> code.run())),
        code -> {
          ActorOwn<Probe> gone = Probe.start(loop, trace, "gone");
          loop.kill(gone, new ActorFailure("x"));
          trace.take();
          gone.call(Probe::forget, loop.<String>ret(answer -> code.run()));
        });
  }

  @Test
  void hostCodeInARunMayQueryAndKill() {
    for (var way : waysToRunHostCode()) {
      ActorOwn<Probe> victim = Probe.start(loop, trace, "v");
      run();
      way.accept(
          () -> {
            trace.add("before: " + loop.query(victim, Probe::name));
            loop.kill(victim, new ActorFailure("enough"));
            trace.add("gone: " + victim.actor().isGone());
            trace.add("after: " + loop.query(victim, Probe::name));
          });
      run();
      assertEquals(
          List.of(
              "before: v",
              "v closed",
              "v ended = Actor was killed: lemnos.core.ActorFailure: enough",
              "gone: true",
              "after: null"),
          trace.take());
    }
  }

  @Test
  void aQueryInHostCodeLeavesTheHandlesAloneThatCameWithIt() {
    Ret<Ret<String>> outer =
        loop.ret(
            inner -> {
              assertEquals("p", loop.query(probe, Probe::name));
              assertTrue(inner != null);
              inner.ret("answered");
            });
    away.<Ret<Ret<String>>>call((p, ret) -> ret.ret(trace.ret(otherLoop, "in an answer")), outer);
    ChannelGuard<Ret<String>> guard =
        loop.channel(
            ret -> {
              assertEquals("p", loop.query(probe, Probe::name));
              ret.ret("answered");
            });
    assertEquals(Channel.Offer.SENT, guard.sender().trySend(trace.ret(otherLoop, "in a channel")));
    run();
    run();
    assertEquals(
        List.of("in a channel = answered", "in an answer = answered"),
        trace.take().stream().sorted().toList());
  }

  @Test
  void aQueryWhoseActorStopsByItIsStillAnswered() {
    run();
    String answer =
        loop.query(
            probe,
            p -> {
              p.stop();
              trace.add("still running");
              return p.name();
            });
    assertEquals("p", answer);
    assertEquals(List.of("still running", "p closed", "p ended = Actor stopped"), trace.take());
    assertTrue(probe.actor().isGone());
  }

  @Test
  void aQueryThatThrowsFailsItsActorAndAnswersNull() {
    run();
    Query.Of0<Probe, String> throwing =
        p -> {
          throw new UnsupportedOperationException("no");
        };
    assertNull(loop.query(probe, throwing));
    assertEquals(
        List.of("p closed", "p ended = Actor failed: java.lang.UnsupportedOperationException: no"),
        trace.take());
  }

  @Test
  void whatAQueryCallsRunsInTheNextRun() {
    ActorOwn<Probe> peer = Probe.start(loop, trace, "peer");
    run();
    assertEquals("p", loop.query(probe, p -> p.tell(peer).name()));
    assertEquals(List.of(), trace.take());
    run();
    assertEquals(List.of("peer hello"), trace.take());
  }

  @Test
  void aDyingMachineIsNoticedInAQueryOfHostCode() {
    run();
    probe.call(Probe::hold, trace.<String>ret(loop, "held"));
    Query.Of0<Probe, String> dying =
        p -> {
          throw new InternalError("dying");
        };
    loop.execute(() -> loop.query(probe, dying));
    loop.execute(() -> trace.add("never"));
    assertThrows(InternalError.class, this::run);
    assertFalse(loop.isOwner(), "closed");
    assertEquals("held = null", trace.take().get(1));
  }

  // Side by side

  @Test
  void loopsOnOneThreadHaveNothingInCommon() {
    var late = new Loop(500);
    assertEquals(500, late.now());
    assertEquals(500, late.start());
    assertEquals(0, loop.start());
    loop.putEnv(String.class, "ours");
    loop.shutdown(new StopCause.Stopped());
    loop.idle(() -> trace.add("idle"));
    loop.lazy(() -> trace.add("lazy"));
    loop.after(Duration.ofNanos(5), () -> trace.add("timer"));
    assertNull(late.envOrNull(String.class));
    assertTrue(late.notShutdown());
    assertEquals(Long.MAX_VALUE, late.nextExpiry());
    assertFalse(late.run(10_000, true));
    assertEquals(List.of(), trace.take());
    assertEquals(0, loop.now());
    ActorOwn<Probe> first = Probe.start(late, trace, "first");
    assertEquals(probe.actor().id(), first.actor().id(), "each counts its own actors");
    assertNotEquals(probe.actor(), first.actor());
    late.close();
    assertTrue(loop.run(5, false));
    assertEquals(List.of("first ended = Actor was dropped", "lazy", "timer"), sorted());
  }

  private List<String> sorted() {
    return trace.take().stream().sorted().toList();
  }

  @Test
  void aLoopCanFollowAnotherOnTheSameThread() {
    loop.close();
    trace.take();
    try (var next = new Loop(0)) {
      Probe.start(next, trace, "next").call(Probe::say, "hello");
      next.run(1, false);
    }
    assertEquals(
        List.of("next hello", "next closed", "next ended = Actor was dropped"), trace.take());
  }

  @Test
  void ownersAndRetsThatOutliveTheirLoopDoNoHarm() {
    var ends = new ArrayList<@Nullable StopCause>();
    ActorOwn<Probe> own = loop.actor(Probe::new, trace, "q", loop.ret(ends::add));
    Ret<String> ret = trace.ret(loop, "r");
    run();
    loop.close();
    trace.take();
    own.close();
    ret.close();
    assertThrows(IllegalStateException.class, () -> own.kill(new ActorFailure("late")));
    assertThrows(IllegalStateException.class, () -> ret.ret("late"));
    assertEquals(List.of(new StopCause.Dropped()), ends);
    assertEquals(List.of(), trace.take());
    assertTrue(own.actor().isGone());
  }
}
