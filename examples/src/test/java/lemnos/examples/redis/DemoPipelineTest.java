package lemnos.examples.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Response;

@ParameterizedClass
@MethodSource("lemnos.examples.redis.DemoServer#eachProtocol")
final class DemoPipelineTest {
  private static final int COMMANDS = 10_000;

  private final DemoServer server;
  private final Jedis jedis;

  DemoPipelineTest(DemoServer server) {
    this.server = server;
    this.jedis = server.emptied();
  }

  @AfterEach
  void close() {
    jedis.close();
  }

  @Test
  void tenThousandCommandsAtOnceAreAnsweredInOrder() {
    Pipeline pipeline = jedis.pipelined();
    List<Response<?>> replies = new ArrayList<>();
    List<Object> expected = new ArrayList<>();
    for (int i = 0; i < COMMANDS; i += 4) {
      replies.add(pipeline.set("key:" + i, "value:" + i));
      expected.add("OK");
      replies.add(pipeline.get("key:" + i));
      expected.add("value:" + i);
      replies.add(pipeline.incr("counter"));
      expected.add(i / 4 + 1L);
      replies.add(pipeline.get("key:" + (i + 1)));
      expected.add(null);
    }
    pipeline.sync();
    List<Object> actual = new ArrayList<>();
    replies.forEach(reply -> actual.add(reply.get()));
    assertEquals(expected, actual);
    assertEquals(COMMANDS / 4 + 1, jedis.dbSize());
  }

  @Test
  void commandsOfAllKindsInOneWriteAreAnsweredInOrder() {
    var commands = new StringBuilder();
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < COMMANDS / 5; i++) {
      commands.append(DemoSocket.command("RPUSH", "list:" + i % 7, "x"));
      expected.add(":" + (i / 7 + 1));
      commands.append("PING ").append(i).append("\r\n");
      expected.add("$" + Integer.toString(i).length() + " " + i);
      commands.append(DemoSocket.command("HSET", "hash:" + i, "f", "v"));
      expected.add(":1");
      commands.append(DemoSocket.command("NOSUCH"));
      expected.add("-ERR unknown command 'NOSUCH', with args beginning with: ");
      commands.append(DemoSocket.command("MGET", "a" + i, "b" + i));
      expected.add("*2 $-1 $-1");
    }
    try (DemoSocket socket = server.socket()) {
      socket.send(commands.toString());
      for (String reply : expected) {
        assertEquals(reply, socket.next());
      }
    }
  }

  @Test
  void aPipelineSeesItsOwnWritesOnEveryShard() {
    Pipeline pipeline = jedis.pipelined();
    List<Response<String>> replies = new ArrayList<>();
    for (int round = 0; round < 10; round++) {
      for (int key = 0; key < 100; key++) {
        pipeline.append("key:" + key, Integer.toString(round));
        replies.add(pipeline.get("key:" + key));
      }
    }
    pipeline.sync();
    for (int i = 0; i < replies.size(); i++) {
      assertEquals("0123456789".substring(0, i / 100 + 1), replies.get(i).get());
    }
  }

  @Test
  void aCommandDribbledByteByByteIsAnswered() {
    String commands =
        DemoSocket.command("SET", "key", "a\r\nb") + "GET key\r\n" + DemoSocket.command("PING");
    try (DemoSocket socket = server.socket()) {
      for (char c : commands.toCharArray()) {
        socket.send(String.valueOf(c));
        assertEquals("PONG", jedis.ping());
      }
      assertEquals("+OK", socket.next());
      assertEquals("$4 a b", socket.next());
      assertEquals("+PONG", socket.next());
    }
  }

  @Test
  void aCommandMayBeCutAnywhere() {
    String command = DemoSocket.command("ECHO", "hello world");
    try (DemoSocket socket = server.socket()) {
      for (int cut = 1; cut < command.length(); cut++) {
        socket.send(command + command.substring(0, cut));
        assertEquals("$11 hello world", socket.next());
        socket.send(command.substring(cut));
        assertEquals("$11 hello world", socket.next());
      }
    }
  }

  @Test
  void whoSendsNoMoreStillGetsHisAnswers() {
    try (DemoSocket socket = server.socket()) {
      socket.send("PING\r\n".repeat(100) + DemoSocket.command("ECHO", "last"));
      socket.endOutput();
      assertEquals("+PONG\r\n".repeat(100) + "$4\r\nlast\r\n", socket.rest());
    }
  }

  @Test
  void emptyCommandsAreSkipped() {
    try (DemoSocket socket = server.socket()) {
      socket.send("\r\n\n*0\r\n*-1\r\n   \r\n*-5\r\nPING\r\n");
      assertEquals("+PONG", socket.next());
      assertEquals("$2 hi", socket.ask("ECHO", "hi"));
    }
  }

  @Test
  void inlineCommandsMayQuote() {
    try (DemoSocket socket = server.socket()) {
      assertEquals("$3 a b", socket.send("ECHO \"a b\"\r\n").next());
      assertEquals("$3 a\"b", socket.send("ECHO 'a\"b'\n").next());
      assertEquals("$3 aAb", socket.send("  ECHO   \"a\\x41b\"  \r\n").next());
      assertEquals("$5 \n\t\\\"'", socket.send("ECHO \"\\n\\t\\\\\\\"'\"\r\n").next());
      assertEquals("$3 a'b", socket.send("ECHO 'a\\'b'\r\n").next());
      assertEquals("$0 ", socket.send("ECHO \"\"\r\n").next());
    }
  }
}
