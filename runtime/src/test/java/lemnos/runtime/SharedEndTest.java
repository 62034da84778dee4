package lemnos.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import lemnos.core.World;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Thread-safe actors that block, fail, are stopped, or are left by their workers. */
@Timeout(300)
final class SharedEndTest {
  private static final Duration LONG = Duration.ofDays(1);

  private final ManualWorld world = new ManualWorld();
  private final List<String> log = Collections.synchronizedList(new ArrayList<>());

  // Blocking

  @Test
  void oneThatBlocksKeepsNoWorkerFromTheOthers() throws Exception {
    assumeTrue(VirtualCoroutine.isAvailable(), "needs --add-opens");
    var lock = new ReentrantLock();
    lock.lock();
    try (Runtime runtime = Run.setup(1).build()) {
      var begun = new CountDownLatch(1);
      ActorRef<Integer> blocked =
          Run.spawnShared(
              runtime,
              ctx -> {
                begun.countDown();
                lock.lock();
                log.add("has the lock and got " + ctx.receiveNext());
                lock.unlock();
              });
      Run.await(begun);
      blocked.send(7); // a wake-up does not disturb it
      var other = new CountDownLatch(1);
      Run.<Void>spawnShared(
          runtime,
          _ -> {
            log.add("other");
            other.countDown();
          });
      Run.await(other);
      lock.unlock();
      runtime.start();
    }
    assertEquals(List.of("other", "has the lock and got 7"), log);
  }

  @Test
  void stoppingInterruptsOneThatBlocks() throws Exception {
    assumeTrue(VirtualCoroutine.isAvailable(), "needs --add-opens");
    for (int round = 0; round < 50; round++) {
      try (Runtime runtime = Run.setup(2).build()) {
        var begun = new CountDownLatch(1);
        Run.<Void>spawnShared(
            runtime,
            _ -> {
              begun.countDown();
              try {
                new CountDownLatch(1).await();
              } catch (InterruptedException e) {
                log.add("interrupted");
              }
            });
        if (round % 2 == 0) {
          Run.await(begun);
        } else {
          begun.countDown(); // it may be anywhere when it is stopped, even before its first turn
          log.add("interrupted or not");
        }
      }
    }
    assertTrue(log.stream().filter("interrupted"::equals).count() >= 25, log::toString);
  }

  @Test
  void oneThatBlocksAgainAfterItWasInterruptedIsInterruptedAgain() throws Exception {
    assumeTrue(VirtualCoroutine.isAvailable(), "needs --add-opens");
    var begun = new CountDownLatch(1);
    try (Runtime runtime = Run.setup(2).build()) {
      Run.<Void>spawnShared(
          runtime,
          _ -> {
            begun.countDown();
            for (int i = 0; i < 3; i++) {
              try {
                new CountDownLatch(1).await();
              } catch (InterruptedException e) {
                log.add("interrupted");
              }
            }
          });
      Run.await(begun);
    }
    assertEquals(Collections.nCopies(3, "interrupted"), log);
  }

  // The end

  /** Starts it on a thread of its own. */
  private static Thread start(Runtime runtime) {
    return World.real()
        .start(
            "test-starter",
            false,
            () -> {
              try {
                runtime.start();
              } catch (RuntimeFailure e) {
                throw new AssertionError(e);
              }
            });
  }

  @Test
  void aWorkerStaysWhileASharedActorLives() throws Exception {
    var inTurn = new CountDownLatch(1);
    try (Runtime runtime = Run.setup(2).world(world).watchdog(Duration.ZERO).build()) {
      ActorRef<Integer> actor =
          Run.spawnShared(
              runtime,
              ctx -> {
                inTurn.countDown();
                log.add("got " + ctx.receiveNext());
              });
      Run.await(inTurn);
      Thread starter = start(runtime);
      Run.awaitParked(starter);
      assertTrue(world.threads().stream().filter(t -> !t.isVirtual()).allMatch(Thread::isAlive));
      actor.send(1);
      Run.join(starter);
    }
    assertEquals(List.of("got 1"), log);
  }

  /** They sleep, and none of them would wake by itself. */
  @Test
  void whenTheLastSharedActorEndsAllOtherWorkersLeave() throws Exception {
    var workers = new ConcurrentHashMap<Integer, Worker>();
    var started = new CountDownLatch(3);
    try (Runtime runtime = Run.setup(3).watchdog(Duration.ZERO).build()) {
      ActorRef<Integer> actor =
          Run.spawnShared(
              runtime,
              ctx -> {
                ctx.receiveNext();
                workers.remove(ctx.runtime().workerId());
                workers.values().forEach(Run::awaitAsleep);
              });
      Thread starter = start(runtime);
      Run.awaitParked(starter);
      runtime.runOnWorkers(
          ref -> {
            workers.put(ref.workerId(), Objects.requireNonNull(Worker.currentOrNull()));
            started.countDown();
          });
      Run.await(started);
      actor.send(1);
      Run.join(starter);
    }
  }

