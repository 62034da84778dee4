package lemnos.examples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import lemnos.runtime.ActorOptions;
import lemnos.runtime.ActorRef;
import lemnos.runtime.Context;
import lemnos.runtime.Runtime;
import lemnos.runtime.RuntimeFailure;
import lemnos.runtime.RuntimeRef;
import lemnos.runtime.Supervisor;
import lemnos.runtime.TraceAttribute;
import lemnos.runtime.TraceEvent;
import lemnos.runtime.TraceReader;
import lemnos.runtime.TraceTiming;

/**
 * A trace tells what the runtime did when, and what actors add to it. {@code ./lemnos trace
 * convert} makes of the file what ui.perfetto.dev shows.
 */
public final class Ex11Tracing {
  private Ex11Tracing() {}

  /** Hands two words on to the next in the chain. */
  private static void relay(Context<String> ctx, Consumer<String> next) {
    for (int i = 1; i <= 2; i++) {
      TraceTiming waiting = ctx.startTrace();
      String word = ctx.receiveNext();
      ctx.finishTrace(waiting, "Waiting");
      TraceTiming handling = ctx.startTrace();
      next.accept(word);
      ctx.finishTrace(
          handling, "Handling", TraceAttribute.of("word", word), TraceAttribute.of("number", i));
    }
  }

  private static ActorRef<String> spawn(RuntimeRef ref, String name, Consumer<String> next) {
    return ref.spawnLocal(
        Supervisor.stopping(), Ex11Tracing::relay, next, ActorOptions.standard().withName(name));
  }

  private static void open(RuntimeRef ref) {
    ActorRef<String> third = spawn(ref, "third", word -> System.out.println("Arrived: " + word));
    ActorRef<String> second = spawn(ref, "second", third::send);
    ActorRef<String> first = spawn(ref, "first", second::send);
    first.trySend("hello");
    first.trySend("world");
  }

  /** Runs the example. */
  public static void main(String[] args) throws RuntimeFailure, IOException {
    Path file = Files.createTempDirectory("lemnos").resolve("example.trace");
    Runtime runtime = Runtime.setup().tracing(file).build();
    runtime.runOnWorkers(Ex11Tracing::open);
    runtime.start();
    try (var trace = TraceReader.open(file)) {
      for (TraceEvent event = trace.next(); event != null; event = trace.next()) {
        if (event.description().equals("Handling")) {
          System.out.println(event.description() + " " + event.attributes());
        }
      }
    }
  }
}
