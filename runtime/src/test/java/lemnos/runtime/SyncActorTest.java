package lemnos.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import lemnos.core.Actor;
import lemnos.core.ActorOwn;
import lemnos.core.Cx;
import lemnos.core.Ret;
import lemnos.core.World;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Actors with a thread of their own. */
@Timeout(300)
final class SyncActorTest {
  private static final Duration LONG = Duration.ofDays(1);
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final ManualWorld world = new ManualWorld();
  private final List<String> log = Collections.synchronizedList(new ArrayList<>());

  private static <M> ActorRef<M> spawn(Runtime runtime, Run.Body<M> body) {
    return spawn(runtime, Supervisor.stopping(), "sync", body);
  }

  private static <M> ActorRef<M> spawn(
      Runtime runtime, Supervisor<Integer> supervisor, String name, Run.Body<M> body) {
    ActorOptions options = ActorOptions.standard().withName(name);
    return runtime.spawnSync(supervisor, (Context<M> ctx, Integer _) -> body.run(ctx), 0, options);
  }

  @Test
  void itHasAThreadOfItsOwnThatItMayBlock() throws Exception {
    var queue = new LinkedBlockingQueue<String>();
    try (Runtime runtime = Run.setup(1).name("shop").world(world).build()) {
      ActorRef<Integer> actor =
          spawn(
              runtime,
              Supervisor.stopping(),
              "printer",
              ctx -> {
                log.add(Thread.currentThread().getName());
                log.add(queue.take());
                log.add("got " + ctx.receiveNext());
                log.add(Thread.currentThread().getName());
              });
      actor.send(7);
      var other = new CountDownLatch(1);
      Run.<Void>spawnShared(runtime, _ -> other.countDown());
      Run.await(other); // the worker is free
      queue.add("something");
      runtime.start();
      assertFalse(actor.isConnected());
    }
    assertEquals(List.of("shop-sync-printer", "something", "got 7", "shop-sync-printer"), log);
    assertTrue(world.threads().stream().noneMatch(t -> !t.isVirtual() && t.isAlive()));
  }

  @Test
  void theMetricsCountItWhileItRuns() throws Exception {
    try (Runtime runtime = Run.setup(1).build()) {
      var running = new CountDownLatch(2);
      for (int i = 0; i < 2; i++) {
        SyncActorTest.<Integer>spawn(
            runtime,
            ctx -> {
              running.countDown();
              ctx.receiveNext();
            });
      }
      Run.await(running);
      assertEquals(2, runtime.metrics().syncActors());
      runtime.stop();
      runtime.start();
      assertEquals(0, runtime.metrics().syncActors());
    }
  }

  @Test
  void theRuntimeEndsNoSoonerAlsoIfTheActorIsShortLived() throws Exception {
    for (int i = 0; i < 50; i++) {
      try (Runtime runtime = Run.setup(1).build()) {
        spawn(runtime, _ -> log.add("ran"));
        runtime.start();
      }
      assertEquals(i + 1, log.size());
    }
  }

  @Test
  void messagesComeFromEverywhereInOrder() throws Exception {
    int each = 2_000;
    var sum = new AtomicInteger();
    try (Runtime runtime = Run.setup(2).build()) {
      ActorRef<Integer> actor =
          spawn(
              runtime,
              ctx -> {
                for (int i = 0; i < 3 * each; i++) {
                  sum.addAndGet(ctx.receiveNext());
                }
              });
      World.real().start("test-sender", false, () -> sendAll(actor, each));
      Run.<Void>spawnShared(runtime, _ -> sendAll(actor, each));
      runtime.runOnWorkers(
          ref -> {
            if (ref.workerId() == 1) {
              Run.<Void>spawn(ref, _ -> sendAll(actor, each));
            }
          });
      runtime.start();
    }
    assertEquals(3 * each * (each - 1) / 2, sum.get());
  }

  private static void sendAll(ActorRef<Integer> to, int each) {
    for (int i = 0; i < each; i++) {
      assertTrue(to.send(i));
    }
  }

