package lemnos.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import lemnos.core.Cx;
import lemnos.core.Poller;
import lemnos.core.Ret;
import lemnos.core.World;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How a runtime ends when something breaks or it is told to: nothing hangs, nothing is left. */
@Timeout(300)
final class FailureTest {
  private static final Duration LONG = Duration.ofDays(1);

  private final ManualWorld world = new ManualWorld();
  private final List<String> log = Collections.synchronizedList(new ArrayList<>());
  private final CompletableFuture<ActorRef<Integer>> full = new CompletableFuture<>();
  private final List<ActorRef<Void>> successors = Collections.synchronizedList(new ArrayList<>());
  private final Semaphore begun = new Semaphore(0);
  private @Nullable Thread sender;

  /** What stands for trouble in the machine. */
  private static final class Broken extends VirtualMachineError {
    private static final long serialVersionUID = 1L;

    Broken() {
      super("on purpose");
    }
  }

  @AfterEach
  void noThreadIsLeft() throws InterruptedException {
    for (Thread thread : world.threads()) {
      if (!thread.isVirtual()) {
        assertFalse(thread.isAlive(), thread::toString);
      }
    }
    if (sender != null) {
      Run.join(sender);
    }
  }

  /**
   * On each worker an actor that waits; by the first one a sync actor that does, too, and a full
   * inbox that a thread waits for.
   */
  private void spawnBystanders(RuntimeRef ref) {
    Run.<Void>spawn(
        ref,
        ctx -> {
          begun.release();
          try {
            ctx.receiveNext();
          } finally {
            log.add("worker " + ref.workerId() + " cleaned up");
          }
        });
    if (ref.workerId() == 1) {
      ref.spawnSync(
          Supervisor.stopping(),
          (Context<Void> ctx, Integer _) -> {
            begun.release();
            try {
              ctx.receiveNext();
            } finally {
              log.add("sync actor cleaned up");
            }
          },
          0,
          ActorOptions.standard());
      ActorRef<Integer> inbox = Run.spawn(ref, Run.inboxOf(1), ctx -> ctx.sleep(LONG));
      inbox.trySend(0);
      full.complete(inbox);
    }
  }

  private void startSender(Runtime runtime) throws InterruptedException {
    assertTrue(begun.tryAcquire(runtime.workers() + 1, 30, TimeUnit.SECONDS));
    ActorRef<Integer> inbox = full.join();
    sender =
        World.real().start("test-sender", false, () -> log.add("sent in vain: " + !inbox.send(1)));
    Run.awaitParked(sender);
  }

  private RuntimeFailure failureOf(Setup setup, WorkerFunction last) throws Exception {
    try (Runtime runtime = setup.world(world).build()) {
      runtime.runOnWorkers(this::spawnBystanders);
      startSender(runtime);
      runtime.runOnWorkers(last);
      var failure = assertThrows(RuntimeFailure.class, runtime::start);
      assertTrue(
          world.threads().stream().noneMatch(t -> !t.isVirtual() && t.isAlive()),
          "all workers have ended when start() throws");
      return failure;
    }
  }

  private void assertAllWereToldToEnd(int workers) throws InterruptedException {
    if (sender != null) {
      Run.join(sender);
    }
    assertTrue(log.remove("sent in vain: true"), log::toString);
    assertTrue(log.remove("sync actor cleaned up"), log::toString);
    for (int id = 1; id <= workers; id++) {
      assertTrue(log.remove("worker " + id + " cleaned up"), log::toString);
    }
    assertEquals(List.of(), log);
  }

  @Test
  void anExceptionInAFunctionEndsTheRuntimeWithItsCause() throws Exception {
    var cause = new IOException("on purpose");
    RuntimeFailure failure =
        failureOf(
            Run.setup(3),
            ref -> {
              if (ref.workerId() == 2) {
                throw cause;
              }
            });
    assertSame(cause, failure.getCause());
    assertEquals(
        "error running the Lemnos runtime: error in worker thread 2: java.io.IOException:"
            + " on purpose",
        failure.getMessage());
    assertAllWereToldToEnd(3);
  }

