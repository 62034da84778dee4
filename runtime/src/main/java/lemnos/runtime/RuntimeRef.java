package lemnos.runtime;

import java.util.OptionalInt;
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
    worker.signalReceivers().addUnique(receiver);
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

  /** As {@link Runtime#spawn}. */
  public <M, T extends @Nullable Object> ActorRef<M> spawn(
      Supervisor<T> supervisor, SequentialActor<M, T> actor, T argument, ActorOptions options) {
    return worker.runtime().spawn(supervisor, actor, argument, options);
  }

  /**
   * Starts a sequential actor that stays on this worker.
   *
   * @param supervisor decides when it fails
   * @return the reference to send it messages
   */
  public <M, T extends @Nullable Object> ActorRef<M> spawnLocal(
      Supervisor<T> supervisor, SequentialActor<M, T> actor, T argument, ActorOptions options) {
    return worker.spawn(supervisor, actor, argument, options);
  }
}
