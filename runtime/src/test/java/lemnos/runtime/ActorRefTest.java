package lemnos.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import lemnos.core.World;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a reference tells of its actor, and what it makes of messages. */
@Timeout(300)
final class ActorRefTest {
  private final List<String> log = Collections.synchronizedList(new ArrayList<>());

  private static <M> ActorRef<M> spawn(Runtime runtime, Kind kind, Run.Body<M> body) {
    return spawn(runtime, kind, Supervisor.stopping(), body);
  }

  private static <M> ActorRef<M> spawn(
      Runtime runtime, Kind kind, Supervisor<Integer> supervisor, Run.Body<M> body) {
    var spawned = new CompletableFuture<ActorRef<M>>();
    runtime.runOnWorkers(
        ref -> {
          if (ref.workerId() == 1) {
            spawned.complete(kind.spawn(ref, supervisor, ActorOptions.standard(), body));
          }
        });
    return spawned.join();
  }

  // Joining

  @ParameterizedTest
  @EnumSource
  void actorsAndThreadsWaitForTheEndOfAnActorButNotForARestart(Kind kind) throws Exception {
    var runs = new AtomicInteger();
    try (Runtime runtime = Run.setup(2).build()) {
      ActorRef<Integer> actor =
          spawn(
              runtime,
              kind,
              _ -> new Supervisor.Decision.Restart<>(0),
              ctx -> {
                ctx.receiveNext();
                if (runs.incrementAndGet() < 3) {
                  throw new IllegalStateException("on purpose");
                }
              });
      var joining = new CountDownLatch(Kind.values().length);
      for (Kind joiner : Kind.values()) {
        Run.Body<Void> body =
            _ -> {
              joining.countDown();
              actor.map((Integer n) -> n).join();
              log.add("joined after " + runs);
            };
        spawn(runtime, joiner, body);
      }
      Thread thread =
          World.real()
              .start(
                  "test-joiner",
                  false,
                  () -> {
                    actor.join();
                    log.add("joined after " + runs);
                  });
      Run.await(joining);
      Run.awaitParked(thread);
      for (int i = 0; i < 3; i++) {
        assertEquals(List.of(), log);
        actor.send(i);
      }
      Run.join(thread);
      runtime.start();
      actor.join();
    }
    assertEquals(Collections.nCopies(Kind.values().length + 1, "joined after 3"), log);
  }

  @ParameterizedTest
  @EnumSource
  void nobodyCanJoinItself(Kind kind) throws Exception {
    try (Runtime runtime = Run.setup(1).build()) {
      ActorRef<Integer> actor =
          spawn(
              runtime,
              kind,
              ctx -> {
                var e = assertThrows(IllegalStateException.class, () -> ctx.self().join());
                log.add(String.valueOf(e.getMessage()));
              });
      actor.join();
      assertEquals(
          List.of("'actor' has not ended, and an actor cannot wait for itself: use trySend"), log);
      runtime.runOnWorkers(_ -> actor.join()); // it has, so nobody waits
      runtime.start();
    }
  }

  @Test
  void whoIsStoppedWhileItJoinsJoinsNoMore() throws Exception {
    var joining = new CountDownLatch(1);
    try (Runtime other = Run.setup(1).build()) {
      ActorRef<Integer> lasting = spawn(other, Kind.LOCAL, Context::receiveNext);
      try (Runtime runtime = Run.setup(1).build()) {
        Run.<Void>spawnShared(
            runtime,
            _ -> {
              joining.countDown();
              try {
                lasting.join();
              } finally {
                log.add("stopped");
              }
            });
        Run.await(joining);
      }
      assertTrue(lasting.isConnected());
    }
    assertEquals(List.of("stopped"), log);
  }

  /** A joiner must not be forgotten between the end of an actor and its own arrival. */
  @Test
  void noJoinerIsForgotten() throws Exception {
    try (Runtime runtime = Run.setup(2).build()) {
      for (int i = 0; i < 2_000; i++) {
        ActorRef<Integer> actor = Run.spawnShared(runtime, _ -> {});
        ActorRef<Integer> joiner = Run.spawnShared(runtime, _ -> actor.join());
        actor.join();
        joiner.join();
      }
      runtime.start();
    }
  }

  // Mapping

