package lemnos.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import lemnos.core.ActorOwn;
import lemnos.core.Cx;
import lemnos.core.Ret;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The runtime from setup to stop, with sequential and object actors on several workers. */
@Timeout(300)
final class RuntimeTest {
  private final List<String> log = Collections.synchronizedList(new ArrayList<>());

  private record Ping(int n, ActorRef<Integer> replyTo) {}

  @Test
  void twoActorsOfOneWorkerTalk() throws Exception {
    Runtime runtime = Runtime.setup().signals(false).build();
    runtime.runOnWorkers(
        ref -> {
          ActorRef<Ping> pong =
              ref.spawnLocal(
                  Supervisor.stopping(),
                  (Context<Ping> ctx, Integer rounds) -> {
                    for (int i = 0; i < rounds; i++) {
                      Ping ping = ctx.receiveNext();
                      ping.replyTo().send(ping.n() + 1);
                    }
                  },
                  1000,
                  ActorOptions.standard());
          ref.spawnLocal(
              Supervisor.stopping(),
              (Context<Integer> ctx, Integer rounds) -> {
                int n = 0;
                for (int i = 0; i < rounds; i++) {
                  pong.send(new Ping(n, ctx.self()));
                  n = ctx.receiveNext();
                }
                log.add("reached " + n);
              },
              1000,
              ActorOptions.standard());
        });
    runtime.start();
    assertEquals(List.of("reached 1000"), log);
  }

  private static final class Counter {
    private int count;

    Counter(Cx<Counter> cx) {}

    int add(int n) {
      count += n;
      return count;
    }
  }

  @Test
  void aSequentialActorAsksAnObjectActorOfItsWorkerAndSleeps() throws Exception {
    Runtime runtime = Runtime.setup().workers(2).signals(false).build();
    var sum = new AtomicInteger();
    runtime.runOnWorkers(
        ref -> {
          ActorOwn<Counter> counter = ref.loop().actor(Counter::new, Ret.nop());
          ref.spawnLocal(
              Supervisor.stopping(),
              (Context<Void> ctx, Integer n) -> {
                Integer last = 0;
                for (int i = 1; i <= n; i++) {
                  last = ctx.ask(counter, Counter::add, i);
                }
                ctx.sleep(Duration.ofMillis(1));
                sum.addAndGet(last == null ? 0 : last);
                counter.close();
              },
              100,
              ActorOptions.standard());
        });
    runtime.start();
    assertEquals(2 * 5050, sum.get());
  }
}
