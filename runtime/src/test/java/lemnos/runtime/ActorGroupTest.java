package lemnos.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
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

  /** A group of {@code members} that are called a, b, c when it is their turn. */
  private static ActorGroup<String> named(List<String> order, List<ActorRef<Integer>> members) {
    ActorGroup<String> names = new ActorGroup<>();
    for (int i = 0; i < members.size(); i++) {
      String name = "abc".substring(i, i + 1);
      names.add(
          members
              .get(i)
              .map(
                  message -> {
                    order.add(name);
                    return message.length();
                  }));
    }
    return names;
  }

  @Test
  void oneAfterTheOtherGetsItInTurn() {
    var order = new ArrayList<String>();
    ActorGroup<String> names = named(order, List.of(a, b, c));
    for (int i = 0; i < 3 * SIZE; i++) {
      assertEquals(Sent.SENT, names.trySendToOne("x"));
    }
    assertEquals(List.of("a", "b", "c", "a", "b", "c"), order);
  }

  @Test
  void theNextInTurnThatHasNotEndedGetsIt() {
    var order = new ArrayList<String>();
    ActorGroup<String> names = named(order, List.of(a, ended(), c));
    for (int i = 0; i < 2 * SIZE; i++) {
      assertTrue(names.sendToOne("x"));
    }
    assertEquals(List.of("a", "b", "c", "c", "a"), order);
  }

  @Test
  void turnsGoOnWhenTheirCountHasGoneRound() {
    group.turn.set(Integer.MAX_VALUE);
    assertEquals(Sent.SENT, group.trySendToOne(1));
    assertEquals(Sent.SENT, group.trySendToOne(2));
    assertTrue(group.sendToOne(3));
  }

  /** One that is full may take the next message, one that refuses another message. */
  @Test
  void theBestReasonOfThoseWhoDidNotTakeItIsTold() {
    for (int i = 0; i < SIZE; i++) {
      a.trySend(i);
    }
    ActorRef<Integer> refusing = b.tryMap(_ -> Optional.empty());
    ActorRef<Integer> gone = ended();
    assertEquals(Sent.FULL, sentToOneOf(List.of(a, refusing, gone)));
    assertEquals(Sent.FULL, sentToOneOf(List.of(gone, refusing, a)));
    assertEquals(Sent.REFUSED, sentToOneOf(List.of(gone, refusing)));
    assertEquals(Sent.REFUSED, sentToOneOf(List.of(refusing, gone)));
  }

  private static Sent sentToOneOf(List<ActorRef<Integer>> members) {
    var group = new ActorGroup<Integer>();
    members.forEach(group::add);
    return group.trySendToOne(7);
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

  private record Ask(Reply<Integer> reply) implements Request<Integer> {}

  /** The first answers when the second has been asked, whose inbox is full at first. */
  @Test
  void allAreAskedBeforeAnyAnswerIsWaitedFor() throws Exception {
    var begun = new CompletableFuture<Integer>();
    var asked = new CompletableFuture<Integer>();
    var made = new CompletableFuture<ActorGroup<Object>>();
    runtime.runOnWorkers(
        ref -> {
          var both = new ActorGroup<Object>();
          both.add(Run.spawn(ref, ctx -> received(ctx).respond(ctx.await(asked))));
          both.add(
              Run.spawn(
                  ref,
                  Run.inboxOf(1),
                  ctx -> {
                    ctx.await(begun);
                    assertEquals("filler", ctx.receiveNext());
                    received(ctx).respond(1);
                    asked.complete(1);
                  }));
          both.members().getLast().trySend("filler");
          made.complete(both);
        });
    ActorGroup<Object> both = made.join();
    var results = new CompletableFuture<List<RpcResult<Integer>>>();
    Thread asker =
        World.real().start("test-asker", false, () -> results.complete(both.rpcAll(Ask::new)));
    Run.awaitParked(asker);
    begun.complete(1);
    var one = new RpcResult.Response<>(1);
    assertEquals(List.of(one, one), results.get(30, TimeUnit.SECONDS));
  }

  private static Reply<Integer> received(Context<Object> ctx) {
    return ctx.receiveNext() instanceof Ask(Reply<Integer> reply) ? reply : fail("no request");
  }

  @Test
  void joiningWaitsForEachOfThem() throws InterruptedException {
    var end = new CompletableFuture<Integer>();
    var both = new ActorGroup<Integer>();
    both.add(ended());
    both.add(made(ctx -> ctx.await(end)));
    Thread joiner = World.real().start("test-joiner", false, both::joinAll);
    Run.awaitParked(joiner);
    end.complete(1);
    Run.join(joiner);
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