  @Test
  void theFirstFailureCountsAndTheOthersAreSuppressed() throws Exception {
    RuntimeFailure failure =
        failureOf(
            Run.setup(2),
            ref -> {
              if (ref.workerId() == 1) {
                Run.join(world.threads().get(1)); // which has told of its failure by then
              }
              throw new IOException("worker " + ref.workerId());
            });
    assertEquals("worker 2", assertNotNullCause(failure).getMessage());
    assertEquals(1, failure.getSuppressed().length);
    assertEquals("worker 1", assertNotNullCause(failure.getSuppressed()[0]).getMessage());
    assertAllWereToldToEnd(2);
  }

  @Test
  void aPollerThatThrowsEndsTheRuntime() throws Exception {
    var broken = new AtomicReference<@Nullable RuntimeException>();
    Setup setup =
        Run.setup(2)
            .poller(
                () ->
                    new WatchedPoller(
                        Poller.parking(),
                        () -> {
                          var e = broken.getAndSet(null);
                          if (e != null) {
                            throw e;
                          }
                        }));
    var cause = new IllegalStateException("on purpose");
    RuntimeFailure failure = failureOf(setup, _ -> broken.compareAndSet(null, cause));
    assertSame(cause, failure.getCause());
    assertAllWereToldToEnd(2);
  }

  @Test
  void aPollerThatCannotBeMadeEndsTheRuntime() throws Exception {
    var cause = new IllegalStateException("on purpose");
    try (Runtime runtime =
        Run.setup(2)
            .world(world)
            .poller(
                () -> {
                  throw cause;
                })
            .build()) {
      assertSame(cause, assertThrows(RuntimeFailure.class, runtime::start).getCause());
    }
  }

  @Test
  void aPollerThatCannotBeClosedEndsTheRuntimeToo() throws Exception {
    var poller =
        new Poller() {
          @Override
          public boolean poll(long maxNanos) {
            return false;
          }

          @Override
          public void wakeup() {}

          @Override
          public void close() {
            throw new IllegalStateException("on purpose");
          }
        };
    try (Runtime runtime = Run.setup(1).world(world).poller(() -> poller).build()) {
      var failure = assertThrows(RuntimeFailure.class, runtime::start);
      assertEquals("on purpose", String.valueOf(assertNotNullCause(failure).getMessage()));
    }
  }

  @Test
  void whatFailsOnAFailedWorkerIsSuppressed() throws Exception {
    var first = new IOException("first");
    var poller =
        new Poller() {
          @Override
          public boolean poll(long maxNanos) {
            return false;
          }

          @Override
          public void wakeup() {}

          @Override
          public void close() {
            throw new IllegalStateException("second");
          }
        };
    try (Runtime runtime = Run.setup(1).world(world).poller(() -> poller).build()) {
      runtime.runOnWorkers(
          _ -> {
            throw first;
          });
      assertSame(first, assertThrows(RuntimeFailure.class, runtime::start).getCause());
      assertEquals("second", first.getSuppressed()[0].getMessage());
    }
  }

  private static Throwable assertNotNullCause(Throwable failure) {
    Throwable cause = failure.getCause();
    assertNotNull(cause);
    return cause;
  }

  @Test
  void aMachineErrorInASequentialActorEndsTheRuntime() throws Exception {
    RuntimeFailure failure =
        failureOf(
            Run.setup(2),
            ref -> {
              if (ref.workerId() == 1) {
                Run.<Void>spawn(
                    ref,
                    error -> new Supervisor.Decision.Restart<>(0),
                    ctx -> {
                      throw new Broken();
                    });
              }
            });
    assertTrue(failure.getCause() instanceof Broken);
    assertAllWereToldToEnd(2);
  }

