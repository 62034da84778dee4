package lemnos.examples.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import redis.clients.jedis.Jedis;

@ParameterizedClass
@MethodSource("lemnos.examples.redis.DemoServer#eachProtocol")
final class DemoListsTest {
  private final DemoServer server;
  private final Jedis jedis;

  DemoListsTest(DemoServer server) {
    this.server = server;
    this.jedis = server.emptied();
  }

  @AfterEach
  void close() {
    jedis.close();
  }

  @Test
  void pushesAddAtTheirEndAndTellTheLength() {
    assertEquals(2, jedis.rpush("l", "c", "d"));
    assertEquals(4, jedis.lpush("l", "b", "a"));
    assertEquals(List.of("a", "b", "c", "d"), jedis.lrange("l", 0, -1));
    assertEquals(4, jedis.llen("l"));
  }

  @Test
  void popsTakeFromTheirEnd() {
    jedis.rpush("l", "a", "b", "c");
    assertEquals("a", jedis.lpop("l"));
    assertEquals("c", jedis.rpop("l"));
    assertEquals(List.of("b"), jedis.lrange("l", 0, -1));
  }

  @Test
  void popsWithACountTakeUpToSoMany() {
    jedis.rpush("l", "a", "b", "c", "d", "e");
    assertEquals(List.of("a", "b"), jedis.lpop("l", 2));
    assertEquals(List.of("e", "d"), jedis.rpop("l", 2));
    assertEquals(List.of(), jedis.lpop("l", 0));
    assertEquals(List.of("c"), jedis.lpop("l", 10));
    assertNull(jedis.lpop("l", 10));
  }

  @Test
  void popsOfNoSuchListAreNullInTheFormAskedFor() {
    try (DemoSocket socket = server.socket()) {
      assertEquals("$-1", socket.askLine("LPOP none"));
      assertEquals("*-1", socket.askLine("LPOP none 1"));
      assertEquals("*-1", socket.askLine("RPOP none 0"));
      assertEquals("%7", socket.askLine("HELLO 3").substring(0, 2));
      assertEquals("_", socket.askLine("RPOP none"));
      assertEquals("_", socket.askLine("RPOP none 1"));
    }
  }

  @Test
  void aListThatBecomesEmptyIsGone() {
    jedis.rpush("l", "a");
    jedis.lpop("l");
    assertFalse(jedis.exists("l"));
    assertEquals("none", jedis.type("l"));
    assertEquals(0, jedis.llen("l"));
    assertNull(jedis.rpop("l"));
    assertEquals(List.of(), jedis.lrange("l", 0, -1));
  }

  @Test
  void lrangeCountsFromEitherEndAndStaysInside() {
    jedis.rpush("l", "a", "b", "c", "d");
    assertEquals(List.of("b", "c"), jedis.lrange("l", 1, 2));
    assertEquals(List.of("c", "d"), jedis.lrange("l", -2, -1));
    assertEquals(List.of("a", "b"), jedis.lrange("l", -100, 1));
    assertEquals(List.of("d"), jedis.lrange("l", 3, 100));
    assertEquals(List.of(), jedis.lrange("l", 4, 100));
    assertEquals(List.of(), jedis.lrange("l", 2, 1));
    assertEquals(List.of(), jedis.lrange("l", 0, -5));
    assertEquals(List.of("a", "b", "c", "d"), jedis.lrange("l", Long.MIN_VALUE, Long.MAX_VALUE));
  }

  @Test
  void aListKeepsEqualAndEmptyElements() {
    jedis.rpush("l", "", "a", "", "a");
    assertEquals(List.of("", "a", "", "a"), jedis.lrange("l", 0, -1));
  }

  @Test
  void aLongListComesInOnePiece() {
    int length = 20_000;
    String[] elements = IntStream.range(0, length).mapToObj(i -> "e" + i).toArray(String[]::new);
    assertEquals(length, jedis.rpush("l", elements));
    assertEquals(List.of(elements), jedis.lrange("l", 0, -1));
    assertEquals(List.of("e19999"), jedis.lrange("l", -1, -1));
  }
}
