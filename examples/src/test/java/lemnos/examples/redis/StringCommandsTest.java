package lemnos.examples.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import org.junit.jupiter.api.Test;

class StringCommandsTest {
  @Test
  void aStringComesBackAsItWasSet() {
    Transcript.check(
        """
        > GET k
        $-1
        > SET k v
        +OK
        > GET k
        $1 v
        > set k "other\\r\\nvalue\\x00"
        +OK
        > STRLEN k
        :13
        > SET "" empty-key
        +OK
        > GET ""
        $9 empty-key
        > SET k ""
        +OK
        > GET k
        $0
        > STRLEN k
        :0
        > STRLEN none
        :0
        """);
  }

  @Test
  void anyBytesMayBeKeyAndValue() {
    var client = new LocalServer(2).client();
    var bytes = new StringBuilder();
    for (char c = 0; c < 256; c++) {
      bytes.append(c);
    }
    String all = bytes.toString();
    assertThat(client.call("SET", all, all)).isEqualTo("+OK\r\n");
    assertThat(client.call("GET", all)).isEqualTo("$256\r\n" + all + "\r\n");
  }

  @Test
  void setObeysItsConditions() {
    Transcript.check(
        """
        > SET k 1 XX
        $-1
        > SET k 1 NX
        +OK
        > SET k 2 nx
        $-1
        > GET k
        $1 1
        > SET k 3 XX
        +OK
        > SET k 4 GET
        $1 3
        > SET k 5 NX GET
        $1 4
        > GET k
        $1 4
        > SET new 6 NX GET
        $-1
        > GET new
        $1 6
        > SET none 7 XX GET
        $-1
        > EXISTS none
        :0
        > SETNX k 8
        :0
        > SETNX fresh 8
        :1
        > SETNX fresh 9
        :0
        """);
  }

  @Test
  void setSetsKeepsAndEndsALifetime() {
    Transcript.check(
        """
        > SET k v EX 100
        +OK
        > TTL k
        :100
        > SET k w KEEPTTL
        +OK
        > PTTL k
        :100000
        > SET k x
        +OK
        > TTL k
        :-1
        > SET k v px 1500
        +OK
        > PTTL k
        :1500
        > TTL k
        :2
        > SET k v EXAT 1700000100
        +OK
        > TTL k
        :100
        > SET k v PXAT 1700000000001
        +OK
        > PTTL k
        :1
        > GETSET k z
        $1 v
        > TTL k
        :-1
        > SETEX k 7 v
        +OK
        > TTL k
        :7
        > APPEND k w
        :2
        > TTL k
        :7
        > SET k 5 KEEPTTL
        +OK
        > INCR k
        :6
        > TTL k
        :7
        > SET k v EXAT 1
        +OK
        > GET k
        $-1
        """);
  }

  @Test
  void setRefusesWhatContradictsItself() {
    Transcript.check(
        """
        > SET k v NX XX
        -ERR syntax error
        > SET k v XX NX
        -ERR syntax error
        > SET k v EX
        -ERR syntax error
        > SET k v EX 1 PX 1
        -ERR syntax error
        > SET k v EX 10 EX 20
        +OK
        > TTL k
        :20
        > SET k v KEEPTTL EX 1
        -ERR syntax error
        > SET k v EX 1 KEEPTTL
        -ERR syntax error
        > SET k v nonsense
        -ERR syntax error
        > SET k v EX x
        -ERR value is not an integer or out of range
        > SET k v EX 0
        -ERR invalid expire time in 'set' command
        > SET k v PX -1
        -ERR invalid expire time in 'set' command
        > SET k v EX 9223372036854775807
        -ERR invalid expire time in 'set' command
        > SET k v EX 9223372036854775
        -ERR invalid expire time in 'set' command
        > SET k v PX 9223372036854775807
        -ERR invalid expire time in 'set' command
        > SET k v PXAT 9223372036854775807
        +OK
        > SETEX k 0 v
        -ERR invalid expire time in 'setex' command
        > SETEX k 1.5 v
        -ERR value is not an integer or out of range
        > SETEX k 10
        -ERR wrong number of arguments for 'setex' command
        > SET k
        -ERR wrong number of arguments for 'set' command
        """);
  }

  @Test
  void theOldStringIsReturnedAndReplacedOrDeleted() {
    Transcript.check(
        """
        > GETSET k 1
        $-1
        > GETSET k 2
        $1 1
        > GETDEL k
        $1 2
        > GETDEL k
        $-1
        > EXISTS k
        :0
        """);
  }

