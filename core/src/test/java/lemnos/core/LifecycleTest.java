package lemnos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** From Prep to Ready to Zombie. PARITY-stakker.md 2.2. */
final class LifecycleTest {
  private final Trace trace = new Trace();
  private final Loop loop = new Loop(0);

  private void run() {
    loop.run(loop.now() + 1, false);
  }

  /** An actor whose first init function is not its last. */
  private @Nullable Probe later(Cx<Probe> cx, Trace trace, String name) {
    trace.add("init_later");
    cx.self().init(this::init, name);
    return null;
  }

  private Probe init(Cx<Probe> cx, String name) {
    trace.add("init");
    cx.self().call(Probe::say, "from_init");
    return new Probe(cx, trace, name);
  }

  @Test
  void callsThatWaitedRunAtReadinessBeforeAnythingThatInitQueued() {
    ActorOwn<Probe> other = Probe.start(loop, trace, "other");
    ActorOwn<Probe> probe = loop.actor(this::later, trace, "p", Ret.nop());
    probe.call(Probe::say, "c1");
    other.call(Probe::say, "1");
    probe.call(Probe::say, "c2");
    probe.call(Probe::say, "c3");
    run();
    assertEquals(
        List.of("init_later", "other 1", "init", "p c1", "p c2", "p c3", "p from_init"),
        trace.take());
  }

  @Test
  void allKindsOfCallsWaitInTheOrderInWhichTheyWereMade() {
    var target = new AtomicReference<@Nullable Cx<Numbers>>();
    ActorOwn<Numbers> own =
        loop.actor(
            cx -> {
              target.set(cx);
              return null;
            },
            Ret.nop());
    own.call(Numbers::anInt, 1);
    own.ask(Numbers::sum, 1, 2, trace.ret(loop, "sum"));
    own.call(Numbers::aLong, 2L);
    own.call(Numbers::aDouble, 0.5);
    own.call(Numbers::of4, "a", "b", "c", "d");
    run();
    assertEquals(List.of(), trace.take());
    own.init(Numbers::new, trace);
    run();
    assertEquals(List.of("int 1", "sum = 3", "long 2", "double 0.5", "a b c d"), trace.take());
  }

  /** One behaviour, query and init function of every shape. */
  private static final class Numbers {
    private final Trace trace;

    Numbers(Cx<Numbers> cx, Trace trace) {
      this.trace = trace;
    }

    static Numbers none(Cx<Numbers> cx) {
      var trace = cx.env(Trace.class);
      trace.add("init");
      return new Numbers(cx, trace);
    }

    static Numbers two(Cx<Numbers> cx, Trace trace, String a) {
      trace.add("init " + a);
      return new Numbers(cx, trace);
    }

    static Numbers init3(Cx<Numbers> cx, Trace trace, String a, String b) {
      return two(cx, trace, a + " " + b);
    }

    static Numbers init4(Cx<Numbers> cx, Trace trace, String a, String b, String c) {
      return two(cx, trace, a + " " + b + " " + c);
    }

    void of0() {
      trace.add("nothing");
    }

    void of1(@Nullable String a) {
      trace.add("" + a);
    }

    void of2(String a, String b) {
      trace.add(a + " " + b);
    }

    void of3(String a, String b, String c) {
      trace.add(a + " " + b + " " + c);
    }

    void of4(String a, String b, String c, String d) {
      trace.add(a + " " + b + " " + c + " " + d);
    }

    void anInt(int a) {
      trace.add("int " + a);
    }

    void aLong(long a) {
      trace.add("long " + a);
    }

    void aDouble(double a) {
      trace.add("double " + a);
    }

    int zero() {
      return 0;
    }

    int one(int a) {
      return a;
    }

    int sum(int a, int b) {
      return a + b;
    }

    String three(String a, String b, String c) {
      return a + b + c;
    }

    String four(String a, String b, String c, String d) {
      return a + b + c + d;
    }
  }

