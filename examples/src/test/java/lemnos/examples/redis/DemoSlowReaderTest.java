package lemnos.examples.redis;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import redis.clients.jedis.Jedis;

/** Who does not take his replies waits for himself alone, and the server does not hoard them. */
@Timeout(300)
@ParameterizedClass
@MethodSource("lemnos.examples.redis.DemoServer#each")
final class DemoSlowReaderTest {
  private static final int RECEIVE_BYTES = 64 * 1024;
  private static final int MEBI = 1 << 20;

  private final DemoServer server;
  private final Jedis jedis;
  private final int clients;
  private final byte[] value = new byte[MEBI];
  private final long before;

  DemoSlowReaderTest(DemoServer server) {
    this.server = server;
    this.jedis = server.emptied();
    this.clients = DemoServer.connectedClients(jedis);
    new Random(MEBI).nextBytes(value);
    jedis.set(new byte[] {'b'}, value);
    this.before = server.memory(jedis);
  }

  @AfterEach
  void close() {
    server.leave();
    DemoWait.until("the slow are gone", () -> DemoServer.connectedClients(jedis) <= clients);
    jedis.flushAll();
    jedis.close();
  }

  @Test
  void aThousandBigRepliesWaitUntilTheyAreRead() {
    int replies = 1_000;
    DemoSocket slow = server.socket(RECEIVE_BYTES);
    var commands = new StringBuilder();
    for (int i = 0; i < replies; i++) {
      commands.append("GET b\r\nECHO ").append(1_000 + i).append("\r\n");
    }
    slow.send(commands.toString());
    serveOthers();
    assertHoardsNothing();
    byte[] got = new byte[MEBI];
    for (int i = 0; i < replies; i++) {
      slow.nextBulk(got);
      assertArrayEquals(value, got);
      assertEquals("$4 " + (1_000 + i), slow.next());
    }
    assertEquals("+PONG", slow.ask("PING"));
  }

  @Test
  void manySlowReadersAtOnceAreServedInTheEnd() {
    int each = 25;
    List<DemoSocket> slow = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      slow.add(server.socket(RECEIVE_BYTES).send("GET b\r\n".repeat(each)));
    }
    serveOthers();
    assertHoardsNothing();
    byte[] got = new byte[MEBI];
    for (int i = 0; i < each; i++) {
      for (DemoSocket one : slow) {
        one.nextBulk(got);
        assertArrayEquals(value, got);
      }
    }
  }

  @Test
  void aSlowReaderThatGivesUpIsForgotten() {
    List<DemoSocket> slow = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      slow.add(server.socket(RECEIVE_BYTES).send("GET b\r\n".repeat(20)));
    }
    slow.forEach(one -> one.part(100));
    slow.forEach(DemoSocket::reset);
    DemoWait.until("they are forgotten", () -> DemoServer.connectedClients(jedis) <= clients);
    serveOthers();
  }

  @Test
  void whoOnlyEverSendsIsNotReadForEver() throws Exception {
    DemoSocket deaf = server.socket(RECEIVE_BYTES);
    byte[] echo = DemoSocket.command("ECHO", "x".repeat(64 * 1024)).getBytes(ISO_8859_1);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var sending =
          threads.submit(
              DemoWait.task(
                  () -> {
                    for (int i = 0; i < 16 * 1024; i++) {
                      deaf.send(echo);
                    }
                  }));
      serveOthers();
      assertHoardsNothing();
      if (server.ours()) {
        assertFalse(sending.isDone());
        deaf.reset();
        AssertionError cut = assertThrows(AssertionError.class, () -> DemoWait.result(sending));
        assertInstanceOf(UncheckedIOException.class, cut.getCause());
      } else {
        assertTrue(DemoWait.result(sending));
        deaf.reset();
      }
    }
  }

  @Test
  void aSubscriberThatDoesNotReadStopsNobodyForGood() throws Exception {
    DemoSocket slow = server.socket(RECEIVE_BYTES);
    assertEquals("*3 $9 subscribe $1 c :1", slow.askLine("SUBSCRIBE c"));
    String publish = DemoSocket.command("PUBLISH", "c", "x".repeat(MEBI));
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var publishing =
          threads.submit(
              DemoWait.task(
                  () -> {
                    DemoSocket publisher = server.socket();
                    for (int i = 0; i < 400; i++) {
                      assertTrue(publisher.send(publish).next().matches(":[01]"));
                    }
                    publisher.close();
                  }));
      serveOthers();
      DemoServer.assertBounded(before, server.memory(jedis));
      slow.reset();
      assertTrue(DemoWait.result(publishing));
    }
    DemoServer.assertBounded(before, server.memory(jedis));
    assertEquals(0, jedis.publish("c", "x"));
  }

  /** Gives the slow ones thousands of turns while it uses all shards itself. */
  private void serveOthers() {
    try (DemoSocket other = server.socket()) {
      for (int i = 0; i < 2_000; i++) {
        assertEquals("PONG", jedis.ping());
        assertEquals("OK", jedis.set("key:" + i, "value"));
        assertEquals("$5 value", other.askLine("GET key:" + i));
      }
      assertArrayEquals(value, jedis.get(new byte[] {'b'}));
    }
  }

  /** Redis itself does hoard for clients that do not subscribe, unless it is configured not to. */
  private void assertHoardsNothing() {
    if (server.ours()) {
      DemoServer.assertBounded(before, server.memory(jedis));
    }
  }
}
