package lemnos.examples.redis;

import java.util.Arrays;
import lemnos.examples.redis.Reply.Bulk;
import lemnos.examples.redis.Reply.Failure;
import lemnos.examples.redis.Reply.Group;
import lemnos.examples.redis.Reply.Shape;
import lemnos.examples.redis.Reply.Strings;
import org.jspecify.annotations.Nullable;

/** The commands that a connection answers by itself. */
final class ConnectionCommands {
  /** The version of Redis whose behaviour clients may expect. */
  static final String VERSION = "7.2.0";

  private static final byte[] DEFAULT_USER = Ascii.bytes("default");

  private ConnectionCommands() {}

  static Reply ping(Session session, Command command) {
    if (command.count() > 2) {
      return Failures.wrongArguments("ping");
    }
    boolean plain = command.count() == 1;
    if (session.isPushedTo()) {
      byte[] text = plain ? new byte[0] : command.arg(1);
      return new Strings(Shape.ARRAY, new byte[][] {Ascii.bytes("pong"), text});
    }
    return plain ? Reply.PONG : new Bulk(command.arg(1));
  }

  static Reply echo(Session session, Command command) {
    return new Bulk(command.arg(1));
  }

  /** There is one database only. */
  static Reply select(Session session, Command command) {
    byte[] text = command.arg(1);
    if (!Decimal.isLong(text)) {
      return Failures.NOT_AN_INTEGER;
    }
    long index = Decimal.toLong(text);
    if (index != (int) index) {
      return Failures.NOT_AN_INT;
    }
    return index == 0 ? Reply.OK : Failures.DB_INDEX;
  }

  /** No password is set: the default user needs none, and there is no other. */
  static Reply auth(Session session, Command command) {
    return switch (command.count()) {
      case 2 -> Failures.NO_PASSWORD_SET;
      case 3 -> isUser(command.arg(1)) ? Reply.OK : Failures.WRONG_PASS;
      default -> Failures.SYNTAX;
    };
  }

  static Reply quit(Session session, Command command) {
    session.close();
    return Reply.OK;
  }

  static Reply reset(Session session, Command command) {
    session.reset();
    return Reply.simple("RESET");
  }

  static Reply hello(Session session, Command command) {
    int version = session.protocol();
    if (command.count() > 1) {
      byte[] text = command.arg(1);
      if (!Decimal.isLong(text)) {
        return Failures.PROTO_NOT_AN_INTEGER;
      }
      long wanted = Decimal.toLong(text);
      if (wanted != 2 && wanted != 3) {
        return Failures.NO_PROTO;
      }
      version = (int) wanted;
    }
    Failure fault = helloOptions(session, command);
    if (fault != null) {
      return fault;
    }
    session.speak(version);
    return greeting(session);
  }

  /** Names the client, or says why it may not be called so. */
  static @Nullable Failure rename(Session session, byte[] name) {
    if (!isPlain(name)) {
      return Failures.CLIENT_NAME;
    }
    session.rename(name);
    return null;
  }

  /** Whether CLIENT INFO can show it: no blanks, nothing beyond ASCII. */
  static boolean isPlain(byte[] text) {
    for (byte b : text) {
      if (b < '!' || b > '~') {
        return false;
      }
    }
    return true;
  }

  private static @Nullable Failure helloOptions(Session session, Command command) {
    int i = 2;
    while (i < command.count()) {
      byte[] option = command.arg(i);
      Failure fault;
      if (Ascii.same("auth", option) && i + 2 < command.count()) {
        fault = isUser(command.arg(i + 1)) ? null : Failures.WRONG_PASS;
        i += 3;
      } else if (Ascii.same("setname", option) && i + 1 < command.count()) {
        fault = rename(session, command.arg(i + 1));
        i += 2;
      } else {
        fault = Failures.helloOption(option);
      }
      if (fault != null) {
        return fault;
      }
    }
    return null;
  }

  private static boolean isUser(byte[] name) {
    return Arrays.equals(DEFAULT_USER, name);
  }

  private static Reply greeting(Session session) {
    return new Group(
        Shape.MAP,
        Reply.bulk("server"),
        Reply.bulk("redis"),
        Reply.bulk("version"),
        Reply.bulk(VERSION),
        Reply.bulk("proto"),
        Reply.number(session.protocol()),
        Reply.bulk("id"),
        Reply.number(session.id()),
        Reply.bulk("mode"),
        Reply.bulk("standalone"),
        Reply.bulk("role"),
        Reply.bulk("master"),
        Reply.bulk("modules"),
        Reply.EMPTY_ARRAY);
  }
}
