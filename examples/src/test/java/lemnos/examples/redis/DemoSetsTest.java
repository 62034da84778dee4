package lemnos.examples.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import redis.clients.jedis.Jedis;

@ParameterizedClass
@MethodSource("lemnos.examples.redis.DemoServer#eachProtocol")
final class DemoSetsTest {
  private final Jedis jedis;

  DemoSetsTest(DemoServer server) {
    this.jedis = server.emptied();
  }

  @AfterEach
  void close() {
    jedis.close();
  }

  @Test
  void saddTellsHowManyMembersAreNew() {
    assertEquals(2, jedis.sadd("s", "a", "b", "a"));
    assertEquals(1, jedis.sadd("s", "b", "c"));
    assertEquals(3, jedis.scard("s"));
    assertEquals(Set.of("a", "b", "c"), jedis.smembers("s"));
  }

  @Test
  void sremTellsHowManyMembersWereThere() {
    jedis.sadd("s", "a", "b", "c");
    assertEquals(2, jedis.srem("s", "a", "b", "none", "a"));
    assertEquals(Set.of("c"), jedis.smembers("s"));
    assertEquals(0, jedis.srem("none", "a"));
  }

  @Test
  void sismemberTellsWhetherItIsIn() {
    jedis.sadd("s", "a", "1");
    assertTrue(jedis.sismember("s", "a"));
    assertTrue(jedis.sismember("s", "1"));
    assertFalse(jedis.sismember("s", "01"));
    assertFalse(jedis.sismember("none", "a"));
  }

  @Test
  void aSetThatBecomesEmptyIsGone() {
    jedis.sadd("s", "a");
    jedis.srem("s", "a");
    assertFalse(jedis.exists("s"));
    assertEquals("none", jedis.type("s"));
    assertEquals(0, jedis.scard("s"));
    assertEquals(Set.of(), jedis.smembers("s"));
  }

  @Test
  void aLargeSetComesInOnePiece() {
    String[] members = IntStream.range(0, 10_000).mapToObj(i -> "m" + i).toArray(String[]::new);
    assertEquals(members.length, jedis.sadd("s", members));
    assertEquals(Set.of(members), jedis.smembers("s"));
  }
}
