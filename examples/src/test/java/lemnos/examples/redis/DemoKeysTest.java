package lemnos.examples.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.args.FlushMode;
import redis.clients.jedis.params.ScanParams;
import redis.clients.jedis.resps.ScanResult;

@Timeout(300)
@ParameterizedClass
@MethodSource("lemnos.examples.redis.DemoServer#eachProtocol")
final class DemoKeysTest {
  private final DemoServer server;
  private final Jedis jedis;

  DemoKeysTest(DemoServer server) {
    this.server = server;
    this.jedis = server.emptied();
  }

  @AfterEach
  void close() {
    jedis.close();
  }

  @Test
  void delAndUnlinkTellHowManyKeysWereThere() {
    jedis.mset("a", "1", "b", "2", "c", "3");
    jedis.rpush("l", "x");
    assertEquals(2, jedis.del("a", "none", "l", "a"));
    assertEquals(2, jedis.unlink("b", "c", "b"));
    assertEquals(0, jedis.del("a"));
    assertEquals(0, jedis.dbSize());
  }

  @Test
  void existsCountsAKeyAsOftenAsItIsNamed() {
    jedis.mset("a", "1", "b", "2");
    assertEquals(3, jedis.exists("a", "a", "b", "none"));
    assertTrue(jedis.exists("a"));
    assertFalse(jedis.exists("none"));
  }

  @Test
  void typeNamesEachKindOfValue() {
    jedis.set("string", "x");
    jedis.rpush("list", "x");
    jedis.hset("hash", "f", "x");
    jedis.sadd("set", "x");
    for (String kind : List.of("string", "list", "hash", "set", "none")) {
      assertEquals(kind, jedis.type(kind));
    }
  }

  @Test
  void dbsizeCountsAndFlushallEmpties() {
    assertEquals(0, jedis.dbSize());
    fill("k", 100);
    assertEquals(100, jedis.dbSize());
    assertEquals("OK", jedis.flushAll());
    assertEquals(0, jedis.dbSize());
    fill("k", 10);
    assertEquals("OK", jedis.flushAll(FlushMode.SYNC));
    assertEquals(0, jedis.dbSize());
    fill("k", 10);
    assertEquals("OK", jedis.flushAll(FlushMode.ASYNC));
    assertEquals(0, jedis.dbSize());
  }

  @Test
  void keysReturnsThoseThatMatchTheGlob() {
    jedis.mset("hello", "", "hallo", "", "hxllo", "", "hllo", "", "heeello", "", "h*llo", "");
    assertEquals(6, jedis.keys("*").size());
    assertKeys("h?llo", "hello", "hallo", "hxllo", "h*llo");
    assertKeys("h*llo", "hello", "hallo", "hxllo", "hllo", "heeello", "h*llo");
    assertKeys("h[ae]llo", "hello", "hallo");
    assertKeys("h[^e]llo", "hallo", "hxllo", "h*llo");
    assertKeys("h[a-e]llo", "hello", "hallo");
    assertKeys("h\\*llo", "h*llo");
    assertKeys("hello", "hello");
    assertKeys("HELLO");
    assertKeys("ell");
    assertKeys("*ee*", "heeello");
    assertKeys("");
  }

  @Test
  void aHostilePatternEndsSoon() {
    jedis.set("a".repeat(60), "x");
    assertKeys("a*a*a*a*b");
    assertKeys("*".repeat(1_000) + "b");
    assertKeys("[a");
    assertEquals(1, jedis.keys("*".repeat(1_000)).size());
  }

  @Test
  void keysSeesAllShards() {
    Set<String> keys = fill("k", 2_000);
    assertEquals(keys, jedis.keys("*"));
    assertKeys(
        "k:1?11", "k:1011", "k:1111", "k:1211", "k:1311", "k:1411", "k:1511", "k:1611", "k:1711",
        "k:1811", "k:1911");
  }

