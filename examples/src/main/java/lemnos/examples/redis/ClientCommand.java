package lemnos.examples.redis;

import lemnos.examples.redis.Reply.Bulk;
import lemnos.examples.redis.Reply.Failure;
import lemnos.examples.redis.Subcommands.Subcommand;

/** CLIENT: what a connection is called, and about it. */
final class ClientCommand {
  private static final Subcommands SUBCOMMANDS =
      new Subcommands(
          "client",
          new Subcommand("getname", 2, "GETNAME", "Returns its name.", ClientCommand::getname),
          new Subcommand("id", 2, "ID", "Returns its number.", ClientCommand::id),
          new Subcommand("info", 2, "INFO", "Returns what is known of it.", ClientCommand::info),
          new Subcommand(
              "no-evict", 3, "NO-EVICT (ON|OFF)", "Does nothing.", ClientCommand::onOrOff),
          new Subcommand(
              "no-touch", 3, "NO-TOUCH (ON|OFF)", "Does nothing.", ClientCommand::onOrOff),
          new Subcommand(
              "setinfo",
              4,
              "SETINFO (LIB-NAME|LIB-VER) <value>",
              "Says which library the client uses.",
              ClientCommand::setinfo),
          new Subcommand(
              "setname", 3, "SETNAME <name>", "Gives it a name.", ClientCommand::setname));

  private ClientCommand() {}

  static Reply run(Session session, Command command) {
    return SUBCOMMANDS.run(session, command);
  }

  private static Reply getname(Session session, Command command) {
    byte[] name = session.name();
    return name.length == 0 ? Reply.NULL : new Bulk(name);
  }

  private static Reply id(Session session, Command command) {
    return Reply.number(session.id());
  }

  private static Reply info(Session session, Command command) {
    return new Reply.Verbatim(Ascii.bytes(session.describe()));
  }

  /** Nothing is ever evicted here. */
  private static Reply onOrOff(Session session, Command command) {
    byte[] word = command.arg(2);
    return Ascii.same("on", word) || Ascii.same("off", word) ? Reply.OK : Failures.SYNTAX;
  }

  private static Reply setinfo(Session session, Command command) {
    byte[] attribute = command.arg(2);
    byte[] value = command.arg(3);
    boolean isName = Ascii.same("lib-name", attribute);
    if (!isName && !Ascii.same("lib-ver", attribute)) {
      return Failures.unrecognizedOption(attribute);
    }
    if (!ConnectionCommands.isPlain(value)) {
      return Failures.notPlain(attribute);
    }
    if (isName) {
      session.libraryName(value);
    } else {
      session.libraryVersion(value);
    }
    return Reply.OK;
  }

  private static Reply setname(Session session, Command command) {
    Failure fault = ConnectionCommands.rename(session, command.arg(2));
    return fault == null ? Reply.OK : fault;
  }
}
