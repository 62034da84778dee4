package lemnos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Handles inside records move with them, in every queue, all or none. */
final class CargoTest {
  private final Trace trace = new Trace();
  private final Loop loop = new Loop(0);
  private final Loop otherLoop = new Loop(0);
  private final ActorOwn<Clerk> clerk = loop.actor(Clerk::new, trace, trace.ret(loop, "clerk"));
  private final ActorOwn<Clerk> away = otherLoop.actor(Clerk::new, trace, Ret.nop());

  /** What the messages of a real program look like. */
  private sealed interface Message {}

  private record Get(String key, Ret<String> reply) implements Message {}

  private record Two(Ret<String> first, Ret<String> second) implements Message {}

  private record Envelope<T>(T inside, int weight) implements Message {}

  private record Adopt(ActorOwn<Clerk> own) implements Message {}

  private record Plain(int x, String y, List<String> z) implements Message {}

  /** Its component says only what kinds of message there may be. */
  private record Parcel(Message inside, int weight) {}

  private record Point(int x, String y) {}

  private record Link(Object value, @Nullable Link next) {}

  private record Snail(@Nullable Snail inner, Object value) {}

  /** Takes messages. */
  private static final class Clerk implements AutoCloseable {
    private final Cx<Clerk> cx;
    private final Trace trace;

    Clerk(Cx<Clerk> cx, Trace trace) {
      this.cx = cx;
      this.trace = trace;
    }

    void take(Message message) {
      switch (message) {
        case Get get -> get.reply.ret("value of " + get.key);
        case Two two -> {
          two.second.ret("second");
          two.first.ret("first");
        }
        case Envelope<?> envelope -> take((Message) envelope.inside);
        case Adopt adopt -> cx.hold(adopt.own);
        case Plain plain -> trace.add(plain.toString());
      }
    }

    void takeTwo(Message a, Message b) {
      take(a);
      take(b);
    }

    void takeTwoOrNull(Message a, @Nullable Message b) {
      take(a);
      heard(b);
    }

    void takeNote(Message a, String b) {
      take(a);
    }

    Message echo(Message message) {
      return message;
    }

    void heard(@Nullable Message message) {
      if (message == null) {
        trace.add("heard null");
      } else {
        take(message);
      }
    }

    void forget(@Nullable Object message) {
      trace.add("forgets");
    }

    void pass(Recipient<Clerk> to, Message message) {
      to.call(Clerk::take, message);
    }

    void stop() {
      cx.stop();
    }

    @Override
    public void close() {
      trace.add("clerk closed");
    }
  }

  private void run() {
    loop.run(loop.now() + 1, false);
    otherLoop.run(otherLoop.now() + 1, false);
    loop.run(loop.now() + 1, false);
  }

  private <M> Ret<M> ret(String name) {
    return trace.ret(loop, name);
  }

  private Get get(String key) {
    return new Get(key, ret(key));
  }

  private static Envelope<Envelope<Message>> wrapped(Message message) {
    return new Envelope<>(new Envelope<>(message, 1), 2);
  }

  // Moving

  @Test
  void aRetInARecordMovesWithTheCall() {
    Get get = get("a");
    clerk.call(Clerk::take, get);
    String text = assertThrows(IllegalStateException.class, () -> get.reply.ret("x")).getMessage();
    assertEquals(
        get.reply + " was passed on already: a handle has one owner, and an argument moves it",
        text);
    run();
    assertEquals(List.of("a = value of a"), trace.take());
  }

  @Test
  void aRetBehindASealedInterfaceMovesToo() {
    Ret<String> ret = trace.ret(loop, "r");
    clerk.call((c, parcel) -> c.take(parcel.inside), new Parcel(new Get("k", ret), 1));
    assertThrows(IllegalStateException.class, () -> ret.ret("no longer mine"));
    clerk.call((c, parcel) -> {}, new Parcel(new Get("k", trace.ret(loop, "forgotten")), 1));
    run();
    assertEquals(List.of("r = value of k", "forgotten = null"), trace.take());
  }