  @Test
  void everyShapeOfCallCarriesItsArgumentsInOrder() {
    ActorOwn<Numbers> own = loop.actor(Numbers::new, trace, Ret.nop());
    own.call(Numbers::of0);
    own.call(Numbers::of1, "a");
    own.<@Nullable String>call(Numbers::of1, null);
    own.call(Numbers::of2, "a", "b");
    own.call(Numbers::of3, "a", "b", "c");
    own.call(Numbers::of4, "a", "b", "c", "d");
    own.call(Numbers::anInt, Integer.MIN_VALUE);
    own.call(Numbers::aLong, Long.MIN_VALUE);
    own.call(Numbers::aDouble, Double.NEGATIVE_INFINITY);
    own.ask(Numbers::zero, trace.ret(loop, "zero"));
    own.ask(Numbers::one, 1, trace.ret(loop, "one"));
    own.ask(Numbers::sum, 1, 1, trace.ret(loop, "sum"));
    own.ask(Numbers::three, "a", "b", "c", trace.ret(loop, "three"));
    own.ask(Numbers::four, "a", "b", "c", "d", trace.ret(loop, "four"));
    run();
    assertEquals(
        List.of(
            "nothing",
            "a",
            "null",
            "a b",
            "a b c",
            "a b c d",
            "int -2147483648",
            "long -9223372036854775808",
            "double -Infinity",
            "zero = 0",
            "one = 1",
            "sum = 2",
            "three = abc",
            "four = abcd"),
        trace.take());
  }

  @Test
  void everyShapeOfInitFunctionCarriesItsArgumentsInOrder() {
    loop.putEnv(Trace.class, trace);
    loop.actor(Numbers::none, Ret.nop());
    loop.actor(Numbers::two, trace, "a", Ret.nop());
    loop.actor(Numbers::init3, trace, "a", "b", Ret.nop());
    loop.actor(Numbers::init4, trace, "a", "b", "c", Ret.nop());
    loop.<Numbers>actor(Ret.nop()).init(Numbers::none);
    loop.<Numbers>actor(Ret.nop()).init(Numbers::two, trace, "a");
    ActorOwn<Numbers> own3 = loop.actor(Ret.nop());
    own3.init(Numbers::init3, trace, "a", "b");
    ActorOwn<Numbers> own4 = loop.actor(Ret.nop());
    own4.init(Numbers::init4, trace, "a", "b", "c");
    run();
    assertEquals(
        List.of(
            "init", "init a", "init a b", "init a b c", "init", "init a", "init a b", "init a b c"),
        trace.take());
  }

  @Test
  void anInitCallOfAReadyOrGoneActorIsDiscardedAndItsHandlesAnswered() {
    ActorOwn<Probe> probe = Probe.start(loop, trace, "p");
    probe.init(LifecycleTest::withRet, trace, trace.<String>ret(loop, "second init"));
    run();
    assertEquals(List.of("second init = null"), trace.take());
    assertEquals("p", loop.query(probe, Probe::name));
    loop.kill(probe, new ActorFailure("x"));
    trace.take();
    probe.init(LifecycleTest::withRet, trace, trace.<String>ret(loop, "late init"));
    assertEquals(List.of(), trace.take());
    run();
    assertEquals(List.of("late init = null"), trace.take());
  }

  private static Probe withRet(Cx<Probe> cx, Trace trace, Ret<String> ret) {
    ret.ret("made");
    return new Probe(cx, trace, "q");
  }

  @Test
  void aTimerOrAnAnswerMayBringTheState() {
    ActorOwn<Probe> byTimer = loop.actor(Ret.nop());
    loop.at(10, () -> byTimer.init(Probe::new, trace, "timed"));
    ActorOwn<Probe> byAnswer = loop.actor(this::asking, trace, Ret.nop());
    byTimer.call(Probe::say, "ready");
    byAnswer.call(Probe::say, "ready");
    loop.run(9, false);
    assertEquals(List.of("helper closed", "answer = the answer", "the answer ready"), trace.take());
    loop.run(10, false);
    assertEquals(List.of("timed ready"), trace.take());
  }

