package lemnos.examples;

import lemnos.runtime.ActorOptions;
import lemnos.runtime.Context;
import lemnos.runtime.Runtime;
import lemnos.runtime.RuntimeFailure;
import lemnos.runtime.RuntimeRef;
import lemnos.runtime.Signal;
import lemnos.runtime.Supervisor;

/**
 * Signals of the process are messages: an actor that receives them decides what they mean. Try
 * {@code kill -USR1}, then Ctrl-C.
 */
public final class Ex09Signals {
  private Ex09Signals() {}

  /** Serves until it is told to stop; reads its settings again when it is told to. */
  private static void serve(Context<Signal> ctx, int firstVersion) {
    ctx.runtime().receiveSignals(ctx.self());
    int version = firstVersion;
    System.out.println("Ready with version " + version);
    while (true) {
      Signal signal = ctx.receiveNext();
      if (signal.shouldStop()) { // without a receiver it would end the runtime with a failure
        System.out.println(signal + ": closing");
        return;
      }
      version++;
      System.out.println(signal + ": now with version " + version);
    }
  }

  private static void open(RuntimeRef ref) {
    ref.spawnLocal(
        Supervisor.stopping(), Ex09Signals::serve, 1, ActorOptions.standard().withName("server"));
  }

  /** Runs the example, until a signal ends it. */
  public static void main(String[] args) throws RuntimeFailure {
    Runtime runtime = Runtime.setup().build();
    runtime.runOnWorkers(Ex09Signals::open);
    runtime.start();
    System.out.println("Closed.");
  }
}