  @Test
  void itSendsToOthersAndWaitsForRoom() throws Exception {
    int each = 2_000;
    var sum = new AtomicInteger();
    try (Runtime runtime = Run.setup(1).build()) {
      ActorRef<Integer> receiver =
          Run.spawnShared(
              runtime,
              Supervisor.stopping(),
              Run.inboxOf(1),
              ctx -> {
                for (int i = 0; i < 2 * each; i++) {
                  sum.addAndGet(ctx.receiveNext());
                }
              });
      spawn(runtime, _ -> sendAll(receiver, each));
      spawn(runtime, _ -> sendAll(receiver, each));
      runtime.start();
    }
    assertEquals(each * (each - 1), sum.get());
  }

  @Test
  void itSleepsInTheRuntimesTime() throws Exception {
    try (Runtime runtime = Run.setup(1).world(world).poller(world::poller).build()) {
      spawn(
          runtime,
          ctx -> {
            ctx.sleep(SECOND);
            log.add("at " + world.nanoTime());
            ctx.sleep(Duration.ZERO);
            ctx.core().after(SECOND, () -> ctx.self().trySend(5));
            log.add("got " + ctx.receiveNext() + " at " + world.nanoTime());
          });
      runtime.start();
    }
    assertEquals(List.of("at 1000000000", "got 5 at 2000000000"), log);
  }

  private static final class Server {
    private final Cx<Server> cx;

    Server(Cx<Server> cx) {
      this.cx = cx;
    }

    int twice(int n) {
      return 2 * n;
    }

    void stop() {
      cx.stop();
    }
  }

  @Test
  void itAsksObjectActors() throws Exception {
    var server = new CompletableFuture<Actor<Server>>();
    try (Runtime runtime = Run.setup(1).build()) {
      runtime.runOnWorkers(
          ref -> {
            ActorOwn<Server> own = ref.loop().actor(Server::new, Ret.nop());
            server.complete(own.actor());
          });
      spawn(
          runtime,
          ctx -> {
            for (int i = 0; i < 100; i++) {
              assertEquals(2 * i, ctx.ask(server.join(), Server::twice, i));
            }
            server.join().call(Server::stop);
            log.add("gone: " + ctx.ask(server.join(), Server::twice, 1));
          });
      runtime.start();
    }
    assertEquals(List.of("gone: null"), log);
  }

  /** What it spawns on its own thread runs whenever it waits. */
  @Test
  void itsThreadIsAWorkerForWhatItSpawnsThere() throws Exception {
    try (Runtime runtime = Run.setup(1).build()) {
      spawn(
          runtime,
          ctx -> {
            ActorRef<ActorRef<Integer>> child =
                Run.spawn(ctx.runtime(), c -> c.receiveNext().send(c.runtime().workerId()));
            child.send(ctx.self().map(n -> n));
            log.add((ctx.runtime().workerId() == (Integer) ctx.receiveNext()) + "");
            Run.<Void>spawn(
                ctx.runtime(),
                c -> {
                  c.sleep(Duration.ofMillis(1));
                  log.add("outlives it");
                });
          });
      runtime.start();
    }
    assertEquals(List.of("true", "outlives it"), log);
  }

  // Supervision

  @Test
  void aSupervisorRestartsItWithItsMessages() throws Exception {
    Thread[] threads = new Thread[2];
    try (Runtime runtime = Run.setup(1).build()) {
      ActorRef<Integer> actor =
          spawn(
              runtime,
              _ -> {
                threads[0] = Thread.currentThread();
                return new Supervisor.Decision.Restart<>(0);
              },
              "sync",
              ctx -> {
                threads[1] = Thread.currentThread();
                for (int n = ctx.receiveNext(); n != 5; n = ctx.receiveNext()) {
                  log.add("got " + n);
                  if (n % 2 == 0) {
                    throw new IllegalStateException("on purpose at " + n);
                  }
                }
              });
      for (int i = 0; i <= 5; i++) {
        assertTrue(actor.send(i));
      }
      runtime.start();
    }
    assertEquals(List.of("got 0", "got 1", "got 2", "got 3", "got 4"), log);
    assertSame(threads[1], threads[0], "the supervisor runs on the actor's thread");
  }