  @Test
  void whenAllWorkersHaveStoppedNothingCanBeSpawned() throws Exception {
    Runtime runtime = Run.setup(2).name("shop").build();
    runtime.start();
    var e =
        assertThrows(IllegalStateException.class, () -> Run.<Void>spawnShared(runtime, _ -> {}));
    assertEquals("Runtime shop has ended: no worker is left to run an actor", e.getMessage());
  }

  @Test
  void stoppingRunsFinallyBlocksAndEndsWhatHasNotBegun() throws Exception {
    var waits = new CountDownLatch(4);
    var never = new CompletableFuture<ActorRef<Integer>>();
    try (Runtime runtime = Run.setup(2).build()) {
      List<Run.Body<Integer>> bodies =
          List.of(
              Context::receiveNext,
              ctx -> ctx.sleep(LONG),
              ctx -> ctx.await(ctx.messages()),
              ctx -> {
                while (true) {
                  ctx.sleep(Duration.ZERO);
                }
              });
      for (Run.Body<Integer> body : bodies) {
        Run.<Integer>spawnShared(
            runtime,
            ctx -> {
              waits.countDown();
              try {
                body.run(ctx);
              } finally {
                log.add("finally");
                if (!never.isDone()) {
                  never.complete(Run.spawnShared(runtime, _ -> log.add("never runs")));
                }
              }
            });
      }
      Run.await(waits);
    }
    assertEquals(Collections.nCopies(4, "finally"), log);
    assertFalse(never.join().isConnected());
  }

  @Test
  void oneThatSwallowsItsCancellationForEverIsGivenUp() throws Exception {
    var swallowed = new AtomicInteger();
    var begun = new CountDownLatch(1);
    try (Runtime runtime = Run.setup(1).build()) {
      Run.<Integer>spawnShared(
          runtime,
          ctx -> {
            begun.countDown();
            while (true) {
              try {
                ctx.receiveNext();
              } catch (Cancelled e) {
                swallowed.incrementAndGet();
              }
            }
          });
      Run.await(begun);
    }
    assertEquals(Process.MAX_CANCELLATIONS, swallowed.get());
  }

  @Test
  void whenTheLastWorkerFailsAllActorsEnd() throws Exception {
    Runtime runtime = Run.setup(1).build();
    var waits = new CountDownLatch(1);
    ActorRef<Integer> waiting =
        Run.spawnShared(
            runtime,
            ctx -> {
              waits.countDown();
              try {
                ctx.receiveNext();
              } finally {
                log.add("cleaned up");
              }
            });
    Run.await(waits);
    runtime.runOnWorkers(
        _ -> {
          throw new IllegalStateException("on purpose");
        });
    while (waiting.isConnected()) {
      Thread.onSpinWait();
    }
    assertThrows(IllegalStateException.class, () -> Run.<Void>spawnShared(runtime, _ -> {}));
    assertThrows(RuntimeFailure.class, runtime::start);
    assertEquals(List.of("cleaned up"), log);
  }

  // Failure

  @Test
  void aRestartKeepsMessagesAndReferences() throws Exception {
    try (Runtime runtime = Run.setup(2).build()) {
      ActorRef<Integer> actor =
          Run.spawnShared(
              runtime,
              _ -> new Supervisor.Decision.Restart<>(0),
              ActorOptions.standard(),
              ctx -> {
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
      assertFalse(actor.isConnected());
    }
    assertEquals(List.of("got 0", "got 1", "got 2", "got 3", "got 4"), log);
  }

  @Test
  void aStackOverflowIsItsOwnAffairAndAMachineErrorEndsTheRuntime() throws Exception {
    try (Runtime runtime = Run.setup(2).build()) {
      Run.<Void>spawnShared(
          runtime,
          e -> {
            log.add(e.getClass().getSimpleName());
            return new Supervisor.Decision.Stop<>();
          },
          ActorOptions.standard(),
          _ -> overflow(0));
      runtime.start();
    }
    assertEquals(List.of("StackOverflowError"), log);
    try (Runtime runtime = Run.setup(2).build()) {
      ActorRef<Integer> bystander = Run.spawnShared(runtime, Context::receiveNext);
      Run.<Void>spawnShared(
          runtime,
          _ -> {
            throw new InternalError("on purpose");
          });
      var failure = assertThrows(RuntimeFailure.class, runtime::start);
      assertInstanceOf(InternalError.class, failure.getCause());
      assertFalse(bystander.isConnected());
    }
  }

  private static int overflow(int n) {
    return n < 0 ? n : overflow(n + 1) + 1;
  }

  @Test
  void anInterruptThatItLeavesBehindReachesNobody() throws Exception {
    Run.on(
        1,
        ref -> {
          for (int i = 0; i < 2; i++) {
            Run.<Void>spawnShared(
                ref.runtime(),
                ctx -> {
                  for (int n = 0; n < 50; n++) {
                    log.add("" + Thread.currentThread().isInterrupted());
                    Thread.currentThread().interrupt();
                    ctx.sleep(Duration.ofNanos(n % 2));
                  }
                });
          }
        });
    assertEquals(Collections.nCopies(100, "false"), log);
  }
}
