package lemnos.examples.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import redis.clients.jedis.Jedis;

/** The form of each reply on the wire, in both protocols. */
@ParameterizedClass
@MethodSource("lemnos.examples.redis.DemoServer#each")
final class DemoResp3Test {
  private final DemoServer server;
  private final DemoSocket two;
  private final DemoSocket three;

  DemoResp3Test(DemoServer server) {
    this.server = server;
    try (Jedis jedis = server.emptied()) {
      jedis.set("string", "x");
      jedis.rpush("list", "x", "y");
      jedis.hset("hash", "f", "x");
      jedis.sadd("set", "x");
    }
    this.two = server.socket();
    this.three = server.socket();
    assertTrue(three.askLine("HELLO 3").startsWith("%7 "));
  }

  @AfterEach
  void close() {
    two.close();
    three.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          PING              | +PONG                    | +PONG
          PING x            | $1 x                     | $1 x
          GET string        | $1 x                     | $1 x
          GET none          | $-1                      | _
          GET list | -WRONGTYPE Operation against a key holding the wrong kind of value | \
          -WRONGTYPE Operation against a key holding the wrong kind of value
          SET n 1           | +OK                      | +OK
          SET string x NX   | $-1                      | _
          SET string x GET  | $1 x                     | $1 x
          SET none2 x XX GET | $-1                     | _
          GETDEL none       | $-1                      | _
          MGET string none  | *2 $1 x $-1              | *2 $1 x _
          STRLEN string     | :1                       | :1
          EXISTS none       | :0                       | :0
          TTL none          | :-2                      | :-2
          TYPE hash         | +hash                    | +hash
          TYPE none         | +none                    | +none
          LRANGE list 0 -1  | *2 $1 x $1 y             | *2 $1 x $1 y
          LRANGE none 0 -1  | *0                       | *0
          LPOP none         | $-1                      | _
          LPOP none 2       | *-1                      | _
          HGET hash none    | $-1                      | _
          HGETALL hash      | *2 $1 f $1 x             | %1 $1 f $1 x
          HGETALL none      | *0                       | %0
          SMEMBERS set      | *1 $1 x                  | ~1 $1 x
          SMEMBERS none     | *0                       | ~0
          SISMEMBER set x   | :1                       | :1
          KEYS str*         | *1 $6 string             | *1 $6 string
          CONFIG GET save   | *2 $4 save $0            | %1 $4 save $0
          CONFIG GET none   | *0                       | %0
          CLIENT GETNAME    | $-1                      | _
          PUBLISH c m       | :0                       | :0
          """)
  void eachReplyHasTheFormOfItsProtocol(String line, String inTwo, String inThree) {
    assertEquals(inTwo, two.askLine(line).strip());
    assertEquals(inThree, three.askLine(line).strip());
  }

  @Test
  void infoIsVerbatimTextInTheThird() {
    assertTrue(two.askLine("INFO server").matches("(?s)\\$\\d+ # Server .*"));
    String info = three.askLine("INFO server");
    assertTrue(info.matches("(?s)=\\d+ txt:# Server .*"), info);
    assertTrue(three.askLine("CLIENT INFO").matches("(?s)=\\d+ txt:id=\\d+ .*"));
  }

  @Test
  void scanIsAnArrayInBoth() {
    String reply = "\\*2 \\$\\d+ \\d+ \\*\\d+( \\$\\d+ (string|list|hash|set))*";
    assertTrue(two.askLine("SCAN 0").matches(reply));
    assertTrue(three.askLine("SCAN 0").matches(reply));
  }

  @Test
  void pubSubIsPushedInTheThird() {
    assertEquals(">3 $9 subscribe $1 c :1", three.askLine("SUBSCRIBE c"));
    assertEquals(":1", two.askLine("PUBLISH c hello"));
    assertEquals(">3 $7 message $1 c $5 hello", three.next());
    assertEquals(">3 $11 unsubscribe $1 c :0", three.askLine("UNSUBSCRIBE c"));
    assertEquals(">3 $11 unsubscribe _ :0", three.askLine("UNSUBSCRIBE"));
    assertEquals(":0", two.askLine("PUBLISH c hello"));
  }

  @Test
  void aSubscriberOfTheThirdMayStillCommand() {
    assertEquals(">3 $9 subscribe $1 c :1", three.askLine("SUBSCRIBE c"));
    assertEquals("$1 x", three.askLine("GET string"));
    assertEquals("+PONG", three.askLine("PING"));
    assertEquals("$2 hi", three.askLine("PING hi"));
    assertEquals("%1 $1 f $1 x", three.askLine("HGETALL hash"));
    three.send(DemoSocket.command("PUBLISH", "c", "own"));
    assertEquals(Set.of(":1", ">3 $7 message $1 c $3 own"), Set.of(three.next(), three.next()));
    assertEquals("+OK", three.askLine("SET string y"));
  }

  @Test
  void theProtocolIsEachConnectionsOwnAndMayChange() {
    try (DemoSocket another = server.socket()) {
      assertEquals("$-1", another.askLine("GET none"));
      assertTrue(another.askLine("HELLO 3").startsWith("%7 "));
      assertEquals("_", another.askLine("GET none"));
      assertEquals("$-1", two.askLine("GET none"));
      assertTrue(another.askLine("HELLO 2").startsWith("*14 "));
      assertEquals("$-1", another.askLine("GET none"));
    }
  }

  @Test
  void helloInAPipelineHoldsFromThereOn() {
    two.send("GET none\r\nHELLO 3\r\nGET none\r\nHGETALL hash\r\nHELLO 2\r\nHGETALL hash\r\n");
    assertEquals("$-1", two.next());
    assertTrue(two.next().startsWith("%7 "));
    assertEquals("_", two.next());
    assertEquals("%1 $1 f $1 x", two.next());
    assertTrue(two.next().startsWith("*14 "));
    assertEquals("*2 $1 f $1 x", two.next());
  }
}
