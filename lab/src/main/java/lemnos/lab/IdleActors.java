package lemnos.lab;

import java.lang.management.ManagementFactory;
import java.util.Locale;
import lemnos.core.Cx;
import lemnos.core.Loop;
import lemnos.core.Ret;

/**
 * How much heap an idle object actor takes that has one field of its own, with a million of them:
 * cell, owner and the actor itself. Start it with {@code -XX:+UseCompactObjectHeaders -Xmx4g}.
 */
public final class IdleActors {
  private static final int ACTORS = 1_000_000;

  private IdleActors() {}

  private static final class Counter {
    private int count;

    Counter(Cx<Counter> cx) {}

    int count() {
      return ++count;
    }
  }

  public static void main(String[] args) {
    try (var loop = new Loop(0)) {
      var first = loop.actor(Counter::new, Ret.nop());
      loop.run(1, false);
      long before = used();
      for (int i = 0; i < ACTORS; i++) {
        loop.actor(Counter::new, Ret.nop());
        if (i % 1000 == 0) {
          loop.run(loop.now() + 1, false);
        }
      }
      loop.run(loop.now() + 1, false);
      long bytes = used() - before;
      System.out.printf(
          Locale.ROOT,
          "%d idle actors: %.1f bytes each; the first counts to %d%n",
          ACTORS,
          (double) bytes / ACTORS,
          loop.query(first, Counter::count));
    }
  }

  private static long used() {
    for (int i = 0; i < 4; i++) {
      System.gc();
    }
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }
}
