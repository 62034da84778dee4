package lemnos.examples.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import redis.clients.jedis.Jedis;

@Timeout(300)
@ParameterizedClass
@MethodSource("lemnos.examples.redis.DemoServer#each")
final class DemoCrowdTest {
  private static final int CROWD = 1_000;
  private static final int ROUNDS = 5;

  private final DemoServer server;
  private final Jedis jedis;
  private final int clients;

  DemoCrowdTest(DemoServer server) {
    this.server = server;
    this.jedis = server.emptied();
    this.clients = DemoServer.connectedClients(jedis);
  }

  @AfterEach
  void everybodyLeaves() {
    server.leave();
    DemoWait.until("everybody leaves", () -> DemoServer.connectedClients(jedis) <= clients);
    jedis.close();
  }

  @Test
  void aThousandConnectionsAtOnceAreAllAnswered() {
    List<DemoSocket> crowd = new ArrayList<>();
    for (int i = 0; i < CROWD; i++) {
      crowd.add(server.socket());
    }
    for (int round = 0; round < ROUNDS; round++) {
      for (int i = 0; i < CROWD; i++) {
        String own = "key:" + i;
        String value = "value:" + i + ":" + round;
        crowd.get(i).send(DemoSocket.command("SET", own, value));
        crowd.get(i).send(DemoSocket.command("INCR", "all") + DemoSocket.command("GET", own));
      }
      for (int i = 0; i < CROWD; i++) {
        String value = "value:" + i + ":" + round;
        assertEquals("+OK", crowd.get(i).next());
        assertTrue(crowd.get(i).next().startsWith(":"));
        assertEquals("$" + value.length() + " " + value, crowd.get(i).next());
      }
    }
    assertEquals(Integer.toString(CROWD * ROUNDS), jedis.get("all"));
    assertEquals(CROWD + 1, jedis.dbSize());
    assertTrue(DemoServer.connectedClients(jedis) > CROWD);
  }

  @Test
  void aThousandJedisClientsThatComeTogetherAreAllAnswered() throws Exception {
    CountDownLatch here = new CountDownLatch(CROWD);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Boolean>> crowd = new ArrayList<>();
      for (int i = 0; i < CROWD; i++) {
        int number = i;
        crowd.add(threads.submit(DemoWait.task(() -> visit(number, here))));
      }
      for (Future<Boolean> one : crowd) {
        assertTrue(DemoWait.result(one));
      }
    }
    assertEquals(Integer.toString(CROWD * ROUNDS), jedis.get("all"));
  }

  private void visit(int number, CountDownLatch here) throws InterruptedException {
    try (Jedis own = server.jedis()) {
      assertEquals("PONG", own.ping());
      here.countDown();
      assertTrue(here.await(DemoServer.PATIENCE_MILLIS, TimeUnit.MILLISECONDS));
      for (int round = 0; round < ROUNDS; round++) {
        own.incr("all");
        own.hset("hash:" + number % 10, "field:" + number, "round:" + round);
        assertEquals("round:" + round, own.hget("hash:" + number % 10, "field:" + number));
      }
    }
  }
}
