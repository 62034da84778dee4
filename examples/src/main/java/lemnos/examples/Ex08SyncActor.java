package lemnos.examples;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import lemnos.runtime.ActorOptions;
import lemnos.runtime.ActorRef;
import lemnos.runtime.Context;
import lemnos.runtime.Runtime;
import lemnos.runtime.RuntimeFailure;
import lemnos.runtime.RuntimeRef;
import lemnos.runtime.Supervisor;

/**
 * A sync actor has a thread to itself and may block it, here by reading. Other actors talk to it as
 * to any other. For a single call that blocks there is {@code ctx.blocking}.
 */
public final class Ex08SyncActor {
  private Ex08SyncActor() {}

  private static final String POEM = "Far off\nin Lemnos\nfire sleeps\n";

  /** Reads a line each time it is asked for one; null tells that it is at the end. */
  private static void read(Context<ActorRef<String>> ctx, String text) throws IOException {
    try (var in = new BufferedReader(new StringReader(text))) {
      String line = "";
      while (line != null) {
        ActorRef<String> reader = ctx.receiveNext();
        line = in.readLine(); // blocks this thread and nobody else
        reader.send(line == null ? "" : line);
      }
    }
  }

  private static void print(Context<String> ctx, ActorRef<ActorRef<String>> lines) {
    for (int number = 1; lines.send(ctx.self()); number++) {
      String line = ctx.receiveNext();
      if (line.isEmpty()) {
        return;
      }
      System.out.println(number + " " + line);
    }
  }

  private static void open(RuntimeRef ref) {
    ActorRef<ActorRef<String>> lines =
        ref.spawnSync(
            Supervisor.stopping(),
            Ex08SyncActor::read,
            POEM,
            ActorOptions.standard().withName("lines"));
    ref.spawnLocal(Supervisor.stopping(), Ex08SyncActor::print, lines, ActorOptions.standard());
  }

  /** Runs the example. */
  public static void main(String[] args) throws RuntimeFailure {
    Runtime runtime = Runtime.setup().build();
    runtime.runOnWorkers(Ex08SyncActor::open);
    runtime.start();
  }
}
