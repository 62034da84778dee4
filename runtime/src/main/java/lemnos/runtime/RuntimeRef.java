package lemnos.runtime;

import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import lemnos.core.Loop;
import org.jspecify.annotations.Nullable;

/**
 * A runtime as it is seen from one of its workers: what can be done there. Confined to that worker:
 * from other threads use {@link Runtime}.
 */
public final class RuntimeRef {
  private final Worker worker;

  RuntimeRef(Worker worker) {
    this.worker = worker;
  }

  /** The number of this worker: 1 for the first. */
  public int workerId() {
    return worker.id();
  }

  /** How many workers the runtime has. */
  public int workers() {
    return worker.runtime().workers();
  }

  /** The CPU that this worker is {@linkplain Setup#cpuAffinity bound} to. */
  public OptionalInt cpu() {
    return worker.cpu();
  }

  /** The worker's loop, on which object actors live. */
  public Loop loop() {
    return worker.loop();
  }

  /** The runtime, for what may be done from any thread. */
  public Runtime runtime() {
    return worker.runtime();
  }

  /** As {@link Runtime#receiveSignals}; this worker hands the signals out. */
  public void receiveSignals(ActorRef<Signal> receiver) {
    worker.receiveSignals(receiver);
  }

  /** As {@link Context#startTrace}, for code on this worker that is no sequential actor. */
  public @Nullable TraceTiming startTrace() {
    return worker.tracer().start();
  }

  /** As {@link Context#finishTrace}. */
  public void finishTrace(
      @Nullable TraceTiming timing, String description, TraceAttribute... attributes) {
    worker.tracer().finish(timing, description, attributes);
  }

  // Spawning

  /** As {@link Runtime#actorOptions}. */
  public ActorOptions actorOptions() {
    return runtime().actorOptions();
  }

  /**
   * Starts a sequential actor that stays on this worker.
   *
   * @param supervisor decides when it fails
   * @return the reference to send it messages
   */
  public <M, T extends @Nullable Object> ActorRef<M> spawnLocal(
      Supervisor<T> supervisor, SequentialActor<M, T> actor, T argument, ActorOptions options) {
    return spawnLocal(new Supervision<>(new PlainActor<>(actor), supervisor, argument), options);
  }

  <M> ActorRef<M> spawnLocal(Fate<M> fate, ActorOptions options) {
    LocalProcess<M> process = worker.process(fate, options);
    process.makePlain();
    worker.add(process);
    return process.inbox();
  }

  /**
   * Starts a sequential actor that stays on this worker and is made in two steps.
   *
   * @throws Exception what {@code actor} threw when it was to make the actor: nothing was spawned
   */
  public <M, T extends @Nullable Object> ActorRef<M> trySpawnLocal(
      Supervisor<T> supervisor, NewActor<M, T> actor, T argument, ActorOptions options)
      throws Exception {
    return trySpawnLocal(new Supervision<>(actor, supervisor, argument), options);
  }

  <M> ActorRef<M> trySpawnLocal(Fate<M> fate, ActorOptions options) throws Exception {
    LocalProcess<M> process = worker.process(fate, options);
    process.make();
    worker.add(process);
    return process.inbox();
  }

  /** Runs {@code task} on this worker. As {@link Runtime#spawnFuture} otherwise. */
  public <R extends @Nullable Object> CompletableFuture<R> spawnLocalFuture(
      Task<? extends R> task, ActorOptions options) {
    var fate = new TaskFate<R>(task);
    spawnLocal(fate, options);
    return fate.future;
  }

  /** As {@link Runtime#spawn}. */
  public <M, T extends @Nullable Object> ActorRef<M> spawn(
      Supervisor<T> supervisor, SequentialActor<M, T> actor, T argument, ActorOptions options) {
    return runtime().spawn(supervisor, actor, argument, options);
  }

  /** As {@link Runtime#trySpawn}. */
  public <M, T extends @Nullable Object> ActorRef<M> trySpawn(
      Supervisor<T> supervisor, NewActor<M, T> actor, T argument, ActorOptions options)
      throws Exception {
    return runtime().trySpawn(supervisor, actor, argument, options);
  }

  /** As {@link Runtime#spawnSync}. */
  public <M, T extends @Nullable Object> ActorRef<M> spawnSync(
      Supervisor<T> supervisor, SequentialActor<M, T> actor, T argument, ActorOptions options) {
    return runtime().spawnSync(supervisor, actor, argument, options);
  }

  /** As {@link Runtime#spawnFuture}. */
  public <R extends @Nullable Object> CompletableFuture<R> spawnFuture(
      Task<? extends R> task, ActorOptions options) {
    return runtime().spawnFuture(task, options);
  }
}
