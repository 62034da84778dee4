package lemnos.examples.redis;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.Jedis;

/** What is no protocol is answered once and the connection ends; everybody else goes on. */
@ParameterizedClass
@MethodSource("lemnos.examples.redis.DemoServer#each")
final class DemoMalformedTest {
  private static final int MAX_INLINE = 64 * 1024;

  private final DemoServer server;
  private final Jedis jedis;
  private final int clients;

  DemoMalformedTest(DemoServer server) {
    this.server = server;
    this.jedis = server.emptied();
    this.clients = DemoServer.connectedClients(jedis);
  }

  @AfterEach
  void theOthersGoOn() {
    server.leave();
    assertEquals("PONG", jedis.ping());
    assertEquals(0, jedis.dbSize());
    DemoWait.until("the connection ends", () -> DemoServer.connectedClients(jedis) <= clients);
    jedis.close();
  }

  static Stream<Arguments> malformed() {
    return Stream.of(
        row("*1\r\n:1\r\n", "expected '$', got ':'"),
        row("*1\r\nPING\r\n", "expected '$', got 'P'"),
        row("*1\r\n\r\n", "expected '$', got ' '"),
        row("*2\r\n$4\r\nECHO\r\n*1\r\n", "expected '$', got '*'"),
        row("*2147483648\r\n", "invalid multibulk length"),
        row("*99999999999999999999\r\n", "invalid multibulk length"),
        row("*x\r\n", "invalid multibulk length"),
        row("*\r\n", "invalid multibulk length"),
        row("*01\r\n", "invalid multibulk length"),
        row("*1 \r\n", "invalid multibulk length"),
        row("*1\r\n$-2\r\n", "invalid bulk length"),
        row("*1\r\n$-1\r\n", "invalid bulk length"),
        row("*1\r\n$536870913\r\n", "invalid bulk length"),
        row("*1\r\n$9223372036854775807\r\n", "invalid bulk length"),
        row("*1\r\n$x\r\n", "invalid bulk length"),
        row("*1\r\n$\r\n", "invalid bulk length"),
        row("*1\r\n$+4\r\n", "invalid bulk length"),
        row("*1\r\n$04\r\n", "invalid bulk length"),
        row("*3\r\n$3\r\nSET\r\n$1\r\na\r\n$-1\r\n", "invalid bulk length"),
        row("x".repeat(MAX_INLINE + 1), "too big inline request"),
        row("PING \"x\r\n", "unbalanced quotes in request"),
        row("PING 'x\r\n", "unbalanced quotes in request"),
        row("PING \"x\"y\r\n", "unbalanced quotes in request"));
  }

  private static Arguments row(String frame, String text) {
    return Arguments.argumentSet(frame.lines().limit(3).toList() + " " + text, frame, text);
  }

  @ParameterizedTest
  @MethodSource("malformed")
  void aMalformedFrameIsAnsweredAndTheConnectionEnds(String frame, String text) {
    try (DemoSocket socket = server.socket()) {
      socket.send(frame);
      assertEquals("-ERR Protocol error: " + text + "\r\n", socket.rest());
    }
  }

  @ParameterizedTest
  @MethodSource("malformed")
  void whatCameBeforeIsAnsweredFirst(String frame, String text) {
    try (DemoSocket socket = server.socket()) {
      socket.send(DemoSocket.command("ECHO", "before") + "PING\r\n" + frame);
      assertEquals("$6\r\nbefore\r\n+PONG\r\n-ERR Protocol error: " + text + "\r\n", socket.rest());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"*", "*1\r\n$"})
  void aLengthThatDoesNotEndIsRefused(String begin) {
    try (DemoSocket socket = server.socket()) {
      socket.send(begin + "1".repeat(MAX_INLINE + 1));
      String reply = socket.rest();
      assertTrue(reply.matches("-ERR Protocol error: [^\r\n]+\r\n"), reply);
    }
  }

  @Test
  void anArrayOfMoreThanAMebiIsRefused() {
    DemoServer.assumeOurs("redis-server 7 takes arrays of up to 2 Gi");
    try (DemoSocket socket = server.socket()) {
      socket.send("*1048577\r\n");
      assertEquals("-ERR Protocol error: invalid multibulk length\r\n", socket.rest());
    }
  }

  @Test
  void lengthsWithinTheLimitsAreWaitedFor() {
    for (String within : new String[] {"*1048576\r\n", "*1\r\n$536870912\r\n"}) {
      try (DemoSocket socket = server.socket()) {
        socket.send("PING\r\n" + within);
        assertEquals("+PONG", socket.next());
        assertEquals("PONG", jedis.ping());
        socket.endOutput();
        assertEquals("", socket.rest());
      }
    }
  }

  @Test
  void anInlineCommandMayBeNearlyAsLongAsItsLimit() {
    String word = "x".repeat(MAX_INLINE - "ECHO \r\n".length());
    try (DemoSocket socket = server.socket()) {
      assertEquals("$" + word.length() + " " + word, socket.send("ECHO " + word + "\r\n").next());
    }
  }

  @Test
  void anAnnouncedLengthCostsNothingBeforeItsBytesCome() {
    DemoServer.assumeOurs("redis-server reserves what is announced");
    long before = server.memory(jedis);
    for (int i = 0; i < 20; i++) {
      DemoSocket socket = server.socket();
      socket.send("PING\r\n*2\r\n$4\r\nECHO\r\n$500000000\r\nfew");
      assertEquals("+PONG", socket.next());
    }
    DemoServer.assertBounded(before, server.memory(jedis));
  }

  @Test
  void rubbishHarmsNobody() {
    long seed = 20_261_101;
    Random random = new Random(seed);
    for (int round = 0; round < 100; round++) {
      byte[] rubbish = new byte[random.nextInt(1, 2_000)];
      random.nextBytes(rubbish);
      rubbish[0] = (byte) "*$+\r\n\0".charAt(round % 6);
      try (DemoSocket socket = server.socket()) {
        socket.send(rubbish);
        socket.endOutput();
        socket.rest().lines().forEach(line -> assertEquals('-', line.charAt(0), "seed " + seed));
      }
    }
  }

  @Test
  void aFrameWithOneByteChangedIsEitherAnsweredOrRefused() {
    byte[] frame = DemoSocket.command("ECHO", "hello").getBytes(ISO_8859_1);
    for (int at = 0; at < frame.length; at++) {
      for (char other : "\0\r\n*$:-19x\u00ff".toCharArray()) {
        byte[] changed = frame.clone();
        changed[at] = (byte) other;
        try (DemoSocket socket = server.socket()) {
          socket.send(changed);
          socket.endOutput();
          socket.rest();
        }
      }
    }
  }
}
