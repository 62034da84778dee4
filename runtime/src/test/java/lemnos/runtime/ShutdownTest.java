package lemnos.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import lemnos.core.World;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An end in which no message is lost that was sent before. */
@Timeout(300)
final class ShutdownTest {
  private static final Duration LONG = Duration.ofDays(1);

  private final List<String> log = Collections.synchronizedList(new ArrayList<>());

  /** Spawns an actor of {@code kind} from outside. */
  private static <M> ActorRef<M> spawn(
      Runtime runtime, Kind kind, ActorOptions options, Run.Body<M> body) {
    var spawned = new CompletableFuture<ActorRef<M>>();
    runtime.runOnWorkers(
        ref -> {
          if (ref.workerId() == 1) {
            spawned.complete(kind.spawn(ref, options, body));
          }
        });
    return spawned.join();
  }

  @ParameterizedTest
  @EnumSource
  void anActorGetsItsMessagesAndThenEnds(Kind kind) throws Exception {
    var mayGoOn = new CountDownLatch(1);
    try (Runtime runtime = Run.setup(2).build()) {
      ActorRef<Integer> actor =
          spawn(
              runtime,
              kind,
              ActorOptions.standard(),
              ctx -> {
                mayGoOn.await();
                while (true) {
                  log.add("got " + ctx.receiveNext());
                }
              });
      actor.send(1);
      actor.send(2);
      runtime.shutdown();
      mayGoOn.countDown();
      runtime.start();
      assertEquals(List.of("got 1", "got 2"), log);
      assertEquals(Sent.GONE, actor.trySend(3));
    }
  }

  /** As long as there are messages that the next life may get. */
  @ParameterizedTest
  @EnumSource
  void anActorThatFailsIsRestartedForWhatIsLeft(Kind kind) throws Exception {
    var mayGoOn = new CountDownLatch(1);
    var spawned = new CompletableFuture<ActorRef<Integer>>();
    try (Runtime runtime = Run.setup(1).build()) {
      runtime.runOnWorkers(
          ref ->
              spawned.complete(
                  kind.spawn(
                      ref,
                      _ -> new Supervisor.Decision.Restart<>(0),
                      ActorOptions.standard(),
                      ctx -> {
                        mayGoOn.await();
                        int message = ctx.receiveNext();
                        log.add("got " + message);
                        throw new IllegalStateException("on purpose, by " + message);
                      })));
      for (int i = 1; i <= 3; i++) {
        spawned.join().send(i);
      }
      runtime.shutdown();
      mayGoOn.countDown();
      runtime.start();
    }
    assertEquals(List.of("got 1", "got 2", "got 3"), log);
  }

  @ParameterizedTest
  @EnumSource
  void anActorMayFinishItsWorkFirst(Kind kind) throws Exception {
    var waits = new CountDownLatch(1);
    try (Runtime runtime = Run.setup(1).build()) {
      ActorRef<Integer> actor =
          spawn(
              runtime,
              kind,
              ActorOptions.standard(),
              ctx -> {
                waits.countDown();
                assertThrows(Disconnected.class, ctx::receiveNext);
                assertFalse(ctx.self().isConnected());
                ctx.sleep(Duration.ofMillis(1));
                assertTrue(ctx.messages().isReady());
                assertThrows(Disconnected.class, ctx::tryReceiveNext);
                log.add("finished");
              });
      Run.await(waits);
      runtime.shutdown();
      runtime.start();
      assertFalse(actor.isConnected());
    }
    assertEquals(List.of("finished"), log);
  }

  @ParameterizedTest
  @EnumSource
  void oneThatAwaitsItsFirstMessageNeverBegins(Kind kind) throws Exception {
    ActorOptions lazy = ActorOptions.standard().withReady(false);
    try (Runtime runtime = Run.setup(1).build()) {
      ActorRef<Integer> idle = spawn(runtime, kind, lazy, _ -> log.add("idle"));
      ActorRef<Integer> told = spawn(runtime, kind, lazy, ctx -> log.add("" + ctx.receiveNext()));
      told.send(7);
      runtime.shutdown();
      runtime.start();
      assertFalse(idle.isConnected());
    }
    assertEquals(List.of("7"), log);
  }

  @ParameterizedTest
  @EnumSource
  void oneThatComesLaterEndsLikewise(Kind kind) throws Exception {
    try (Runtime runtime = Run.setup(2).build()) {
      runtime.shutdown();
      ActorRef<Integer> late =
          spawn(
              runtime,
              kind,
              ActorOptions.standard(),
              ctx -> {
                log.add("began");
                ctx.receiveNext();
              });
      runtime.start();
      assertFalse(late.isConnected());
    }
    assertEquals(List.of("began"), log);
  }

  @Test
  void aRequestThatIsThereIsAnswered() throws Exception {
    record Ask(Reply<String> reply) implements Request<String> {}
    var mayGoOn = new CountDownLatch(1);
    try (Runtime runtime = Run.setup(1).build()) {
      ActorRef<Ask> actor =
          Run.spawnShared(
              runtime,
              ctx -> {
                mayGoOn.await();
                ctx.receiveNext().reply().respond("answer");
                ctx.receiveNext();
              });
      var answer = new CompletableFuture<RpcResult<String>>();
      Thread asker =
          World.real().start("test-asker", false, () -> answer.complete(actor.rpc(Ask::new)));
      Run.awaitParked(asker); // so it has sent
      runtime.shutdown();
      mayGoOn.countDown();
      runtime.start();
      assertEquals(new RpcResult.Response<>("answer"), answer.get(30, TimeUnit.SECONDS));
      assertEquals(new RpcResult.NotSent<String>(), actor.<String>rpc(Ask::new));
    }
  }

  @Test
  void aSupervisorTreeRestartsNobodyForThat() throws Exception {
    var lives = new AtomicInteger();
    var waits = new CountDownLatch(1);
    try (Runtime runtime = Run.setup(1).build()) {
      SupervisorTree tree = runtime.tree(TreeOptions.standard().withStrategy(Strategy.ONE_FOR_ALL));
      SequentialActor<Integer, Integer> child =
          (ctx, _) -> {
            lives.incrementAndGet();
            waits.countDown();
            ctx.receiveNext();
          };
      tree.spawn(Lifetime.PERMANENT, child, 0, ActorOptions.standard());
      Run.await(waits);
      runtime.shutdown();
      runtime.start();
      assertEquals(1, lives.get());
      assertNull(tree.end().join());
    }
  }

  @Test
  void whatWaitsForOtherThanMessagesIsLeftToStop() throws Exception {
    try (Runtime runtime = Run.setup(1).build()) {
      var sleeps = new CountDownLatch(1);
      CompletableFuture<Integer> task =
          runtime.spawnFuture(
              ctx -> {
                sleeps.countDown();
                ctx.sleep(LONG);
                return 1;
              },
              ActorOptions.standard());
      Run.await(sleeps);
      runtime.shutdown();
      assertFalse(task.isDone());
      runtime.stop();
      runtime.start();
      assertTrue(task.isCancelled());
    }
  }
}
