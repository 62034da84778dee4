package lemnos.examples.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.Jedis;

/** Every refusal in Redis's own words. */
@ParameterizedClass
@MethodSource("lemnos.examples.redis.DemoServer#each")
final class DemoErrorsTest {
  private static final String WRONG_NUMBERS =
      """
      PING a b, ECHO, ECHO a b, SELECT, SELECT 0 1, AUTH, COMMAND|COUNT x, CLIENT
      CLIENT|SETNAME, CLIENT|SETNAME a b, CLIENT|GETNAME a, CLIENT|ID a, CLIENT|INFO a
      CONFIG, CONFIG|GET, DBSIZE a, TYPE, TYPE k k, KEYS, KEYS a b, SCAN, GET, GET k k
      SET, SET k, SETEX k 1, SETEX k 1 v v, SETNX k, SETNX k v v, GETSET k, GETSET k v v
      GETDEL, GETDEL k k, MGET, MSET, MSET k, MSET k v k, DEL, UNLINK, EXISTS, INCR
      INCR k k, DECR, DECR k k, INCRBY k, INCRBY k 1 1, DECRBY k, DECRBY k 1 1, APPEND k
      APPEND k v v, STRLEN, STRLEN k k, EXPIRE k, PEXPIRE k, TTL, TTL k k, PTTL, PTTL k k
      PERSIST, PERSIST k k, LPUSH k, RPUSH k, LPOP, LPOP k 1 1, RPOP, RPOP k 1 1
      LRANGE k 0, LRANGE k 0 1 2, LLEN, LLEN k k, HSET k f, HSET k f v g, HGET k
      HGET k f g, HDEL k, HGETALL, HGETALL k k, HLEN, HLEN k k, SADD k, SREM k, SMEMBERS
      SMEMBERS k k, SISMEMBER k, SISMEMBER k m m, SCARD, SCARD k k, SUBSCRIBE, PUBLISH c
      PUBLISH c m m
      """;

  private final Jedis jedis;
  private final DemoSocket socket;

  DemoErrorsTest(DemoServer server) {
    this.jedis = server.emptied();
    this.socket = server.socket();
  }

  @AfterEach
  void theConnectionStillWorksAndNothingWasStored() {
    assertEquals("+PONG", socket.ask("PING"));
    assertEquals("$-1", socket.askLine("GET k"));
    socket.close();
    jedis.close();
  }

  @ParameterizedTest
  @MethodSource("wrongNumbers")
  void aWrongNumberOfArgumentsIsRefused(String line) {
    String command = line.split(" ")[0];
    assertEquals(
        "-ERR wrong number of arguments for '" + command.toLowerCase(Locale.ROOT) + "' command",
        socket.askLine(line.replace('|', ' ')));
  }

