package lemnos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Shared values: rows H1 to H10 of the contract. */
final class ShareTest {
  private final Trace trace = new Trace();
  private final Loop loop = new Loop(0);
  private final ActorOwn<Probe> probe = Probe.start(loop, trace, "p");
  private final Share<List<String>> words = new Share<>(loop, new ArrayList<>());

  private void run() {
    loop.run(loop.now() + 1, false);
  }

  private static String refused(Executable misuse) {
    return String.valueOf(assertThrows(IllegalStateException.class, misuse).getMessage());
  }

  /** A value that notes its end. */
  private record Closing(Trace trace) implements AutoCloseable {
    @Override
    public void close() {
      trace.add("value closed");
    }
  }

  // H1, H2, H6: one value for several actors, with everything else at hand

  @Test
  void actorsOfOneLoopChangeOneValue() {
    ActorOwn<Probe> other = Probe.start(loop, trace, "q");
    Probe.in(probe, cx -> words.rw(w -> w.add("one")));
    Probe.in(other, cx -> words.rw(w -> w.add("two")));
    run();
    assertEquals(List.of("one", "two"), words.<List<String>>ro(List::copyOf));
  }

  @Test
  void aShareTravelsAsAnArgument() {
    probe.call((Probe p, Share<List<String>> share) -> share.rw(w -> w.add("in")), words);
    run();
    assertEquals(1, words.<Integer>ro(List::size));
  }

  @Test
  void aBorrowerMayUseItsContext() {
    Probe.in(
        probe,
        cx ->
            words.rw(
                w -> {
                  cx.self().call(Probe::say, "was called");
                  cx.after(java.time.Duration.ofNanos(1), () -> trace.add("timer"));
                  cx.child(Probe::new, trace, "child", Ret.nop());
                  w.add("x");
                }));
    run();
    run();
    assertEquals(List.of("p was called", "timer"), trace.take());
    assertEquals(2, loop.actorCount());
  }

  @Test
  void aWriterMayReturnAResult() {
    words.rw(w -> w.add("a"));
    assertEquals("a", words.<String>rwGet(w -> w.removeFirst()));
    assertTrue(words.<Boolean>ro(List::isEmpty));
  }

  // H2: exclusive while borrowed

  @Test
  void aWriterIsAlone() {
    String text =
        words
            + " is borrowed already, by code that this runs inside of; finish with it first, or"
            + " queue a call";
    words.rw(
        w -> {
          assertEquals(text, refused(() -> words.rw(x -> {})));
          assertEquals(text, refused(() -> words.ro(x -> x)));
          assertEquals(text, refused(() -> words.rwGet(x -> x)));
        });
    words.ro(w -> refused(() -> words.rw(x -> {})));
    words.rw(w -> w.add("free again"));
  }

  @Test
  void readersShare() {
    words.rw(w -> w.add("a"));
    int sum = words.<Integer>ro(w -> w.size() + words.<Integer>ro(List::size));
    assertEquals(2, sum);
    words.rw(List::clear);
  }

  @Test
  void aBorrowerThatThrowsGivesBack() {
    Executable bad = () -> words.rw(w -> w.addAll(List.of("x").subList(2, 5)));
    assertThrows(IndexOutOfBoundsException.class, bad);
    words.rw(w -> w.add("y"));
    assertEquals(List.of("y"), words.<List<String>>ro(List::copyOf));
  }

  @Test
  void aNestedBorrowInABehaviourFailsItsActorOnly() {
    Probe.in(probe, cx -> words.rw(w -> words.rw(x -> {})));
    run();
    assertTrue(probe.actor().isGone());
    words.rw(w -> w.add("free again"));
  }

  // H3 and item 33: two and three at once

  @Test
  void twoAndThreeAtOnce() {
    var a = new Share<>(loop, new StringBuilder("a"));
    var b = new Share<>(loop, new StringBuilder("b"));
    var c = new Share<>(loop, new ArrayList<String>());
    Share.rw(a, b, (x, y) -> x.append(y));
    Share.rw(a, b, c, (x, y, z) -> z.add(x + "/" + y));
    assertEquals(List.of("ab/b"), c.<List<String>>ro(List::copyOf));
  }

  @Test
  void theSameInstanceTwiceIsRefusedAndNothingRuns() {
    var a = new Share<>(loop, new StringBuilder("a"));
    var b = new Share<>(loop, new StringBuilder("b"));
    String text = a + " cannot be borrowed twice at once";
    for (Executable misuse :
        List.<Executable>of(
            () -> Share.rw(a, a, (x, y) -> trace.add("ran")),
            () -> Share.rw(a, a, b, (x, y, z) -> trace.add("ran")),
            () -> Share.rw(a, b, a, (x, y, z) -> trace.add("ran")),
            () -> Share.rw(b, a, a, (x, y, z) -> trace.add("ran")))) {
      assertEquals(text, assertThrows(IllegalArgumentException.class, misuse).getMessage());
    }
    assertEquals(List.of(), trace.take());
    a.rw(x -> x.append(1));
    b.rw(x -> x.append(1));
  }

