package lemnos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Owners, and what follows when they end. PARITY-stakker.md 2.3. */
final class OwnershipTest {
  private final Trace trace = new Trace();
  private final Loop loop = new Loop(0);

  private void run() {
    loop.run(loop.now() + 1, false);
  }

  @Test
  void callsMadeBeforeTheLastOwnerClosesStillRun() {
    ActorOwn<Probe> own = Probe.start(loop, trace, "p");
    Actor<Probe> probe = own.actor();
    run();
    probe.call(Probe::say, "before");
    own.close();
    probe.call(Probe::say, "after");
    assertFalse(probe.isGone());
    run();
    assertEquals(List.of("p before", "p closed", "p ended = Actor was dropped"), trace.take());
    assertTrue(probe.isGone());
  }

  @Test
  void closingAnOwnerTwiceClosesItOnce() {
    ActorOwn<Probe> one = Probe.start(loop, trace, "p");
    ActorOwn<Probe> two = one.owned();
    one.close();
    one.close();
    run();
    assertEquals(List.of(), trace.take());
    two.close();
    run();
    assertEquals(List.of("p closed", "p ended = Actor was dropped"), trace.take());
  }

  @Test
  void anActorLivesUntilItsLastOwnerCloses() {
    ActorOwn<Probe> one = Probe.start(loop, trace, "p");
    ActorOwn<Probe> two = one.owned();
    ActorOwn<Probe> three = two.owned();
    two.close();
    run();
    one.close();
    run();
    assertFalse(three.actor().isGone());
    three.close();
    run();
    assertTrue(three.actor().isGone());
  }

  @Test
  void aClosedOwnerMakesNoOtherOwnerAndKillsNobody() {
    ActorOwn<Probe> own = Probe.start(loop, trace, "p");
    own.close();
    assertThrows(IllegalStateException.class, own::owned);
    assertThrows(IllegalStateException.class, () -> own.kill(new ActorFailure("x")));
    assertThrows(IllegalStateException.class, () -> loop.kill(own, new ActorFailure("x")));
    run();
    assertEquals(List.of("p closed", "p ended = Actor was dropped"), trace.take());
  }

  @Test
  void anOwnersTypeDoesNotMatterForClosingIt() {
    ActorOwn<?> anonymous = Probe.start(loop, trace, "p");
    anonymous.close();
    run();
    assertEquals(List.of("p closed", "p ended = Actor was dropped"), trace.take());
  }

  @Test
  void aKillIsQueuedAndReportedEvenIfTheOwnerClosesNext() {
    ActorOwn<Probe> own = Probe.start(loop, trace, "p");
    own.call(Probe::say, "before");
    own.kill(new ActorFailure("enough"));
    own.call(Probe::say, "after");
    own.close();
    run();
    assertEquals(
        List.of(
            "p before", "p closed", "p ended = Actor was killed: lemnos.core.ActorFailure: enough"),
        trace.take());
  }

  @Test
  void theHostKillsAtOnce() {
    ActorOwn<Probe> own = Probe.start(loop, trace, "p");
    run();
    own.call(Probe::say, "queued");
    loop.kill(own, new ActorFailure("now"));
    assertTrue(own.actor().isGone());
    assertEquals(
        List.of("p closed", "p ended = Actor was killed: lemnos.core.ActorFailure: now"),
        trace.take());
    run();
    assertEquals(List.of(), trace.take());
  }

  @Test
  void anActorMadeInABehaviourAndNotHeldEndsWithIt() {
    ActorOwn<Probe> parent = Probe.start(loop, trace, "p");
    Probe.in(
        parent,
        cx -> {
          Probe.start(cx, trace, "loose").call(Probe::say, "hello");
          cx.child(Probe::new, trace, "child", Ret.nop()).call(Probe::say, "hello");
        });
    run();
    assertEquals(
        List.of("loose hello", "child hello", "loose closed", "loose ended = Actor was dropped"),
        trace.take().stream().sorted(OwnershipTest::helloFirst).toList());
    assertEquals(2, loop.actorCount());
  }

  private static int helloFirst(String a, String b) {
    return Boolean.compare(b.endsWith("hello"), a.endsWith("hello"));
  }

  @Test
  void childrenEndAfterTheParentsEndIsReportedOldestFirst() {
    ActorOwn<Probe> parent = Probe.start(loop, trace, "parent");
    Probe.in(
        parent,
        cx -> {
          Probe.in(
              cx.child(Probe::new, trace, "child1", trace.ret(cx, "child1 ended")),
              c -> c.child(Probe::new, trace, "grandchild", trace.ret(c, "grandchild ended")));
          // A notify Ret made in the frame moves to the child, so it outlives the frame.
          cx.child(Probe::new, trace, "child2", trace.ret(cx, "child2 ended"));
        });
    run();
    parent.close();
    run();
    assertEquals(
        List.of(
            "parent closed",
            "parent ended = Actor was dropped",
            "child1 closed",
            "child1 ended = Actor was dropped",
            "child2 closed",
            "child2 ended = Actor was dropped",
            "grandchild closed",
            "grandchild ended = Actor was dropped"),
        trace.take());
    assertEquals(0, loop.actorCount());
  }

