package lemnos.examples.redis;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class KeyCommandsTest {
  @Test
  void keysAreCountedAndDeleted() {
    Transcript.check(
        """
        > DBSIZE
        :0
        > MSET a 1 b 2 c 3 d 4
        +OK
        > DBSIZE
        :4
        > EXISTS a b none a
        :3
        > DEL a none a
        :1
        > UNLINK b c b
        :2
        > DBSIZE
        :1
        > FLUSHALL
        +OK
        > DBSIZE
        :0
        > FLUSHALL ASYNC
        +OK
        > FLUSHALL sync
        +OK
        > FLUSHALL now
        -ERR syntax error
        > FLUSHALL SYNC ASYNC
        -ERR syntax error
        > DBSIZE x
        -ERR wrong number of arguments for 'dbsize' command
        > DEL
        -ERR wrong number of arguments for 'del' command
        """);
  }

  @Test
  void typeNamesWhatAKeyHolds() {
    Transcript.check(
        """
        > MSET s 1
        +OK
        > RPUSH l a
        :1
        > HSET h f v
        :1
        > SADD m a
        :1
        > TYPE s
        +string
        > TYPE l
        +list
        > TYPE h
        +hash
        > TYPE m
        +set
        > TYPE none
        +none
        """);
  }

  @Test
  void aKeyGoesWhenItsTimeHasComeAndNotBefore() {
    var server = new LocalServer(1);
    Transcript.check(
        server,
        """
        > SET k v PX 100
        +OK
        > PTTL k
        :100
        ~ 99
        > GET k
        $1 v
        > PTTL k
        :1
        ~ 1
        > GET k
        $1 v
        > PTTL k
        :0
        ~ 1
        > GET k
        $-1
        > PTTL k
        :-2
        > TTL k
        :-2
        > DBSIZE
        :0
        """);
    assertThat(server.timers()).isZero();
  }

  @Test
  void theTimerRemovesAKeyThatNobodyLooksAt() {
    var server = new LocalServer(1);
    Transcript.check(
        server,
        """
        > SET k v EX 1
        +OK
        > DBSIZE
        :1
        ~ 1001
        > DBSIZE
        :0
        """);
  }

  @Test
  void aKeyIsNeverSeenAfterItsTimeEvenIfTheTimerIsLate() {
    var server = new LocalServer(1);
    var client = server.client();
    for (String line :
        new String[] {"RPUSH l a", "HSET h f v", "SADD m a", "SET s v", "SET n 1", "SET stays v"}) {
      client.run(line);
    }
    for (String key : new String[] {"l", "h", "m", "s", "n"}) {
      assertThat(client.run("PEXPIRE " + key + " 10")).isEqualTo(":1\r\n");
    }
    server.advanceWithLateTimers(11);
    Transcript.check(
        server,
        client,
        """
        > KEYS *
        *1 $5 stays
        > SCAN 0 COUNT 100
        *2 $1 0 *1 $5 stays
        > EXISTS l h m s n stays
        :1
        > LLEN l
        :0
        > LRANGE l 0 -1
        *0
        > HGETALL h
        *0
        > SISMEMBER m a
        :0
        > MGET s n
        *2 $-1 $-1
        > TYPE l
        +none
        > INCR n
        :1
        > TTL n
        :-1
        > SET s v KEEPTTL
        +OK
        > TTL s
        :-1
        > DEL h m
        :0
        > DBSIZE
        :3
        """);
    server.advanceMillis(10);
    assertThat(server.timers()).isZero();
    assertThat(client.run("DBSIZE")).isEqualTo(":3\r\n");
  }

  @Test
  void noTimerOutlivesItsLifetime() {
    var server = new LocalServer(1);
    var client = server.client();
    client.run("SET k v EX 10");
    client.run("EXPIRE k 20");
    client.run("PEXPIRE k 30000");
    assertThat(server.timers()).isOne();
    client.run("PERSIST k");
    assertThat(server.timers()).isZero();
    client.run("SETEX k 10 v");
    client.run("SET k w");
    assertThat(server.timers()).isZero();
    client.run("SETEX k 10 v");
    client.run("DEL k");
    assertThat(server.timers()).isZero();
    client.run("RPUSH l a");
    client.run("EXPIRE l 10");
    client.run("LPOP l");
    assertThat(server.timers()).isZero();
    client.run("SETEX a 10 v");
    client.run("SETEX b 10 v");
    client.run("FLUSHALL");
    assertThat(server.timers()).isZero();
  }

  @Test
  void aTimerThatWasTooLateToCancelTouchesNothing() {
    var server = new LocalServer(1);
    var client = server.client();
    client.run("SETEX k 10 v");
    server.store(0).expire(new Bytes(Ascii.bytes("k"), LocalServer.HASH));
    server.store(0).expire(new Bytes(Ascii.bytes("none"), LocalServer.HASH));
    assertThat(client.run("TTL k")).isEqualTo(":10\r\n");
    assertThat(server.timers()).isOne();
  }

  @Test
  void aLifetimeTooLongForNanosecondsNeedsNoTimer() {
    var server = new LocalServer(1);
    Transcript.check(
        server,
        """
        > SET k v PX 9000000000000000000
        +OK
        > PTTL k
        :9000000000000000000
        ~ 1000000
        > PTTL k
        :8999999999999000000
        > SET k v PXAT 9223372036854775807
        +OK
        > EXISTS k
        :1
        """);
    assertThat(server.timers()).isZero();
  }

  @Test
  void expireObeysItsConditions() {
    Transcript.check(
        """
        > EXPIRE none 10
        :0
        > SET k v
        +OK
        > EXPIRE k 10 XX
        :0
        > EXPIRE k 10 GT
        :0
        > EXPIRE k 10 NX
        :1
        > EXPIRE k 20 NX
        :0
        > EXPIRE k 20 xx
        :1
        > EXPIRE k 10 GT
        :0
        > EXPIRE k 20 GT
        :0
        > EXPIRE k 30 gt
        :1
        > EXPIRE k 40 LT
        :0
        > EXPIRE k 20 XX LT
        :1
        > TTL k
        :20
        > PERSIST k
        :1
        > PERSIST k
        :0
        > PERSIST none
        :0
        > EXPIRE k 50 LT
        :1
        > PEXPIRE k 12345
        :1
        > TTL k
        :12
        > PEXPIRE k 12500
        :1
        > TTL k
        :13
        """);
  }

  @Test
  void expireRefusesWhatMakesNoSense() {
    Transcript.check(
        """
        > SET k v
        +OK
        > EXPIRE k x
        -ERR value is not an integer or out of range
        > EXPIRE k 10 ZZ
        -ERR Unsupported option ZZ
        > EXPIRE k 10 NX XX
        -ERR NX and XX, GT or LT options at the same time are not compatible
        > EXPIRE k 10 NX LT
        -ERR NX and XX, GT or LT options at the same time are not compatible
        > EXPIRE k 10 GT LT
        -ERR GT and LT options at the same time are not compatible
        > EXPIRE k 9223372036854775
        -ERR invalid expire time in 'expire' command
        > EXPIRE k -9223372036854776
        -ERR invalid expire time in 'expire' command
        > PEXPIRE k 9223372036854775807
        -ERR invalid expire time in 'pexpire' command
        > EXPIRE k
        -ERR wrong number of arguments for 'expire' command
        > TTL k
        :-1
        """);
  }

  @Test
  void aLifetimeThatIsOverDeletesAtOnce() {
    Transcript.check(
        """
        > MSET a 1 b 1 c 1
        +OK
        > EXPIRE a 0
        :1
        > EXPIRE b -1
        :1
        > PEXPIRE c -9223372036854775808
        :1
        > DBSIZE
        :0
        """);
  }

  @Test
  void keysListsWhatMatches() {
    Transcript.check(
        """
        > MSET one 1 two 2 three 3
        +OK
        > KEYS t?o
        *1 $3 two
        > KEYS [^t]*
        *1 $3 one
        > KEYS none
        *0
        > KEYS
        -ERR wrong number of arguments for 'keys' command
        """);
  }
}