  private static final class Fragile {
    Fragile(Cx<Fragile> cx) {}

    void shatter() {
      throw new Broken();
    }
  }

  /** It closes the loop of its worker, so the code of that worker's actors cannot go on. */
  @Test
  void aMachineErrorInAnObjectActorEndsTheRuntime() throws Exception {
    RuntimeFailure failure =
        failureOf(
            Run.setup(2),
            ref -> {
              if (ref.workerId() == 1) {
                ref.loop().actor(Fragile::new, Ret.nop()).call(Fragile::shatter);
              }
            });
    assertTrue(failure.getCause() instanceof Broken);
    log.add("worker 1 cleaned up"); // in truth it was not
    assertAllWereToldToEnd(2);
  }

  private record Ask(Reply<Integer> reply) implements Request<Integer> {}

  /** It has no turn any more in which it might answer, or forget the request. */
  @Test
  void whoHasAskedAnActorWhoseWorkerFailedIsToldThatNoResponseComes() throws Exception {
    var asked = new CountDownLatch(1);
    var spawned = new CompletableFuture<ActorRef<Ask>>();
    var result = new CompletableFuture<RpcResult<Integer>>();
    try (Runtime runtime = Run.setup(1).build()) {
      runtime.runOnWorkers(
          ref ->
              spawned.complete(
                  Run.spawn(
                      ref,
                      ctx -> {
                        ctx.receiveNext().reply().hold();
                        asked.countDown();
                        ctx.receiveNext();
                      })));
      ActorRef<Ask> actor = spawned.join();
      World.real().start("test-asker", false, () -> result.complete(actor.rpc(Ask::new)));
      Run.await(asked);
      runtime.runOnWorkers(ref -> ref.loop().actor(Fragile::new, Ret.nop()).call(Fragile::shatter));
      assertThrows(RuntimeFailure.class, runtime::start);
      assertEquals(new RpcResult.NoResponse<>(), result.get(60, TimeUnit.SECONDS));
    }
  }

  @Test
  void ifAThreadCannotBeStartedThoseThatWereAreEnded() {
    var small = new ManualWorld(1);
    assertThrows(IllegalStateException.class, () -> Run.setup(3).world(small).build());
    assertEquals(1, small.threads().size());
    assertFalse(small.threads().getFirst().isAlive());
  }

  @Test
  void interruptingTheCoordinatorEndsTheRuntime() throws Exception {
    var failure = new CompletableFuture<RuntimeFailure>();
    try (Runtime runtime = Run.setup(2).world(world).build()) {
      runtime.runOnWorkers(this::spawnBystanders);
      startSender(runtime);
      Thread coordinator =
          World.real()
              .start(
                  "test-coordinator",
                  false,
                  () -> failure.complete(assertThrows(RuntimeFailure.class, runtime::start)));
      coordinator.interrupt();
      Run.join(coordinator);
    }
    assertTrue(failure.join().getCause() instanceof InterruptedException);
    assertAllWereToldToEnd(2);
  }

  @Test
  void stopEndsEverythingWithoutAFailure() throws Exception {
    try (Runtime runtime = Run.setup(2).world(world).build()) {
      runtime.runOnWorkers(this::spawnBystanders);
      startSender(runtime);
      Thread stopper = World.real().start("test-stopper", false, runtime::stop);
      runtime.start();
      Run.join(stopper);
      runtime.start(); // a second time it has nothing to do
      runtime.stop();
    }
    assertAllWereToldToEnd(2);
  }

  @Test
  void closingARuntimeThatWasNeverStartedEndsIt() throws Exception {
    try (Runtime runtime = Run.setup(2).world(world).build()) {
      runtime.runOnWorkers(this::spawnBystanders);
      startSender(runtime);
    }
    assertAllWereToldToEnd(2);
  }

