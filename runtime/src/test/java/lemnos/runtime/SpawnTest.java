package lemnos.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import lemnos.core.World;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The ways to start something, and the options for that. */
@Timeout(300)
final class SpawnTest {
  private static final Duration LONG = Duration.ofDays(1);

  private final ManualWorld world = new ManualWorld();
  private final List<String> log = Collections.synchronizedList(new ArrayList<>());

  private Setup virtual() {
    return Run.setup(1).world(world).poller(world::poller);
  }

  /** How to spawn something that is made in two steps. */
  private interface Spawner {
    ActorRef<Integer> trySpawn(
        RuntimeRef ref, Supervisor<String> supervisor, NewActor<Integer, String> actor)
        throws Exception;
  }

  private static final List<Spawner> SPAWNERS =
      List.of(
          (ref, s, actor) -> ref.trySpawnLocal(s, actor, "argument", ActorOptions.standard()),
          (ref, s, actor) -> ref.trySpawn(s, actor, "argument", ActorOptions.standard()));

  @Test
  void theReferenceIsThereBeforeTheActor() throws Exception {
    for (Spawner spawner : SPAWNERS) {
      Run.on(
          1,
          ref -> {
            ActorRef<Integer> actor =
                spawner.trySpawn(
                    ref,
                    Supervisor.stopping(),
                    (self, argument) -> {
                      assertEquals(Sent.SENT, self.trySend(1));
                      return ctx -> {
                        assertSame(self, ctx.self());
                        log.add(argument + " " + ctx.receiveNext() + " " + ctx.receiveNext());
                      };
                    });
            actor.send(2);
          });
    }
    assertEquals(List.of("argument 1 2", "argument 1 2"), log);
  }

  @Test
  void ifTheActorCannotBeMadeNothingIsSpawnedAndTheCauseIsTold() throws Exception {
    for (Spawner spawner : SPAWNERS) {
      var cause = new IOException("on purpose");
      var self = new CompletableFuture<ActorRef<Integer>>();
      Run.on( // which would not end if anything had been spawned
          1,
          ref ->
              assertSame(
                  cause,
                  assertThrows(
                      IOException.class,
                      () ->
                          spawner.trySpawn(
                              ref,
                              error -> {
                                log.add("the supervisor is asked");
                                return new Supervisor.Decision.Stop<>();
                              },
                              (s, _) -> {
                                log.add("made");
                                self.complete(s);
                                throw cause;
                              }))));
      assertEquals(Sent.GONE, self.join().trySend(1));
    }
    assertEquals(List.of("made", "made"), log, "once by each");
  }

  @Test
  @SuppressWarnings("NullAway") // on purpose
  void aNewActorThatMakesNothingIsRefused() throws Exception {
    for (Spawner spawner : SPAWNERS) {
      Run.on(
          1,
          ref ->
              assertThrows(
                  NullPointerException.class,
                  () -> spawner.trySpawn(ref, Supervisor.stopping(), (_, _) -> null)));
    }
  }

  // Options

  @Test
  void whoIsNotReadyBeginsWithItsFirstMessage() throws Exception {
    ActorOptions notReady = ActorOptions.standard().withReady(false);
    Run.on(
        virtual(),
        ref -> {
          List<ActorRef<Integer>> actors =
              List.of(
                  Run.spawn(ref, notReady, ctx -> begin(ctx, "local")),
                  Run.spawnShared(
                      ref.runtime(), Supervisor.stopping(), notReady, ctx -> begin(ctx, "shared")));
          ref.loop()
              .after(
                  Duration.ofSeconds(1),
                  () -> {
                    log.add("send");
                    actors.forEach(a -> a.trySend(1));
                  });
        });
    assertEquals(List.of("send", "local got 1", "shared got 1"), log);
  }

  private void begin(Context<Integer> ctx, String name) {
    assertEquals(1_000_000_000, world.nanoTime());
    log.add(name + " got " + ctx.tryReceiveNext());
  }

