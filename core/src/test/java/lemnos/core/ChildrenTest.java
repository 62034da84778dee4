package lemnos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A set of children: rows O6 and O7 of the contract, item 31. */
final class ChildrenTest {
  private final Trace trace = new Trace();
  private final Loop loop = new Loop(0);
  private final ActorOwn<Parent> parent =
      loop.actor(Parent::new, trace, trace.ret(loop, "parent ended"));

  /** An actor with a set of children. */
  private static final class Parent implements AutoCloseable {
    private final Cx<Parent> cx;
    private final Trace trace;
    private final Children<Probe> children;

    Parent(Cx<Parent> cx, Trace trace) {
      this.cx = cx;
      this.trace = trace;
      this.children = new Children<>(cx);
    }

    void run(Consumer<Parent> body) {
      body.accept(this);
    }

    void ended(@Nullable StopCause cause) {
      trace.add("heard '" + cause + "', left " + children.size());
    }

    void size(String when) {
      trace.add(when + " " + children.size());
    }

    Actor<Probe> add(String name) {
      return children.add(Probe::new, trace, name, cx.self().ret(Parent::ended));
    }

    @Override
    public void close() {
      trace.add("parent closed");
    }
  }

  private void run() {
    loop.run(loop.now() + 1, false);
  }

  private void in(Consumer<Parent> body) {
    parent.call(Parent::run, body);
    run();
  }

  @Test
  void theParentsHandlerSeesTheSmallerSet() {
    in(
        p -> {
          assertTrue(p.children.isEmpty());
          Actor<Probe> a = p.add("a");
          p.size("one");
          Actor<Probe> b = p.add("b");
          p.size("two");
          a.call(Probe::stop);
          p.size("still two");
          p.add("c");
          p.size("three");
          b.call(Probe::fail, "x");
        });
    assertEquals(
        List.of(
            "one 1",
            "two 2",
            "still two 2",
            "three 3",
            "a closed",
            "b closed",
            "heard 'Actor stopped', left 2",
            "heard 'Actor failed: lemnos.core.ActorFailure: x', left 1"),
        trace.take());
    in(p -> p.children.forEach(c -> c.call(Probe::stop)));
    assertEquals(List.of("c closed", "heard 'Actor stopped', left 0"), trace.take());
    in(p -> assertTrue(p.children.isEmpty()));
  }

  @Test
  void whatRunsBeforeTheRemovalStillSeesTheChild() {
    in(
        p -> {
          Actor<Probe> a = p.add("a");
          a.call(Probe::stop);
          p.cx.self().call(Parent::size, "queued before");
        });
    assertEquals(
        List.of("a closed", "queued before 1", "heard 'Actor stopped', left 0"), trace.take());
  }

