package lemnos.examples;

import java.time.Duration;
import lemnos.runtime.ActorOptions;
import lemnos.runtime.ActorRef;
import lemnos.runtime.Context;
import lemnos.runtime.Runtime;
import lemnos.runtime.RuntimeFailure;
import lemnos.runtime.RuntimeRef;
import lemnos.runtime.Supervisor;

/**
 * Sequential actors: plain code that waits for messages and time, on as many workers as we like.
 */
public final class Ex04Sequential {
  private Ex04Sequential() {}

  private record Order(String dish, ActorRef<String> waiter) {}

  /** Cooks what is ordered; ends when the kitchen closes. */
  private static void cook(Context<Order> ctx, int orders) {
    for (int i = 0; i < orders; i++) {
      Order order = ctx.receiveNext(); // the worker does other things meanwhile
      ctx.sleep(Duration.ofMillis(1));
      order.waiter().send(order.dish() + " is ready");
    }
  }

  private static void attend(Context<String> ctx, ActorRef<Order> cook) {
    for (String dish : new String[] {"Soup", "Fish", "Cake"}) {
      cook.send(new Order(dish, ctx.self()));
      System.out.println(ctx.receiveNext());
    }
  }

  private static void open(RuntimeRef ref) {
    ActorRef<Order> cook =
        ref.spawnLocal(
            Supervisor.stopping(),
            Ex04Sequential::cook,
            3,
            ActorOptions.standard().withName("cook"));
    ref.spawnLocal(
        Supervisor.stopping(),
        Ex04Sequential::attend,
        cook,
        ActorOptions.standard().withName("waiter"));
  }

  /** Runs the example. */
  public static void main(String[] args) throws RuntimeFailure {
    Runtime runtime = Runtime.setup().workers(1).build();
    runtime.runOnWorkers(Ex04Sequential::open);
    runtime.start(); // returns when all actors have ended
    System.out.println("Closed.");
  }
}