  @Test
  void whoIsNotReadyBeginsAlsoIfTheMessageCameBeforeItsFirstTurn() throws Exception {
    ActorOptions notReady = ActorOptions.standard().withReady(false);
    for (int i = 0; i < 200; i++) {
      try (Runtime runtime = Run.setup(2).build()) {
        ActorRef<Integer> actor =
            Run.spawnShared(
                runtime, Supervisor.stopping(), notReady, ctx -> log.add("" + ctx.receiveNext()));
        actor.send(i);
        runtime.start();
      }
      assertEquals(i + "", log.getLast());
    }
  }

  @Test
  void whoIsNotReadyIsRestartedAtOnceAndStoppedWithoutHavingRun() throws Exception {
    ActorOptions notReady = ActorOptions.standard().withReady(false);
    Run.on(
        1,
        ref -> {
          ActorRef<Integer> actor =
              Run.spawn(
                  ref,
                  _ -> new Supervisor.Decision.Restart<>(0),
                  notReady,
                  ctx -> {
                    log.add("got " + ctx.tryReceiveNext());
                    if (log.size() == 1) {
                      throw new IllegalStateException("on purpose");
                    }
                  });
          actor.send(1);
        });
    assertEquals(List.of("got 1", "got null"), log);
    try (Runtime runtime = Run.setup(1).build()) {
      Run.spawnShared(runtime, Supervisor.stopping(), notReady, _ -> log.add("never runs"));
      runtime.runOnWorkers(ref -> Run.spawn(ref, notReady, _ -> log.add("never runs")));
    }
    assertEquals(2, log.size());
  }

  @Test
  void anInboxHasItsLimits() {
    ActorOptions standard = ActorOptions.standard();
    assertEquals(ActorOptions.MAX_INBOX_SIZE, Run.inboxOf(ActorOptions.MAX_INBOX_SIZE).inboxSize());
    for (int wrong : List.of(0, -1, ActorOptions.MAX_INBOX_SIZE + 1)) {
      var e = assertThrows(IllegalArgumentException.class, () -> standard.withInboxSize(wrong));
      assertEquals("inboxSize is " + wrong + "; it must be 1 to 1048576", e.getMessage());
    }
  }

  // Futures

  /** How to spawn a task. */
  private interface TaskSpawner {
    <R> CompletableFuture<R> spawn(RuntimeRef ref, Task<R> task);
  }

  private static final class LocalTasks implements TaskSpawner {
    @Override
    public <R> CompletableFuture<R> spawn(RuntimeRef ref, Task<R> task) {
      return ref.spawnLocalFuture(task, ActorOptions.standard());
    }
  }

  private static final class SharedTasks implements TaskSpawner {
    @Override
    public <R> CompletableFuture<R> spawn(RuntimeRef ref, Task<R> task) {
      return ref.spawnFuture(task, ActorOptions.standard());
    }
  }

  private static final List<TaskSpawner> TASKS = List.of(new LocalTasks(), new SharedTasks());

  private static <R> CompletableFuture<R> spawn(Runtime runtime, TaskSpawner tasks, Task<R> task) {
    var spawned = new CompletableFuture<CompletableFuture<R>>();
    runtime.runOnWorkers(ref -> spawned.complete(tasks.spawn(ref, task)));
    return spawned.join();
  }

  @Test
  void aTasksResultCompletesItsFuture() throws Exception {
    for (TaskSpawner tasks : TASKS) {
      try (Runtime runtime = Run.setup(1).build()) {
        CompletableFuture<String> future =
            spawn(
                runtime,
                tasks,
                ctx -> {
                  ctx.sleep(Duration.ofMillis(1));
                  return "done";
                });
        runtime.start();
        assertTrue(future.isDone(), "before the runtime ends");
        assertEquals("done", future.join());
      }
    }
  }

  @Test
  void aTasksFailureCompletesItsFutureToo() throws Exception {
    for (TaskSpawner tasks : TASKS) {
      var cause = new IOException("on purpose");
      try (Runtime runtime = Run.setup(1).build()) {
        CompletableFuture<String> future =
            spawn(
                runtime,
                tasks,
                _ -> {
                  throw cause;
                });
        assertSame(cause, assertThrows(ExecutionException.class, future::get).getCause());
        runtime.start();
      }
    }
  }