  @Test
  void aChildsNotifyToAParentThatIsGoneIsDiscarded() {
    ActorOwn<Parent> parent =
        loop.actor(Parent::new, trace, cx -> cx.self().ret(Parent::childEnded), Ret.nop());
    run();
    parent.close();
    run();
    assertEquals(List.of("child closed"), trace.take());
  }

  @Test
  void aParentHearsOfItsChild() {
    ActorOwn<Parent> parent =
        loop.actor(Parent::new, trace, cx -> cx.self().ret(Parent::childEnded), Ret.nop());
    parent.call(Parent::tell, (Consumer<Cx<Probe>>) Cx::stop);
    run();
    assertEquals(List.of("child closed", "parent heard: Actor stopped"), trace.take());
  }

  /** An actor with one child. */
  private static final class Parent {
    private final Actor<Probe> child;
    private final Trace trace;

    Parent(Cx<Parent> cx, Trace trace, Function<Cx<Parent>, Ret<StopCause>> notify) {
      this.trace = trace;
      this.child = cx.child(Probe::new, trace, "child", notify.apply(cx));
    }

    void tell(Consumer<Cx<Probe>> body) {
      Probe.in(child, body);
    }

    void childEnded(@Nullable StopCause cause) {
      trace.add("parent heard: " + cause);
    }
  }

  private List<String> endsWith(Function<Cx<Parent>, Ret<StopCause>> notify, String how) {
    ActorOwn<Parent> parent =
        loop.actor(Parent::new, trace, notify, trace.ret(loop, "parent ended"));
    run();
    switch (how) {
      case "stop" -> parent.call(Parent::tell, (Consumer<Cx<Probe>>) Cx::stop);
      case "fail" -> parent.call(Parent::tell, (Consumer<Cx<Probe>>) cx -> cx.fail("child"));
      case "throw" -> parent.call(p -> p.child.call(Probe::boom, "child"));
      default -> throw new AssertionError(how);
    }
    run();
    boolean gone = parent.actor().isGone();
    loop.close();
    List<String> lines = trace.take();
    return List.of("gone: " + gone, lines.getLast());
  }

  private static final String FAILED =
      "parent ended = Actor failed: lemnos.core.ActorFailure: lost my child";

  @Test
  void failOnEndFailsTheParentWhenTheChildStops() {
    assertEquals(
        List.of("gone: true", FAILED), endsWith(cx -> cx.failOnEnd("lost my child"), "stop"));
  }

  @Test
  void failOnEndFailsTheParentWhenTheChildFails() {
    assertEquals(
        List.of("gone: true", FAILED), endsWith(cx -> cx.failOnEnd("lost my child"), "fail"));
  }

  @Test
  void failOnFailureFailsTheParentWhenTheChildFails() {
    assertEquals(
        List.of("gone: true", FAILED), endsWith(cx -> cx.failOnFailure("lost my child"), "fail"));
  }

  @Test
  void failOnFailureFailsTheParentWhenTheChildThrows() {
    assertEquals(
        List.of("gone: true", FAILED), endsWith(cx -> cx.failOnFailure("lost my child"), "throw"));
  }

  @Test
  void failOnFailureLetsTheParentLiveWhenTheChildStops() {
    assertEquals(
        List.of("gone: false", "parent ended = Actor was dropped"),
        endsWith(cx -> cx.failOnFailure("lost my child"), "stop"));
  }

  @Test
  void onlyFailedAndLostCountAsFailures() {
    StopCause[] causes = {
      new StopCause.Stopped(),
      new StopCause.Dropped(),
      new StopCause.Killed(new ActorFailure("k")),
      new StopCause.Failed(new ActorFailure("f")),
      new StopCause.Lost()
    };
    for (StopCause cause : causes) {
      ActorOwn<Probe> probe = Probe.start(loop, trace, "p");
      Probe.in(probe, cx -> cx.failOnFailure("x").ret(cause));
      run();
      boolean counts = cause instanceof StopCause.Failed || cause instanceof StopCause.Lost;
      assertEquals(counts, probe.actor().isGone(), cause.toString());
      Probe.in(probe, cx -> cx.failOnEnd("x").ret(cause));
      run();
      assertTrue(probe.actor().isGone(), cause.toString());
    }
  }

  @Test
  void aFailOnEndThatNobodyAnswersFailsItsActor() {
    ActorOwn<Probe> dropped = Probe.start(loop, trace, "p");
    Probe.in(dropped, cx -> cx.failOnEnd("never answered"));
    ActorOwn<Probe> lives = Probe.start(loop, trace, "q");
    Probe.in(lives, cx -> cx.failOnFailure("never answered"));
    run();
    assertTrue(dropped.actor().isGone());
    assertFalse(lives.actor().isGone());
  }

