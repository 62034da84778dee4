package lemnos.examples.redis;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import redis.clients.jedis.Jedis;

/** Sizes and bytes of every kind come back as they went. */
@ParameterizedClass
@MethodSource("lemnos.examples.redis.DemoServer#each")
final class DemoBigValuesTest {
  private static final int MEBI = 1 << 20;

  private final DemoServer server;
  private final Jedis jedis;

  DemoBigValuesTest(DemoServer server) {
    this.server = server;
    this.jedis = server.emptied();
  }

  @AfterEach
  void close() {
    jedis.flushAll();
    jedis.close();
  }

  @Test
  void aValueOfSixteenMebibytesComesBackWhole() {
    byte[] value = bytes(16 * MEBI);
    byte[] key = {'k'};
    assertEquals("OK", jedis.set(key, value));
    assertEquals(value.length, jedis.strlen(key));
    assertArrayEquals(value, jedis.get(key));
    assertEquals(value.length + 3, jedis.append(key, new byte[] {1, 2, 3}));
    assertEquals(3, jedis.get(key)[value.length + 2]);
    assertArrayEquals(Arrays.copyOf(value, value.length + 3), zeroLast(jedis.getDel(key)));
    assertEquals(0, jedis.dbSize());
  }

  private static byte[] zeroLast(byte[] bytes) {
    Arrays.fill(bytes, bytes.length - 3, bytes.length, (byte) 0);
    return bytes;
  }

  @Test
  void valuesOfEverySizeAroundBufferSizesComeBackWhole() {
    byte[] key = {'k'};
    for (int power = 0; power <= 20; power++) {
      for (int size = Math.max(0, (1 << power) - 3); size <= (1 << power) + 3; size++) {
        byte[] value = bytes(size);
        jedis.set(key, value);
        assertArrayEquals(value, jedis.get(key));
      }
    }
  }

  @Test
  void manyBigValuesInOneReplyComeBackWhole() {
    byte[] value = bytes(MEBI);
    byte[][] keys = new byte[32][];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = ("key:" + i).getBytes(ISO_8859_1);
      jedis.set(keys[i], value);
    }
    List<byte[]> values = jedis.mget(keys);
    assertEquals(keys.length, values.size());
    values.forEach(one -> assertArrayEquals(value, one));
  }

  @Test
  void keysMayBeBig() {
    byte[] key = bytes(MEBI);
    byte[] other = key.clone();
    other[MEBI - 1]++;
    jedis.set(key, new byte[] {1});
    jedis.set(other, new byte[] {2});
    assertArrayEquals(new byte[] {1}, jedis.get(key));
    assertArrayEquals(new byte[] {2}, jedis.get(other));
    assertEquals(2, jedis.del(key, other));
  }

  @Test
  void aPipelineOfBigValuesIsTakenAndAnswered() {
    String value = "v".repeat(256 * 1024);
    String set = DemoSocket.command("SET", "k", value);
    try (DemoSocket socket = server.socket()) {
      for (int i = 0; i < 64; i++) {
        socket.send(set);
      }
      for (int i = 0; i < 64; i++) {
        assertEquals("+OK", socket.next());
      }
      assertEquals(value.length(), jedis.strlen("k"));
    }
  }

  @Test
  void everyByteMayBeInKeysAndValuesOfEveryType() {
    byte[] all = new byte[256];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) i;
    }
    byte[] lines = "\r\n$-1\r\n*1\r\n\0\u00ff".getBytes(ISO_8859_1);
    for (byte[] any : new byte[][] {all, lines, {}, {0}, {'\r', '\n'}, {(byte) 0xff}}) {
      jedis.flushAll();
      assertEquals("OK", jedis.set(any, any));
      assertArrayEquals(any, jedis.get(any));
      assertArrayEquals(any, jedis.keys(new byte[] {'*'}).iterator().next());
      assertArrayEquals(any, jedis.echo(any));
      jedis.del(any);
      jedis.rpush(any, any, any);
      assertArrayEquals(any, jedis.lrange(any, 0, -1).get(1));
      jedis.del(any);
      jedis.hset(any, any, any);
      assertArrayEquals(any, jedis.hget(any, any));
      assertEquals(1, jedis.hgetAll(any).size());
      jedis.del(any);
      jedis.sadd(any, any);
      assertEquals(true, jedis.sismember(any, any));
      assertEquals(1, jedis.smembers(any).size());
    }
  }

  @Test
  void textIsNotTouched() {
    String text = "zażółć gęślą jaźń \uD83D\uDE00";
    jedis.set(text, text);
    assertEquals(text, jedis.get(text));
    assertEquals(Set.of(text), jedis.keys("za*"));
  }

  @Test
  void aCommandMayHaveManyArguments() {
    String[] keys = new String[100_000];
    Arrays.setAll(keys, i -> "none:" + i);
    assertEquals(0, jedis.exists(keys));
    assertEquals(Collections.nCopies(keys.length, null), jedis.mget(keys));
    try (DemoSocket socket = server.socket()) {
      assertEquals(
          ":100000",
          socket
              .send("*100002\r\n$5\r\nRPUSH\r\n$1\r\nl\r\n" + "$1\r\nx\r\n".repeat(100_000))
              .next());
    }
    assertEquals(100_000, jedis.llen("l"));
  }

  private static byte[] bytes(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }
}
