package lemnos.examples.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RoutingTest {
  private static Command command(String... words) {
    byte[][] args = new byte[words.length - 1][];
    Arrays.setAll(args, i -> Ascii.bytes(words[i + 1]));
    CommandSpec spec = Objects.requireNonNull(CommandTable.find(Ascii.bytes(words[0])));
    return new Command(spec, args, LocalServer.HASH);
  }

  @Test
  void aCommandOfOneShardIsNotSplit() {
    var one = new Routing(1);
    assertThat(one.shard(command("MSET", "a", "1", "b", "2"))).isZero();
    assertThat(one.shard(command("GET", "a"))).isZero();
    var four = new Routing(4);
    var get = command("GET", "some-key");
    assertThat(four.shard(get)).isEqualTo(four.shard(get.key())).isBetween(0, 3);
    assertThat(four.shard(command("DEL", "some-key", "some-key"))).isEqualTo(four.shard(get));
    assertThat(four.shard(command("SCAN", "7"))).isEqualTo(3);
    assertThat(four.shard(command("SCAN", "18446744073709551615"))).isEqualTo(3);
    assertThat(four.shard(command("SCAN", "x"))).isZero();
  }

  @Test
  void partsHoldAllArgumentsOfTheirKeys() {
    var routing = new Routing(3);
    Command whole = command("MSET", "a", "1", "b", "2", "c", "3", "d", "4", "e", "5");
    assertThat(routing.shard(whole)).isEqualTo(Routing.SEVERAL);
    Split split = routing.split(whole);
    Map<String, String> pairs = new HashMap<>();
    for (int part = 0; part < split.size(); part++) {
      Command command = split.command(part);
      assertThat(command.spec()).isSameAs(whole.spec());
      for (int i = 0; i < command.keys().length; i++) {
        assertThat(routing.shard(command.keys()[i])).isEqualTo(split.shard(part));
        assertThat(command.keys()[i].array()).isSameAs(command.arg(1 + 2 * i));
        pairs.put(Ascii.string(command.arg(1 + 2 * i)), Ascii.string(command.arg(2 + 2 * i)));
      }
    }
    assertThat(pairs).isEqualTo(Map.of("a", "1", "b", "2", "c", "3", "d", "4", "e", "5"));
  }

  @Test
  void repliesOfSeveralShardsAreOneReply() {
    for (int shards = 1; shards <= 7; shards++) {
      var server = new LocalServer(shards);
      Transcript.check(
          server,
          """
          > MSET a 1 b 2 c 3 d 4 e 5 f 6 a 7
          +OK
          > MGET f none e a d a c b
          *8 $1 6 $-1 $1 5 $1 7 $1 4 $1 7 $1 3 $1 2
          > EXISTS a b a none
          :3
          > DBSIZE
          :6
          > DEL a b none a
          :2
          > UNLINK c d
          :2
          > DBSIZE
          :2
          > MSET a 1 b
          -ERR wrong number of arguments for 'mset' command
          > FLUSHALL never
          -ERR syntax error
          > DBSIZE
          :2
          > FLUSHALL
          +OK
          > KEYS *
          *0
          """);
    }
  }

  @Test
  void theFirstErrorIsTheReply() {
    Split split = new Routing(2).split(command("DBSIZE"));
    var session = new LocalServer(1).client().session;
    Reply merged = split.merge(session, new Reply[] {Reply.ONE, Failures.SYNTAX});
    assertThat(merged).isSameAs(Failures.SYNTAX);
  }

  @Test
  void aScanGoesThroughAllShardsWhateverIsAddedAndRemoved() {
    var random = new SplittableRandom(11);
    var server = new LocalServer(3);
    var client = server.client();
    Set<String> staying = new HashSet<>();
    for (int i = 0; i < 500; i++) {
      staying.add("stay:" + i);
      client.run("SET stay:" + i + " x");
    }
    Set<String> seen = new HashSet<>();
    String cursor = "0";
    int steps = 0;
    do {
      String[] lines = client.run("SCAN " + cursor + " COUNT 7").split("\r\n");
      cursor = lines[2];
      for (int i = 5; i < lines.length; i += 2) {
        seen.add(lines[i]);
      }
      for (int i = random.nextInt(200); i > 0; i--) {
        client.run((random.nextBoolean() ? "SET go:" : "DEL go:") + random.nextInt(2_000) + " x");
      }
      steps++;
    } while (!cursor.equals("0"));
    assertThat(seen).containsAll(staying);
    assertThat(steps).isGreaterThan(50);
  }

  @Test
  void scanTakesItsOptions() {
    var server = new LocalServer(1);
    var client = server.client();
    client.run("RPUSH list:1 a");
    client.run("SET string:1 a");
    client.run("SET string:2 a");
    Transcript.check(
        server,
        client,
        """
        > SCAN 0 TYPE list
        *2 $1 0 *1 $6 list:1
        > SCAN 0 type LIST match string*
        *2 $1 0 *0
        > SCAN 0 MATCH *2 COUNT 1000
        *2 $1 0 *1 $8 string:2
        > SCAN 0 TYPE nonsense
        *2 $1 0 *0
        > SCAN x
        -ERR invalid cursor
        > SCAN 18446744073709551616
        -ERR invalid cursor
        > SCAN 0 COUNT 0
        -ERR syntax error
        > SCAN 0 COUNT x
        -ERR value is not an integer or out of range
        > SCAN 0 COUNT
        -ERR syntax error
        > SCAN 0 NOSUCH 1
        -ERR syntax error
        > SCAN 0 COUNT 9223372036854775807 MATCH *1 TYPE string
        *2 $1 0 *1 $8 string:1
        > SCAN
        -ERR wrong number of arguments for 'scan' command
        """);
  }
}