  private @Nullable Probe asking(Cx<Probe> cx, Trace trace) {
    Ret<String> ret = cx.retInit(this::answered);
    cx.actor(Probe::new, trace, "helper", Ret.nop()).ask(p -> "the answer", ret);
    return null;
  }

  private Probe answered(Cx<Probe> cx, @Nullable String answer) {
    trace.add("answer = " + answer);
    return new Probe(cx, trace, "" + answer);
  }

  @Test
  void failingWinsOverTheStateThatInitReturns() {
    ActorOwn<Probe> probe =
        loop.actor(
            (cx, name) -> {
              cx.fail("no good");
              return new Probe(cx, trace, name);
            },
            "p",
            trace.ret(loop, "ended"));
    probe.call(Probe::say, "never");
    run();
    assertEquals(
        List.of("p closed", "ended = Actor failed: lemnos.core.ActorFailure: no good"),
        trace.take());
    assertTrue(probe.actor().isGone());
  }

  @Test
  void stoppingAndThrowingInInitEndTheActor() {
    loop.<Probe>actor(
        cx -> {
          cx.stop();
          return null;
        },
        trace.ret(loop, "stopped"));
    loop.<Probe>actor(
        cx -> {
          throw new UnsupportedOperationException("no");
        },
        trace.ret(loop, "thrown"));
    run();
    assertEquals(
        List.of(
            "stopped = Actor stopped",
            "thrown = Actor failed: java.lang.UnsupportedOperationException: no"),
        trace.take());
    assertEquals(0, loop.actorCount());
  }

  @Test
  void theFirstStopOrFailWins() {
    ActorOwn<Probe> stopped = Probe.start(loop, trace, "s");
    Probe.in(
        stopped,
        cx -> {
          cx.stop();
          cx.fail("too late");
        });
    ActorOwn<Probe> failed = Probe.start(loop, trace, "f");
    Probe.in(
        failed,
        cx -> {
          cx.fail("first");
          cx.fail("second");
          cx.stop();
        });
    run();
    assertEquals(
        List.of(
            "s closed",
            "s ended = Actor stopped",
            "f closed",
            "f ended = Actor failed: lemnos.core.ActorFailure: first"),
        trace.take());
  }

  @Test
  void theBehaviourRunsToItsEndAfterStop() {
    ActorOwn<Probe> probe = Probe.start(loop, trace, "p");
    Probe.in(
        probe,
        cx -> {
          cx.stop();
          assertFalse(cx.self().isGone());
          trace.add("still running");
        });
    run();
    assertEquals(List.of("still running", "p closed", "p ended = Actor stopped"), trace.take());
  }

  @Test
  void aCallToAGoneActorIsDiscardedWhenItReachesTheFront() {
    ActorOwn<Probe> probe = Probe.start(loop, trace, "p");
    probe.call(Probe::stop);
    run();
    trace.take();
    loop.execute(() -> trace.add("before"));
    probe.call(Probe::answer, trace.<String>ret(loop, "call"));
    probe.ask(Probe::name, trace.ret(loop, "ask"));
    probe.call(Probe::say, "never");
    loop.execute(() -> trace.add("after"));
    assertEquals(List.of(), trace.take());
    run();
    assertEquals(List.of("before", "call = null", "ask = null", "after"), trace.take());
  }

  @Test
  void aRetQueuedBehindAStopIsAnsweredAfterTheEnd() {
    ActorOwn<Probe> probe = Probe.start(loop, trace, "p");
    probe.call(Probe::stop);
    probe.call(Probe::answer, trace.<String>ret(loop, "late"));
    run();
    assertEquals(List.of("p closed", "p ended = Actor stopped", "late = null"), trace.take());
  }

