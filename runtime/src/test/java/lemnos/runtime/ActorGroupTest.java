package lemnos.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import lemnos.core.World;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Groups of actors, and references that map what they are given. */
@Timeout(300)
final class ActorGroupTest {
  private static final int SIZE = 2;

  private final Runtime runtime = Run.setup(1).build();
  private final List<Integer> received = Collections.synchronizedList(new ArrayList<>());
  private final ActorGroup<Integer> group = new ActorGroup<>();
  private final ActorRef<Integer> a = idler();
  private final ActorRef<Integer> b = idler();
  private final ActorRef<Integer> c = idler();

  @BeforeEach
  void addMembers() {
    List.of(a, b, c).forEach(group::add);
  }

  @AfterEach
  void closeRuntime() {
    runtime.close();
  }

  private ActorRef<Integer> made(Run.Body<Integer> body) {
    var made = new CompletableFuture<ActorRef<Integer>>();
    runtime.runOnWorkers(ref -> made.complete(Run.spawn(ref, Run.inboxOf(SIZE), body)));
    return made.join();
  }

  /** An actor that takes no message. */
  private ActorRef<Integer> idler() {
    return made(ctx -> ctx.sleep(Duration.ofDays(1)));
  }

  private ActorRef<Integer> ended() {
    ActorRef<Integer> ref = made(_ -> {});
    while (ref.isConnected()) {
      Thread.onSpinWait();
    }
    return ref;
  }

  @Test
  void allGetItButThoseWhoseInboxIsFullAndThoseThatAreGone() {
    group.add(ended());
    for (int i = 0; i < SIZE; i++) {
      b.trySend(i);
    }
    var full = new ArrayList<ActorRef<Integer>>();
    assertEquals(2, group.trySendToAll(7, full::add));
    assertEquals(List.of(b), full);
    assertEquals(2, group.trySendToAll(7, null));
    assertEquals(0, group.trySendToAll(7, full::add));
    assertEquals(List.of(b, a, b, c), full);
  }

  @Test
  void oneAfterTheOtherGetsItInTurn() {
    ActorGroup<String> names = new ActorGroup<>();
    var order = new ArrayList<String>();
    for (var member : List.of(a, b, c)) {
      String name = member == a ? "a" : member == b ? "b" : "c";
      names.add(
          member.map(
              message -> {
                order.add(name);
                return message.length();
              }));
    }
    for (int i = 0; i < 3 * SIZE; i++) {
      assertEquals(Sent.SENT, names.trySendToOne("x"));
    }
    assertEquals(List.of("a", "b", "c", "a", "b", "c"), order);
  }

  @Test
  void whoIsFullOrGoneIsSkipped() {
    assertTrue(group.remove(c));
    group.add(ended());
    for (int i = 0; i < SIZE; i++) {
      a.trySend(i);
    }
    assertEquals(Sent.SENT, group.trySendToOne(7));
    assertEquals(Sent.SENT, group.trySendToOne(7));
    assertEquals(Sent.FULL, b.trySend(7), "b got both");
    assertEquals(Sent.FULL, group.trySendToOne(7));
    group.remove(a);
    group.remove(b);
    assertEquals(Sent.GONE, group.trySendToOne(7));
    group.removeDisconnected();
    assertTrue(group.isEmpty());
    assertEquals(Sent.GONE, group.trySendToOne(7));
  }

  @Test
  void aMemberIsUniqueAlsoIfItIsMapped() {
    assertFalse(group.addUnique(a));
    assertFalse(group.addUnique(a.map(n -> n + 1)));
    group.add(a);
    assertEquals(4, group.size());
    assertTrue(group.remove(a.map(n -> n + 1)), "as often as it is in the group");
    assertEquals(List.of(b, c), group.members());
    assertFalse(group.remove(a));
    assertTrue(group.addUnique(a));
  }