  @Test
  void oneOfTwoThatIsBorrowedAlreadyLeavesTheOtherFree() {
    var a = new Share<>(loop, new StringBuilder("a"));
    var b = new Share<>(loop, new StringBuilder("b"));
    b.rw(y -> refused(() -> Share.rw(a, b, (x, z) -> trace.add("ran"))));
    a.rw(x -> x.append(1));
    b.rw(x -> x.append(1));
    assertEquals(List.of(), trace.take());
  }

  // H4, H5, H7, H10: owners

  @Test
  void theValueGoesWithItsLastOwnerAtOnce() {
    ShareOwn<Closing> one = Share.owned(loop, new Closing(trace));
    Share<Closing> share = one.share();
    assertEquals(1, share.owners());
    ShareOwn<Closing> two = share.upgrade();
    assertNotNull(two);
    assertEquals(2, share.owners());
    one.close();
    one.close();
    assertEquals(1, share.owners());
    assertFalse(share.isGone());
    share.rw(v -> trace.add("still there"));
    two.close();
    assertEquals(List.of("still there", "value closed"), trace.take());
    assertTrue(share.isGone());
    assertEquals(0, share.owners());
    assertNull(share.upgrade());
    assertEquals(share + " is gone: its last owner has ended", refused(() -> share.rw(v -> {})));
    refused(() -> share.ro(v -> v));
  }

  @Test
  void aShareWithoutOwnersStays() {
    assertEquals(0, words.owners());
    assertFalse(words.isGone());
    ShareOwn<List<String>> own = words.upgrade();
    assertNotNull(own);
    own.close();
    assertTrue(words.isGone());
  }

  @Test
  void anOwnerIsAHandle() {
    AtomicReference<@Nullable Share<Closing>> kept = new AtomicReference<>();
    Probe.in(
        probe,
        cx -> {
          kept.set(Share.owned(cx, new Closing(trace)).share());
          trace.add("returns");
        });
    run();
    assertEquals(List.of("returns", "value closed"), trace.take());
    Share<Closing> gone = kept.get();
    assertTrue(gone != null && gone.isGone());

    Probe.in(probe, cx -> kept.set(cx.hold(Share.owned(cx, new Closing(trace))).share()));
    run();
    Share<Closing> held = kept.get();
    assertTrue(held != null && !held.isGone());
    probe.call(Probe::stop);
    run();
    assertEquals(List.of("p closed", "value closed", "p ended = Actor stopped"), trace.take());
  }

  @Test
  void anOwnerMovesAsAnArgument() {
    ShareOwn<Closing> own = Share.owned(loop, new Closing(trace));
    probe.call(Probe::hold, own);
    run();
    assertFalse(own.share().isGone());
    loop.close();
    assertTrue(trace.take().contains("value closed"));
  }

  @Test
  void theLastOwnerMayEndWhileTheValueIsBorrowed() {
    ShareOwn<Closing> own = Share.owned(loop, new Closing(trace));
    own.share()
        .rw(
            v -> {
              own.close();
              assertTrue(own.share().isGone());
              assertNull(own.share().upgrade());
              refused(() -> own.share().ro(x -> x));
              trace.add("still borrowed");
            });
    assertEquals(List.of("still borrowed", "value closed"), trace.take());
  }

  @Test
  void whatClosingTheValueThrowsIsReported() {
    loop.onUncaught((where, t) -> trace.add(t.getMessage() + " of " + where));
    AutoCloseable bad =
        () -> {
          throw new IllegalStateException("bad close");
        };
    ShareOwn<AutoCloseable> own = Share.owned(loop, bad);
    own.close();
    assertEquals(List.of("bad close of " + own.share()), trace.take());
    assertTrue(own.share().isGone());
  }

  // H9: other loops and threads

  @Test
  void anotherThreadIsRefused() throws InterruptedException {
    ShareOwn<List<String>> own = Share.owned(loop, new ArrayList<>());
    List<Executable> entries =
        List.of(
            () -> words.rw(w -> {}),
            () -> words.rwGet(w -> w),
            () -> words.ro(w -> w),
            () -> Share.rw(words, own.share(), (x, y) -> {}),
            words::upgrade,
            words::isGone,
            words::owners,
            own::close,
            () -> new Share<>(loop, "x"),
            () -> Share.owned(loop, "x"));
    var thread =
        Thread.ofPlatform().start(() -> entries.forEach(entry -> trace.add(refused(entry))));
    thread.join();
    List<String> texts = trace.take();
    assertEquals(entries.size(), texts.size());
    texts.forEach(text -> assertTrue(text.contains("belongs to the loop of"), text));
  }

  @Test
  void anOwnerCannotLeaveItsLoop() {
    var otherLoop = new Loop(0);
    ActorOwn<Probe> away = Probe.start(otherLoop, trace, "away");
    ShareOwn<Closing> own = Share.owned(loop, new Closing(trace));
    assertThrows(IllegalArgumentException.class, () -> away.call(Probe::hold, own));
    assertFalse(own.share().isGone());
  }
}
