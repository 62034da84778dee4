package lemnos.examples.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.params.SetParams;

@Timeout(300)
@ParameterizedClass
@MethodSource("lemnos.examples.redis.DemoServer#eachProtocol")
final class DemoStringsTest {
  private final DemoServer server;
  private final Jedis jedis;

  DemoStringsTest(DemoServer server) {
    this.server = server;
    this.jedis = server.emptied();
  }

  @AfterEach
  void close() {
    jedis.close();
  }

  @Test
  void getReturnsWhatSetStored() {
    assertEquals("OK", jedis.set("k", "v"));
    assertEquals("v", jedis.get("k"));
    assertEquals("OK", jedis.set("k", "w"));
    assertEquals("w", jedis.get("k"));
  }

  @Test
  void getOfNoSuchKeyIsNull() {
    assertNull(jedis.get("k"));
  }

  @Test
  void setNxStoresOnlyWhereNothingWas() {
    assertEquals("OK", jedis.set("k", "v", SetParams.setParams().nx()));
    assertNull(jedis.set("k", "w", SetParams.setParams().nx()));
    assertEquals("v", jedis.get("k"));
  }

  @Test
  void setXxStoresOnlyWhereSomethingWas() {
    assertNull(jedis.set("k", "v", SetParams.setParams().xx()));
    assertNull(jedis.get("k"));
    jedis.set("k", "v");
    assertEquals("OK", jedis.set("k", "w", SetParams.setParams().xx()));
    assertEquals("w", jedis.get("k"));
  }

  @Test
  void setGetReturnsWhatWasThere() {
    assertNull(jedis.setGet("k", "v"));
    assertEquals("v", jedis.setGet("k", "w"));
    assertEquals("w", jedis.get("k"));
  }

  @Test
  void setGetWithConditionReturnsWhatWasThereEitherWay() {
    assertNull(jedis.setGet("k", "v", SetParams.setParams().xx()));
    assertNull(jedis.get("k"));
    assertNull(jedis.setGet("k", "v", SetParams.setParams().nx()));
    assertEquals("v", jedis.get("k"));
    assertEquals("v", jedis.setGet("k", "w", SetParams.setParams().nx()));
    assertEquals("v", jedis.get("k"));
    assertEquals("v", jedis.setGet("k", "w", SetParams.setParams().xx()));
    assertEquals("w", jedis.get("k"));
  }

  @Test
  void setReplacesAValueOfAnyType() {
    jedis.rpush("k", "a");
    assertEquals("OK", jedis.set("k", "v"));
    assertEquals("v", jedis.get("k"));
    assertEquals("string", jedis.type("k"));
  }

  @Test
  void setOptionsMayComeInAnyOrderAndCase() {
    try (DemoSocket socket = server.socket()) {
      assertEquals("+OK", socket.askLine("sEt k v px 100000 nX"));
      assertEquals("$-1", socket.askLine("SET k w nx EX 100"));
      assertEquals("$1 v", socket.askLine("set k w get keepttl XX"));
      assertEquals("$1 w", socket.askLine("GeT k"));
    }
  }

  @Test
  void setexAndSetnxStore() {
    try (DemoSocket socket = server.socket()) {
      assertEquals("+OK", socket.askLine("SETEX k 100 v"));
      assertEquals(":0", socket.askLine("SETNX k w"));
      assertEquals(":1", socket.askLine("SETNX n w"));
    }
    assertTrue(jedis.ttl("k") > 0);
    assertEquals(List.of("v", "w"), jedis.mget("k", "n"));
  }

  @Test
  void getsetReturnsTheOldValueAndStoresTheNew() {
    try (DemoSocket socket = server.socket()) {
      assertEquals("$-1", socket.askLine("GETSET k v"));
      assertEquals("$1 v", socket.askLine("GETSET k w"));
      assertEquals("$1 w", socket.askLine("GET k"));
    }
  }

  @Test
  void getdelReturnsTheValueAndRemovesIt() {
    jedis.set("k", "v");
    assertEquals("v", jedis.getDel("k"));
    assertFalse(jedis.exists("k"));
    assertNull(jedis.getDel("k"));
  }

