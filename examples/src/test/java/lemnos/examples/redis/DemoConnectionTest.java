package lemnos.examples.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import redis.clients.jedis.Jedis;

@ParameterizedClass
@MethodSource("lemnos.examples.redis.DemoServer#eachProtocol")
final class DemoConnectionTest {
  private static final String COMMANDS =
      """
      ping echo hello select auth client command config info dbsize flushall type keys scan \
      get set setex setnx getset getdel mget mset del unlink exists incr decr incrby decrby \
      append strlen expire pexpire ttl pttl persist lpush rpush lpop rpop lrange llen \
      hset hget hdel hgetall hlen sadd srem smembers sismember scard \
      subscribe unsubscribe publish quit""";

  private final DemoServer server;
  private final Jedis jedis;
  private final DemoSocket socket;

  DemoConnectionTest(DemoServer server) {
    this.server = server;
    this.jedis = server.emptied();
    this.socket = server.socket();
  }

  @AfterEach
  void close() {
    socket.close();
    jedis.close();
  }

  @Test
  void pingAndEchoAnswer() {
    assertEquals("PONG", jedis.ping());
    assertEquals("hello", jedis.ping("hello"));
    assertEquals("", jedis.ping(""));
    assertEquals("hello", jedis.echo("hello"));
    assertEquals("", jedis.echo(""));
  }

  @Test
  void commandsMayBeInAnyCase() {
    assertEquals("+PONG", socket.ask("ping"));
    assertEquals("+PONG", socket.ask("pInG"));
    assertEquals("$1 x", socket.askLine("EcHo x"));
  }

  @Test
  void helloTellsOfTheServerInTheProtocolAskedFor() {
    String two = socket.askLine("HELLO 2");
    assertTrue(two.startsWith("*14 $6 server $"), two);
    assertTrue(two.contains(" $5 proto :2 $2 id :"), two);
    String three = socket.askLine("HELLO 3");
    assertTrue(three.startsWith("%7 $6 server $"), three);
    assertTrue(three.contains(" $7 version $"), three);
    assertTrue(three.contains(" $5 proto :3 $2 id :"), three);
    assertTrue(three.contains(" $4 mode $10 standalone "), three);
    assertTrue(three.contains(" $4 role $6 master "), three);
    assertTrue(three.endsWith(" $7 modules *0"), three);
  }

  @Test
  void helloWithoutVersionKeepsTheProtocol() {
    assertTrue(socket.ask("HELLO").startsWith("*14 "));
    assertTrue(socket.askLine("HELLO 3").startsWith("%7 "));
    assertTrue(socket.ask("HELLO").startsWith("%7 "));
    assertEquals("_", socket.askLine("GET none"));
    assertTrue(socket.askLine("HELLO 2").startsWith("*14 "));
    assertEquals("$-1", socket.askLine("GET none"));
  }

  @Test
  void helloMayNameTheClient() {
    assertTrue(socket.askLine("HELLO 3 SETNAME bob").startsWith("%7 "));
    assertEquals("$3 bob", socket.askLine("CLIENT GETNAME"));
  }

  @Test
  void helloOfAnotherVersionChangesNothing() {
    assertEquals("-NOPROTO unsupported protocol version", socket.askLine("HELLO 4"));
    assertEquals("-NOPROTO unsupported protocol version", socket.askLine("HELLO 1"));
    assertEquals(
        "-ERR Protocol version is not an integer or out of range", socket.askLine("HELLO three"));
    assertEquals("-ERR Syntax error in HELLO option 'foo'", socket.askLine("HELLO 3 foo"));
    assertEquals("$-1", socket.askLine("GET none"));
  }

  @Test
  void selectKnowsTheFirstDatabase() {
    assertEquals("OK", jedis.select(0));
    assertEquals("-ERR DB index is out of range", socket.askLine("SELECT 1000"));
    assertEquals("-ERR DB index is out of range", socket.askLine("SELECT -1"));
    assertEquals("-ERR value is not an integer or out of range", socket.askLine("SELECT x"));
  }

  @Test
  void selectKnowsNoOtherDatabase() {
    DemoServer.assumeOurs("a real redis-server has 16 databases");
    assertEquals("-ERR DB index is out of range", socket.askLine("SELECT 1"));
  }

  @Test
  void authAnswersThatNoPasswordIsSet() {
    assertEquals(
        "-ERR AUTH <password> called without any password configured for the default user."
            + " Are you sure your configuration is correct?",
        socket.askLine("AUTH secret"));
    assertEquals("+PONG", socket.ask("PING"));
  }

  @Test
  void clientRemembersItsName() {
    assertEquals("$-1", socket.askLine("CLIENT GETNAME"));
    assertEquals("+OK", socket.askLine("CLIENT SETNAME bob"));
    assertEquals("$3 bob", socket.askLine("client getname"));
    assertEquals("+OK", socket.ask("CLIENT", "SETNAME", ""));
    assertEquals("$-1", socket.askLine("CLIENT GETNAME"));
    assertEquals(
        "-ERR Client names cannot contain spaces, newlines or special characters.",
        socket.ask("CLIENT", "SETNAME", "bob smith"));
  }

