package lemnos.examples;

import lemnos.core.Actor;
import lemnos.core.Cx;
import lemnos.core.Loop;
import lemnos.core.Ret;

/** An actor is an ordinary object; its methods are called through a queue. */
public final class Ex01Hello {
  private Ex01Hello() {}

  /** Greets, and counts whom it has greeted. */
  private static final class Greeter {
    private int greeted;

    Greeter(Cx<Greeter> cx) {}

    void greet(String name) {
      greeted++;
      System.out.println("Hello, " + name + "! You are number " + greeted + ".");
    }
  }

  /** Runs the example. */
  public static void main(String[] args) {
    try (var loop = new Loop(0)) {
      Actor<Greeter> greeter = loop.actor(Greeter::new, Ret.nop()).actor();
      greeter.call(Greeter::greet, "Hephaistos"); // checked by the compiler, queued, not run yet
      greeter.call(Greeter::greet, "Philoctetes");
      System.out.println("Nothing has run so far.");
      loop.run(0, false); // runs until the queue is empty
    }
  }
}
