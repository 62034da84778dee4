package lemnos.examples.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import redis.clients.jedis.Jedis;

/** Clients that go away in the middle of something take nothing with them. */
@ParameterizedClass
@MethodSource("lemnos.examples.redis.DemoServer#each")
final class DemoDisconnectTest {
  private static final int TIMES = 50;
  private static final int MEBI = 1 << 20;

  private final DemoServer server;
  private final Jedis jedis;
  private final int clients;

  DemoDisconnectTest(DemoServer server) {
    this.server = server;
    this.jedis = server.emptied();
    this.clients = DemoServer.connectedClients(jedis);
    jedis.set("big", "x".repeat(8 * MEBI));
  }

  @AfterEach
  void onlyTheObserverIsLeftAndIsServed() {
    server.leave();
    DemoWait.until("the others are forgotten", () -> DemoServer.connectedClients(jedis) <= clients);
    assertEquals("PONG", jedis.ping());
    assertEquals(8 * MEBI, jedis.strlen("big"));
    jedis.flushAll();
    assertEquals(0, jedis.dbSize());
    jedis.close();
  }

  @Test
  void aResetInMidCommandLeavesNothing() {
    String command = DemoSocket.command("SET", "k", "value");
    for (int i = 0; i < TIMES; i++) {
      DemoSocket socket = server.socket();
      socket.send("PING\r\n" + command.substring(0, 1 + i % (command.length() - 1)));
      assertEquals("+PONG", socket.next());
      socket.reset();
    }
    assertFalse(jedis.exists("k"));
    assertEquals(1, jedis.dbSize());
  }

  @Test
  void anEndInMidCommandLeavesNothing() {
    String command = DemoSocket.command("SET", "k", "value");
    for (int cut = 1; cut < command.length(); cut++) {
      try (DemoSocket socket = server.socket()) {
        socket.send(command.substring(0, cut));
        socket.endOutput();
        assertEquals("", socket.rest());
      }
    }
    assertFalse(jedis.exists("k"));
  }

  @Test
  void aResetInMidValueLeavesNothing() {
    byte[] half = new byte[4 * MEBI];
    for (int i = 0; i < 5; i++) {
      DemoSocket socket = server.socket();
      socket.send("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$" + 8 * MEBI + "\r\n").send(half);
      socket.reset();
    }
    assertFalse(jedis.exists("k"));
  }

  @Test
  void aResetInMidReplyHarmsNobody() {
    for (int i = 0; i < TIMES; i++) {
      DemoSocket socket = server.socket();
      socket.send("GET big\r\n".repeat(3));
      assertEquals("$8388608\r\nxx", socket.part(12));
      socket.reset();
      assertEquals("PONG", jedis.ping());
    }
  }

  @Test
  void aResetWithAPipelineInFlightHarmsNobody() {
    String pipeline = "INCR n\r\nGET n\r\nLPUSH l x\r\nECHO hello\r\n".repeat(1_000);
    for (int i = 0; i < TIMES / 2; i++) {
      DemoSocket socket = server.socket();
      socket.send(pipeline);
      socket.next();
      socket.reset();
    }
    DemoWait.until("the pipelines are over", () -> DemoServer.connectedClients(jedis) <= clients);
    long counted = Long.parseLong(jedis.get("n"));
    long pushed = jedis.llen("l");
    assertEquals(counted, Long.parseLong(jedis.get("n")));
    assertEquals(pushed, jedis.llen("l"));
    assertEquals(true, counted >= pushed && counted <= pushed + TIMES);
  }

  @Test
  void aConnectionThatSaysNothingHarmsNobody() {
    for (int i = 0; i < TIMES; i++) {
      DemoSocket socket = server.socket();
      if (i % 2 == 0) {
        socket.close();
      } else {
        socket.reset();
      }
    }
  }

  @Test
  void aResetWhileSubscribedHarmsNobody() {
    for (int i = 0; i < TIMES; i++) {
      DemoSocket socket = server.socket();
      assertEquals("*3 $9 subscribe $1 c :1", socket.askLine("SUBSCRIBE c"));
      socket.reset();
      jedis.publish("c", "x".repeat(1_000));
    }
    DemoWait.until("the subscribers are forgotten", () -> jedis.publish("c", "x") == 0);
  }

  @Test
  void connectionsThatComeAndGoLeaveNothing() {
    for (int i = 0; i < 10 * TIMES; i++) {
      try (DemoSocket socket = server.socket()) {
        assertEquals(":" + (i + 1), socket.askLine("INCR n"));
      }
    }
  }
}
