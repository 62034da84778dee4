package lemnos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Leaks found, rings of owners refused, mutable arguments refused. */
final class ChecksTest {
  private final Trace trace = new Trace();
  private final List<Checks.Leak> leaks = new ArrayList<>();
  private final Checks checks = Checks.on(leaks::add, type -> type == Trace.class);
  private final Loop loop = new Loop(0, World.real(), checks);
  private final ActorOwn<Sink> sink = loop.actor(Sink::new, Ret.nop());

  /** Takes anything and does what it is told. */
  private static final class Sink {
    private final Cx<Sink> cx;

    Sink(Cx<Sink> cx) {
      this.cx = cx;
    }

    void take(@Nullable Object message) {}

    void takeTwo(@Nullable Object a, @Nullable Object b) {}

    void take4(Object a, Object b, Object c, Object d) {}

    void answer(Ret<String> ret) {
      ret.ret("x");
    }

    void hold(Handle handle) {
      cx.hold(handle);
    }

    void run(Todo todo) {
      todo.body.accept(cx);
    }

    Object leak() {
      return new StringBuilder("mine");
    }
  }

  @Shareable
  private record Todo(Consumer<Cx<Sink>> body) {}

  private void run() {
    loop.run(loop.now() + 1, false);
  }

  private void in(Consumer<Cx<Sink>> body) {
    sink.call(Sink::run, new Todo(body));
    run();
  }

  private Checks.Leak onlyLeak() {
    assertEquals(1, leaks.size(), leaks.toString());
    return leaks.removeFirst();
  }

  private static boolean madeIn(Checks.Leak leak, String method) {
    return Arrays.stream(leak.made().getStackTrace())
        .anyMatch(f -> f.getMethodName().contains(method));
  }

  // Leaks

  @Test
  void aForgottenRetIsReportedWithThePlaceWhereItWasMade() {
    in(cx -> cx.self().<String>ret(Sink::take));
    Checks.Leak leak = onlyLeak();
    assertTrue(leak.handle().startsWith("Ret@"), leak.handle());
    assertEquals("a behaviour of Sink#1", leak.owner());
    assertTrue(madeIn(leak, "aForgottenRetIsReportedWithThePlaceWhereItWasMade"));
    assertEquals(
        leak.handle() + " was forgotten: the end of a behaviour of Sink#1 closed it",
        leak.toString());
  }

  @Test
  void aRetThatCameAsAnArgumentAndIsForgottenIsReportedToo() {
    sink.call(Sink::take, trace.<String>ret(loop, "r"));
    run();
    assertTrue(madeIn(onlyLeak(), "aRetThatCameAsAnArgument"));
  }

  @Test
  void anOwnerThatNobodyHoldsIsReported() {
    in(cx -> cx.actor(Sink::new, Ret.nop()));
    assertEquals("ActorOwn of Actor#2", onlyLeak().handle());
    in(cx -> Share.owned(cx, "x"));
    assertTrue(onlyLeak().handle().startsWith("ShareOwn of"));
  }

  @Test
  void whatIsUsedPassedHeldOrClosedIsNoLeak() {
    in(
        cx -> {
          trace.<String>ret(cx, "used").ret("x");
          sink.call(Sink::answer, trace.<String>ret(cx, "passed"));
          cx.hold(trace.<String>ret(cx, "held"));
          trace.<String>ret(cx, "closed").close();
          cx.child(Sink::new, Ret.nop());
          new Children<Sink>(cx).add(Sink::new);
        });
    sink.close();
    run();
    loop.close();
    assertEquals(List.of(), leaks);
    assertEquals(List.of("used = x", "closed = null", "passed = x", "held = null"), trace.take());
  }

  @Test
  void aBehaviourThatThrowsSaysEnough() {
    in(
        cx -> {
          trace.<String>ret(cx, "r");
          throw new ActorFailure("x");
        });
    assertEquals(List.of(), leaks);
    assertEquals(List.of("r = null"), trace.take());
  }

  @Test
  void aRetThatTheHostForgotIsReportedWhenTheLoopCloses() {
    trace.<String>ret(loop, "r");
    trace.<String>ret(loop, "used").ret("x");
    loop.close();
    Checks.Leak leak = onlyLeak();
    assertEquals("the loop", leak.owner());
    assertTrue(madeIn(leak, "aRetThatTheHostForgot"));
  }

  @Test
  void aRetForgottenOnAnotherLoopIsReportedThere() {
    var otherLoop = new Loop(0, World.real(), checks);
    ActorOwn<Sink> away = otherLoop.actor(Sink::new, Ret.nop());
    away.call(Sink::take, trace.<String>ret(loop, "r"));
    otherLoop.run(1, false);
    assertTrue(madeIn(onlyLeak(), "aRetForgottenOnAnotherLoop"));
  }