  @Test
  void anOwnerPassedAsAnArgumentMovesToWhoHoldsIt() {
    ActorOwn<Probe> keeper = Probe.start(loop, trace, "keeper");
    ActorOwn<Probe> own = Probe.start(loop, trace, "p");
    keeper.call(Probe::hold, own);
    run();
    assertFalse(own.actor().isGone());
    loop.kill(keeper, new ActorFailure("x"));
    run();
    assertTrue(own.actor().isGone());
  }

  @Test
  void anOwnerPassedToAGoneActorEndsItsActor() {
    ActorOwn<Probe> gone = Probe.start(loop, trace, "gone");
    gone.call(Probe::stop);
    ActorOwn<Probe> own = Probe.start(loop, trace, "p");
    gone.call(Probe::hold, own);
    run();
    assertTrue(own.actor().isGone());
  }

  @Test
  void actorsThatOwnEachOtherLiveUntilOneIsKilled() {
    ActorOwn<Probe> a = Probe.start(loop, trace, "a");
    ActorOwn<Probe> b = Probe.start(loop, trace, "b");
    ActorOwn<Probe> killer = a.owned();
    b.call(Probe::hold, a);
    run();
    killer.actor().call(Probe::hold, b);
    run();
    killer.kill(new ActorFailure("ring"));
    run();
    assertEquals(
        List.of(
            "a closed",
            "a ended = Actor was killed: lemnos.core.ActorFailure: ring",
            "b closed",
            "b ended = Actor was dropped"),
        trace.take());
  }

  @Test
  void anActorThatHoldsItselfEndsWithItsLoop() {
    ActorOwn<Probe> a = Probe.start(loop, trace, "a");
    a.call(Probe::hold, a);
    run();
    assertEquals(1, loop.actorCount());
    loop.close();
    assertEquals(List.of("a closed", "a ended = Actor was dropped"), trace.take());
  }

  private static Probe init0(Cx<Probe> cx) {
    return new Probe(cx, cx.env(Trace.class), "c0");
  }

  private static Probe init1(Cx<Probe> cx, Trace trace) {
    return new Probe(cx, trace, "c1");
  }

  private static Probe init3(Cx<Probe> cx, Trace trace, String a, String b) {
    return new Probe(cx, trace, a + b);
  }

  private static Probe init4(Cx<Probe> cx, Trace trace, String a, String b, String c) {
    return new Probe(cx, trace, a + b + c);
  }

  @Test
  void everyFormOfChildIsHeld() {
    loop.putEnv(Trace.class, trace);
    ActorOwn<Probe> parent = Probe.start(loop, trace, "p");
    Probe.in(
        parent,
        cx -> {
          cx.child(OwnershipTest::init0, Ret.nop());
          cx.child(OwnershipTest::init1, trace, Ret.nop());
          cx.child(Probe::new, trace, "c2", Ret.nop());
          cx.child(OwnershipTest::init3, trace, "c", "3", Ret.nop());
          cx.child(OwnershipTest::init4, trace, "c", "4", "", Ret.nop());
        });
    run();
    assertEquals(6, loop.actorCount());
    parent.close();
    run();
    assertEquals(0, loop.actorCount());
    assertEquals(
        List.of(
            "p closed",
            "p ended = Actor was dropped",
            "c0 closed",
            "c1 closed",
            "c2 closed",
            "c3 closed",
            "c4 closed"),
        trace.take());
  }

  @Test
  void anActorEndsWithTheLastOfManyOwners() {
    ActorOwn<Probe> own = Probe.start(loop, trace, "p");
    run();
    var owners = new ArrayList<ActorOwn<Probe>>(List.of(own));
    for (int i = 1; i < 100_000; i++) {
      owners.add(owners.get(i / 2).owned());
    }
    Collections.shuffle(owners, new Random(1));
    ActorOwn<Probe> last = owners.removeLast();
    owners.forEach(ActorOwn::close);
    run();
    assertEquals(List.of(), trace.take());
    last.owned().close();
    run();
    assertEquals(List.of(), trace.take());
    last.close();
    run();
    assertEquals(List.of("p closed", "p ended = Actor was dropped"), trace.take());
  }

  @Test
  void ownersOfAnActorThatHasEndedCanComeAndGo() {
    ActorOwn<Probe> own = Probe.start(loop, trace, "p");
    ActorOwn<Probe> second = own.owned();
    run();
    loop.kill(own, new ActorFailure("enough"));
    own.owned().close();
    second.close();
    own.owned();
    own.close();
    run();
    assertEquals(
        List.of("p closed", "p ended = Actor was killed: lemnos.core.ActorFailure: enough"),
        trace.take());
  }
}
