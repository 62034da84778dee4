package lemnos.runtime;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** What most tests do: spawn actors on a runtime and let it run to its end. */
final class Run {
  /** A sequential actor without an argument. */
  interface Body<M> {
    void run(Context<M> ctx) throws Exception;
  }

  /** Lets go of what a test blocks, before a runtime is closed that waits for it. */
  interface Release extends AutoCloseable {
    @Override
    void close();
  }

  private Run() {}

  static Setup setup(int workers) {
    return Runtime.setup().workers(workers).signals(false);
  }

  /** Runs {@code function} on the workers of a runtime, and that to its end. */
  static void on(Setup setup, WorkerFunction function) throws RuntimeFailure {
    try (Runtime runtime = setup.build()) {
      runtime.runOnWorkers(function);
      runtime.start();
    }
  }

  static void on(int workers, WorkerFunction function) throws RuntimeFailure {
    on(setup(workers), function);
  }

  static <M> ActorRef<M> spawn(RuntimeRef ref, Body<M> body) {
    return spawn(ref, ActorOptions.standard(), body);
  }

  static <M> ActorRef<M> spawn(RuntimeRef ref, ActorOptions options, Body<M> body) {
    return spawn(ref, Supervisor.stopping(), options, body);
  }

  static <M> ActorRef<M> spawn(RuntimeRef ref, Supervisor<Integer> supervisor, Body<M> body) {
    return spawn(ref, supervisor, ActorOptions.standard(), body);
  }

  static <M> ActorRef<M> spawn(
      RuntimeRef ref, Supervisor<Integer> supervisor, ActorOptions options, Body<M> body) {
    return ref.spawnLocal(supervisor, (Context<M> ctx, Integer _) -> body.run(ctx), 0, options);
  }

  static <M> ActorRef<M> spawnSteps(RuntimeRef ref, ActorSteps<M> steps) {
    return spawnSteps(ref, Supervisor.stopping(), ActorOptions.standard(), () -> steps);
  }

  /** Spawns an actor that does in steps what {@code steps} says, anew for each life. */
  static <M> ActorRef<M> spawnSteps(
      RuntimeRef ref,
      Supervisor<Integer> supervisor,
      ActorOptions options,
      Supplier<ActorSteps<M>> steps) {
    try {
      return ref.trySpawnLocal(supervisor, (ActorRef<M> _, Integer _) -> steps.get(), 0, options);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  static <M> ActorRef<M> spawnShared(Runtime runtime, Body<M> body) {
    return spawnShared(runtime, Supervisor.stopping(), ActorOptions.standard(), body);
  }

  static <M> ActorRef<M> spawnShared(
      Runtime runtime, Supervisor<Integer> supervisor, ActorOptions options, Body<M> body) {
    return runtime.spawn(supervisor, (Context<M> ctx, Integer _) -> body.run(ctx), 0, options);
  }

  static ActorOptions inboxOf(int size) {
    return ActorOptions.standard().withInboxSize(size);
  }

  static void await(CountDownLatch latch) throws InterruptedException {
    if (!latch.await(30, TimeUnit.SECONDS)) {
      throw new AssertionError("waited too long; " + latch.getCount() + " to come");
    }
  }

  static void join(Thread thread) throws InterruptedException {
    thread.join(30_000);
    if (thread.isAlive()) {
      throw new AssertionError(thread + " has not ended");
    }
  }

  /** Waits until {@code thread} is parked. */
  static void awaitParked(Thread thread) {
    while (thread.getState() != Thread.State.WAITING) {
      if (thread.getState() == Thread.State.TERMINATED) {
        throw new AssertionError(thread + " has ended");
      }
      Thread.onSpinWait();
    }
  }

  /**
   * Waits until a worker sleeps. Its thread parks for other reasons too, so this asks the worker.
   */
  static void awaitAsleep(Worker worker) {
    while (!worker.isPolling()) {
      Thread.onSpinWait();
    }
  }
}