  @Test
  void everyQueueMovesIt() {
    Actor<Clerk> to = clerk.actor();
    clerk.call(Clerk::take, wrapped(get("call")));
    clerk.call(Clerk::takeNote, get("two arguments"), "x");
    clerk.ask(Clerk::echo, get("query"), clerk.ret(Clerk::heard));
    loop.lazy(to, Clerk::take, get("lazy"));
    loop.lazy(to, Clerk::takeNote, get("lazy 2"), "x");
    loop.idle(to, Clerk::take, get("idle"));
    loop.after(Duration.ofNanos(1), to, Clerk::take, get("after"));
    loop.at(1, to, Clerk::takeNote, get("at"), "x");
    Fwd<Message> fwd = clerk.fwd(Clerk::take);
    fwd.fwd(wrapped(get("fwd")));
    clerk.ret(Clerk::heard).ret(get("answer"));
    clerk.<Message, Message>ret(Clerk::takeTwoOrNull, get("fixed")).ret(get("and answer"));
    loop.run(1, true);
    loop.run(2, true);
    assertEquals(
        List.of(
            "idle = value of idle",
            "call = value of call",
            "two arguments = value of two arguments",
            "fwd = value of fwd",
            "answer = value of answer",
            "fixed = value of fixed",
            "and answer = value of and answer",
            "after = value of after",
            "at = value of at",
            "query = value of query",
            "lazy = value of lazy",
            "lazy 2 = value of lazy 2"),
        trace.take());
  }

  @Test
  void everyDiscardEndsIt() {
    Actor<Clerk> to = clerk.actor();
    clerk.call(Clerk::stop);
    clerk.call(Clerk::take, wrapped(get("call")));
    clerk.ask(Clerk::echo, get("query"), ret("query's ret"));
    loop.lazy(to, Clerk::take, get("lazy"));
    loop.idle(to, Clerk::take, get("idle"));
    loop.at(1, to, Clerk::take, get("at"));
    long key = loop.after(Duration.ofHours(1), to, Clerk::take, wrapped(get("cancelled")));
    loop.after(Duration.ofHours(1), to, Clerk::take, get("closed"));
    assertTrue(loop.cancel(key));
    clerk.fwd(Clerk::take).fwd(get("fwd"));
    clerk.ret(Clerk::heard).ret(get("answer"));
    clerk.<Message, Message>retSome(Clerk::takeTwo, get("fixed")).close();
    loop.run(1, false);
    loop.run(2, true);
    assertEquals(
        List.of(
            "cancelled = null",
            "fixed = null",
            "clerk closed",
            "clerk = Actor stopped",
            "call = null",
            "query = null",
            "query's ret = null",
            "fwd = null",
            "answer = null",
            "at = null",
            "lazy = null",
            "idle = null"),
        trace.take());
    loop.close();
    assertEquals(List.of("closed = null"), trace.take());
  }

  @Test
  void theEndOfTheBehaviourEndsIt() {
    clerk.call(Clerk::forget, wrapped(new Two(ret("one"), ret("two"))));
    run();
    assertEquals(List.of("forgets", "one = null", "two = null"), trace.take());
  }

  @Test
  void aCallThatWaitsForItsActorOwnsIt() {
    ActorOwn<Clerk> later = loop.actor(Ret.nop());
    later.call(Clerk::take, get("waited"));
    run();
    assertEquals(List.of(), trace.take());
    later.init(Clerk::new, trace);
    run();
    assertEquals(List.of("waited = value of waited"), trace.take());

    ActorOwn<Clerk> never = loop.actor(Ret.nop());
    never.call(Clerk::take, wrapped(get("in vain")));
    run();
    never.close();
    run();
    assertEquals(List.of("in vain = null"), trace.take());
  }

  @Test
  void anInitFunctionGetsIt() {
    loop.actor(
        (cx, a) -> {
          a.reply.ret("from init");
          return new Object();
        },
        get("a"),
        Ret.nop());
    loop.actor((cx, a) -> new Object(), wrapped(get("b")), Ret.nop());
    run();
    assertEquals(List.of("a = from init", "b = null"), trace.take());
  }

  @Test
  void anOwnerInARecordMoves() {
    ActorOwn<Clerk> child = loop.actor(Clerk::new, trace, trace.ret(loop, "child"));
    clerk.call(Clerk::take, new Adopt(child));
    run();
    assertFalse(child.actor().isGone());
    clerk.call(Clerk::forget, new Adopt(loop.actor(Clerk::new, trace, ret("other"))));
    run();
    assertEquals(List.of("forgets", "clerk closed", "other = Actor was dropped"), trace.take());
    clerk.close();
    run();
    assertTrue(child.actor().isGone());
  }

