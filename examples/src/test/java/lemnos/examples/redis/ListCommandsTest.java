package lemnos.examples.redis;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ListCommandsTest {
  @Test
  void bothEndsArePushedAndPopped() {
    Transcript.check(
        """
        > RPUSH l c d
        :2
        > LPUSH l b a
        :4
        > LRANGE l 0 -1
        *4 $1 a $1 b $1 c $1 d
        > LLEN l
        :4
        > LPOP l
        $1 a
        > RPOP l
        $1 d
        > LPOP l 5
        *2 $1 b $1 c
        > LPOP l
        $-1
        > LPOP l 5
        *-1
        > RPOP l 0
        *-1
        > EXISTS l
        :0
        > LLEN l
        :0
        """);
  }

  @Test
  void aCountPopsFromTheNamedEnd() {
    Transcript.check(
        """
        > RPUSH l a b c d e
        :5
        > RPOP l 2
        *2 $1 e $1 d
        > LPOP l 2
        *2 $1 a $1 b
        > RPOP l 0
        *0
        > LPOP l -1
        -ERR value is out of range, must be positive
        > LPOP l x
        -ERR value is out of range, must be positive
        > LPOP l 1 2
        -ERR wrong number of arguments for 'lpop' command
        > RPOP l 9223372036854775807
        *1 $1 c
        > EXISTS l
        :0
        """);
  }

  @Test
  void rangesMayCountFromTheEndAndReachTooFar() {
    Transcript.check(
        """
        > RPUSH l a b c d e
        :5
        > LRANGE l 1 3
        *3 $1 b $1 c $1 d
        > LRANGE l -2 -1
        *2 $1 d $1 e
        > LRANGE l -100 0
        *1 $1 a
        > LRANGE l 3 100
        *2 $1 d $1 e
        > LRANGE l 3 2
        *0
        > LRANGE l 5 6
        *0
        > LRANGE l -1 -2
        *0
        > LRANGE l 0 -100
        *0
        > LRANGE l -9223372036854775808 9223372036854775807
        *5 $1 a $1 b $1 c $1 d $1 e
        > LRANGE none 0 -1
        *0
        > LRANGE l x 1
        -ERR value is not an integer or out of range
        > LRANGE l 0 1.0
        -ERR value is not an integer or out of range
        """);
  }

  @Test
  void otherKindsAreNotTakenForLists() {
    var client = new LocalServer(1).client();
    client.run("SET k v");
    String wrong = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";
    for (String line :
        new String[] {"LPUSH k a", "RPUSH k a", "LPOP k", "RPOP k 1", "LRANGE k 0 1", "LLEN k"}) {
      assertThat(client.run(line)).as(line).isEqualTo(wrong);
    }
  }
}
