package lemnos.examples.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import redis.clients.jedis.Jedis;

/** The actor that owns a shard fails in the middle of a command and is started again, empty. */
@Timeout(300)
@ParameterizedClass
@MethodSource("lemnos.examples.redis.DemoServer#each")
final class DemoPanicTest {
  private static final int KEYS = 200;

  private final DemoServer server;
  private final Jedis jedis;
  private final DemoSocket socket;

  DemoPanicTest(DemoServer server) {
    DemoServer.assumeOurs("a real redis-server has no DEBUG PANIC that it survives");
    this.server = server;
    this.jedis = server.emptied();
    this.socket = server.socket();
    for (int i = 0; i < KEYS; i++) {
      jedis.set("key:" + i, "value:" + i);
    }
  }

  @AfterEach
  void close() {
    server.leave();
    jedis.close();
  }

  @Test
  void theCallerGetsAnErrorAndTheShardComesBackEmpty() {
    panic("key:0");
    assertEquals("$-1", socket.askLine("GET key:0"));
    assertEquals("+OK", socket.askLine("SET key:0 new"));
    assertEquals("new", jedis.get("key:0"));
    assertEquals(1, jedis.del("key:0"));
  }

  @Test
  void theOtherShardsKeepTheirs() {
    panic("key:0");
    long left = jedis.dbSize();
    assertTrue(
        server.workers() == 1 ? left == 0 : left > 0 && left < KEYS, left + " keys are left");
    String[] keys = IntStream.range(0, KEYS).mapToObj(i -> "key:" + i).toArray(String[]::new);
    List<String> values = jedis.mget(keys);
    for (int i = 0; i < KEYS; i++) {
      assertTrue(values.get(i) == null || values.get(i).equals("value:" + i));
    }
    assertEquals(left, jedis.exists(keys));
    assertEquals(left, jedis.keys("*").size());
  }

  @Test
  void aPipelineAroundItIsAnsweredInOrder() {
    socket.send("PING a\r\nSET key:0 x\r\nDEBUG PANIC key:0\r\nPING b\r\nPING c\r\n");
    assertEquals("$1 a", socket.next());
    assertEquals("+OK", socket.next());
    assertError(socket.next());
    assertEquals("$1 b", socket.next());
    assertEquals("$1 c", socket.next());
    awaitRestart("key:0");
    assertEquals("$-1", socket.askLine("GET key:0"));
  }

  @Test
  void everyShardMayFailInTurn() {
    for (int i = 0; i < 3; i++) {
      panic("key:" + i);
      assertEquals("OK", jedis.set("key:" + i, "again"));
      assertEquals("again", jedis.get("key:" + i));
    }
  }

  @Test
  void timesOfTheLostKeysAreForgottenAndNewOnesKept() {
    jedis.pexpire("key:0", 60);
    panic("key:0");
    jedis.set("key:0", "new");
    assertEquals("+OK", socket.askLine("SET {key:0}:marker x PX 150"));
    DemoWait.until("the marker expires", () -> !jedis.exists("{key:0}:marker"));
    assertEquals("new", jedis.get("key:0"));
    jedis.pexpire("key:0", 20);
    DemoWait.until("the new time holds", () -> !jedis.exists("key:0"));
  }

  @Test
  void subscribersStay() {
    DemoSocket subscriber = server.socket();
    assertEquals("*3 $9 subscribe $1 c :1", subscriber.askLine("SUBSCRIBE c"));
    panic("key:0");
    panic("c");
    assertEquals(1, jedis.publish("c", "hello"));
    assertEquals("*3 $7 message $1 c $5 hello", subscriber.next());
  }

  @Test
  void nobodyWaitsForEverWhereAShardFailsUnderLoad() throws Exception {
    int clients = 8;
    CountDownLatch busy = new CountDownLatch(clients);
    AtomicBoolean done = new AtomicBoolean();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Integer>> answered = new ArrayList<>();
      for (int i = 0; i < clients; i++) {
        answered.add(threads.submit(() -> load(busy, done)));
      }
      busy.await();
      panic("key:0");
      panic("key:1");
      done.set(true);
      for (Future<Integer> one : answered) {
        assertTrue(DemoWait.result(one) > 0);
      }
    }
    assertEquals(clients, IntStream.range(0, clients).filter(i -> jedis.ping() != null).count());
  }

  /** Pipelines over all shards until told that it is enough; each command gets one reply. */
  private int load(CountDownLatch busy, AtomicBoolean done) {
    int answered = 0;
    try (DemoSocket own = server.socket()) {
      while (!done.get()) {
        var commands = new StringBuilder();
        for (int i = 0; i < 50; i++) {
          commands.append("SET key:").append(i).append(" x\r\nECHO ").append(100 + i);
          commands.append("\r\nMGET key:1 key:2 key:3\r\nDBSIZE\r\n");
        }
        own.send(commands.toString());
        for (int i = 0; i < 50; i++) {
          assertTrue(own.next().matches("\\+OK|-ERR .*"));
          assertEquals("$3 " + (100 + i), own.next());
          assertTrue(own.next().matches("\\*3 .*|-ERR .*"));
          assertTrue(own.next().matches(":.*|-ERR .*"));
          answered += 4;
        }
        busy.countDown();
      }
    }
    return answered;
  }

  @Test
  void aWrongDebugCommandBreaksNothing() {
    assertError(socket.askLine("DEBUG NOSUCH"));
    assertError(socket.ask("DEBUG"));
    assertEquals(KEYS, jedis.dbSize());
  }

  @Test
  void aServerNotStartedForItRefusesToPanic() {
    var options = new RedisServer.Options(DemoServer.HOST, 0, server.workers(), false);
    try (RedisServer strict = RedisServer.start(options);
        DemoSocket client = DemoSocket.to(strict.port())) {
      assertEquals("+OK", client.askLine("SET k v"));
      assertError(client.askLine("DEBUG PANIC k"));
      assertEquals("$1 v", client.askLine("GET k"));
    }
  }

  private void panic(String key) {
    assertError(socket.ask("DEBUG", "PANIC", key));
    awaitRestart(key);
  }

  private void awaitRestart(String key) {
    DemoWait.until("the shard is back", () -> !socket.ask("EXISTS", key).startsWith("-"));
  }

  private static void assertError(String reply) {
    assertTrue(reply.startsWith("-ERR "), reply);
  }
}
