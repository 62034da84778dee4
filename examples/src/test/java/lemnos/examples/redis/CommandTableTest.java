package lemnos.examples.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import lemnos.examples.redis.CommandSpec.KeyRange;
import lemnos.examples.redis.CommandSpec.Route;
import org.junit.jupiter.api.Test;

class CommandTableTest {
  @Test
  void namesAreFoundInAnyCaseAndAnyPlace() {
    for (CommandSpec spec : CommandTable.ALL) {
      String name = spec.name();
      String mixed = name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1);
      for (String text : new String[] {name, name.toUpperCase(Locale.ROOT), mixed}) {
        assertThat(CommandTable.find(Ascii.bytes(text))).as(text).isSameAs(spec);
        byte[] within = Ascii.bytes("<<<" + text + "\r\n$3\r\nabcdefgh");
        assertThat(CommandTable.find(within, 3, text.length())).as(text).isSameAs(spec);
      }
    }
  }

  @Test
  void nothingElseIsFound() {
    for (CommandSpec spec : CommandTable.ALL) {
      String name = spec.name();
      for (String text :
          new String[] {
            name + "\0",
            name + "X",
            "X" + name,
            name.substring(1) + "\0",
            "\0" + name,
            name.substring(0, name.length() - 1) + (char) (name.charAt(name.length() - 1) | 0x80)
          }) {
        CommandSpec found = CommandTable.find(Ascii.bytes(text));
        assertThat(found == null || found.name().equals(text.toLowerCase(Locale.ROOT)))
            .as(text)
            .isTrue();
      }
    }
    for (String text : new String[] {"", "\0", "GE", "GE4", "unsubscribeunsubscribe"}) {
      assertThat(CommandTable.find(Ascii.bytes(text))).as(text).isNull();
    }
  }

  @Test
  void everyCommandHasSomebodyWhoRunsIt() {
    for (CommandSpec spec : CommandTable.ALL) {
      if (spec.route() == Route.CHANNEL) {
        continue; // the connection's own work
      }
      boolean keyed = spec.route() == Route.KEY || spec.route() == Route.KEYS;
      assertThat(spec.keyRange() != KeyRange.NONE).as("keys of " + spec.name()).isEqualTo(keyed);
      var client = new LocalServer(2).client();
      int count = Math.abs(spec.arity());
      String reply = client.run(spec.name() + " 1".repeat(count - 1));
      assertThat(reply).as(spec.name()).isNotEmpty().doesNotContain("wrong number");
    }
  }

  @Test
  void tooFewArgumentsAreRefused() {
    for (CommandSpec spec : CommandTable.ALL) {
      int count = Math.abs(spec.arity());
      if (count > 1) {
        String line = spec.name() + " 1".repeat(count - 2);
        assertThat(new LocalServer(1).client().run(line))
            .isEqualTo("-ERR wrong number of arguments for '" + spec.name() + "' command\r\n");
      }
    }
  }

  @Test
  void commandTellsWhatTheTableSays() {
    Transcript.check(
        """
        > COMMAND COUNT x
        -ERR wrong number of arguments for 'command|count' command
        > COMMAND INFO get nosuch mset subscribe
        *4 *10 $3 get :2 *2 +readonly +fast :1 :1 :1 *3 +@string +@read +@fast *0 *0 *0 $-1 \
        *10 $4 mset :-3 *2 +write +denyoom :1 :-1 :2 *3 +@string +@write +@slow *0 *0 *0 \
        *10 $9 subscribe :-2 *2 +pubsub +noscript :0 :0 :0 *2 +@pubsub +@slow *0 *0 *0
        > COMMAND DOCS get nosuch
        *2 $3 get *6 $7 summary $17 Returns a string. $5 since $5 1.0.0 $5 group $6 string
        > COMMAND LIST x
        -ERR syntax error
        > COMMAND nosuch
        -ERR unknown subcommand 'nosuch'. Try COMMAND HELP.
        """);
    int count = CommandTable.ALL.size();
    var client = new LocalServer(1).client();
    assertThat(client.run("COMMAND COUNT")).isEqualTo(":" + count + "\r\n");
    assertThat(client.run("COMMAND")).startsWith("*" + count + "\r\n*10\r\n");
    assertThat(client.run("COMMAND")).isEqualTo(client.run("COMMAND INFO"));
    assertThat(client.run("COMMAND LIST")).startsWith("*" + count + "\r\n$6\r\nappend\r\n");
    assertThat(client.run("COMMAND DOCS"))
        .startsWith("*" + 2 * count + "\r\n$6\r\nappend\r\n*6\r\n");
    client.run("HELLO 3");
    assertThat(client.run("COMMAND DOCS get")).startsWith("%1\r\n$3\r\nget\r\n%3\r\n");
    assertThat(client.run("COMMAND INFO get")).contains("~2\r\n+readonly\r\n+fast\r\n");
  }
}
