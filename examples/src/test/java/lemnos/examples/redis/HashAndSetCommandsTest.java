package lemnos.examples.redis;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HashAndSetCommandsTest {
  @Test
  void aHashKeepsItsFields() {
    Transcript.check(
        """
        > HSET h a 1 b 2
        :2
        > HSET h b 3 c 4 c 5
        :1
        > HGET h b
        $1 3
        > HGET h none
        $-1
        > HGET none a
        $-1
        > HLEN h
        :3
        > HLEN none
        :0
        > HGETALL h
        *6 $1 a $1 1 $1 b $1 3 $1 c $1 5
        > HGETALL none
        *0
        > HDEL h a none a
        :1
        > HDEL none a
        :0
        > HDEL h b c
        :2
        > EXISTS h
        :0
        > HSET h a
        -ERR wrong number of arguments for 'hset' command
        > HSET h a 1 b
        -ERR wrong number of arguments for 'hset' command
        > EXISTS h
        :0
        """);
  }

  @Test
  void aSetKeepsItsMembers() {
    Transcript.check(
        """
        > SADD s a b a
        :2
        > SADD s b c
        :1
        > SCARD s
        :3
        > SCARD none
        :0
        > SISMEMBER s a
        :1
        > SISMEMBER s z
        :0
        > SISMEMBER none a
        :0
        > SMEMBERS s
        *3 $1 a $1 b $1 c
        > SMEMBERS none
        *0
        > SREM s a z a
        :1
        > SREM none a
        :0
        > SREM s b c
        :2
        > EXISTS s
        :0
        > SADD s
        -ERR wrong number of arguments for 'sadd' command
        """);
  }

  @Test
  void protocol3HasMapsAndSets() {
    var server = new LocalServer(1);
    var client = server.client();
    client.run("HELLO 3");
    Transcript.check(
        server,
        client,
        """
        > HSET h a 1
        :1
        > HGETALL h
        %1 $1 a $1 1
        > HGETALL none
        %0
        > HGET h none
        _
        > SADD s a
        :1
        > SMEMBERS s
        ~1 $1 a
        > SMEMBERS none
        ~0
        > SISMEMBER s a
        :1
        > MGET none
        *1 _
        > LPOP none 2
        _
        > GET none
        _
        """);
  }

  @Test
  void otherKindsAreNotTakenForHashesOrSets() {
    var client = new LocalServer(1).client();
    client.run("SET k v");
    String wrong = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";
    for (String line :
        new String[] {
          "HSET k f v",
          "HGET k f",
          "HDEL k f",
          "HGETALL k",
          "HLEN k",
          "SADD k m",
          "SREM k m",
          "SMEMBERS k",
          "SISMEMBER k m",
          "SCARD k"
        }) {
      assertThat(client.run(line)).as(line).isEqualTo(wrong);
    }
  }
}