  @Test
  void aRecordMayBePassedOnAndOn() {
    ActorOwn<Clerk> second = loop.actor(Clerk::new, trace, Ret.nop());
    clerk.call(Clerk::pass, second.actor(), wrapped(get("a")));
    run();
    assertEquals(List.of("a = value of a"), trace.take());
  }

  @Test
  void aRetThatNobodyWantsMayBeTwiceInARecord() {
    clerk.call(Clerk::take, new Two(Ret.nop(), Ret.nop()));
    away.call(Clerk::take, new Two(Ret.nop(), Ret.nop()));
    run();
    assertFalse(clerk.actor().isGone());
    assertFalse(away.actor().isGone());
  }

  // Other loops

  @Test
  void aRetInARecordMayGoToAnotherLoop() {
    Get get = get("a");
    away.call(Clerk::take, wrapped(get));
    away.call(Clerk::forget, new Two(ret("b"), ret("c")));
    assertThrows(IllegalStateException.class, () -> get.reply.ret("mine"));
    get.reply.close();
    otherLoop.run(1, false);
    assertEquals(List.of("forgets"), trace.take());
    loop.run(1, false);
    assertEquals(List.of("a = value of a", "b = null", "c = null"), trace.take());
  }

  @Test
  void anAnswerFromAnotherLoopMayCarryRets() {
    Get back = new Get("back", trace.ret(otherLoop, "back"));
    clerk.call(Clerk::take, back);
    Ret<Message> home = clerk.ret(Clerk::heard);
    away.call(
        (Clerk a, Ret<Message> reply) -> reply.ret(new Get("there", trace.ret(otherLoop, "there"))),
        home);
    run();
    run();
    assertEquals(List.of("back = value of back", "there = value of there"), trace.take());
  }

  @Test
  void anOwnerInARecordCannotLeaveItsLoopAndNothingMoves() {
    Ret<String> good = ret("good");
    var adopt = new Adopt(clerk);
    assertThrows(
        IllegalArgumentException.class, () -> away.call(Clerk::takeTwo, new Get("x", good), adopt));
    good.ret("still mine");
    assertEquals(List.of("good = still mine"), trace.take());
    assertThrows(IllegalArgumentException.class, () -> away.call(Clerk::take, wrapped(adopt)));
    run();
    assertFalse(clerk.actor().isGone());
  }

  /** A record that is particular about its own kind. */
  private record Fussy(Ret<String> reply, boolean[] open) implements AutoCloseable {
    Fussy {
      if (!open[0]) {
        throw new IllegalStateException("not now");
      }
    }

    @Override
    public void close() {}
  }

  @Test
  void aRecordThatCannotBeMadeAgainMovesNothing() {
    boolean[] open = {true};
    Ret<String> good = ret("good");
    Ret<String> bad = ret("bad");
    var fussy = new Fussy(bad, open);
    open[0] = false;
    assertThrows(IllegalStateException.class, () -> away.call(Clerk::forget, fussy));
    assertThrows(
        IllegalStateException.class,
        () -> away.call((Clerk c, Object a, Object b) -> {}, good, fussy));
    good.ret("mine");
    bad.ret("mine");
    assertEquals(List.of("good = mine", "bad = mine"), trace.take());
    clerk.call(Clerk::forget, new Fussy(ret("same loop"), new boolean[] {true}));
    run();
    assertEquals(List.of("forgets", "same loop = null"), trace.take());
  }

  // What is refused

  private static void refused(String text, Executable misuse) {
    assertEquals(text, assertThrows(IllegalStateException.class, misuse).getMessage());
  }

  @Test
  void aHandleTwiceIsRefusedAndNothingMoves() {
    Ret<String> r = ret("r");
    String text = r + Handle.PASSED_TWICE;
    refused(text, () -> clerk.call(Clerk::take, new Two(r, r)));
    refused(text, () -> clerk.call(Clerk::takeTwo, new Get("a", r), new Get("b", r)));
    refused(text, () -> clerk.call((c, a, b) -> {}, r, new Get("b", r)));
    refused(text, () -> clerk.call((c, a, b) -> {}, wrapped(new Get("b", r)), r));
    refused(text, () -> clerk.call((c, a, b, d) -> {}, "x", wrapped(new Get("b", r)), r));
    refused(text, () -> clerk.call((c, a, b, d, e) -> {}, r, 1, 2, wrapped(new Get("b", r))));
    refused(text, () -> away.call(Clerk::takeTwo, new Get("a", r), new Get("b", r)));
    refused(text, () -> loop.lazy(clerk.actor(), Clerk::take, wrapped(new Two(r, r))));
    r.ret("still mine");
    run();
    assertEquals(List.of("r = still mine"), trace.take());
  }

