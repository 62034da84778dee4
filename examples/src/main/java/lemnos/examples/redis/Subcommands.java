package lemnos.examples.redis;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import lemnos.examples.redis.CommandSpec.OnSession;
import lemnos.examples.redis.Reply.Group;
import lemnos.examples.redis.Reply.Shape;

/** A command that is a container of others, such as CLIENT, with its HELP. */
final class Subcommands {
  /**
   * One of them.
   *
   * @param name in lower case
   * @param arity as of a command; the container's name counts as well
   * @param usage what follows the container's name
   */
  record Subcommand(String name, int arity, String usage, String help, OnSession onSession) {
    boolean takes(int count) {
      return arity < 0 ? count >= -arity : count == arity;
    }
  }

  private final String name;
  private final List<Subcommand> all;

  Subcommands(String name, Subcommand... all) {
    this.name = name;
    this.all = List.of(all);
  }

  Reply run(Session session, Command command) {
    byte[] wanted = command.arg(1);
    for (Subcommand subcommand : all) {
      if (Ascii.same(subcommand.name(), wanted)) {
        return subcommand.takes(command.count())
            ? subcommand.onSession().run(session, command)
            : Failures.wrongArguments(name + "|" + subcommand.name());
      }
    }
    return Ascii.same("help", wanted) && command.count() == 2
        ? help()
        : Failures.unknownSubcommand(name.toUpperCase(Locale.ROOT), wanted);
  }

  private Reply help() {
    var lines = new ArrayList<Reply>();
    lines.add(
        Reply.simple(
            name.toUpperCase(Locale.ROOT)
                + " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"));
    for (Subcommand subcommand : all) {
      lines.add(Reply.simple(subcommand.usage()));
      lines.add(Reply.simple("    " + subcommand.help()));
    }
    lines.add(Reply.simple("HELP"));
    lines.add(Reply.simple("    Prints this help."));
    return new Group(Shape.ARRAY, lines.toArray(new Reply[0]));
  }
}