  @Test
  void everyClientHasItsOwnId() {
    Set<Long> ids = new HashSet<>();
    ids.add(jedis.clientId());
    assertEquals(Set.of(jedis.clientId()), ids);
    for (int i = 0; i < 10; i++) {
      try (Jedis other = server.jedis()) {
        assertTrue(ids.add(other.clientId()));
      }
    }
  }

  @Test
  void clientInfoDescribesTheConnection() {
    jedis.clientSetname("bob");
    String description = plain(jedis.clientInfo());
    assertTrue(description.startsWith("id=" + jedis.clientId() + " "), description);
    assertTrue(description.contains(" addr=127.0.0.1:"), description);
    assertTrue(description.contains(" laddr=127.0.0.1:" + server.port() + " "), description);
    assertTrue(description.contains(" name=bob "), description);
    assertTrue(description.endsWith("\n"), description);
  }

  @Test
  void commandDescribesTheCommands() {
    long count = jedis.commandCount();
    String all = socket.ask("COMMAND");
    assertTrue(all.startsWith("*" + count + " *"), "it does not begin with its count");
    assertTrue(all.contains(" $3 get :2 *"), "it does not tell the arity of GET");
    for (String name : COMMANDS.split("\\s+")) {
      String entry = " $" + name.length() + " " + name + " :";
      assertTrue(all.contains(entry), "it does not describe " + name);
    }
  }

  @Test
  void commandDocsDescribesThoseAskedFor() {
    String docs = socket.askLine("COMMAND DOCS get nosuch");
    assertTrue(docs.startsWith("*2 $3 get *"), docs);
    assertTrue(docs.contains("$7 summary $"), docs);
    assertEquals("*0", socket.askLine("COMMAND DOCS nosuch"));
    assertTrue(socket.askLine("HELLO 3").startsWith("%7 "));
    String map = socket.askLine("COMMAND DOCS GET");
    assertTrue(map.startsWith("%1 $3 get %"), map);
  }

  @Test
  void configGetAnswersWhatBenchmarksAsk() {
    assertEquals(Map.of("save", ""), jedis.configGet("save"));
    assertEquals(Map.of("appendonly", "no"), jedis.configGet("appendonly"));
    assertEquals(Map.of("appendonly", "no"), jedis.configGet("APPENDONL?"));
    assertEquals(Map.of(), jedis.configGet("nosuch"));
    assertTrue(jedis.configGet("*").keySet().containsAll(List.of("save", "appendonly")));
    assertTrue(
        Set.of("*4 $4 save $0  $10 appendonly $2 no", "*4 $10 appendonly $2 no $4 save $0 ")
            .contains(socket.askLine("CONFIG GET save appendonly")));
  }

  @Test
  void infoHasTheUsualSections() {
    jedis.mset("a", "1", "b", "2");
    String all = jedis.info();
    for (String section : List.of("Server", "Clients", "Memory", "Stats", "Keyspace")) {
      assertTrue(all.contains("# " + section + "\r\n"), "no section " + section);
    }
    assertNotEquals("", DemoServer.infoField(jedis, "server", "redis_version"));
    assertEquals(
        Integer.toString(server.port()), DemoServer.infoField(jedis, "server", "tcp_port"));
    assertTrue(DemoServer.infoField(jedis, "keyspace", "db0").startsWith("keys=2,"));
    assertTrue(Long.parseLong(DemoServer.infoField(jedis, "memory", "used_memory")) > 0);
  }

  @Test
  void infoOfOneSectionHasNoOther() {
    String clients = plain(jedis.info("CLIENTS"));
    assertTrue(clients.startsWith("# Clients\r\n"), clients);
    assertEquals(clients.indexOf('#'), clients.lastIndexOf('#'), clients);
    assertEquals("$0 ", socket.askLine("INFO nosuch"));
  }

  @Test
  void infoCountsTheConnectedClients() {
    int before = 2;
    DemoWait.until("no others are left", () -> DemoServer.connectedClients(jedis) == before);
    try (DemoSocket another = server.socket()) {
      assertEquals("+PONG", another.ask("PING"));
      assertEquals(before + 1, DemoServer.connectedClients(jedis));
    }
    DemoWait.until("it falls", () -> DemoServer.connectedClients(jedis) == before);
  }

  @Test
  void quitAnswersAndEnds() {
    socket.send(DemoSocket.command("PING") + DemoSocket.command("QUIT") + "PING\r\n");
    assertEquals("+PONG\r\n+OK\r\n", socket.rest());
  }

  /** Some Jedis versions leave the format in front of the third protocol's verbatim text. */
  private static String plain(String text) {
    return text.startsWith("txt:") ? text.substring(4) : text;
  }
}
