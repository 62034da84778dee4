package lemnos.examples.redis;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.StringJoiner;
import lemnos.examples.redis.Reply.Group;
import lemnos.examples.redis.Reply.Int;

/** INFO: numbers about the server and its keys, as text in sections. */
final class InfoCommand {
  private InfoCommand() {}

  /** From each shard's numbers, see {@link KeyCommands#info}. */
  static Reply merge(Session session, Split split, Reply[] replies) {
    long keys = 0;
    long expiring = 0;
    for (Reply reply : replies) {
      Reply[] numbers = ((Group) reply).items();
      keys += ((Int) numbers[0]).value();
      expiring += ((Int) numbers[1]).value();
    }
    var text = new StringJoiner("\r\n");
    sections(session.status(), keys, expiring)
        .forEach(
            (name, lines) -> {
              if (isWanted(name, split.whole())) {
                text.add("# " + name + "\r\n" + lines);
              }
            });
    return new Reply.Verbatim(Ascii.bytes(text.toString()));
  }

  private static boolean isWanted(String section, Command command) {
    if (command.count() == 1) {
      return true;
    }
    for (int i = 1; i < command.count(); i++) {
      switch (Ascii.string(Ascii.toLowerCase(command.arg(i)))) {
        case "all", "default", "everything" -> {
          return true;
        }
        case String word when word.equalsIgnoreCase(section) -> {
          return true;
        }
        default -> {}
      }
    }
    return false;
  }

  private static Map<String, String> sections(ServerStatus status, long keys, long expiring) {
    var sections = new LinkedHashMap<String, String>();
    sections.put(
        "Server",
        lines(
            "redis_version:" + ConnectionCommands.VERSION,
            "redis_mode:standalone",
            "arch_bits:64",
            "process_id:" + ProcessHandle.current().pid(),
            "tcp_port:" + status.port(),
            "io_threads:" + status.workers(),
            "uptime_in_seconds:" + status.uptimeSeconds(),
            "uptime_in_days:" + status.uptimeSeconds() / 86_400));
    sections.put("Clients", lines("connected_clients:" + status.clients(), "blocked_clients:0"));
    sections.put("Memory", lines("used_memory:" + status.usedMemory(), "maxmemory:0"));
    sections.put("Persistence", lines("loading:0", "aof_enabled:0"));
    sections.put(
        "Stats",
        lines(
            "total_connections_received:" + status.connections(),
            "total_commands_processed:" + status.commands(),
            "pubsub_channels:" + status.channels()));
    sections.put("Replication", lines("role:master", "connected_slaves:0"));
    sections.put("Cluster", lines("cluster_enabled:0"));
    String keyspace = "db0:keys=" + keys + ",expires=" + expiring + ",avg_ttl=0";
    sections.put("Keyspace", keys == 0 ? "" : lines(keyspace));
    return sections;
  }

  private static String lines(String... lines) {
    return String.join("\r\n", lines) + "\r\n";
  }
}
