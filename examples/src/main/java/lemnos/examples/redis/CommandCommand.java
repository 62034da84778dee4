package lemnos.examples.redis;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import lemnos.examples.redis.CommandSpec.KeyRange;
import lemnos.examples.redis.CommandSpec.Manual;
import lemnos.examples.redis.CommandSpec.Route;
import lemnos.examples.redis.Reply.Group;
import lemnos.examples.redis.Reply.Shape;
import lemnos.examples.redis.Subcommands.Subcommand;

/** COMMAND: what the {@link CommandTable} says. */
final class CommandCommand {
  private static final Subcommands SUBCOMMANDS =
      new Subcommands(
          "command",
          new Subcommand("count", 2, "COUNT", "Counts the commands.", CommandCommand::count),
          new Subcommand(
              "docs", -2, "DOCS [<name> ...]", "Says what commands do.", CommandCommand::docs),
          new Subcommand(
              "info", -2, "INFO [<name> ...]", "Returns facts of commands.", CommandCommand::info),
          new Subcommand("list", -2, "LIST", "Returns all names.", CommandCommand::list));

  private static final Group NOTHING = new Group(Shape.SET);

  private CommandCommand() {}

  static Reply run(Session session, Command command) {
    return command.count() == 1 ? info(CommandTable.ALL) : SUBCOMMANDS.run(session, command);
  }

  private static Reply count(Session session, Command command) {
    return Reply.number(CommandTable.ALL.size());
  }

  private static Reply list(Session session, Command command) {
    if (command.count() > 2) {
      return Failures.SYNTAX;
    }
    return group(Shape.ARRAY, CommandTable.ALL, spec -> Reply.bulk(spec.name()));
  }

  private static Reply info(Session session, Command command) {
    if (command.count() == 2) {
      return info(CommandTable.ALL);
    }
    var infos = new ArrayList<Reply>();
    for (int i = 2; i < command.count(); i++) {
      CommandSpec spec = CommandTable.find(command.arg(i));
      infos.add(spec == null ? Reply.NULL : info(spec));
    }
    return new Group(Shape.ARRAY, infos.toArray(new Reply[0]));
  }

  private static Reply docs(Session session, Command command) {
    var docs = new ArrayList<Reply>();
    if (command.count() == 2) {
      CommandTable.ALL.forEach(spec -> addDocs(spec, docs));
    }
    for (int i = 2; i < command.count(); i++) {
      CommandSpec spec = CommandTable.find(command.arg(i));
      if (spec != null) {
        addDocs(spec, docs);
      }
    }
    return new Group(Shape.MAP, docs.toArray(new Reply[0]));
  }

  private static void addDocs(CommandSpec spec, List<Reply> docs) {
    Manual manual = spec.manual();
    docs.add(Reply.bulk(spec.name()));
    docs.add(
        new Group(
            Shape.MAP,
            Reply.bulk("summary"),
            Reply.bulk(manual.summary()),
            Reply.bulk("since"),
            Reply.bulk(manual.since()),
            Reply.bulk("group"),
            Reply.bulk(manual.group())));
  }

  private static Reply info(List<CommandSpec> specs) {
    return group(Shape.ARRAY, specs, CommandCommand::info);
  }

  /** Name, arity, flags, keys, categories; no tips, key specifications or subcommands. */
  private static Reply info(CommandSpec spec) {
    KeyRange keys = spec.route() == Route.CHANNEL ? KeyRange.NONE : spec.keyRange();
    return new Group(
        Shape.ARRAY,
        Reply.bulk(spec.name()),
        Reply.number(spec.arity()),
        group(Shape.SET, spec.manual().flags(), Reply::simple),
        Reply.number(keys.first()),
        Reply.number(keys.last()),
        Reply.number(keys.step()),
        group(Shape.SET, categories(spec.manual()), Reply::simple),
        NOTHING,
        NOTHING,
        Reply.EMPTY_ARRAY);
  }

  private static List<String> categories(Manual manual) {
    var categories = new ArrayList<String>();
    categories.add(
        switch (manual.group()) {
          case "generic" -> "@keyspace";
          case "server" -> "@dangerous";
          default -> "@" + manual.group();
        });
    if (manual.flags().contains("readonly")) {
      categories.add("@read");
    }
    if (manual.flags().contains("write")) {
      categories.add("@write");
    }
    categories.add(manual.flags().contains("fast") ? "@fast" : "@slow");
    return categories;
  }

  private static <T> Group group(Shape shape, List<T> items, Function<T, Reply> reply) {
    return new Group(shape, items.stream().map(reply).toArray(Reply[]::new));
  }
}