  @Test
  void aHandlerThatThrowsIsReported() {
    var bad =
        new Loop(
            0,
            World.real(),
            Checks.on(
                leak -> {
                  throw new ActorFailure("from the handler");
                }));
    bad.onUncaught((where, t) -> trace.add(String.valueOf(t.getMessage())));
    trace.<String>ret(bad, "r");
    bad.close();
    assertEquals(List.of("from the handler", "r = null"), trace.take());
  }

  @Test
  void offMeansOff() {
    try (var quiet = new Loop(0, World.real(), Checks.off())) {
      ActorOwn<Sink> s = quiet.actor(Sink::new, Ret.nop());
      s.call(Sink::take, new StringBuilder());
      s.call(Sink::take, trace.<String>ret(quiet, "r"));
      quiet.run(1, false);
      assertFalse(s.actor().isGone());
    }
    assertEquals(List.of("r = null"), trace.take());
  }

  // Rings

  @Test
  void anActorThatWouldHoldItselfIsTold() {
    ActorOwn<Sink> own = sink.owned();
    in(
        cx -> {
          var e = assertThrows(IllegalStateException.class, () -> cx.hold(own));
          trace.add(String.valueOf(e.getMessage()));
        });
    own.close();
    assertEquals(
        List.of(
            "Sink#1 cannot hold Sink#1, for that is itself: a ring of owners never ends; let one of"
                + " them be known by its actor() only"),
        trace.take());
  }

  @Test
  void aRingOfSeveralIsRefusedWithItsPath() {
    ActorOwn<Sink> b = loop.actor(Sink::new, Ret.nop());
    ActorOwn<Sink> c = loop.actor(Sink::new, trace.ret(loop, "c"));
    b.call(Sink::hold, c);
    sink.call(Sink::hold, b.owned());
    run();
    c.actor().call(Sink::hold, sink);
    run();
    List<String> lines = trace.take();
    assertEquals(1, lines.size());
    assertEquals(
        "c = Actor failed: java.lang.IllegalStateException: Sink#3 cannot hold Sink#1, for Sink#1"
            + " owns Sink#2 owns Sink#3: a ring of owners never ends; let one of them be known by"
            + " its actor() only",
        lines.getFirst());
  }

  @Test
  void aRingThroughASetOfChildrenIsRefused() {
    in(
        cx -> {
          var children = new Children<Sink>(cx);
          children.add(Sink::new);
          children.add(
              (Cx<Sink> child, ActorOwn<Sink> parent) -> {
                assertThrows(IllegalStateException.class, () -> child.hold(parent));
                trace.add("refused");
                parent.close();
                return new Sink(child);
              },
              sink.owned());
        });
    run();
    assertEquals(List.of("refused"), trace.take());
  }

  @Test
  void owningTheSameActorTwiceIsNoRing() {
    ActorOwn<Sink> b = loop.actor(Sink::new, Ret.nop());
    ActorOwn<Sink> c = loop.actor(Sink::new, Ret.nop());
    b.call(Sink::hold, c.owned());
    sink.call(Sink::hold, c);
    sink.call(Sink::hold, b);
    run();
    assertFalse(sink.actor().isGone());
    sink.close();
    run();
    assertEquals(0, loop.actorCount());
  }

  // Sharing

  private enum Colour {
    RED {
      @Override
      public String toString() {
        return "red";
      }
    }
  }

  private sealed interface Shape {}

  private record Circle(double radius, Colour colour) implements Shape {}

  private record Drawing(String name, List<Shape> shapes, @Nullable Object extra) {}

  @Shareable
  private interface Marked {}

  private static class Parent implements Marked {}

  private static final class Marker extends Parent {}

  @Test
  void immutableValuesAreShareable() {
    List<Object> good =
        List.of(
            "x",
            1,
            2L,
            3.0,
            'c',
            true,
            (byte) 1,
            (short) 2,
            1f,
            Colour.RED,
            TimeUnit.DAYS,
            new BigDecimal("1.5"),
            UUID.randomUUID(),
            URI.create("x:y"),
            Instant.EPOCH,
            Duration.ZERO,
            Optional.of("x"),
            List.of(1, "x"),
            Set.of(1),
            Map.of("a", List.of(2)),
            new Circle(1, Colour.RED),
            new Drawing("d", List.of(new Circle(2, Colour.RED)), null),
            new Drawing("d", List.of(), Map.of(1, Colour.RED)),
            sink.actor(),
            new Share<>(loop, 1),
            new IOException("x"),
            new StopCause.Failed(new ActorFailure("x")),
            new Marker(),
            Checks.class,
            new Load(1, 1, 1, 1, 1, 1, 1, 1, 1));
    for (Object value : good) {
      sink.call(Sink::take, value);
    }
    sink.call(Sink::take, null);
    Runnable code = () -> {};
    sink.call(Sink::take, code);
    sink.call(Sink::take, sink.actor().<String>fwd(Sink::take));
    run();
    assertFalse(sink.actor().isGone());
  }

