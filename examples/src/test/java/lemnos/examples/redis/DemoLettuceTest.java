package lemnos.examples.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.KeyScanCursor;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScanArgs;
import io.lettuce.core.ScanCursor;
import io.lettuce.core.SetArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.protocol.ProtocolVersion;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** The second client that others wrote: asynchronous, and of the third protocol by default. */
@Timeout(300)
@ParameterizedClass
@MethodSource("lemnos.examples.redis.DemoServer#each")
final class DemoLettuceTest {
  private final RedisClient client;
  private final StatefulRedisConnection<String, String> connection;

  DemoLettuceTest(DemoServer server) {
    RedisURI address = RedisURI.create(DemoServer.HOST, server.port());
    address.setTimeout(Duration.ofMillis(DemoServer.PATIENCE_MILLIS));
    client = RedisClient.create(address);
    client.setOptions(ClientOptions.builder().protocolVersion(ProtocolVersion.RESP3).build());
    connection = client.connect();
    connection.sync().flushall();
  }

  @AfterEach
  void close() {
    connection.close();
    client.shutdown(Duration.ZERO, Duration.ofMillis(DemoServer.PATIENCE_MILLIS));
  }

  @Test
  void tenThousandAsynchronousCommandsAreAnsweredInOrder() throws Exception {
    List<RedisFuture<Long>> futures = new ArrayList<>();
    List<RedisFuture<String>> gets = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) {
      futures.add(connection.async().incr("n"));
      connection.async().set("key:" + i, "value:" + i);
      gets.add(connection.async().get("key:" + i));
    }
    for (int i = 0; i < futures.size(); i++) {
      assertEquals(i + 1L, futures.get(i).get(DemoServer.PATIENCE_MILLIS, TimeUnit.MILLISECONDS));
      assertEquals(
          "value:" + i, gets.get(i).get(DemoServer.PATIENCE_MILLIS, TimeUnit.MILLISECONDS));
    }
  }

  @Test
  void everyTypeComesBackAsItWent() {
    var commands = connection.sync();
    assertEquals("PONG", commands.ping());
    assertEquals("OK", commands.set("k", "v", SetArgs.Builder.nx().ex(100)));
    assertEquals(null, commands.set("k", "w", SetArgs.Builder.nx()));
    assertEquals("v", commands.setGet("k", "w", SetArgs.Builder.keepttl()));
    assertTrue(commands.pttl("k") > 0);
    assertEquals(3, commands.rpush("l", "a", "b", "c"));
    assertEquals(List.of("a", "b"), commands.lpop("l", 2));
    assertEquals(2, commands.hset("h", Map.of("f", "1", "g", "2")));
    assertEquals(Map.of("f", "1", "g", "2"), commands.hgetall("h"));
    assertEquals(2, commands.sadd("s", "a", "b"));
    assertEquals(Set.of("a", "b"), commands.smembers("s"));
    assertEquals(true, commands.sismember("s", "a"));
    assertEquals(Map.of("appendonly", "no"), commands.configGet("appendonly"));
    assertEquals(4, commands.dbsize());
    assertEquals(4, commands.del("k", "l", "h", "s"));
  }

  @Test
  void errorsAreTheServersWords() {
    connection.sync().rpush("l", "a");
    var error =
        assertThrows(RedisCommandExecutionException.class, () -> connection.sync().get("l"));
    assertEquals(
        "WRONGTYPE Operation against a key holding the wrong kind of value", error.getMessage());
  }

  @Test
  void scanReturnsEveryKey() {
    Set<String> keys = new HashSet<>();
    for (int i = 0; i < 500; i++) {
      keys.add("key:" + i);
      connection.sync().set("key:" + i, "x");
    }
    Set<String> seen = new HashSet<>();
    ScanCursor cursor = ScanCursor.INITIAL;
    do {
      KeyScanCursor<String> page =
          connection.sync().scan(cursor, ScanArgs.Builder.limit(7).match("key:*"));
      seen.addAll(page.getKeys());
      cursor = page;
    } while (!cursor.isFinished());
    assertEquals(keys, seen);
  }

  @Test
  void pushedMessagesReachTheListener() throws Exception {
    BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    try (var subscriber = client.connectPubSub()) {
      subscriber.addListener(
          new RedisPubSubAdapter<>() {
            @Override
            public void message(String channel, String message) {
              heard.add(channel + ": " + message);
            }
          });
      subscriber.sync().subscribe("a", "b");
      for (int i = 0; i < 1_000; i++) {
        assertEquals(1, connection.sync().publish(i % 2 == 0 ? "a" : "b", "message " + i));
      }
      for (int i = 0; i < 1_000; i++) {
        assertEquals(
            (i % 2 == 0 ? "a" : "b") + ": message " + i,
            heard.poll(DemoServer.PATIENCE_MILLIS, TimeUnit.MILLISECONDS));
      }
      subscriber.sync().unsubscribe("a");
      assertEquals(0, connection.sync().publish("a", "x"));
      assertEquals("PONG", subscriber.sync().ping());
    }
  }
}