  @Test
  void aUsedHandleIsRefusedAndNothingMoves() {
    Ret<String> good = ret("good");
    Ret<String> used = ret("used");
    used.close();
    String text = assertThrows(IllegalStateException.class, () -> used.ret("x")).getMessage();
    assertTrue(text != null && text.contains("already used"));
    refused(text, () -> clerk.call(Clerk::take, new Two(good, used)));
    refused(text, () -> clerk.call(Clerk::takeTwo, new Get("a", good), new Get("b", used)));
    refused(text, () -> loop.at(5, clerk.actor(), Clerk::take, wrapped(new Two(good, used))));
    refused(
        text, () -> loop.actor((cx, a, b) -> new Object(), good, new Get("b", used), Ret.nop()));
    good.ret("still mine");
    assertEquals(List.of("used = null", "good = still mine"), trace.take());
    assertEquals(1, loop.actorCount());
  }

  @Test
  void anAnswerThatCannotBeDeliveredLeavesTheRetOpen() {
    Ret<Message> ret = clerk.ret(Clerk::heard);
    Ret<String> used = ret("used");
    used.close();
    assertThrows(IllegalStateException.class, () -> ret.ret(new Get("a", used)));
    assertThrows(
        IllegalArgumentException.class, () -> ret.ret(new Envelope<>(new Envelope<>(ret, 1), 2)));
    ret.ret(get("b"));
    run();
    assertEquals(List.of("used = null", "b = value of b"), trace.take());
    Ret<Object> self = clerk.ret((Clerk c, @Nullable Object o) -> trace.add("heard " + o));
    assertThrows(IllegalArgumentException.class, () -> self.ret(self));
    self.ret("x");
    run();
    assertEquals(List.of("heard x"), trace.take());
  }

  @Test
  void aFwdsFixedArgumentCannotCarryHandles() {
    assertThrows(
        IllegalArgumentException.class,
        () -> clerk.<Message, Message>fwd(Clerk::takeTwo, get("a")));
    clerk.<Message, Message>fwd(Clerk::takeTwo, new Plain(1, "a", List.of())).fwd(get("b"));
    run();
    assertEquals(List.of("Plain[x=1, y=a, z=[]]", "b = value of b"), trace.take());
  }

  // What is looked at

  @Test
  void recordsThatCanCarryNothingAreNotSearched() {
    assertNull(Cargo.in(new Point(1, "x")));
    assertNull(Cargo.in(new Load(1, 2, 3, 4, 5, 6, 7, 8, 9)));
    assertNull(Cargo.in(new StopCause.Stopped()));
    assertNull(Cargo.in(new StopCause.Failed(new ActorFailure("x"))));
  }

  @Test
  void handlesInListsArraysAndLambdasAreNotSeen() {
    Ret<String> inList = ret("list");
    clerk.call(Clerk::forget, new Envelope<>(List.of(inList), 1));
    Ret<String> inArray = ret("array");
    clerk.call(Clerk::forget, new Envelope<>(new Object[] {inArray}, 1));
    inList.ret("mine");
    inArray.ret("mine");
    run();
    assertEquals(List.of("list = mine", "array = mine", "forgets", "forgets"), trace.take());
  }

  @Test
  void aLongListOfRecordsIsNoTrouble() {
    Link list = null;
    for (int i = 0; i < 100_000; i++) {
      list = new Link(i == 0 ? ret("last") : "x", list);
    }
    clerk.call(Clerk::forget, list);
    run();
    assertEquals(List.of("forgets", "last = null"), trace.take());
  }

  @Test
  void recordsThatLieTooDeepInEachOtherAreRefused() {
    Snail snail = null;
    Ret<String> r = ret("r");
    for (int i = 0; i <= Cargo.MAX_DEPTH; i++) {
      snail = new Snail(snail, i == 0 ? r : "x");
    }
    clerk.call(Clerk::forget, snail);
    run();
    assertEquals(List.of("forgets", "r = null"), trace.take());
    Snail deeper = new Snail(snail, "x");
    assertThrows(IllegalArgumentException.class, () -> clerk.call(Clerk::forget, deeper));
    assertTrue(new ArrayList<>(loop.actors()).contains(clerk.actor()));
  }
}