  @Test
  void callsAfterTheEndAreIgnored() throws Exception {
    Runtime runtime = Run.setup(1).world(world).build();
    var ref = new AtomicReference<@Nullable RuntimeRef>();
    runtime.runOnWorkers(ref::set);
    runtime.start();
    runtime.runOnWorkers(_ -> log.add("too late"));
    runtime.stop();
    runtime.close();
    RuntimeRef late = ref.get();
    assertNotNull(late);
    assertThrows(IllegalStateException.class, () -> Run.<Void>spawn(late, _ -> {}));
    assertEquals(List.of(), log);
  }

  @Test
  void aRuntimeRefBelongsToItsWorker() throws Exception {
    try (Runtime runtime = Run.setup(1).world(world).build()) {
      var ref = new CompletableFuture<RuntimeRef>();
      runtime.runOnWorkers(ref::complete);
      var e = assertThrows(IllegalStateException.class, () -> Run.<Void>spawn(ref.join(), _ -> {}));
      assertTrue(String.valueOf(e.getMessage()).contains("use Runtime.runOnWorkers"));
    }
  }

  @Test
  void aWorkerMayNotWaitForARuntime() throws Exception {
    Run.on(
        Run.setup(1).world(world),
        ref ->
            Run.<Void>spawn(
                ref,
                ctx -> {
                  assertThrows(IllegalStateException.class, () -> ref.runtime().close());
                  assertThrows(IllegalStateException.class, () -> ref.runtime().start());
                  log.add("refused");
                }));
    assertEquals(List.of("refused"), log);
  }

  @Test
  void actorsSpawnedWhileStoppingEnd() throws Exception {
    var begun = new CountDownLatch(1);
    try (Runtime runtime = Run.setup(1).world(world).build()) {
      runtime.runOnWorkers(
          ref ->
              Run.<Void>spawn(
                  ref,
                  ctx -> {
                    begun.countDown();
                    try {
                      ctx.receiveNext();
                    } finally {
                      spawnSuccessor(ref);
                    }
                  }));
      Run.await(begun);
    }
    assertEquals(List.of("spawned"), log);
    assertFalse(successors.getFirst().isConnected());
  }

  /** One that would spawn the next for ever, if it ran. */
  private void spawnSuccessor(RuntimeRef ref) {
    log.add("spawned");
    successors.add(Run.spawn(ref, _ -> spawnSuccessor(ref)));
  }

  @Test
  void anActorThatFailsWhileItIsStoppedIsNotRestarted() throws Exception {
    var begun = new CountDownLatch(1);
    try (Runtime runtime = Run.setup(1).world(world).build()) {
      runtime.runOnWorkers(
          ref ->
              Run.<Void>spawn(
                  ref,
                  error -> new Supervisor.Decision.Restart<>(0),
                  ctx -> {
                    log.add("ran");
                    begun.countDown();
                    try {
                      ctx.receiveNext();
                    } finally {
                      failInCleanUp();
                    }
                  }));
      Run.await(begun);
    }
    assertEquals(List.of("ran"), log);
  }

  private static void failInCleanUp() {
    throw new IllegalStateException("on purpose, in a clean-up");
  }

  @Test
  void theThreadsCarryTheRuntimesName() throws Exception {
    Run.on(
        Run.setup(2).name("shop").world(world),
        ref -> Run.<Void>spawn(ref, ctx -> log.add(Thread.currentThread().getName())));
    List<String> workers = List.of("shop-worker-1", "shop-worker-2");
    List<String> started = world.threads().stream().map(Thread::getName).sorted().toList();
    if (ContinuationCoroutine.isAvailable()) {
      assertEquals(workers, started);
      assertEquals(workers, log.stream().sorted().toList());
    } else {
      assertEquals(workers, started.stream().filter(n -> !n.equals("lemnos-actor")).toList());
      assertEquals(List.of("lemnos-actor", "lemnos-actor"), log);
    }
    assertNull(Worker.currentOrNull());
  }
}
