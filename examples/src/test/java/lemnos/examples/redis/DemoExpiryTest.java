package lemnos.examples.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.params.ScanParams;
import redis.clients.jedis.params.SetParams;

@ParameterizedClass
@MethodSource("lemnos.examples.redis.DemoServer#each")
final class DemoExpiryTest {
  private static final long NO_EXPIRY = -1;
  private static final long NO_KEY = -2;

  private final DemoServer server;
  private final Jedis jedis;

  DemoExpiryTest(DemoServer server) {
    this.server = server;
    this.jedis = server.emptied();
  }

  @AfterEach
  void close() {
    jedis.close();
  }

  @Test
  void aKeyIsGoneAfterItsTime() {
    jedis.set("k", "v", SetParams.setParams().px(40));
    DemoWait.until("the key expires", () -> jedis.get("k") == null);
    assertFalse(jedis.exists("k"));
    assertEquals("none", jedis.type("k"));
    assertEquals(NO_KEY, jedis.ttl("k"));
    assertEquals(NO_KEY, jedis.pttl("k"));
    assertEquals(Set.of(), jedis.keys("*"));
    assertEquals(0, jedis.scan(ScanParams.SCAN_POINTER_START).getResult().size());
  }

  @Test
  void manyKeysExpireWithoutBeingLookedAt() {
    Pipeline pipeline = jedis.pipelined();
    for (int i = 0; i < 1_000; i++) {
      pipeline.set("k:" + i, "v", SetParams.setParams().px(1 + i % 100));
    }
    pipeline.set("stays", "v");
    pipeline.sync();
    DemoWait.until("all but one expire", () -> jedis.dbSize() == 1);
    assertEquals("v", jedis.get("stays"));
  }

  @Test
  void aKeyDoesNotExpireBeforeItsTime() {
    jedis.set("long", "v", SetParams.setParams().px(3_600_000));
    jedis.set("longer", "v", SetParams.setParams().ex(365 * 24 * 3600));
    jedis.set("short", "v", SetParams.setParams().px(40));
    DemoWait.until("the short one expires", () -> jedis.dbSize() == 2);
    assertTrue(jedis.exists("long"));
    assertTrue(jedis.exists("longer"));
  }

  @Test
  void ttlAndPttlTellWhatIsLeft() {
    jedis.set("k", "v", SetParams.setParams().ex(100));
    assertWithin(1, 100, jedis.ttl("k"));
    assertWithin(1, 100_000, jedis.pttl("k"));
    jedis.set("k", "v", SetParams.setParams().px(100_000));
    assertWithin(1, 100, jedis.ttl("k"));
    try (DemoSocket socket = server.socket()) {
      assertEquals("+OK", socket.askLine("SETEX k 200 v"));
    }
    assertWithin(101, 200, jedis.ttl("k"));
    assertWithin(100_001, 200_000, jedis.pttl("k"));
  }

  @Test
  void ttlTellsNoKeyFromNoExpiry() {
    jedis.set("k", "v");
    assertEquals(NO_EXPIRY, jedis.ttl("k"));
    assertEquals(NO_EXPIRY, jedis.pttl("k"));
    assertEquals(NO_KEY, jedis.ttl("none"));
    assertEquals(NO_KEY, jedis.pttl("none"));
  }

  @Test
  void expireAndPexpireSetTheTimeOfAnyTypeOfKey() {
    assertEquals(0, jedis.expire("none", 100));
    assertEquals(0, jedis.pexpire("none", 100_000));
    jedis.rpush("list", "x");
    assertEquals(1, jedis.expire("list", 100));
    assertWithin(1, 100, jedis.ttl("list"));
    jedis.hset("hash", "f", "x");
    assertEquals(1, jedis.pexpire("hash", 100_000));
    assertWithin(1, 100_000, jedis.pttl("hash"));
    jedis.sadd("set", "x");
    assertEquals(1, jedis.pexpire("set", 20));
    DemoWait.until("the set expires", () -> jedis.scard("set") == 0);
    assertEquals(2, jedis.dbSize());
  }

  @Test
  void aTimeThatIsOverRemovesTheKeyAtOnce() {
    jedis.mset("a", "1", "b", "2", "c", "3");
    assertEquals(1, jedis.expire("a", 0));
    assertEquals(1, jedis.expire("b", -1));
    assertEquals(1, jedis.pexpire("c", -1_000));
    assertEquals(0, jedis.dbSize());
  }