  @Test
  void mgetAnswersInTheOrderAskedWithNullForWhatIsNoString() {
    jedis.set("a", "1");
    jedis.set("b", "2");
    jedis.rpush("list", "x");
    assertEquals(
        Arrays.asList("2", null, "1", null, "2"), jedis.mget("b", "list", "a", "none", "b"));
  }

  @Test
  void msetStoresAllAndTheLastOfTheSameKeyWins() {
    assertEquals("OK", jedis.mset("a", "1", "b", "2", "a", "3"));
    assertEquals(List.of("3", "2"), jedis.mget("a", "b"));
  }

  @Test
  void msetMgetDelAndExistsReachKeysOnAllShards() {
    int count = 500;
    String[] keys = IntStream.range(0, count).mapToObj(i -> "key:" + i).toArray(String[]::new);
    String[] pairs =
        IntStream.range(0, 2 * count)
            .mapToObj(i -> i % 2 == 0 ? keys[i / 2] : "value:" + i / 2)
            .toArray(String[]::new);
    assertEquals("OK", jedis.mset(pairs));
    assertEquals(IntStream.range(0, count).mapToObj(i -> "value:" + i).toList(), jedis.mget(keys));
    assertEquals(count, jedis.exists(keys));
    assertEquals(count, jedis.dbSize());
    assertEquals(count, jedis.del(keys));
    assertEquals(0, jedis.dbSize());
  }

  @Test
  void incrAndDecrCountFromZero() {
    assertEquals(1, jedis.incr("n"));
    assertEquals(11, jedis.incrBy("n", 10));
    assertEquals(10, jedis.decr("n"));
    assertEquals(-10, jedis.decrBy("n", 20));
    assertEquals(-15, jedis.incrBy("n", -5));
    assertEquals("-15", jedis.get("n"));
    assertEquals(-1, jedis.decr("m"));
  }

  @Test
  void incrReachesTheEndsOfLongButNotBeyond() {
    jedis.set("n", Long.toString(Long.MAX_VALUE - 1));
    assertEquals(Long.MAX_VALUE, jedis.incr("n"));
    assertError("ERR increment or decrement would overflow", () -> jedis.incr("n"));
    assertEquals(Long.toString(Long.MAX_VALUE), jedis.get("n"));
    jedis.set("n", Long.toString(Long.MIN_VALUE + 1));
    assertEquals(Long.MIN_VALUE, jedis.decr("n"));
    assertError("ERR increment or decrement would overflow", () -> jedis.decr("n"));
    assertError("ERR decrement would overflow", () -> jedis.decrBy("n", Long.MIN_VALUE));
  }

  @Test
  void incrRefusesWhatIsNotAPlainInteger() {
    for (String no : List.of("", "x", "1.5", " 1", "1 ", "+1", "01", "-0", "9223372036854775808")) {
      jedis.set("n", no);
      assertError("ERR value is not an integer or out of range", () -> jedis.incr("n"));
      assertEquals(no, jedis.get("n"));
    }
  }

  @Test
  void incrementsOfManyClientsAreAllCounted() throws Exception {
    int clients = 16;
    int each = 250;
    Callable<Boolean> increments =
        DemoWait.task(
            () -> {
              try (Jedis own = server.jedis()) {
                for (int i = 0; i < each; i++) {
                  own.incr("n");
                }
              }
            });
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var all = IntStream.range(0, clients).mapToObj(i -> threads.submit(increments)).toList();
      for (var one : all) {
        assertTrue(DemoWait.result(one));
      }
    }
    assertEquals(Integer.toString(clients * each), jedis.get("n"));
  }

  @Test
  void appendAddsToTheEndAndTellsTheLength() {
    assertEquals(3, jedis.append("k", "abc"));
    assertEquals(5, jedis.append("k", "de"));
    assertEquals(5, jedis.append("k", ""));
    assertEquals("abcde", jedis.get("k"));
    jedis.set("n", "1");
    assertEquals(2, jedis.append("n", "0"));
    assertEquals(11, jedis.incr("n"));
  }

  @Test
  void strlenIsInBytes() {
    assertEquals(0, jedis.strlen("k"));
    jedis.set("k", "żółw");
    assertEquals(7, jedis.strlen("k"));
    jedis.set("n", "-12");
    assertEquals(3, jedis.strlen("n"));
  }

  private static void assertError(String text, Runnable command) {
    assertEquals(text, assertThrows(JedisDataException.class, command::run).getMessage());
  }
}