  @Test
  void whoCancelsAFutureStopsItsTask() throws Exception {
    for (TaskSpawner tasks : TASKS) {
      var begun = new CountDownLatch(1);
      try (Runtime runtime = Run.setup(1).build()) {
        CompletableFuture<String> future = spawn(runtime, tasks, ctx -> waitForEver(ctx, begun));
        Run.await(begun);
        assertTrue(future.cancel(true));
        runtime.start(); // which would not end if the task went on
      }
      assertEquals("stopped", log.getLast());
    }
  }

  @Test
  void stoppingTheRuntimeCancelsTheFutures() throws Exception {
    for (TaskSpawner tasks : TASKS) {
      var begun = new CountDownLatch(1);
      CompletableFuture<String> future;
      try (Runtime runtime = Run.setup(1).build()) {
        future = spawn(runtime, tasks, ctx -> waitForEver(ctx, begun));
        Run.await(begun);
      }
      assertThrows(CancellationException.class, future::join);
      assertEquals("stopped", log.getLast());
    }
  }

  private String waitForEver(Context<Void> ctx, CountDownLatch begun) {
    begun.countDown();
    try {
      ctx.sleep(LONG);
    } finally {
      log.add("stopped");
    }
    return "never";
  }

  @Test
  void aTaskThatTheRuntimeHadNoTimeToBeginIsCancelled() throws Exception {
    Runtime runtime = Run.setup(1).build();
    var futures = new CompletableFuture<List<CompletableFuture<String>>>();
    runtime.runOnWorkers(
        ref -> {
          runtime.stop();
          futures.complete(TASKS.stream().map(t -> t.<String>spawn(ref, _ -> "ran")).toList());
        });
    runtime.start();
    for (CompletableFuture<String> future : futures.join()) {
      assertThrows(CancellationException.class, future::join);
    }
    assertThrows(
        IllegalStateException.class,
        () -> runtime.spawnFuture(_ -> "late", ActorOptions.standard()));
  }

  @Test
  void anActorWaitsForAnyCompletionStage() throws Exception {
    var elsewhere = new CompletableFuture<String>();
    var failing = new CompletableFuture<String>();
    var waits = new CountDownLatch(2);
    try (Runtime runtime = Run.setup(1).build()) {
      Run.Body<Void> body =
          ctx -> {
            waits.countDown();
            log.add(ctx.await(elsewhere) + ", " + ctx.await(elsewhere.thenApply(String::length)));
            var e = assertThrows(CompletionException.class, () -> ctx.await(failing));
            assertInstanceOf(IOException.class, e.getCause());
            assertNull(ctx.await(CompletableFuture.<Object>completedFuture(null)));
            log.add(ctx.await(ctx.runtime().spawnFuture(_ -> "task", ActorOptions.standard())));
          };
      runtime.runOnWorkers(ref -> Run.spawn(ref, body));
      Run.spawnShared(runtime, body);
      Run.await(waits);
      World.real().start("test-completer", false, () -> elsewhere.complete("four"));
      World.real()
          .start(
              "test-completer",
              false,
              () -> failing.completeExceptionally(new IOException("on purpose")));
      runtime.start();
    }
    assertEquals(List.of("four, 4", "four, 4", "task", "task"), log.stream().sorted().toList());
  }

  @Test
  void anActorIsStoppedAlsoWhileItWaitsForAStage() throws Exception {
    var begun = new CountDownLatch(1);
    var never = new CompletableFuture<String>();
    try (Runtime runtime = Run.setup(1).build()) {
      Run.<Void>spawnShared(
          runtime,
          ctx -> {
            begun.countDown();
            try {
              ctx.await(never);
            } finally {
              log.add("stopped");
            }
          });
      Run.await(begun);
    }
    never.complete("too late for anybody");
    assertEquals(List.of("stopped"), log);
    assertFalse(never.isCancelled());
  }
}