  @Test
  void oneThatFailsEndsAloneAndAMachineErrorEndsTheRuntime() throws Exception {
    try (Runtime runtime = Run.setup(1).build()) {
      spawn(
          runtime,
          _ -> {
            throw new IllegalStateException("on purpose");
          });
      spawn(runtime, _ -> overflow(0));
      runtime.start();
    }
    try (Runtime runtime = Run.setup(1).world(world).build()) {
      ActorRef<Integer> bystander = Run.spawnShared(runtime, Context::receiveNext);
      spawn(
          runtime,
          _ -> {
            throw new InternalError("on purpose");
          });
      var failure = assertThrows(RuntimeFailure.class, runtime::start);
      assertInstanceOf(InternalError.class, failure.getCause());
      assertFalse(bystander.isConnected());
      assertTrue(world.threads().stream().noneMatch(t -> !t.isVirtual() && t.isAlive()));
    }
  }

  private static int overflow(int n) {
    return n < 0 ? n : overflow(n + 1) + 1;
  }

  // The end

  @Test
  void stoppingEndsItWhateverItDoes() throws Exception {
    List<Run.Body<Integer>> waits =
        List.of(
            Context::receiveNext,
            ctx -> ctx.sleep(LONG),
            _ -> new CountDownLatch(1).await(),
            ctx -> {
              while (true) {
                ctx.sleep(Duration.ZERO);
              }
            });
    for (Run.Body<Integer> wait : waits) {
      for (int round = 0; round < 30; round++) {
        var begun = new CountDownLatch(1);
        try (Runtime runtime = Run.setup(1).world(world).build()) {
          SyncActorTest.<Integer>spawn(
              runtime,
              ctx -> {
                begun.countDown();
                wait.run(ctx);
                log.add("went on");
              });
          if (round % 2 == 0) {
            Run.await(begun);
          } // else it may be anywhere, even before its first turn
        }
        assertTrue(world.threads().stream().noneMatch(t -> !t.isVirtual() && t.isAlive()));
      }
    }
    assertEquals(List.of(), log);
  }

  @Test
  void oneThatSwallowsItsCancellationMeetsItAgainAndAgain() throws Exception {
    var swallowed = new AtomicInteger();
    var begun = new CountDownLatch(1);
    try (Runtime runtime = Run.setup(1).build()) {
      spawn(
          runtime,
          ctx -> {
            begun.countDown();
            while (swallowed.get() < 2 * Process.MAX_CANCELLATIONS) {
              try {
                ctx.receiveNext();
              } catch (Cancelled e) {
                swallowed.incrementAndGet();
              }
            }
          });
      Run.await(begun);
    }
    assertEquals(2 * Process.MAX_CANCELLATIONS, swallowed.get(), "its thread is its own");
  }

  @Test
  void aRuntimeThatIsStoppingStartsNoneAndOneThatHasEndedRefuses() throws Exception {
    var late = new CompletableFuture<ActorRef<Integer>>();
    Runtime runtime = Run.setup(1).build();
    var begun = new CountDownLatch(1);
    Run.<Integer>spawnShared(
        runtime,
        ctx -> {
          begun.countDown();
          try {
            ctx.receiveNext();
          } finally {
            late.complete(spawn(runtime, _ -> log.add("never runs")));
          }
        });
    Run.await(begun);
    Thread stopper = World.real().start("test-stopper", false, runtime::stop);
    runtime.start();
    Run.join(stopper);
    assertFalse(late.join().isConnected());
    var e = assertThrows(IllegalStateException.class, () -> spawn(runtime, _ -> {}));
    assertTrue(String.valueOf(e.getMessage()).contains("has ended"));
    assertEquals(List.of(), log);
    assertNull(Seat.current());
  }

  @Test
  void ifItsThreadCannotBeStartedNothingIsSpawned() {
    var small = new ManualWorld(1);
    try (Runtime runtime = Run.setup(1).world(small).build()) {
      assertThrows(IllegalStateException.class, () -> spawn(runtime, _ -> {}));
    }
    assertFalse(small.threads().getFirst().isAlive());
  }
}
