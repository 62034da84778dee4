package lemnos.examples.redis;

import java.nio.charset.StandardCharsets;
import lemnos.examples.redis.Reply.Failure;

/** The errors that commands answer with, in Redis's own words. */
final class Failures {
  static final Failure WRONG_TYPE =
      Reply.failure("WRONGTYPE Operation against a key holding the wrong kind of value");
  static final Failure SHARD_FAILED =
      Reply.failure("ERR internal error: the shard of this key failed, its data is lost");
  static final Failure DEBUG =
      Reply.failure(
          "ERR DEBUG command not allowed, or not DEBUG PANIC key; the server allows that if it was"
              + " started with --debug");
  static final Failure SYNTAX = Reply.failure("ERR syntax error");
  static final Failure NOT_AN_INTEGER =
      Reply.failure("ERR value is not an integer or out of range");
  static final Failure NOT_POSITIVE = Reply.failure("ERR value is out of range, must be positive");
  static final Failure NOT_AN_INT =
      Reply.failure(
          "ERR value is out of range, value must between "
              + Integer.MIN_VALUE
              + " and "
              + Integer.MAX_VALUE);
  static final Failure OVERFLOW = Reply.failure("ERR increment or decrement would overflow");
  static final Failure DECREMENT_OVERFLOW = Reply.failure("ERR decrement would overflow");
  static final Failure STRING_TOO_LONG =
      Reply.failure("ERR string exceeds maximum allowed size (proto-max-bulk-len)");
  static final Failure EXPIRE_NX_MIXED =
      Reply.failure("ERR NX and XX, GT or LT options at the same time are not compatible");
  static final Failure EXPIRE_GT_LT =
      Reply.failure("ERR GT and LT options at the same time are not compatible");
  static final Failure INVALID_CURSOR = Reply.failure("ERR invalid cursor");
  static final Failure DB_INDEX = Reply.failure("ERR DB index is out of range");
  static final Failure NO_PROTO = Reply.failure("NOPROTO unsupported protocol version");
  static final Failure PROTO_NOT_AN_INTEGER =
      Reply.failure("ERR Protocol version is not an integer or out of range");
  static final Failure NO_PASSWORD_SET =
      Reply.failure(
          "ERR AUTH <password> called without any password configured for the default user. "
              + "Are you sure your configuration is correct?");
  static final Failure WRONG_PASS =
      Reply.failure("WRONGPASS invalid username-password pair or user is disabled.");
  static final Failure CLIENT_NAME =
      Reply.failure("ERR Client names cannot contain spaces, newlines or special characters.");

  static final Failure REPLY_TOO_LONG =
      Reply.failure("ERR the reply would be longer than this server sends");

  /** How much of a client's own text an error repeats. */
  private static final int QUOTE_LIMIT = 128;

  private Failures() {}

  /** Arity of a command, or of a subcommand as in {@code client|setname}. */
  static Failure wrongArguments(String name) {
    return Reply.failure("ERR wrong number of arguments for '" + name + "' command");
  }

  static Failure invalidExpireTime(String name) {
    return Reply.failure("ERR invalid expire time in '" + name + "' command");
  }

  static Failure unknownCommand(byte[] name, Command command) {
    var args = new StringBuilder();
    for (int i = 1; i < command.count() && args.length() < QUOTE_LIMIT; i++) {
      String arg = quote(command.arg(i), QUOTE_LIMIT - args.length());
      args.append('\'').append(arg).append("' ");
    }
    return Reply.failure(
        "ERR unknown command '" + quote(name) + "', with args beginning with: " + args);
  }

  static Failure unknownSubcommand(String container, byte[] name) {
    return Reply.failure(
        "ERR unknown subcommand '" + quote(name) + "'. Try " + container + " HELP.");
  }

  static Failure unsupportedOption(byte[] option) {
    return Reply.failure("ERR Unsupported option " + quote(option, option.length));
  }

  static Failure unrecognizedOption(byte[] option) {
    return Reply.failure("ERR Unrecognized option '" + quote(option, option.length) + "'");
  }

  static Failure notPlain(byte[] attribute) {
    return Reply.failure(
        "ERR "
            + quote(attribute, attribute.length)
            + " cannot contain spaces, newlines or special characters.");
  }

  static Failure helloOption(byte[] option) {
    return Reply.failure("ERR Syntax error in HELLO option '" + quote(option, option.length) + "'");
  }

  static Failure onlyWhileSubscribed(String name) {
    return Reply.failure(
        "ERR Can't execute '"
            + name
            + "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT"
            + " / RESET are allowed in this context");
  }

  private static String quote(byte[] text) {
    return quote(text, QUOTE_LIMIT);
  }

  /** As C prints it: up to a limit, and up to the first NUL. */
  private static String quote(byte[] text, int limit) {
    int length = 0;
    while (length < text.length && length < limit && text[length] != 0) {
      length++;
    }
    return new String(text, 0, length, StandardCharsets.ISO_8859_1);
  }
}
