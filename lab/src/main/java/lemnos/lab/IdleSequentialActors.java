package lemnos.lab;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import lemnos.runtime.ActorOptions;
import lemnos.runtime.ActorRef;
import lemnos.runtime.Context;
import lemnos.runtime.Runtime;
import lemnos.runtime.Supervisor;

/**
 * How much memory sequential actors take that wait for a message, with a million of them; whether
 * the last of them still hears, and how long it took to make them. Start it with {@code
 * -XX:+UseCompactObjectHeaders --add-opens java.base/jdk.internal.vm=ALL-UNNAMED --add-opens
 * java.base/java.lang=ALL-UNNAMED}.
 */
public final class IdleSequentialActors {
  private static final int ACTORS = 1_000_000;

  private IdleSequentialActors() {}

  public static void main(String[] args) throws InterruptedException, IOException {
    var waiting = new CountDownLatch(ACTORS);
    var heard = new CountDownLatch(1);
    long before = used();
    long begin = System.nanoTime();
    try (Runtime runtime = Runtime.setup().signals(false).build()) {
      var last = new ActorRef<?>[1];
      runtime.runOnWorkers(
          ref -> {
            for (int i = 0; i < ACTORS; i++) {
              last[0] =
                  ref.spawnLocal(
                      Supervisor.stopping(),
                      (Context<Integer> ctx, CountDownLatch w) -> {
                        w.countDown();
                        ctx.receiveNext();
                        heard.countDown();
                      },
                      waiting,
                      ActorOptions.standard());
            }
          });
      waiting.await();
      double seconds = (System.nanoTime() - begin) / 1e9;
      long bytes = used() - before;
      @SuppressWarnings("unchecked") // as spawned above
      var ref = (ActorRef<Integer>) last[0];
      ref.send(1);
      heard.await();
      System.out.printf(
          Locale.ROOT,
          "%d idle actors: %.0f bytes of heap each, all made in %.2f s; %s%n",
          ACTORS,
          (double) bytes / ACTORS,
          seconds,
          resident());
    }
  }

  private static String resident() throws IOException {
    try (var lines = Files.lines(Path.of("/proc/self/status"))) {
      return lines.filter(line -> line.startsWith("VmRSS")).findFirst().orElse("");
    }
  }

  private static long used() {
    for (int i = 0; i < 4; i++) {
      System.gc();
    }
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }
}