  @Test
  void mutableObjectsAreRefusedAtTheSender() {
    var list = new ArrayList<String>();
    for (Object bad :
        List.of(
            new StringBuilder(),
            list,
            new int[1],
            new Object(),
            Collections.unmodifiableList(list),
            List.of(1, List.of(list)),
            Map.of("a", new int[1]),
            Map.of(list, 1),
            Optional.of(new int[1]),
            new Drawing("d", List.of(), list),
            new Drawing("d", new ArrayList<>(), null),
            new Drawing("x", List.of(), new int[2]))) {
      assertThrows(IllegalArgumentException.class, () -> sink.call(Sink::take, bad));
    }
    var e =
        assertThrows(
            IllegalArgumentException.class,
            () -> sink.call(Sink::take, new Drawing("d", List.of(), new int[1])));
    assertEquals(
        "a class [I in a class lemnos.core.ChecksTest$Drawing was passed to Actor#1, so two actors"
            + " could change it: pass a record or another immutable value, put it into a Share, or"
            + " mark its class @Shareable if it never changes",
        e.getMessage());
  }

  @Test
  void everyWayToPassAnArgumentIsWatched() throws InterruptedException {
    var bad = new StringBuilder();
    Actor<Sink> to = sink.actor();
    for (Executable misuse :
        List.<Executable>of(
            () -> to.call(Sink::takeTwo, "x", bad),
            () -> to.call(Sink::take4, "x", 1, 2, bad),
            () -> to.ask((s, a) -> a, bad, Ret.nop()),
            () -> to.ask((s, a, b, c, d) -> a, 1, 2, 3, bad, Ret.nop()),
            () -> to.<Object>fwd(Sink::take).fwd(bad),
            () -> to.<Object, Object>ret(Sink::takeTwo, bad),
            () -> loop.lazy(to, Sink::take, bad),
            () -> loop.idle(to, Sink::take, bad),
            () -> loop.at(5, to, Sink::take, bad),
            () -> loop.every(Duration.ofSeconds(1), to, Sink::take, bad),
            () -> loop.actor((Cx<Sink> cx, Object a) -> new Sink(cx), bad, Ret.nop()))) {
      assertThrows(IllegalArgumentException.class, misuse);
    }
    Ret<Object> ret = to.ret(Sink::take);
    assertThrows(IllegalArgumentException.class, () -> ret.ret(bad));
    ret.ret("fine");
    Thread.ofPlatform()
        .start(
            () ->
                trace.add(
                    assertThrows(IllegalArgumentException.class, () -> to.call(Sink::take, bad))
                        .getClass()
                        .getSimpleName()))
        .join();
    assertEquals(List.of("IllegalArgumentException"), trace.take());
    run();
    assertFalse(to.isGone());
  }

  @Test
  void aQueryThatAnswersWithItsOwnStateFails() {
    ActorOwn<Sink> other = loop.actor(Sink::new, trace.ret(loop, "other"));
    other.ask(Sink::leak, sink.ret(Sink::take));
    run();
    assertTrue(other.actor().isGone());
    assertTrue(
        trace.take().getFirst().contains("class java.lang.StringBuilder was passed to Sink#1"));
  }

  @Test
  void aQueryGivesItsOwnStateNeitherToTheHostNorToAnotherThread() {
    ActorOwn<Sink> other = loop.actor(Sink::new, trace.ret(loop, "other"));
    run();
    assertEquals("a string", loop.query(other, s -> "a string"));
    assertNull(loop.query(other, Sink::leak));
    assertTrue(trace.take().getFirst().contains("StringBuilder was passed to the host"));
    var future = sink.asking(Sink::leak);
    run();
    assertTrue(sink.actor().isGone());
    var e = assertThrows(ExecutionException.class, future::get);
    assertTrue(String.valueOf(e.getMessage()).contains("StringBuilder was passed to another"));
  }

  @Test
  void anArgumentThatIsRefusedMovesNoHandle() {
    Ret<String> ret = trace.ret(loop, "r");
    assertThrows(
        IllegalArgumentException.class, () -> sink.call(Sink::takeTwo, ret, new StringBuilder()));
    ret.ret("still mine");
    assertEquals(List.of("r = still mine"), trace.take());
  }

  @Test
  void moreClassesMayBeAllowed() {
    sink.call(Sink::take, trace);
    run();
    assertFalse(sink.actor().isGone());
  }
}
