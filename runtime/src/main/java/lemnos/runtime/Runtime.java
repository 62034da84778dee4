package lemnos.runtime;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A runtime of several workers, each a thread with a loop of its own. Any number of them may live
 * in a process. All methods may be called from any thread.
 *
 * <p>Workers run from {@link Setup#build} on; after {@link #start} each stops when nothing lives on
 * it any more, neither a sequential actor nor an object actor. Source: heph-rt's {@code Runtime}.
 */
public final class Runtime implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Runtime.class);

  /** What the coordinator, the thread in {@link #start}, waits for. */
  private sealed interface Event {
    record Stopped(Worker worker, @Nullable Throwable cause) implements Event {}

    record Signalled(Signal signal) implements Event {}
  }

  private final String name;
  private final List<Worker> workers = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private final ActorGroup<Signal> signalReceivers = new ActorGroup<>();
  private final Consumer<Signal> signalListener = s -> events.add(new Event.Signalled(s));
  private final boolean signals;
  private final @Nullable TraceLog trace;
  private final Tracer tracer;

  // Of the coordinator.
  private int living;
  private @Nullable RuntimeFailure failure;

  Runtime(Setup setup) {
    name = setup.name();
    signals = setup.signals();
    Path traceFile = setup.traceFile();
    trace = traceFile == null ? null : TraceLog.create(traceFile, setup.world());
    tracer = Tracer.of(trace);
    TraceTiming timing = tracer.start();
    if (signals) {
      Signals.listen(signalListener);
    }
    if (!ContinuationCoroutine.isAvailable()) {
      LOG.info(
          "sequential actors run on virtual threads in turn; start the JVM with --add-exports"
              + " java.base/jdk.internal.vm=ALL-UNNAMED to switch between them many times faster");
    }
    for (int id = 1; id <= setup.workers(); id++) {
      workers.add(new Worker(id, setup.world(), setup.pollers(), this));
    }
    living = workers.size();
    traced(timing, "Initialising the coordinator thread");
    timing = tracer.start();
    try {
      for (Worker worker : workers) {
        threads.add(setup.world().start(name + "-worker-" + worker.id(), false, worker));
      }
      traced(
          timing, "Spawning worker threads", TraceAttribute.ofUnsigned("amount", workers.size()));
    } catch (Throwable t) {
      stop();
      awaitEnd();
      throw t;
    }
  }

  private void traced(
      @Nullable TraceTiming timing, String description, TraceAttribute... attributes) {
    if (timing != null) {
      tracer.finish(timing, Tracer.RUNTIME, description, attributes);
    }
  }

  /** A setup with one worker, to be changed and built. */
  public static Setup setup() {
    return new Setup();
  }

  /** How many workers there are. */
  public int workers() {
    return workers.size();
  }

  /** Runs {@code function} once on each worker, soon. An exception ends the runtime. */
  public void runOnWorkers(WorkerFunction function) {
    workers.forEach(w -> w.runFunction(function));
  }

  /**
   * Lets {@code receiver} get the signals of the process. Without any receiver, INT, TERM and QUIT
   * end the runtime with a failure.
   */
  public void receiveSignals(ActorRef<Signal> receiver) {
    signalReceivers.addUnique(receiver);
  }

  /**
   * Runs until all workers have stopped, relaying signals meanwhile. To be called once.
   *
   * @throws RuntimeFailure the first thing that went wrong on any worker; the others were then
   *     stopped
   */
  public void start() throws RuntimeFailure {
    checkMayWait();
    workers.forEach(Worker::start);
    try {
      while (living > 0) {
        handle(nextEvent());
      }
    } finally {
      awaitEnd();
    }
    if (failure != null) {
      throw failure;
    }
  }

  private void handle(Event event) {
    TraceTiming all = tracer.start();
    TraceTiming timing = tracer.start();
    switch (event) {
      case Event.Stopped(Worker worker, Throwable cause) -> {
        stopped(worker.id(), cause);
        traced(timing, "Processing worker event");
      }
      case Event.Signalled(Signal signal) -> {
        relay(signal);
        traced(timing, "Relaying process signal(s)");
      }
    }
    traced(all, "Handling OS events");
  }

  private Event nextEvent() {
    while (true) {
      TraceTiming timing = tracer.start();
      try {
        Event event = events.take();
        traced(timing, "Polling for OS events");
        return event;
      } catch (InterruptedException e) {
        fail(new RuntimeFailure("the coordinator thread was interrupted", e));
      }
    }
  }

  private void stopped(int workerId, @Nullable Throwable cause) {
    living--;
    if (cause != null) {
      fail(new RuntimeFailure("error in worker thread " + workerId + ": " + cause, cause));
    }
  }

  private void relay(Signal signal) {
    signalReceivers.removeDisconnected();
    LOG.info(
        "received process signal {}, relaying it to {} actors", signal, signalReceivers.size());
    if (signalReceivers.isEmpty()) {
      fail(
          new RuntimeFailure(
              "received process signal " + signal + ", but no receivers for it: stopping runtime",
              null));
    } else {
      signalReceivers.trySendToAll(
          signal, full -> LOG.warn("{} missed signal {}: its inbox is full", full, signal));
    }
  }

  private void fail(RuntimeFailure cause) {
    if (failure == null) {
      failure = cause;
      stop();
    } else {
      failure.addSuppressed(cause);
    }
  }

  /** Ends everything: actors that wait get {@link Cancelled}, then the workers stop. */
  public void stop() {
    workers.forEach(Worker::stop);
  }

  /** {@link #stop}, and waits until all threads have ended. Not on a worker. */
  @Override
  public void close() {
    checkMayWait();
    stop();
    awaitEnd();
  }

  private static void checkMayWait() {
    if (Worker.currentOrNull() != null) {
      throw new IllegalStateException("a worker cannot wait for a runtime to end: use stop()");
    }
  }

  private void awaitEnd() {
    boolean interrupted = false;
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (signals) {
      Signals.forget(signalListener);
    }
    if (trace != null) {
      trace.close();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  Tracer tracer() {
    return tracer;
  }

  /** A worker's last word. */
  void stopped(Worker worker, @Nullable Throwable cause) {
    events.add(new Event.Stopped(worker, cause));
  }

  @Override
  public String toString() {
    return "Runtime " + name;
  }
}
