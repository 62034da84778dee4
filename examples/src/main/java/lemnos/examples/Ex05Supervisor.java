package lemnos.examples;

import java.time.Duration;
import lemnos.runtime.ActorOptions;
import lemnos.runtime.ActorRef;
import lemnos.runtime.Context;
import lemnos.runtime.Runtime;
import lemnos.runtime.RuntimeFailure;
import lemnos.runtime.RuntimeRef;
import lemnos.runtime.Supervisor;

/** A supervisor restarts an actor that fails: its references stay valid, its messages are kept. */
public final class Ex05Supervisor {
  private Ex05Supervisor() {}

  /** Adds numbers up until it meets a word. */
  private static void add(Context<String> ctx, int from) {
    int sum = from;
    while (true) {
      String word = ctx.receiveNext();
      if (word.equals("end")) {
        return;
      }
      sum += Integer.parseInt(word); // throws if that is no number
      System.out.println("Sum: " + sum);
    }
  }

  private static void open(RuntimeRef ref) {
    Supervisor<Integer> supervisor =
        error -> {
          System.out.println("Restarting after: " + error.getMessage());
          return new Supervisor.Decision.Restart<>(1000);
        };
    ActorRef<String> adder =
        ref.spawnLocal(supervisor, Ex05Supervisor::add, 0, ActorOptions.standard());
    for (String word : "1 2 three 4 end".split(" ")) {
      adder.trySend(word);
    }
    // What is used most: at most 3 restarts within 5 seconds, then stop.
    ActorRef<String> other =
        ref.spawnLocal(
            Supervisor.restarting(0, 3, Duration.ofSeconds(5)),
            Ex05Supervisor::add,
            0,
            ActorOptions.standard().withName("other"));
    other.trySend("end");
  }

  /** Runs the example. */
  public static void main(String[] args) throws RuntimeFailure {
    Runtime runtime = Runtime.setup().build();
    runtime.runOnWorkers(Ex05Supervisor::open);
    runtime.start();
  }
}
