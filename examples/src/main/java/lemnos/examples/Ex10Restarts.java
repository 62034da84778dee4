package lemnos.examples;

import java.time.Duration;
import lemnos.runtime.ActorOptions;
import lemnos.runtime.ActorRef;
import lemnos.runtime.Backoff;
import lemnos.runtime.Context;
import lemnos.runtime.Lifetime;
import lemnos.runtime.Runtime;
import lemnos.runtime.RuntimeFailure;
import lemnos.runtime.Strategy;
import lemnos.runtime.Supervisor;
import lemnos.runtime.SupervisorTree;
import lemnos.runtime.TreeOptions;

/**
 * Restarts that are limited: of one actor by a supervisor, of several that depend on each other by
 * a supervisor tree. When there are too many in a short time, something else is wrong.
 */
public final class Ex10Restarts {
  private static final Duration WINDOW = Duration.ofSeconds(5);

  private Ex10Restarts() {}

  private static void fail(Context<Void> ctx, String name) {
    System.out.println(name + " begins");
    throw new IllegalStateException(name + " fails");
  }

  /** Fails at the first word that is too long; is stopped when it is another's fault. */
  private static void print(Context<String> ctx, String name) {
    System.out.println(name + " begins");
    try {
      while (true) {
        String word = ctx.receiveNext();
        if (word.length() > 5) {
          throw new IllegalArgumentException(word);
        }
        System.out.println(name + ": " + word);
      }
    } finally {
      System.out.println(name + " ends");
    }
  }

  private static void runTree(Context<Void> ctx, SupervisorTree tree) {
    ActorOptions options = ActorOptions.standard();
    tree.spawn(Lifetime.PERMANENT, Ex10Restarts::print, "index", options);
    ActorRef<String> store = tree.spawn(Lifetime.PERMANENT, Ex10Restarts::print, "store", options);
    for (String word : "forge incandescent anvil smouldering".split(" ")) {
      store.send(word); // one that waits in the inbox is not lost by a restart
    }
    Throwable cause = ctx.await(tree.end().handle((_, error) -> error));
    System.out.println("The tree has given up: " + cause.getMessage());
  }

  /** Runs the example. */
  public static void main(String[] args) throws RuntimeFailure {
    Runtime runtime = Runtime.setup().build();
    var backoff = new Backoff(Duration.ofMillis(1), Duration.ofMillis(100));
    runtime
        .spawn(
            Supervisor.restarting("Loner", 2, WINDOW, backoff),
            Ex10Restarts::fail,
            "Loner",
            ActorOptions.standard())
        .join();
    SupervisorTree tree =
        runtime.tree(
            TreeOptions.standard().withStrategy(Strategy.ONE_FOR_ALL).withIntensity(1, WINDOW));
    runtime.spawn(Supervisor.stopping(), Ex10Restarts::runTree, tree, ActorOptions.standard());
    runtime.start();
  }
}