  @Test
  void whatAnActorHoldsIsClosedAfterItsStateAndBeforeItsNotify() {
    ActorOwn<Probe> probe = Probe.start(loop, trace, "p");
    probe.call(Probe::hold, trace.<String>ret(loop, "held1"));
    probe.call(Probe::hold, trace.<String>ret(loop, "held2"));
    probe.call(Probe::hold, Probe.start(loop, trace, "child"));
    probe.call(Probe::hold, trace.<String>ret(loop, "held3"));
    Probe.in(
        probe,
        cx -> {
          trace.<String>ret(cx, "frame");
          cx.stop();
        });
    loop.execute(() -> trace.add("queued before"));
    run();
    assertEquals(
        List.of(
            "frame = null",
            "p closed",
            "held1 = null",
            "held2 = null",
            "held3 = null",
            "p ended = Actor stopped",
            "queued before",
            "child closed",
            "child ended = Actor was dropped"),
        trace.take());
  }

  @Test
  void anActorIsGoneForEverybodyBeforeItsStateIsClosed() {
    var seen = new AtomicReference<@Nullable Actor<Closer>>();
    ActorOwn<Closer> own =
        loop.actor(
            cx -> {
              seen.set(cx.self());
              return new Closer(
                  () -> trace.add("gone when closed: " + cx.self().isGone() + loop.actorCount()));
            },
            Ret.nop());
    run();
    assertFalse(own.actor().isGone());
    own.call(c -> own.kill(new ActorFailure("x")));
    run();
    assertEquals(List.of("gone when closed: true0"), trace.take());
    assertTrue(own.actor().isGone());
    assertSame(own.actor(), seen.get());
  }

  private record Closer(Runnable body) implements AutoCloseable {
    @Override
    public void close() {
      body.run();
    }
  }

  @Test
  void callsMadeByAClosingStateRun() {
    ActorOwn<Probe> other = Probe.start(loop, trace, "other");
    ActorOwn<Closer> own =
        loop.actor(
            cx -> new Closer(() -> other.call(Probe::say, "goodbye")), trace.ret(loop, "end"));
    own.call(c -> {});
    loop.run(1, false);
    own.close();
    run();
    assertEquals(List.of("end = Actor was dropped", "other goodbye"), trace.take());
  }

  @Test
  void whatAClosingStateHoldsOrMakesEndsWithIt() {
    ActorOwn<Closer> own =
        loop.actor(
            cx ->
                new Closer(
                    () -> {
                      cx.hold(trace.<String>ret(cx, "held"));
                      trace.<String>ret(cx, "made");
                      cx.child(Probe::new, trace, "child", trace.ret(cx, "child ended"));
                    }),
            trace.ret(loop, "end"));
    run();
    own.close();
    run();
    assertEquals(
        List.of(
            "held = null",
            "end = Actor was dropped",
            "made = null",
            "child closed",
            "child ended = Actor was dropped"),
        trace.take());
  }

  @Test
  void whatAnActorHoldsWhileItsEndIsReportedEndsToo() {
    var context = new AtomicReference<@Nullable Cx<Probe>>();
    ActorOwn<Probe> own =
        loop.actor(
            Probe::new,
            trace,
            "p",
            loop.<StopCause>ret(
                cause -> {
                  trace.add("end");
                  Cx<Probe> cx = context.get();
                  assertTrue(cx != null);
                  cx.hold(trace.<String>ret(cx, "held too late"));
                }));
    Probe.in(own, context::set);
    own.close();
    run();
    assertEquals(List.of("p closed", "end", "held too late = null"), trace.take());
  }

  @Test
  void anActorKilledInPrepAnswersTheCallsThatWaitedBeforeItsNotify() {
    ActorOwn<Probe> probe = loop.actor(Probe::never, trace, "p", trace.ret(loop, "ended"));
    probe.ask(Probe::name, trace.ret(loop, "q1"));
    probe.call(Probe::answer, trace.<String>ret(loop, "q2"));
    run();
    assertEquals(List.of(), trace.take());
    loop.kill(probe, new ActorFailure("impatient"));
    assertEquals(
        List.of(
            "q1 = null",
            "q2 = null",
            "ended = Actor was killed: lemnos.core.ActorFailure: impatient"),
        trace.take());
  }

  @Test
  void anActorDroppedInPrepAnswersTheCallsThatWaited() {
    ActorOwn<Probe> probe = loop.actor(Probe::never, trace, "p", trace.ret(loop, "ended"));
    probe.ask(Probe::name, trace.ret(loop, "q"));
    run();
    probe.close();
    assertFalse(probe.actor().isGone());
    run();
    assertEquals(List.of("q = null", "ended = Actor was dropped"), trace.take());
    assertTrue(probe.actor().isGone());
  }

