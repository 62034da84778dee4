package lemnos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The end of a loop: everybody gets an answer, and nothing runs any more. */
final class CloseTest {
  private final Trace trace = new Trace();
  private final Loop loop = new Loop(0);

  CloseTest() {
    loop.onUncaught((where, t) -> trace.add("uncaught: " + t.getMessage()));
  }

  private void run() {
    loop.run(loop.now() + 1, false);
  }

  @Test
  void everyRetIsAnsweredAndEveryStateClosed() {
    ActorOwn<Probe> a = Probe.start(loop, trace, "a");
    a.call(Probe::hold, trace.<String>ret(loop, "held"));
    ActorOwn<Probe> b = Probe.start(loop, trace, "b");
    Probe.in(b, cx -> cx.child(Probe::new, trace, "child", trace.ret(cx, "child ended")));
    ActorOwn<Probe> unready = loop.actor(Probe::never, trace, "u", trace.ret(loop, "u ended"));
    unready.ask(Probe::name, trace.ret(loop, "waiting"));
    run();
    a.ask(Probe::name, trace.ret(loop, "main"));
    loop.lazy(a.actor(), Probe::answer, trace.<String>ret(loop, "lazy"));
    loop.idle(a.actor(), Probe::answer, trace.<String>ret(loop, "idle"));
    loop.at(99, a.actor(), Probe::answer, trace.<String>ret(loop, "timer"));
    trace.<String>ret(loop, "root");
    loop.close();
    assertEquals(
        List.of(
            "main = null",
            "lazy = null",
            "idle = null",
            "timer = null",
            "root = null",
            "a closed",
            "held = null",
            "a ended = Actor was dropped",
            "b closed",
            "b ended = Actor was dropped",
            "waiting = null",
            "u ended = Actor was dropped",
            "child closed",
            "child ended = Actor was dropped"),
        trace.take());
    assertEquals(0, loop.actorCount());
    assertEquals(List.of(), loop.actors());
    assertTrue(a.actor().isGone());
  }

  @Test
  void closingTwiceDoesNothing() {
    Probe.start(loop, trace, "p");
    run();
    loop.close();
    trace.take();
    loop.close();
    assertEquals(List.of(), trace.take());
  }

  @Test
  void aClosedLoopDoesNotRun() {
    loop.at(10, () -> trace.add("timer"));
    loop.execute(() -> trace.add("main"));
    loop.close();
    for (int i = 0; i < 2; i++) {
      var e = assertThrows(IllegalStateException.class, this::run);
      assertEquals("this loop is closed", e.getMessage());
    }
    assertThrows(IllegalStateException.class, loop::attach);
    assertFalse(loop.hasWork());
    assertFalse(loop.isOwner());
    assertEquals(Long.MAX_VALUE, loop.nextExpiry());
    assertEquals(5, loop.nextWait(0, 5, false));
    assertEquals(List.of(), trace.take());
  }

  @Test
  void callsAfterTheCloseAreDiscardedAndTheirHandlesAnswered() {
    ActorOwn<Probe> probe = Probe.start(loop, trace, "p");
    run();
    loop.close();
    trace.take();
    probe.call(Probe::say, "never");
    probe.call(Probe::answer, trace.<String>ret(loop, "call"));
    probe.ask(Probe::name, trace.ret(loop, "ask"));
    loop.lazy(probe.actor(), Probe::answer, trace.<String>ret(loop, "lazy"));
    loop.idle(probe.actor(), Probe::answer, trace.<String>ret(loop, "idle"));
    long key = loop.at(99, probe.actor(), Probe::answer, trace.<String>ret(loop, "timer"));
    loop.execute(() -> trace.add("never"));
    loop.lazy(() -> trace.add("never"));
    assertEquals(
        List.of("call = null", "ask = null", "lazy = null", "idle = null", "timer = null"),
        trace.take());
    assertFalse(loop.cancel(key));
    assertNull(loop.query(probe, Probe::name));
  }

  @Test
  void aClosedLoopMakesNoActors() {
    loop.close();
    var e = assertThrows(IllegalStateException.class, () -> Probe.start(loop, trace, "p"));
    assertEquals("this loop is closed", e.getMessage());
    assertEquals(0, loop.actorCount());
  }

  @Test
  void aRestartOnEveryEndDoesNotKeepALoopFromClosing() {
    keepAlive();
    run();
    loop.close();
    assertEquals(
        List.of("q closed", "uncaught: this loop is closed"),
        trace.take().stream().distinct().toList());
    assertEquals(0, loop.actorCount());
  }

  private void keepAlive() {
    loop.actor(Probe::new, trace, "q", loop.ret(cause -> keepAlive()));
  }

  @Test
  void statesThatCloseMayCallAskAndArmInVain() {
    ActorOwn<Probe> other = Probe.start(loop, trace, "other");
    loop.<AutoCloseable>actor(
        cx ->
            () -> {
              other.call(Probe::say, "never");
              other.ask(Probe::name, trace.ret(cx, "asked while closing"));
              cx.lazy(other.actor(), Probe::answer, trace.<String>ret(cx, "lazy"));
              cx.at(99, other.actor(), Probe::answer, trace.<String>ret(cx, "timer"));
              assertThrows(IllegalStateException.class, () -> loop.run(99, true));
              trace.add("state closed");
            },
        trace.ret(loop, "ended"));
    run();
    loop.close();
    assertEquals(
        List.of(
            "other closed",
            "other ended = Actor was dropped",
            "asked while closing = null",
            "lazy = null",
            "timer = null",
            "state closed",
            "ended = Actor was dropped"),
        trace.take());
  }

  @Test
  void anExceptionWhileClosingKeepsNobodyFromTheirAnswer() {
    loop.<AutoCloseable>actor(
        cx ->
            () -> {
              throw new UnsupportedOperationException("close");
            },
        trace.ret(loop, "first ended"));
    ActorOwn<Probe> probe = Probe.start(loop, trace, "p");
    run();
    probe.call(Probe::answer, throwing("main"));
    probe.call(Probe::answer, trace.<String>ret(loop, "main"));
    loop.lazy(probe.actor(), Probe::answer, throwing("lazy"));
    loop.at(9, probe.actor(), Probe::answer, throwing("timer"));
    loop.at(9, probe.actor(), Probe::answer, trace.<String>ret(loop, "timer"));
    throwing("root");
    trace.<String>ret(loop, "root");
    loop.close();
    assertEquals(
        List.of(
            "uncaught: main",
            "main = null",
            "uncaught: lazy",
            "uncaught: timer",
            "timer = null",
            "root = null",
            "uncaught: root",
            "first ended = Actor failed: java.lang.UnsupportedOperationException: close",
            "p closed",
            "p ended = Actor was dropped"),
        trace.take());
  }

  private Ret<String> throwing(String message) {
    return loop.ret(
        answer -> {
          throw new UnsupportedOperationException(message);
        });
  }

  @Test
  void aHandleMadeWhileClosingIsClosedToo() {
    loop.<String>ret(answer -> trace.<String>ret(loop, "made while closing"));
    loop.close();
    assertEquals(List.of("made while closing = null"), trace.take());
  }

  @Test
  void tryWithResourcesClosesALoop() {
    try (var inner = new Loop(0)) {
      Probe.start(inner, trace, "p");
      inner.run(1, false);
    }
    assertEquals(List.of("p closed", "p ended = Actor was dropped"), trace.take());
  }
}