  @Test
  void persistTakesTheTimeAway() {
    jedis.set("k", "v", SetParams.setParams().px(40));
    jedis.set("marker", "v", SetParams.setParams().px(120));
    long persisted = jedis.persist("k");
    DemoWait.until("the marker expires", () -> !jedis.exists("marker"));
    assertEquals(persisted == 1, jedis.exists("k"));
    jedis.set("k", "v", SetParams.setParams().ex(100));
    assertEquals(1, jedis.persist("k"));
    assertEquals(NO_EXPIRY, jedis.ttl("k"));
    assertEquals(0, jedis.persist("k"));
    assertEquals(0, jedis.persist("none"));
  }

  @Test
  void aNewValueDoesNotDieOfTheOldOnesTime() {
    jedis.set("k", "old", SetParams.setParams().px(40));
    jedis.set("k", "new");
    jedis.set("l", "old", SetParams.setParams().px(40));
    jedis.set("l", "new", SetParams.setParams().ex(1_000));
    jedis.set("m", "old", SetParams.setParams().px(40));
    jedis.del("m");
    jedis.rpush("m", "new");
    jedis.set("marker", "v", SetParams.setParams().px(120));
    DemoWait.until("the marker expires", () -> !jedis.exists("marker"));
    assertEquals("new", jedis.get("k"));
    assertEquals("new", jedis.get("l"));
    assertEquals("new", jedis.lpop("m"));
  }

  @Test
  void flushallForgetsTheTimesToo() {
    jedis.set("k", "old", SetParams.setParams().px(40));
    jedis.flushAll();
    jedis.set("k", "new");
    jedis.set("marker", "v", SetParams.setParams().px(120));
    DemoWait.until("the marker expires", () -> !jedis.exists("marker"));
    assertEquals("new", jedis.get("k"));
    assertEquals(NO_EXPIRY, jedis.ttl("k"));
  }

  @Test
  void anEarlierTimeReplacesALaterOne() {
    jedis.set("k", "v", SetParams.setParams().ex(1_000));
    jedis.pexpire("k", 20);
    DemoWait.until("the key expires", () -> !jedis.exists("k"));
  }

  @Test
  void aLaterTimeReplacesAnEarlierOne() {
    jedis.set("k", "v", SetParams.setParams().ex(100));
    jedis.expire("k", 1_000);
    assertWithin(101, 1_000, jedis.ttl("k"));
  }

  @Test
  void setDropsTheTimeUnlessToldToKeepIt() {
    jedis.set("k", "v", SetParams.setParams().ex(100));
    jedis.set("k", "w", SetParams.setParams().keepTtl());
    assertWithin(1, 100, jedis.ttl("k"));
    assertEquals("w", jedis.get("k"));
    jedis.set("k", "x");
    assertEquals(NO_EXPIRY, jedis.ttl("k"));
    jedis.set("k", "y", SetParams.setParams().keepTtl());
    assertEquals(NO_EXPIRY, jedis.ttl("k"));
  }

  @Test
  void commandsThatReplaceAValueDropTheTimeAndThoseThatChangeItKeepIt() {
    try (DemoSocket socket = server.socket()) {
      for (String dropping : new String[] {"GETSET k 1", "MSET k 1", "SET k 1 GET"}) {
        jedis.set("k", "1", SetParams.setParams().ex(100));
        socket.askLine(dropping);
        assertEquals(NO_EXPIRY, jedis.ttl("k"), dropping);
      }
      for (String keeping : new String[] {"INCR k", "APPEND k 1", "SETNX k 1", "SET k 1 NX"}) {
        jedis.set("k", "1", SetParams.setParams().ex(100));
        socket.askLine(keeping);
        assertWithin(1, 100, jedis.ttl("k"));
      }
    }
    jedis.rpush("l", "x");
    jedis.expire("l", 100);
    jedis.rpush("l", "y");
    assertWithin(1, 100, jedis.ttl("l"));
  }

  @Test
  void anExpiredKeyCountsAsAbsentForConditionalSets() {
    jedis.set("k", "v", SetParams.setParams().px(20));
    try (DemoSocket socket = server.socket()) {
      DemoWait.until("SETNX succeeds", () -> socket.askLine("SETNX k w").equals(":1"));
    }
    assertEquals("w", jedis.get("k"));
    assertEquals(NO_EXPIRY, jedis.ttl("k"));
    jedis.pexpire("k", 20);
    DemoWait.until(
        "SET XX fails", () -> jedis.set("k", "x", SetParams.setParams().xx().keepTtl()) == null);
    assertNull(jedis.get("k"));
  }

  @Test
  void anExpiredCounterStartsAnew() {
    jedis.set("n", "41", SetParams.setParams().px(20));
    DemoWait.until("it starts anew", () -> jedis.incr("n") < 42);
    assertEquals("1", jedis.get("n"));
  }

  private static void assertWithin(long least, long most, long actual) {
    assertTrue(
        least <= actual && actual <= most, actual + " is not within " + least + " to " + most);
  }
}