  /** Who is added meanwhile stays, and nobody who sends sees the group without its members. */
  @Test
  void makingItUniqueLosesNobody() throws InterruptedException {
    int rounds = 20_000;
    var empty = new AtomicInteger();
    Thread sender =
        World.real()
            .start(
                "test-group",
                false,
                () -> {
                  for (int i = 0; i < rounds; i++) {
                    empty.addAndGet(group.trySendToOne(i) == Sent.GONE ? 1 : 0);
                    group.remove(c);
                    group.add(c);
                    empty.addAndGet(group.members().contains(c) ? 0 : 1);
                  }
                });
    while (sender.isAlive()) {
      group.add(a);
      group.makeUnique();
    }
    Run.join(sender);
    assertEquals(0, empty.get());
  }

  @Test
  void thoseThatEndedCanBeRemoved() {
    group.add(ended().map(n -> n));
    group.add(ended());
    assertEquals(5, group.size());
    group.removeDisconnected();
    assertEquals(List.of(a, b, c), group.members());
  }

  @Test
  void membersComeAndGoWhileMessagesAreSent() throws InterruptedException {
    int rounds = 2_000;
    var start = new CountDownLatch(1);
    var unique = new AtomicInteger();
    List<Thread> threads =
        IntStream.range(0, 4)
            .mapToObj(
                i ->
                    World.real()
                        .start("test-group", false, () -> comeAndGo(i, rounds, start, unique)))
            .toList();
    ActorRef<Integer> steady = made(ctx -> receiveAll(ctx, rounds));
    group.members().forEach(group::remove);
    group.add(steady);
    start.countDown();
    for (int i = 0; i < rounds; i++) {
      int missed = i;
      group.trySendToAll(i, full -> assertTrue(full != steady || steady.send(missed)));
    }
    for (Thread thread : threads) {
      Run.join(thread);
    }
    while (steady.isConnected()) {
      Thread.onSpinWait();
    }
    assertEquals(IntStream.range(0, rounds).boxed().toList(), received);
    group.remove(a);
    assertEquals(List.of(steady), group.members());
  }

  private void receiveAll(Context<Integer> ctx, int rounds) {
    while (received.size() < rounds) {
      int n = ctx.receiveNext();
      if (n >= 0) {
        received.add(n);
      }
    }
  }

  private void comeAndGo(int i, int rounds, CountDownLatch start, AtomicInteger unique) {
    try {
      Run.await(start);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    for (int n = 0; n < rounds; n++) {
      if (i % 2 == 0) {
        if (group.addUnique(a)) {
          assertEquals(1, unique.incrementAndGet(), "it is in the group once");
          unique.decrementAndGet();
          group.remove(a);
        }
      } else {
        group.trySendToOne(-1 - n);
        group.members().forEach(ActorRef::isConnected);
      }
    }
  }

  @Test
  void referencesSendToTheSameActorHoweverTheyAreMapped() {
    ActorRef<String> length = a.map(String::length);
    ActorRef<Object> twice = length.map(Object::toString);
    assertTrue(a.sendsTo(a));
    assertTrue(a.sendsTo(length));
    assertTrue(length.sendsTo(a));
    assertTrue(length.sendsTo(twice));
    assertTrue(twice.sendsTo(length));
    assertFalse(a.sendsTo(b));
    assertFalse(a.sendsTo(b.map((Integer n) -> n)));
    assertFalse(twice.sendsTo(b));
    assertTrue(twice.isConnected());
  }

  @Test
  void aMappedReferenceSendsWhatItMakesOfAMessage() {
    ActorRef<Integer> receiver = made(ctx -> receiveAll(ctx, 3));
    ActorRef<String> mapped = receiver.map(String::length);
    ActorRef<List<String>> twice = mapped.map(List::getFirst);
    assertTrue(mapped.send("four"));
    assertTrue(twice.send(List.of("five!")));
    assertTrue(mapped.send("1"));
    while (receiver.isConnected()) {
      Thread.onSpinWait();
    }
    assertEquals(List.of(4, 5, 1), received);
    assertEquals(Sent.GONE, mapped.trySend("x"));
    assertFalse(twice.send(List.of("x")));
    assertFalse(twice.isConnected());
  }
}