  @Test
  void numbersAreCounted() {
    Transcript.check(
        """
        > INCR n
        :1
        > INCRBY n 9
        :10
        > DECR n
        :9
        > DECRBY n 20
        :-11
        > GET n
        $3 -11
        > INCRBY n x
        -ERR value is not an integer or out of range
        > INCRBY n 1.0
        -ERR value is not an integer or out of range
        > INCRBY n 9223372036854775808
        -ERR value is not an integer or out of range
        > SET n 9223372036854775806
        +OK
        > INCR n
        :9223372036854775807
        > INCR n
        -ERR increment or decrement would overflow
        > GET n
        $19 9223372036854775807
        > SET n -9223372036854775808
        +OK
        > DECR n
        -ERR increment or decrement would overflow
        > INCRBY n -1
        -ERR increment or decrement would overflow
        > INCRBY n 9223372036854775807
        :-1
        > DECRBY n -9223372036854775808
        -ERR decrement would overflow
        > SET n abc
        +OK
        > INCR n
        -ERR value is not an integer or out of range
        > SET n 007
        +OK
        > INCR n
        -ERR value is not an integer or out of range
        > SET n " 7"
        +OK
        > INCR n
        -ERR value is not an integer or out of range
        > SET n ""
        +OK
        > INCR n
        -ERR value is not an integer or out of range
        """);
  }

  @Test
  void appendMakesAndLengthens() {
    Transcript.check(
        """
        > APPEND k abc
        :3
        > APPEND k def
        :6
        > APPEND k ""
        :6
        > GET k
        $6 abcdef
        > MGET k
        *1 $6 abcdef
        > SET n 1
        +OK
        > APPEND n 0
        :2
        > INCR n
        :11
        > APPEND n 5
        :3
        > GET n
        $3 115
        """);
  }

  @Test
  void aReplyOnItsWayIsNotChangedByAppend() {
    var store = store();
    store.execute(command("APPEND", "k", "abc"));
    store.execute(command("APPEND", "k", "def"));
    var before = (Reply.Bulk) store.execute(command("GET", "k"));
    store.execute(command("APPEND", "k", "ghi"));
    var after = (Reply.Bulk) store.execute(command("GET", "k"));
    assertThat(Ascii.string(before.bytes()).substring(0, before.length())).isEqualTo("abcdef");
    assertThat(Ascii.string(after.bytes()).substring(0, after.length())).isEqualTo("abcdefghi");
    assertThat(after.bytes()).as("grown in place").isSameAs(before.bytes());
  }

  @Test
  void aStringDoesNotGrowBeyondTheLongestBulk() {
    var store = store();
    store.put(key("k"), new Reply.Bulk(new byte[0], RespReader.BULK_LIMIT - 3));
    assertThat(store.execute(command("APPEND", "k", "four"))).isSameAs(Failures.STRING_TOO_LONG);
    assertThat(store.execute(command("STRLEN", "k")))
        .isEqualTo(Reply.number(RespReader.BULK_LIMIT - 3));
  }

  @Test
  void otherKindsAreNotTakenForStrings() {
    var server = new LocalServer(2);
    var client = server.client();
    client.run("LPUSH k a");
    String wrong = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";
    for (String line :
        new String[] {
          "GET k",
          "SET k v GET",
          "GETSET k v",
          "GETDEL k",
          "STRLEN k",
          "APPEND k v",
          "INCR k",
          "DECR k",
          "INCRBY k 1",
          "DECRBY k 1"
        }) {
      assertThat(client.run(line)).as(line).isEqualTo(wrong);
    }
    assertThat(client.run("TYPE k")).isEqualTo("+list\r\n");
    assertThat(client.run("MGET k none")).isEqualTo("*2\r\n$-1\r\n$-1\r\n");
    assertThat(client.run("SETNX k v")).isEqualTo(":0\r\n");
    assertThat(client.run("SET k v NX")).isEqualTo("$-1\r\n");
    assertThat(client.run("SET k v")).isEqualTo("+OK\r\n");
  }

  private static Store store() {
    var never =
        new Expiry() {
          @Override
          public long arm(long atNanos, Bytes key) {
            throw new AssertionError("no lifetime here");
          }

          @Override
          public void cancel(long timer) {}
        };
    return new Store(new Store.Place(0, 1), LocalServer.HASH, () -> 0, () -> 0, never);
  }

  private static Bytes key(String name) {
    return new Bytes(Ascii.bytes(name), LocalServer.HASH);
  }

  private static CommandSpec spec(String name) {
    return Objects.requireNonNull(CommandTable.find(Ascii.bytes(name)));
  }

  private static Command command(String name, String... args) {
    byte[][] bytes = new byte[args.length][];
    for (int i = 0; i < args.length; i++) {
      bytes[i] = Ascii.bytes(args[i]);
    }
    return new Command(spec(name), bytes, LocalServer.HASH);
  }
}