  @Test
  void theEndIsReportedExactlyOnce() {
    ActorOwn<Probe> probe = Probe.start(loop, trace, "p");
    run();
    probe.kill(new ActorFailure("one"));
    probe.kill(new ActorFailure("two"));
    probe.call(Probe::stop);
    probe.close();
    run();
    assertEquals(
        List.of("p closed", "p ended = Actor was killed: lemnos.core.ActorFailure: one"),
        trace.take());
    loop.close();
    assertEquals(List.of(), trace.take());
  }

  @Test
  void aLoopListsItsLivingActorsNewestFirst() {
    ActorOwn<Probe> a = Probe.start(loop, trace, "a");
    ActorOwn<Probe> b = Probe.start(loop, trace, "b");
    ActorOwn<Probe> c = Probe.start(loop, trace, "c");
    ActorOwn<Probe> d = Probe.start(loop, trace, "d");
    assertEquals(List.of(d.actor(), c.actor(), b.actor(), a.actor()), loop.actors());
    run();
    loop.kill(b, new ActorFailure("middle"));
    assertEquals(List.of(d.actor(), c.actor(), a.actor()), loop.actors());
    loop.kill(d, new ActorFailure("newest"));
    assertEquals(List.of(c.actor(), a.actor()), loop.actors());
    loop.kill(a, new ActorFailure("oldest"));
    assertEquals(List.of(c.actor()), loop.actors());
    assertEquals(1, loop.actorCount());
    loop.kill(c, new ActorFailure("last"));
    assertEquals(List.of(), loop.actors());
    assertEquals(0, loop.actorCount());
    ActorOwn<Probe> e = Probe.start(loop, trace, "e");
    assertEquals(List.of(e.actor()), loop.actors());
    assertNotEquals(a.actor().id(), e.actor().id());
  }

  @Test
  void actorsCanReferToEachOther() {
    ActorOwn<Probe> a = loop.actor(Ret.nop());
    ActorOwn<Probe> b = Probe.start(loop, trace, "b");
    a.init((cx, peer) -> new Probe(cx, trace, "a").tell(peer), b.actor());
    run();
    assertEquals(List.of("b hello"), trace.take());
  }

  @Test
  void theContextIsForTheActorsOwnBehavioursOnly() {
    var stolen = new AtomicReference<@Nullable Cx<Probe>>();
    ActorOwn<Probe> a = Probe.start(loop, trace, "a");
    ActorOwn<Probe> b = Probe.start(loop, trace, "b");
    Probe.in(a, stolen::set);
    run();
    Cx<Probe> cx = stolen.get();
    assertTrue(cx != null);
    Runnable misuse =
        () -> {
          assertThrows(IllegalStateException.class, cx::stop);
          assertThrows(IllegalStateException.class, () -> cx.fail("x"));
          assertThrows(IllegalStateException.class, () -> cx.hold(Ret.nop()));
          var e =
              assertThrows(
                  IllegalStateException.class, () -> cx.child(Probe::new, trace, "c", Ret.nop()));
          trace.add(String.valueOf(e.getMessage()));
        };
    misuse.run();
    Probe.in(b, own -> misuse.run());
    run();
    String text =
        "the context of Probe#1 was used outside its behaviours; queue a call to it instead";
    assertEquals(List.of(text, text), trace.take());
    assertFalse(a.actor().isGone());
  }

  @Test
  void anActorIsCalledAfterItsClassAndNumber() {
    ActorOwn<Probe> probe = Probe.start(loop, trace, "p");
    assertEquals("Actor#1", probe.actor().toString());
    run();
    assertEquals("Probe#1", probe.actor().toString());
    assertEquals("ActorOwn of Probe#1", probe.toString());
    loop.kill(probe, new ActorFailure("x"));
    assertEquals("Actor#1", probe.actor().toString());
  }
}
