package lemnos.examples.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ConnectionCommandsTest {
  @Test
  void aClientIsAnsweredWithoutAnyData() {
    Transcript.check(
        """
        > PING
        +PONG
        > PING hello
        $5 hello
        > PING a b
        -ERR wrong number of arguments for 'ping' command
        > ECHO hello
        $5 hello
        > ECHO
        -ERR wrong number of arguments for 'echo' command
        > SELECT 0
        +OK
        > SELECT 1
        -ERR DB index is out of range
        > SELECT -1
        -ERR DB index is out of range
        > SELECT x
        -ERR value is not an integer or out of range
        > SELECT 99999999999
        -ERR value is out of range, value must between -2147483648 and 2147483647
        """);
  }

  @Test
  void noPasswordIsSet() {
    Transcript.check(
        """
        > AUTH secret
        -ERR AUTH <password> called without any password configured for the default user. \
        Are you sure your configuration is correct?
        > AUTH default anything
        +OK
        > AUTH nobody secret
        -WRONGPASS invalid username-password pair or user is disabled.
        > AUTH a b c
        -ERR syntax error
        """);
  }

  @Test
  void helloChoosesTheProtocol() {
    Transcript.check(
        """
        > HELLO
        *14 $6 server $5 redis $7 version $5 7.2.0 $5 proto :2 $2 id :1 $4 mode $10 standalone \
        $4 role $6 master $7 modules *0
        > HELLO 3 AUTH default x SETNAME me
        %7 $6 server $5 redis $7 version $5 7.2.0 $5 proto :3 $2 id :1 $4 mode $10 standalone \
        $4 role $6 master $7 modules *0
        > CLIENT GETNAME
        $2 me
        > GET none
        _
        > HELLO 4
        -NOPROTO unsupported protocol version
        > HELLO x
        -ERR Protocol version is not an integer or out of range
        > HELLO 2 FOO
        -ERR Syntax error in HELLO option 'FOO'
        > HELLO 2 SETNAME
        -ERR Syntax error in HELLO option 'SETNAME'
        > HELLO 2 AUTH nobody x
        -WRONGPASS invalid username-password pair or user is disabled.
        > HELLO 2 SETNAME "a b"
        -ERR Client names cannot contain spaces, newlines or special characters.
        > GET none
        _
        """);
  }

  @Test
  void aClientMayHaveAName() {
    Transcript.check(
        """
        > CLIENT GETNAME
        $-1
        > CLIENT SETNAME me
        +OK
        > CLIENT GETNAME
        $2 me
        > CLIENT SETNAME "a b"
        -ERR Client names cannot contain spaces, newlines or special characters.
        > CLIENT SETNAME ""
        +OK
        > CLIENT GETNAME
        $-1
        > CLIENT ID
        :1
        > CLIENT SETINFO lib-name jedis
        +OK
        > CLIENT SETINFO LIB-VER 7.5
        +OK
        > CLIENT SETINFO lib-name "a b"
        -ERR lib-name cannot contain spaces, newlines or special characters.
        > CLIENT SETINFO nosuch x
        -ERR Unrecognized option 'nosuch'
        > CLIENT NO-EVICT on
        +OK
        > CLIENT NO-TOUCH maybe
        -ERR syntax error
        > CLIENT
        -ERR wrong number of arguments for 'client' command
        > CLIENT SETNAME
        -ERR wrong number of arguments for 'client|setname' command
        > CLIENT nosuch
        -ERR unknown subcommand 'nosuch'. Try CLIENT HELP.
        """);
  }

  @Test
  void clientInfoTellsWhatIsKnown() {
    var server = new LocalServer(1);
    var client = server.client();
    client.run("CLIENT SETNAME me");
    client.run("CLIENT SETINFO LIB-NAME jedis");
    server.advanceMillis(2_500);
    String info =
        "id=1 addr=127.0.0.1:5000 laddr=127.0.0.1:6379 name=me age=2 idle=0 flags=N db=0 sub=0"
            + " psub=0 ssub=0 multi=-1 events=r cmd=client|info user=default redir=-1 resp=2"
            + " lib-name=jedis lib-ver=\n";
    assertThat(client.run("CLIENT INFO")).isEqualTo("$" + info.length() + "\r\n" + info + "\r\n");
    client.run("HELLO 3");
    assertThat(client.run("CLIENT INFO")).startsWith("=").contains("\r\ntxt:id=1 ", "resp=3");
  }

  @Test
  void helpListsTheSubcommands() {
    assertThat(new LocalServer(1).client().run("CONFIG HELP"))
        .isEqualTo(
            """
            *5
            +CONFIG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:
            +GET <pattern>
            +    Returns parameters by patterns.
            +HELP
            +    Prints this help.
            """
                .replace("\n", "\r\n"));
  }

  @Test
  void configShowsAFewParameters() {
    Transcript.check(
        """
        > CONFIG GET save
        *2 $4 save $0
        > CONFIG GET appendonly
        *2 $10 appendonly $2 no
        > CONFIG GET APPEND*
        *2 $10 appendonly $2 no
        > CONFIG GET port port nosuch
        *2 $4 port $4 6379
        > CONFIG GET nosuch
        *0
        > CONFIG GET
        -ERR wrong number of arguments for 'config|get' command
        > CONFIG SET save x
        -ERR unknown subcommand 'SET'. Try CONFIG HELP.
        """);
  }

  @Test
  void infoShowsTheSectionsAskedFor() {
    var server = new LocalServer(3);
    var client = server.client();
    client.run("MSET a 1 b 2 c 3");
    client.run("EXPIRE a 100");
    String keyspace = "# Keyspace\r\ndb0:keys=3,expires=1,avg_ttl=0\r\n";
    assertThat(client.run("INFO keyspace"))
        .isEqualTo("$" + keyspace.length() + "\r\n" + keyspace + "\r\n");
    assertThat(client.run("INFO"))
        .contains("# Server\r\n", "redis_version:7.2.0\r\n", "uptime_in_days:1\r\n", keyspace)
        .contains("connected_clients:3\r\n", "\r\n\r\n# Replication\r\nrole:master\r\n");
    assertThat(client.run("INFO STATS Clients")).contains("# Stats", "# Clients");
    assertThat(client.run("INFO stats")).doesNotContain("# Clients");
    assertThat(client.run("INFO everything")).isEqualTo(client.run("INFO"));
    assertThat(client.run("INFO nosuch")).isEqualTo("$0\r\n\r\n");
  }

  @Test
  void unknownCommandsAreRepeatedInPart() {
    var client = new LocalServer(1).client();
    assertThat(client.run("nosuch a b"))
        .isEqualTo("-ERR unknown command 'nosuch', with args beginning with: 'a' 'b' \r\n");
    assertThat(client.run("nosuch"))
        .isEqualTo("-ERR unknown command 'nosuch', with args beginning with: \r\n");
    assertThat(client.call("no\r\nsuch", "a\0b", "x\ny"))
        .isEqualTo("-ERR unknown command 'no  such', with args beginning with: 'a' 'x y' \r\n");
    assertThat(client.call("n".repeat(200), "a", "b".repeat(200), "c"))
        .isEqualTo(
            "-ERR unknown command '%s', with args beginning with: 'a' '%s' \r\n"
                .formatted("n".repeat(128), "b".repeat(124)));
  }

  @Test
  void aClientOfProtocol2ThatHearsChannelsCanDoLittleElse() {
    var server = new LocalServer(1);
    Transcript.check(
        server,
        """
        > UNSUBSCRIBE
        *3 $11 unsubscribe $-1 :0
        > SUBSCRIBE news
        *3 $9 subscribe $4 news :1
        > GET k
        -ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET \
        are allowed in this context
        > GET
        -ERR wrong number of arguments for 'get' command
        > nosuch
        -ERR unknown command 'nosuch', with args beginning with:
        > PING
        *2 $4 pong $0
        > PING hello
        *2 $4 pong $5 hello
        > SUBSCRIBE more
        *3 $9 subscribe $4 more :2
        > UNSUBSCRIBE news
        *3 $11 unsubscribe $4 news :1
        > RESET
        +RESET
        > PING
        +PONG
        > GET k
        $-1
        """);
  }

  @Test
  void aClientOfProtocol3IsPushedTo() {
    var server = new LocalServer(1);
    var client = server.client();
    client.run("HELLO 3");
    Transcript.check(
        server,
        client,
        """
        > SUBSCRIBE news
        >3 $9 subscribe $4 news :1
        > GET k
        _
        > PING
        +PONG
        > UNSUBSCRIBE news
        >3 $11 unsubscribe $4 news :0
        """);
    var out = Unpooled.buffer();
    Bytes channel = new Bytes(Ascii.bytes("news"), LocalServer.HASH);
    RespWriter.write(Session.message(channel, Ascii.bytes("hi")), 3, out);
    assertThat(out.toString(StandardCharsets.US_ASCII))
        .isEqualTo(">3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$2\r\nhi\r\n");
  }

  @Test
  void resetAndQuitForgetTheClient() {
    var client = new LocalServer(1).client();
    client.run("HELLO 3 SETNAME me");
    assertThat(client.run("RESET")).isEqualTo("+RESET\r\n");
    assertThat(client.run("CLIENT GETNAME")).isEqualTo("$-1\r\n");
    assertThat(client.send("QUIT\r\nPING\r\n")).isEqualTo("+OK\r\n");
    assertThat(client.session.closing()).isTrue();
  }
}