  /** Commands with too few or too many arguments; a bar stands for a blank within the name. */
  private static Stream<String> wrongNumbers() {
    return WRONG_NUMBERS.lines().flatMap(line -> Stream.of(line.split(", ")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET list",
        "GETDEL list",
        "GETSET list v",
        "SET list v GET",
        "INCR list",
        "DECR list",
        "INCRBY list 1",
        "DECRBY list 1",
        "APPEND list v",
        "STRLEN list",
        "LPUSH string v",
        "RPUSH string v",
        "LPOP string",
        "RPOP hash",
        "LRANGE set 0 1",
        "LLEN string",
        "HSET string f v",
        "HGET list f",
        "HDEL set f",
        "HGETALL string",
        "HLEN list",
        "SADD string m",
        "SREM list m",
        "SMEMBERS hash",
        "SISMEMBER string m",
        "SCARD list"
      })
  void aValueOfAnotherTypeIsRefusedAndStays(String line) {
    jedis.set("string", "x");
    jedis.rpush("list", "x");
    jedis.hset("hash", "f", "x");
    jedis.sadd("set", "x");
    assertEquals(
        "-WRONGTYPE Operation against a key holding the wrong kind of value", socket.askLine(line));
    assertEquals("$1 x", socket.askLine("GET string"));
    assertEquals("*1 $1 x", socket.askLine("LRANGE list 0 -1"));
    assertEquals("*2 $1 f $1 x", socket.askLine("HGETALL hash"));
    assertEquals("*1 $1 x", socket.askLine("SMEMBERS set"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          SET k v FOO                     | syntax error
          SET k v NX XX                   | syntax error
          SET k v EX                      | syntax error
          SET k v EX 10 PX 10             | syntax error
          SET k v EX 10 KEEPTTL           | syntax error
          SET k v EX ten                  | value is not an integer or out of range
          SET k v PX 1.5                  | value is not an integer or out of range
          SET k v EX 99999999999999999999 | value is not an integer or out of range
          SET k v EX 0                    | invalid expire time in 'set' command
          SET k v PX -1                   | invalid expire time in 'set' command
          SET k v EX 9223372036854775807  | invalid expire time in 'set' command
          SET k v PX 9223372036854775807  | invalid expire time in 'set' command
          SETEX k 0 v                     | invalid expire time in 'setex' command
          SETEX k -5 v                    | invalid expire time in 'setex' command
          SETEX k x v                     | value is not an integer or out of range
          EXPIRE k x                      | value is not an integer or out of range
          PEXPIRE k 1.0                   | value is not an integer or out of range
          EXPIRE k 9223372036854775807    | invalid expire time in 'expire' command
          PEXPIRE k 9223372036854775807   | invalid expire time in 'pexpire' command
          INCRBY k x                      | value is not an integer or out of range
          DECRBY k 1.5                    | value is not an integer or out of range
          INCRBY k 9223372036854775808    | value is not an integer or out of range
          LRANGE k x 1                    | value is not an integer or out of range
          LRANGE k 0 x                    | value is not an integer or out of range
          LPOP k -1                       | value is out of range, must be positive
          RPOP k -1                       | value is out of range, must be positive
          LPOP k x                        | value is out of range, must be positive
          SCAN x                          | invalid cursor
          SCAN -1x                        | invalid cursor
          SCAN 0 COUNT 0                  | syntax error
          SCAN 0 COUNT x                  | value is not an integer or out of range
          SCAN 0 FOO                      | syntax error
          SCAN 0 FOO 1                    | syntax error
          FLUSHALL NOW                    | syntax error
          CLIENT FOO                      | unknown subcommand 'FOO'. Try CLIENT HELP.
          CONFIG FOO                      | unknown subcommand 'FOO'. Try CONFIG HELP.
          COMMAND FOO                     | unknown subcommand 'FOO'. Try COMMAND HELP.
          """)
  void aWrongArgumentIsRefused(String line, String text) {
    assertEquals("-ERR " + text, socket.askLine(line));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          FOO         | "unknown command 'FOO', with args beginning with: "
          foo bar     | "unknown command 'foo', with args beginning with: 'bar' "
          GETX k v    | "unknown command 'GETX', with args beginning with: 'k' 'v' "
          """)
  void anUnknownCommandIsNamedWithItsArguments(String line, String text) {
    assertEquals("-ERR " + text, socket.askLine(line));
  }

  @Test
  void aLongUnknownCommandIsNamedInPart() {
    String name = "x".repeat(1_000);
    String[] words = {name, "a".repeat(100), "b".repeat(100), "c".repeat(100)};
    String args = "'" + "a".repeat(100) + "' '" + "b".repeat(25) + "' ";
    assertEquals(
        "-ERR unknown command '" + "x".repeat(128) + "', with args beginning with: " + args,
        socket.ask(words));
  }

  @Test
  void anUnknownCommandCannotForgeAReply() {
    assertEquals(
        "-ERR unknown command 'a  +OK', with args beginning with: 'b  c' ",
        socket.ask("a\r\n+OK", "b\r\nc"));
  }

  @Test
  void theFirstErrorOfAPipelineDoesNotStopTheRest() {
    socket.send("SET n x\r\nINCR n\r\nFOO\r\nGET\r\nDEL n\r\n");
    assertEquals("+OK", socket.next());
    assertEquals("-ERR value is not an integer or out of range", socket.next());
    assertEquals("-ERR unknown command 'FOO', with args beginning with: ", socket.next());
    assertEquals("-ERR wrong number of arguments for 'get' command", socket.next());
    assertEquals(":1", socket.next());
  }
}
