package lemnos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The ways to a state, and what happens at the moment it is there. PARITY-stakker.md A3 to A9. */
final class InitTest {
  private final Trace trace = new Trace();
  private final Loop loop = new Loop(0);

  private void run() {
    loop.run(loop.now() + 1, true);
  }

  /** An actor that is not ready, to which one call was made. */
  private ActorOwn<Probe> unready() {
    ActorOwn<Probe> own = loop.actor(Probe::never, trace, "p", trace.ret(loop, "p ended"));
    own.call(Probe::say, "waited");
    run();
    assertEquals(List.of(), trace.take());
    return own;
  }

  private static Probe made(Cx<Probe> cx, Trace trace, String by) {
    trace.add("made by " + by);
    return new Probe(cx, trace, "p");
  }

  @Test
  void whateverCanRunCodeCanBringTheState() {
    List<BiConsumer<Core, Runnable>> ways =
        List.of(
            Core::execute,
            Core::lazy,
            Core::idle,
            (core, code) -> core.at(0, code),
            (core, code) -> core.<String>ret(answer -> code.run()).close(),
            (core, code) -> core.waker(closed -> code.run()).wake());
    for (var way : ways) {
      ActorOwn<Probe> own = unready();
      way.accept(loop, () -> own.init(InitTest::made, trace, "it"));
      run();
      assertEquals(List.of("made by it", "p waited"), trace.take());
    }
  }

  @Test
  void theFirstMessageOfAFwdMayBringTheStateAndTheOthersComeTooLate() {
    ActorOwn<Probe> own = unready();
    Fwd<String> connected = by -> own.init(InitTest::made, trace, by);
    connected.fwd("the first");
    own.call(Probe::say, "called");
    connected.fwd("the second");
    run();
    assertEquals(List.of("made by the first", "p waited", "p called"), trace.take());
  }

  @Test
  void anAnswerThatDoesNotComeReachesTheInitFunctionToo() {
    loop.actor(this::asking, trace.ret(loop, "p ended"));
    run();
    assertEquals(
        List.of("p ended = Actor failed: lemnos.core.ActorFailure: nobody answered"), trace.take());
  }

  private @Nullable Probe asking(Cx<Probe> cx) {
    cx.retInit(this::answered).close();
    return null;
  }

  private @Nullable Probe answered(Cx<Probe> cx, @Nullable String answer) {
    if (answer == null) {
      cx.fail("nobody answered");
      return null;
    }
    return new Probe(cx, trace, answer);
  }

  @Test
  void anInitFunctionMayCallTheStateThatItMakes() {
    ActorOwn<Probe> own =
        loop.actor(
            cx -> {
              var made = new Probe(cx, trace, "p");
              made.say("called by its init function");
              return made;
            },
            Ret.nop());
    own.call(Probe::say, "called");
    run();
    assertEquals(List.of("p called by its init function", "p called"), trace.take());
  }

  @Test
  void aCallThatWaitedMayEndTheActorAndTheOthersAreAnswered() {
    ActorOwn<Probe> own = unready();
    own.call(Probe::answer, trace.<String>ret(loop, "before"));
    own.call(Probe::stop);
    own.call(Probe::answer, trace.<String>ret(loop, "after"));
    own.ask(Probe::name, trace.ret(loop, "asked"));
    run();
    own.init(InitTest::made, trace, "it");
    loop.execute(() -> trace.add("queued behind"));
    run();
    assertEquals(
        List.of(
            "made by it",
            "p waited",
            "before = p",
            "p closed",
            "p ended = Actor stopped",
            "after = null",
            "asked = null",
            "queued behind"),
        trace.take());
  }

  @Test
  void aCallThatWaitedMayFailAndTheOthersAreAnswered() {
    ActorOwn<Probe> own = unready();
    own.call(Probe::boom, "waited too long");
    own.ask(Probe::name, trace.ret(loop, "asked"));
    run();
    own.init(InitTest::made, trace, "it");
    run();
    assertEquals(
        List.of(
            "made by it",
            "p waited",
            "p closed",
            "p ended = Actor failed: java.io.IOException: waited too long",
            "asked = null"),
        trace.take());
  }

  /** Asks queries of every arity. */
  private void askAll(Recipient<Probe> probe) {
    probe.ask(Probe::name, trace.ret(loop, "0"));
    probe.ask((p, a) -> p.name() + a, 1, trace.ret(loop, "1"));
    probe.ask((p, a, b) -> p.name() + a + b, 1, 2, trace.ret(loop, "2"));
    probe.ask((p, a, b, c) -> p.name() + a + b + c, 1, 2, 3, trace.ret(loop, "3"));
    probe.ask((p, a, b, c, d) -> p.name() + a + b + c + d, 1, 2, 3, 4, trace.ret(loop, "4"));
  }

  @Test
  void queriesOfEveryArityWaitOrAreRefusedWithAllTheirArguments() {
    ActorOwn<Probe> own = unready();
    askAll(own);
    run();
    assertEquals(List.of(), trace.take());
    own.init(InitTest::made, trace, "it");
    run();
    assertEquals(
        List.of("made by it", "p waited", "0 = p", "1 = p1", "2 = p12", "3 = p123", "4 = p1234"),
        trace.take());
    own.close();
    askAll(own.actor());
    run();
    assertEquals(
        List.of(
            "p closed",
            "p ended = Actor was dropped",
            "0 = null",
            "1 = null",
            "2 = null",
            "3 = null",
            "4 = null"),
        trace.take());
  }

  @Test
  void callsMadeByCallsThatWaitedRunInTheirTurn() {
    ActorOwn<Probe> own = unready();
    Probe.in(own, cx -> cx.self().call(Probe::say, "called by one that waited"));
    own.call(Probe::say, "waited too");
    run();
    own.init(InitTest::made, trace, "it");
    own.call(Probe::say, "queued before");
    run();
    assertEquals(
        List.of(
            "made by it",
            "p waited",
            "p waited too",
            "p queued before",
            "p called by one that waited"),
        trace.take());
  }

  @Test
  void theEndOfAChildMayEndAParentThatIsNotReady() {
    ActorOwn<Probe> parent =
        loop.actor(
            cx -> {
              cx.child(Probe::new, trace, "child", cx.failOnEnd("lost my child")).call(Probe::stop);
              return null;
            },
            trace.ret(loop, "parent ended"));
    parent.ask(Probe::name, trace.ret(loop, "asked"));
    run();
    assertEquals(
        List.of(
            "child closed",
            "asked = null",
            "parent ended = Actor failed: lemnos.core.ActorFailure: lost my child"),
        trace.take());
    assertTrue(parent.actor().isGone());
  }
}
