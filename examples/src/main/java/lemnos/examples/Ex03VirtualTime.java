package lemnos.examples;

import java.time.Duration;
import java.time.Instant;
import lemnos.core.Cx;
import lemnos.core.Driver;
import lemnos.core.Loop;
import lemnos.core.VirtualWorld;

/** The loop never reads a clock: here a day passes in no time, with the very same actor. */
public final class Ex03VirtualTime {
  private static final long HOUR = Duration.ofHours(1).toNanos();

  private Ex03VirtualTime() {}

  private static final class Lighthouse {
    private final Cx<Lighthouse> cx;
    private int nights;

    Lighthouse(Cx<Lighthouse> cx) {
      this.cx = cx;
      cx.after(Duration.ofHours(20), cx.self(), Lighthouse::light, true);
    }

    void light(boolean on) {
      System.out.println("Hour " + cx.now() / HOUR + ": " + (on ? "lit" : "dark"));
      if (!on) {
        nights++;
      }
      if (nights == 2) {
        cx.stop();
      } else {
        cx.after(Duration.ofHours(on ? 10 : 14), cx.self(), Lighthouse::light, !on);
      }
    }
  }

  /** Runs the example. */
  public static void main(String[] args) {
    try (var loop = new Loop(new VirtualWorld(Instant.EPOCH))) {
      loop.actor(Lighthouse::new, loop.retShutdown());
      System.out.println(new Driver(loop).runUntilShutdown()); // leaps from timer to timer
    }
  }
}