  @Test
  void scanReturnsEveryKey() {
    Set<String> keys = fill("k", 1_000);
    assertEquals(keys, scan(new ScanParams()));
    assertEquals(keys, scan(new ScanParams().count(1)));
    assertEquals(keys, scan(new ScanParams().count(10_000)));
  }

  @Test
  void scanOfNothingReturnsNothing() {
    assertEquals(Set.of(), scan(new ScanParams()));
    assertEquals(Set.of(), scan(new ScanParams().count(1).match("*")));
  }

  @Test
  void scanReturnsOnlyWhatMatches() {
    fill("no", 500);
    Set<String> keys = fill("yes", 500);
    assertEquals(keys, scan(new ScanParams().match("yes:*").count(100)));
    assertEquals(Set.of("no:7"), scan(new ScanParams().match("no:7")));
    assertEquals(Set.of(), scan(new ScanParams().match("none")));
  }

  @Test
  void scanReturnsOnlyTheTypeAskedFor() {
    fill("k", 100);
    jedis.rpush("l", "x");
    jedis.sadd("s", "x");
    assertEquals(Set.of("l"), scan(new ScanParams().count(10), "list"));
    assertEquals(Set.of("s"), scan(new ScanParams().count(10), "set"));
    assertEquals(100, scan(new ScanParams().count(10), "string").size());
  }

  @Test
  void scanReturnsEveryKeyThatStaysWhileOthersComeAndGo() throws Exception {
    Set<String> staying = fill("stays", 1_000);
    AtomicBoolean done = new AtomicBoolean();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var changes = threads.submit(DemoWait.task(() -> change(done)));
      for (int round = 0; round < 5; round++) {
        Set<String> seen = scan(new ScanParams().count(20));
        assertTrue(seen.containsAll(staying));
        seen.removeAll(staying);
        assertTrue(seen.stream().allMatch(key -> key.startsWith("new:") || key.startsWith("old:")));
        Set<String> keys = jedis.keys("stays:*");
        assertEquals(staying, keys);
      }
      done.set(true);
      assertTrue(DemoWait.result(changes));
    }
  }

  /** Adds keys and removes others until told that it is enough. */
  private void change(AtomicBoolean done) {
    try (Jedis own = server.jedis()) {
      for (int i = 0; i < 10_000 && !done.get(); i++) {
        own.set("new:" + i, "x");
        own.set("old:" + i, "x");
        own.del("old:" + i / 2);
      }
    }
  }

  @Test
  void oneKeyOfEachTypeIsRemovedByOneDel() {
    jedis.set("string", "x");
    jedis.lpush("list", "x");
    jedis.hset("hash", Map.of("f", "x"));
    jedis.sadd("set", "x");
    assertEquals(4, jedis.del("string", "list", "hash", "set"));
    assertEquals(Set.of(), jedis.keys("*"));
  }

  private void assertKeys(String pattern, String... expected) {
    assertEquals(new TreeSet<>(Set.of(expected)), new TreeSet<>(jedis.keys(pattern)), pattern);
  }

  private Set<String> fill(String prefix, int count) {
    Pipeline pipeline = jedis.pipelined();
    IntStream.range(0, count).forEach(i -> pipeline.set(prefix + ":" + i, "x"));
    pipeline.sync();
    return IntStream.range(0, count).mapToObj(i -> prefix + ":" + i).collect(Collectors.toSet());
  }

  private Set<String> scan(ScanParams params) {
    return scan(params, "");
  }

  private Set<String> scan(ScanParams params, String type) {
    Set<String> seen = new HashSet<>();
    String cursor = ScanParams.SCAN_POINTER_START;
    do {
      ScanResult<String> result =
          type.isEmpty() ? jedis.scan(cursor, params) : jedis.scan(cursor, params, type);
      seen.addAll(result.getResult());
      cursor = result.getCursor();
    } while (!cursor.equals(ScanParams.SCAN_POINTER_START));
    return seen;
  }
}
