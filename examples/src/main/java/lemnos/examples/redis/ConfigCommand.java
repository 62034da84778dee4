package lemnos.examples.redis;

import java.util.LinkedHashMap;
import java.util.Map;
import lemnos.examples.redis.Reply.Shape;
import lemnos.examples.redis.Reply.Strings;
import lemnos.examples.redis.Subcommands.Subcommand;

/** CONFIG GET: the few parameters that clients ask for, as they are here. */
final class ConfigCommand {
  private static final Subcommands SUBCOMMANDS =
      new Subcommands(
          "config",
          new Subcommand(
              "get", -3, "GET <pattern>", "Returns parameters by patterns.", ConfigCommand::get));

  private ConfigCommand() {}

  static Reply run(Session session, Command command) {
    return SUBCOMMANDS.run(session, command);
  }

  private static Reply get(Session session, Command command) {
    Map<String, String> parameters = parameters(session.status());
    var found = new LinkedHashMap<String, String>();
    for (int i = 2; i < command.count(); i++) {
      Glob glob = new Glob(Ascii.toLowerCase(command.arg(i)));
      parameters.forEach(
          (name, value) -> {
            if (glob.matches(Ascii.bytes(name))) {
              found.put(name, value);
            }
          });
    }
    byte[][] items = new byte[2 * found.size()][];
    int at = 0;
    for (var parameter : found.entrySet()) {
      items[at++] = Ascii.bytes(parameter.getKey());
      items[at++] = Ascii.bytes(parameter.getValue());
    }
    return new Strings(Shape.MAP, items);
  }

  private static Map<String, String> parameters(ServerStatus status) {
    return Map.ofEntries(
        Map.entry("appendonly", "no"),
        Map.entry("bind", "127.0.0.1"),
        Map.entry("cluster-enabled", "no"),
        Map.entry("databases", "1"),
        Map.entry("io-threads", Integer.toString(status.workers())),
        Map.entry("maxmemory", "0"),
        Map.entry("maxmemory-policy", "noeviction"),
        Map.entry("port", Integer.toString(status.port())),
        Map.entry("proto-max-bulk-len", Integer.toString(RespReader.BULK_LIMIT)),
        Map.entry("requirepass", ""),
        Map.entry("save", ""),
        Map.entry("timeout", "0"));
  }
}