  @Test
  void aMappingMayRefuseMessagesOrMustNot() throws Exception {
    try (Runtime runtime = Run.setup(1).build()) {
      ActorRef<Integer> actor =
          spawn(
              runtime,
              Kind.LOCAL,
              ctx -> {
                for (int i = 0; i < 3; i++) {
                  log.add("got " + ctx.receiveNext());
                }
              });
      ActorRef<String> numbers = actor.tryMap(ActorRefTest::parse);
      assertEquals(Sent.REFUSED, numbers.trySend("x"));
      assertFalse(numbers.send("x"));
      assertEquals(Sent.SENT, numbers.trySend("1"));
      assertTrue(numbers.send("2"));
      ActorRef<List<String>> first = numbers.map(List::getFirst);
      assertFalse(first.send(List.of("x")));
      assertTrue(first.send(List.of("3")));
      assertTrue(first.sendsTo(actor));
      assertEquals("ActorRef of actor", first.toString());
      actor.join();
      assertEquals(Sent.GONE, numbers.trySend("4"));
      assertEquals(Sent.REFUSED, numbers.trySend("x"), "the mapping comes first");
      @SuppressWarnings("NullAway") // on purpose
      ActorRef<String> broken = actor.map(_ -> null);
      var e = assertThrows(NullPointerException.class, () -> broken.trySend("x"));
      assertEquals(
          "the mapping made null of 'x': use tryMap if that is to be refused", e.getMessage());
    }
    assertEquals(List.of("got 1", "got 2", "got 3"), log);
  }

  private static Optional<Integer> parse(String text) {
    return text.chars().allMatch(Character::isDigit)
        ? Optional.of(Integer.valueOf(text))
        : Optional.empty();
  }

  // Groups

  @Test
  void messagesThatManyUnderstandAreOfOneType() throws Exception {
    List<String> understood = Collections.synchronizedList(new ArrayList<>());
    try (Runtime runtime = Run.setup(1).build()) {
      ActorRef<Message> actor =
          Run.spawnShared(
              runtime,
              ctx -> {
                while (true) {
                  switch (ctx.receiveNext()) {
                    case Message.Start() -> understood.add("start");
                    case Message.Ack() -> understood.add("ack");
                    case Message.Done() -> understood.add("done");
                    case Message.Cancel<?>(Object work) -> understood.add("cancel " + work);
                    case Message.Terminate() -> {
                      return;
                    }
                  }
                }
              });
      actor.send(new Message.Start());
      actor.send(new Message.Cancel<>("job 7"));
      actor.send(new Message.Ack());
      actor.send(new Message.Done());
      actor.send(new Message.Terminate());
      runtime.start();
    }
    assertEquals(List.of("start", "cancel job 7", "ack", "done"), understood);
  }

  @Test
  void aGroupTellsWhyNobodyGotAMessage() throws Exception {
    try (Runtime runtime = Run.setup(1).build()) {
      ActorRef<Integer> actor = spawn(runtime, Kind.LOCAL, ctx -> ctx.sleep(Duration.ofDays(1)));
      ActorRef<Integer> ended = spawn(runtime, Kind.LOCAL, _ -> {});
      ended.join();
      var group = new ActorGroup<Integer>();
      assertEquals(Sent.GONE, group.trySendToOne(1));
      group.add(ended);
      assertEquals(Sent.GONE, group.trySendToOne(1));
      assertFalse(group.sendToOne(1));
      group.add(actor.tryMap(_ -> Optional.empty()));
      for (int i = 0; i < 2; i++) {
        assertEquals(Sent.REFUSED, group.trySendToOne(1));
      }
      assertEquals(0, group.trySendToAll(1, null));
      for (int i = 0; i < ActorOptions.DEFAULT_INBOX_SIZE; i++) {
        actor.trySend(i);
      }
      group.add(actor);
      for (int i = 0; i < 3; i++) {
        assertEquals(Sent.FULL, group.trySendToOne(1));
      }
    }
  }

  @Test
  void aGroupIsMadeUniqueAndWaitsForRoomAndForTheEndOfAll() throws Exception {
    int each = 500;
    var sums = new AtomicInteger[] {new AtomicInteger(), new AtomicInteger()};
    try (Runtime runtime = Run.setup(1).build()) {
      var group = new ActorGroup<Integer>();
      for (AtomicInteger sum : sums) {
        ActorRef<Integer> member =
            Run.spawnShared(
                runtime,
                Supervisor.stopping(),
                Run.inboxOf(1),
                ctx -> {
                  for (int n = ctx.receiveNext(); n > 0; n = ctx.receiveNext()) {
                    sum.addAndGet(n);
                  }
                });
        group.add(member);
        group.add(member.map(n -> n));
        group.add(member);
      }
      assertEquals(6, group.size());
      group.makeUnique();
      assertEquals(2, group.size());
      for (int i = 0; i < 2 * each; i++) {
        assertTrue(group.sendToOne(1));
      }
      group.members().forEach(member -> member.send(0));
      group.joinAll();
      assertFalse(group.sendToOne(1));
      runtime.start();
    }
    assertEquals(2 * each, sums[0].get() + sums[1].get());
  }
}
