package lemnos.examples.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import redis.clients.jedis.Jedis;

@ParameterizedClass
@MethodSource("lemnos.examples.redis.DemoServer#eachProtocol")
final class DemoHashesTest {
  private final Jedis jedis;

  DemoHashesTest(DemoServer server) {
    this.jedis = server.emptied();
  }

  @AfterEach
  void close() {
    jedis.close();
  }

  @Test
  void hsetTellsHowManyFieldsAreNew() {
    assertEquals(1, jedis.hset("h", "f", "1"));
    assertEquals(0, jedis.hset("h", "f", "2"));
    assertEquals(2, jedis.hset("h", Map.of("f", "3", "g", "4", "i", "5")));
    assertEquals("3", jedis.hget("h", "f"));
    assertEquals(3, jedis.hlen("h"));
  }

  @Test
  void hgetOfNoSuchFieldOrHashIsNull() {
    jedis.hset("h", "f", "1");
    assertNull(jedis.hget("h", "none"));
    assertNull(jedis.hget("none", "f"));
  }

  @Test
  void hgetallReturnsEveryField() {
    Map<String, String> fields =
        IntStream.range(0, 1_000)
            .mapToObj(i -> "f" + i)
            .collect(Collectors.toMap(Function.identity(), field -> "value of " + field));
    assertEquals(1_000, jedis.hset("h", fields));
    assertEquals(fields, jedis.hgetAll("h"));
    assertEquals(Map.of(), jedis.hgetAll("none"));
  }

  @Test
  void hdelTellsHowManyFieldsWereThere() {
    jedis.hset("h", Map.of("a", "1", "b", "2", "c", "3"));
    assertEquals(2, jedis.hdel("h", "a", "b", "none", "a"));
    assertEquals(Map.of("c", "3"), jedis.hgetAll("h"));
    assertEquals(0, jedis.hdel("none", "a"));
  }

  @Test
  void aHashThatBecomesEmptyIsGone() {
    jedis.hset("h", "f", "1");
    jedis.hdel("h", "f");
    assertFalse(jedis.exists("h"));
    assertEquals("none", jedis.type("h"));
    assertEquals(0, jedis.hlen("h"));
  }

  @Test
  void emptyFieldsAndValuesAreKept() {
    jedis.hset("h", "", "");
    assertEquals("", jedis.hget("h", ""));
    assertEquals(Map.of("", ""), jedis.hgetAll("h"));
  }
}