  @Test
  void aChildMayEndWithoutAnybodyWhoHears() {
    in(
        p -> {
          p.children.add(Probe::new, trace, "a").call(Probe::stop);
          p.children.add(Probe::new, trace, "b").call(Probe::boom, "b");
          p.size("two");
        });
    in(p -> p.size("then"));
    assertEquals(List.of("two 2", "a closed", "b closed", "then 0"), trace.take());
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
  void everyFormOfAdd() {
    loop.putEnv(Trace.class, trace);
    in(
        p -> {
          Children<Probe> set = p.children;
          set.add(ChildrenTest::init0);
          set.add(ChildrenTest::init1, trace);
          set.add(Probe::new, trace, "c2");
          set.add(ChildrenTest::init3, trace, "c", "3");
          set.add(ChildrenTest::init4, trace, "c", "4", "");
          set.add(ChildrenTest::init0, p.cx.self().ret(Parent::ended));
          set.add(ChildrenTest::init1, trace, p.cx.self().ret(Parent::ended));
          set.add(Probe::new, trace, "c2", p.cx.self().ret(Parent::ended));
          set.add(ChildrenTest::init3, trace, "c", "3", p.cx.self().ret(Parent::ended));
          set.add(ChildrenTest::init4, trace, "c", "4", "", p.cx.self().ret(Parent::ended));
          set.forEach(c -> c.call(Probe::stop));
          p.size("all");
        });
    var lines = new ArrayList<String>(List.of("all 10"));
    for (int i = 0; i < 10; i++) {
      lines.add("c" + i % 5 + " closed");
    }
    for (int left = 4; left >= 0; left--) {
      lines.add("heard 'Actor stopped', left " + left);
    }
    assertEquals(lines, trace.take());
  }

  @Test
  void childrenDieWithTheParentAfterItsEndIsReported() {
    in(
        p -> {
          p.add("a");
          p.children.add(Probe::new, trace, "b", trace.ret(loop, "b ended"));
        });
    parent.close();
    run();
    assertEquals(
        List.of(
            "parent closed",
            "parent ended = Actor was dropped",
            "a closed",
            "b closed",
            "b ended = Actor was dropped"),
        trace.take());
    assertEquals(0, loop.actorCount());
  }

  @Test
  void aFailingParentTakesItsChildrenAlong() {
    in(
        p -> {
          p.add("a");
          p.cx.fail("x");
        });
    run();
    assertEquals(0, loop.actorCount());
  }

  @Test
  void closingTheSetEndsTheChildren() {
    in(
        p -> {
          p.add("a");
          p.add("b");
          p.children.close();
          p.size("closed");
          p.children.close();
          assertThrows(IllegalStateException.class, () -> p.children.add(Probe::new, trace, "c"));
          assertFalse(p.children.iterator().hasNext());
        });
    assertEquals(
        List.of(
            "closed 0",
            "a closed",
            "b closed",
            "heard 'Actor was dropped', left 0",
            "heard 'Actor was dropped', left 0"),
        trace.take());
    assertFalse(parent.actor().isGone());
  }

  @Test
  void iteratesOldestFirstWhatEverHappensMeanwhile() {
    in(
        p -> {
          Actor<Probe> a = p.add("a");
          Actor<Probe> b = p.add("b");
          var seen = new ArrayList<Actor<Probe>>();
          for (Actor<Probe> child : p.children) {
            seen.add(child);
            if (seen.size() == 1) {
              seen.add(p.add("c"));
            }
          }
          assertEquals(4, seen.size());
          assertEquals(List.of(a, seen.get(1), b, seen.get(1)), seen);
          Iterator<Actor<Probe>> each = p.children.iterator();
          each.next();
          p.children.close();
          each.next();
          assertThrows(NoSuchElementException.class, each::next);
        });
  }

  @Test
  void aChildMayBeKilledByItsHandle() {
    in(
        p -> {
          Actor<Probe> a = p.add("a");
          Actor<Probe> b = p.add("b");
          assertTrue(p.children.kill(b, new ActorFailure("enough")));
          assertFalse(p.children.kill(p.cx.child(Probe::new, trace, "x", Ret.nop()), new Error()));
          assertFalse(a.isGone());
        });
    assertEquals(
        List.of("b closed", "heard 'Actor was killed: lemnos.core.ActorFailure: enough', left 1"),
        trace.take());
  }

  @Test
  void aSecondOwnerDoesNotKeepAChildInTheSetWhenItEnds() {
    in(
        p -> {
          Actor<Probe> a = p.add("a");
          a.call((Probe child) -> child.stop());
        });
    assertEquals(List.of("a closed", "heard 'Actor stopped', left 0"), trace.take());
    in(p -> assertFalse(p.children.iterator().hasNext()));
  }

  @Test
  void theEndOfAnActorInPrepCountsToo() {
    in(p -> p.children.add(Probe::never, trace, "n", p.cx.self().ret(Parent::ended)));
    in(
        p -> {
          assertEquals(1, p.children.size());
          p.children.kill(p.children.iterator().next(), new ActorFailure("y"));
        });
    assertEquals(
        List.of("heard 'Actor was killed: lemnos.core.ActorFailure: y', left 0"), trace.take());
  }

  @Test
  void addingWithAUsedNotifyMakesNoChild() {
    in(
        p -> {
          Ret<StopCause> used = p.cx.failOnFailure("never");
          used.close();
          assertThrows(
              IllegalStateException.class, () -> p.children.add(ChildrenTest::init0, used));
          Ret<StopCause> twice = p.cx.failOnFailure("never");
          assertThrows(
              IllegalStateException.class,
              () -> p.children.add((cx, ret) -> new Probe(cx, trace, "z"), twice, twice));
          p.size("none");
        });
    assertEquals(List.of("none 0"), trace.take());
    assertEquals(1, loop.actorCount());
  }

  @Test
  void onlyTheParentHasTheSet() {
    ActorOwn<Probe> other = Probe.start(loop, trace, "other");
    var kept = new ArrayList<Children<Probe>>();
    in(p -> kept.add(p.children));
    Children<Probe> set = kept.getFirst();
    assertThrows(IllegalStateException.class, () -> set.add(Probe::new, trace, "x"));
    assertThrows(IllegalArgumentException.class, () -> other.call(Probe::hold, set));
    Probe.in(
        other,
        cx -> {
          assertThrows(IllegalArgumentException.class, () -> cx.hold(set));
          assertThrows(IllegalStateException.class, () -> set.add(Probe::new, trace, "x"));
        });
    in(p -> p.cx.hold(p.children));
    run();
    assertFalse(other.actor().isGone());
    assertFalse(parent.actor().isGone());
  }

  @Test
  void theLoopsEndEndsAll() {
    in(
        p -> {
          p.add("a");
          p.add("b");
        });
    loop.close();
    assertEquals(
        List.of("parent closed", "parent ended = Actor was dropped", "a closed", "b closed"),
        trace.take());
    assertEquals(0, loop.actorCount());
  }

  @Test
  void manyChildren() {
    in(
        p -> {
          for (int i = 0; i < 1000; i++) {
            p.add("k").call(Probe::stop);
          }
          p.size("all");
        });
    List<String> lines = trace.take();
    assertEquals("all 1000", lines.getFirst());
    assertEquals("heard 'Actor stopped', left 0", lines.getLast());
    assertEquals(2001, lines.size());
  }

  // O6, item 31: an owner whose type nobody knows

  @Test
  void ownersOfAnyTypeAreHeldTogether() {
    ActorOwn<?> anonymous = Probe.start(loop, trace, "p");
    parent.call((Parent p, Handle h) -> p.cx.hold(h), anonymous);
    run();
    assertFalse(anonymous.actor().isGone());
    parent.close();
    run();
    assertTrue(anonymous.actor().isGone());
    assertEquals(
        List.of(
            "parent closed",
            "parent ended = Actor was dropped",
            "p closed",
            "p ended = Actor was dropped"),
        trace.take());
  }
}
