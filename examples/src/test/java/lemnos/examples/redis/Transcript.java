package lemnos.examples.redis;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Runs a conversation with a {@link LocalServer} and compares it with the one that is expected.
 *
 * <p>A line after {@code >} is an inline command; the next line is the reply as it goes over the
 * wire, line ends shown as blanks. {@code ~} lets so many milliseconds pass.
 */
final class Transcript {
  private Transcript() {}

  static void check(String expected) {
    check(new LocalServer(3), expected);
  }

  static void check(LocalServer server, String expected) {
    check(server, server.client(), expected);
  }

  static void check(LocalServer server, LocalServer.Client client, String expected) {
    var actual = new StringBuilder();
    for (String line : expected.split("\n")) {
      if (line.startsWith("> ")) {
        actual.append(line).append('\n').append(show(client.run(line.substring(2)))).append('\n');
      } else if (line.startsWith("~ ")) {
        actual.append(line).append('\n');
        server.advanceMillis(Long.parseLong(line.substring(2)));
      }
    }
    assertThat(actual.toString()).isEqualTo(expected);
  }

  private static String show(String wire) {
    return wire.replace("\r\n", " ").strip();
  }
}
