package lemnos.examples;

import java.time.Duration;
import lemnos.core.Cx;
import lemnos.core.Loop;

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
    long now = 0;
    try (var loop = new Loop(now)) {
      loop.actor(Lighthouse::new, loop.retShutdown());
      loop.run(now, false);
      while (loop.notShutdown()) {
        now += loop.nextWait(now, Long.MAX_VALUE, false); // instead of sleeping that long
        loop.run(now, false);
      }
      System.out.println(loop.takeShutdown());
    }
  }
}
