package lemnos.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import lemnos.core.ActorOwn;
import lemnos.core.Cx;
import lemnos.core.Ret;
import lemnos.core.World;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The bounded inbox and the reference to it: what fits in, who waits, what is lost. */
@Timeout(300)
final class InboxTest {
  private static final Duration LONG = Duration.ofDays(1);

  private final List<String> log = Collections.synchronizedList(new ArrayList<>());

  /** A reference given to a test's own thread. */
  private static <M> ActorRef<M> spawnFrom(Runtime runtime, int workerId, int size, Run.Body<M> b)
      throws InterruptedException {
    var ref = new CompletableFuture<ActorRef<M>>();
    runtime.runOnWorkers(
        worker -> {
          if (worker.workerId() == workerId) {
            ref.complete(Run.spawn(worker, Run.inboxOf(size), b));
          }
        });
    return ref.join();
  }

  private static Thread thread(Runnable body) {
    return World.real().start("test-sender", false, body);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 8, 100})
  void anInboxHoldsExactlyWhatItsSizeSays(int size) throws Exception {
    try (Runtime runtime = Run.setup(1).build()) {
      var begun = new CountDownLatch(1);
      ActorRef<Integer> ref =
          spawnFrom(
              runtime,
              1,
              size,
              ctx -> {
                begun.countDown();
                ctx.sleep(LONG);
              });
      Run.await(begun);
      for (int i = 0; i < size; i++) {
        assertEquals(Sent.SENT, ref.trySend(i));
      }
      assertEquals(Sent.FULL, ref.trySend(-1));
      assertEquals(Sent.FULL, ref.trySend(-1));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 8, 100})
  void eachMessageTakenMakesRoomForOne(int size) throws Exception {
    Run.on(
        1,
        worker ->
            Run.<Integer>spawn(
                worker,
                Run.inboxOf(size),
                ctx -> {
                  for (int i = 0; i < size; i++) {
                    assertEquals(Sent.SENT, ctx.self().trySend(i));
                  }
                  for (int i = 0; i < 1000; i++) {
                    assertEquals(Sent.FULL, ctx.self().trySend(-1));
                    assertEquals(i, ctx.receiveNext());
                    assertEquals(Sent.SENT, ctx.self().trySend(size + i));
                  }
                  log.add("done");
                }));
    assertEquals(List.of("done"), log);
  }

  @Test
  void anActorThatHasEndedIsGoneEvenIfItsInboxWasFull() throws Exception {
    try (Runtime runtime = Run.setup(1).build()) {
      var full = new CountDownLatch(1);
      ActorRef<Integer> ref = spawnFrom(runtime, 1, 1, ctx -> log.add("got " + ctx.receiveNext()));
      ActorRef<Integer> other =
          spawnFrom(
              runtime,
              1,
              1,
              ctx -> {
                ctx.self().trySend(0);
                full.countDown();
              });
      Run.await(full);
      ref.send(7);
      while (ref.isConnected() || other.isConnected()) {
        Thread.onSpinWait();
      }
      assertEquals(Sent.GONE, ref.trySend(8));
      assertFalse(ref.send(8));
      assertEquals(Sent.GONE, other.trySend(8));
      assertEquals(List.of("got 7"), log);
    }
    assertThrows(IllegalArgumentException.class, () -> Run.inboxOf(0));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 8})
  void messagesOfEachSenderArriveInOrderAndNoneIsLost(int size) throws Exception {
    int senders = 8;
    int each = 2_000;
    var last = new int[senders];
    var count = new AtomicInteger();
    try (Runtime runtime = Run.setup(2).build()) {
      ActorRef<int[]> receiver =
          spawnFrom(
              runtime,
              1,
              size,
              ctx -> {
                for (int i = 0; i < senders * each; i++) {
                  int[] message = ctx.receiveNext();
                  assertEquals(++last[message[0]], message[1]);
                  count.incrementAndGet();
                }
              });
      runtime.runOnWorkers(
          worker -> {
            for (int i = 0; i < 2; i++) {
              int id = 2 * (worker.workerId() - 1) + i;
              Run.<Void>spawn(worker, ctx -> sendAll(receiver, id, each));
            }
          });
      List<Thread> threads =
          IntStream.range(4, senders)
              .mapToObj(id -> thread(() -> sendAll(receiver, id, each)))
              .toList();
      runtime.start();
      for (Thread thread : threads) {
        Run.join(thread);
      }
    }
    assertEquals(senders * each, count.get());
  }

  private static void sendAll(ActorRef<int[]> receiver, int id, int each) {
    for (int i = 1; i <= each; i++) {
      assertTrue(receiver.send(new int[] {id, i}));
    }
  }

  @Test
  void aSenderOnAnotherWorkerIsWokenByRoom() throws Exception {
    var received = Collections.synchronizedList(new ArrayList<Integer>());
    try (Runtime runtime = Run.setup(2).build()) {
      ActorRef<Integer> receiver =
          spawnFrom(
              runtime,
              1,
              1,
              ctx -> {
                for (int i = 0; i < 1000; i++) {
                  received.add(ctx.receiveNext());
                  ctx.sleep(Duration.ZERO);
                }
              });
      spawnFrom(
          runtime,
          2,
          1,
          ctx -> {
            for (int i = 0; i < 1000; i++) {
              receiver.send(i);
            }
          });
      runtime.start();
    }
    assertEquals(IntStream.range(0, 1000).boxed().toList(), received);
  }

  /** An actor that waits for room and is woken for other reasons still waits once only. */
  @Test
  void aSenderThatIsWokenForOtherReasonsTakesNobodysTurn() throws Exception {
    var bothWait = new CountDownLatch(1);
    Run.on(
        1,
        worker -> {
          ActorRef<String> receiver =
              Run.spawn(
                  worker,
                  Run.inboxOf(1),
                  ctx -> {
                    while (bothWait.getCount() > 0) {
                      ctx.sleep(Duration.ofMillis(5));
                    }
                    for (int i = 0; i < 3; i++) {
                      log.add(ctx.receiveNext());
                    }
                  });
          receiver.trySend("filler");
          ActorRef<String> popular = Run.spawn(worker, ctx -> receiver.send("from the popular"));
          Run.<Void>spawn(
              worker,
              ctx -> {
                ctx.sleep(Duration.ZERO);
                for (int i = 0; i < 8; i++) {
                  popular.trySend("wakes you");
                  ctx.sleep(Duration.ZERO);
                }
                ctx.core().execute(bothWait::countDown); // after this turn
                receiver.send("from the quiet");
              });
        });
    assertEquals(List.of("filler", "from the popular", "from the quiet"), log);
  }

  @Test
  void aSenderThatGivesUpLeavesItsPlaceToTheNext() throws Exception {
    var actorWaits = new CountDownLatch(1);
    var mayTake = new CountDownLatch(1);
    var taken = new CountDownLatch(1);
    try (Runtime receivers = Run.setup(1).build();
        Runtime senders = Run.setup(1).build()) {
      ActorRef<String> receiver =
          spawnFrom(
              receivers,
              1,
              1,
              ctx -> {
                while (mayTake.getCount() > 0) {
                  ctx.sleep(Duration.ofMillis(1));
                }
                log.add(ctx.receiveNext());
                ctx.core().execute(taken::countDown); // after this turn
                log.add(ctx.receiveNext());
              });
      receiver.send("first");
      ActorRef<Void> sender =
          spawnFrom(
              senders,
              1,
              1,
              ctx -> {
                ctx.core().execute(actorWaits::countDown);
                receiver.send("from an actor that is stopped");
              });
      Run.await(actorWaits);
      Thread thread = thread(() -> receiver.send("from a thread"));
      Run.awaitParked(thread);
      // The actor is stopped, and it is its turn to send, before it runs again.
      senders.runOnWorkers(_ -> Run.await(taken));
      senders.stop();
      mayTake.countDown();
      Run.join(thread);
      while (receiver.isConnected() || sender.isConnected()) {
        Thread.onSpinWait();
      }
    }
    assertEquals(List.of("first", "from a thread"), log);
  }

  @Test
  void anActorCannotWaitForRoomInItsOwnInbox() throws Exception {
    Run.on(
        1,
        worker ->
            Run.<Integer>spawn(
                worker,
                Run.inboxOf(2),
                ctx -> {
                  assertTrue(ctx.self().send(1));
                  assertTrue(ctx.self().send(2));
                  var e = assertThrows(IllegalStateException.class, () -> ctx.self().send(3));
                  log.add(String.valueOf(e.getMessage()));
                }));
    assertEquals(
        List.of("the inbox of 'actor' is full, and an actor cannot wait for itself: use trySend"),
        log);
  }

  private static final class Eager {
    private final List<String> log;
    private final Cx<Eager> cx;

    Eager(Cx<Eager> cx, List<String> log) {
      this.cx = cx;
      this.log = log;
    }

    void fill(ActorRef<Integer> receiver) {
      receiver.send(1);
      try {
        receiver.send(2);
      } catch (IllegalStateException e) {
        log.add(String.valueOf(e.getMessage()));
      }
      cx.stop();
    }
  }

  @Test
  void aBehaviourThatWouldHaveToWaitIsToldSo() throws Exception {
    Run.on(
        1,
        worker -> {
          ActorRef<Integer> receiver =
              Run.spawn(
                  worker,
                  ActorOptions.standard().withName("slow").withInboxSize(1),
                  ctx -> {
                    while (log.isEmpty()) {
                      ctx.sleep(Duration.ofMillis(1));
                    }
                  });
          ActorOwn<Eager> eager = worker.loop().actor(Eager::new, log, Ret.nop());
          eager.call(Eager::fill, receiver);
        });
    assertEquals(
        List.of(
            "the inbox of 'slow' is full, and a behaviour cannot wait: use trySend, or let an actor"
                + " do it"),
        log);
  }

  @Test
  void aThreadThatWaitsIsToldWhenTheActorEnds() throws Exception {
    var sent = new CompletableFuture<Boolean>();
    try (Runtime runtime = Run.setup(1).build()) {
      var end = new AtomicBoolean();
      ActorRef<Integer> receiver =
          spawnFrom(
              runtime,
              1,
              1,
              ctx -> {
                while (!end.get()) {
                  ctx.sleep(Duration.ofMillis(1));
                }
              });
      receiver.send(1);
      Thread thread = thread(() -> sent.complete(receiver.send(2)));
      Run.awaitParked(thread);
      end.set(true);
      Run.join(thread);
    }
    assertFalse(sent.join());
  }

  /** The registration of a sender must not be lost between the end of an actor and its loop. */
  @Test
  void noSenderIsForgottenWhenTheRuntimeStops() throws Exception {
    for (int round = 0; round < 300; round++) {
      List<Thread> threads;
      try (Runtime runtime = Run.setup(1).build()) {
        var begun = new CountDownLatch(4);
        ActorRef<Integer> receiver = spawnFrom(runtime, 1, 1, ctx -> ctx.sleep(LONG));
        threads =
            IntStream.range(0, 4)
                .mapToObj(
                    i ->
                        thread(
                            () -> {
                              begun.countDown();
                              int sent = i;
                              while (receiver.send(sent)) {
                                sent++;
                              }
                            }))
                .toList();
        Run.await(begun);
      }
      for (Thread thread : threads) {
        Run.join(thread);
      }
    }
  }

  @Test
  void aThreadThatIsInterruptedGoesOnWaitingAndStaysInterrupted() throws Exception {
    var interrupted = new AtomicBoolean();
    try (Runtime runtime = Run.setup(1).build()) {
      ActorRef<Integer> go = spawnFrom(runtime, 1, 1, ctx -> ctx.sleep(LONG));
      var mayTake = new CountDownLatch(1);
      ActorRef<Integer> receiver =
          spawnFrom(
              runtime,
              1,
              1,
              ctx -> {
                while (mayTake.getCount() > 0) {
                  ctx.sleep(Duration.ofMillis(1));
                }
                log.add("got " + ctx.receiveNext());
                log.add("got " + ctx.receiveNext());
              });
      receiver.send(1);
      Thread thread =
          thread(
              () -> {
                Thread.currentThread().interrupt();
                receiver.send(2);
                interrupted.set(Thread.currentThread().isInterrupted());
              });
      Run.awaitParked(thread);
      mayTake.countDown();
      Run.join(thread);
      while (receiver.isConnected()) {
        Thread.onSpinWait();
      }
      assertTrue(go.isConnected());
    }
    assertTrue(interrupted.get());
    assertEquals(List.of("got 1", "got 2"), log);
  }

  @Test
  void nullIsNoMessage() throws Exception {
    try (Runtime runtime = Run.setup(1).build()) {
      ActorRef<Object> ref = spawnFrom(runtime, 1, 1, ctx -> ctx.sleep(LONG));
      @SuppressWarnings("NullAway") // on purpose
      Runnable sendNull = () -> ref.trySend(null);
      assertThrows(NullPointerException.class, sendNull::run);
      assertEquals(Sent.SENT, ref.trySend("something"));
    }
  }
}
