package lemnos.examples.redis;

import java.util.Arrays;
import java.util.List;
import lemnos.examples.redis.CommandSpec.KeyRange;
import lemnos.examples.redis.CommandSpec.Manual;
import lemnos.examples.redis.CommandSpec.Merge;
import lemnos.examples.redis.CommandSpec.OnSession;
import lemnos.examples.redis.CommandSpec.OnStore;
import lemnos.examples.redis.CommandSpec.Route;
import org.jspecify.annotations.Nullable;

/** All commands the server knows. */
final class CommandTable {
  /** Name, arity, route, keys, group, since when, flags, and what it does. */
  private static final String TABLE =
      """
      append       3 KEY        ONE   string     2.0.0  write denyoom fast | Appends to a string.
      decr         2 KEY        ONE   string     1.0.0  write denyoom fast | Subtracts one.
      decrby       3 KEY        ONE   string     1.0.0  write denyoom fast | Subtracts.
      get          2 KEY        ONE   string     1.0.0  readonly fast | Returns a string.
      getdel       2 KEY        ONE   string     6.2.0  write fast | Takes a string away.
      getset       3 KEY        ONE   string     1.0.0  write denyoom fast | Exchanges a string.
      incr         2 KEY        ONE   string     1.0.0  write denyoom fast | Adds one.
      incrby       3 KEY        ONE   string     1.0.0  write denyoom fast | Adds.
      mget        -2 KEYS       REST  string     1.0.0  readonly fast | Returns several strings.
      mset        -3 KEYS       PAIRS string     1.0.1  write denyoom | Sets several strings.
      set         -3 KEY        ONE   string     1.0.0  write denyoom | Sets a string.
      setex        4 KEY        ONE   string     2.0.0  write denyoom | Sets it for a while.
      setnx        3 KEY        ONE   string     1.0.0  write denyoom fast | Sets it if absent.
      strlen       2 KEY        ONE   string     2.2.0  readonly fast | Returns a string's length.
      del         -2 KEYS       REST  generic    1.0.0  write | Deletes keys.
      exists      -2 KEYS       REST  generic    1.0.0  readonly fast | Counts keys that exist.
      expire      -3 KEY        ONE   generic    1.0.0  write fast | Sets a lifetime.
      keys         2 ALL        NONE  generic    1.0.0  readonly | Returns keys by a pattern.
      persist      2 KEY        ONE   generic    2.2.0  write fast | Ends a lifetime.
      pexpire     -3 KEY        ONE   generic    2.6.0  write fast | Sets a lifetime.
      pttl         2 KEY        ONE   generic    2.6.0  readonly fast | Returns a lifetime.
      scan        -2 CURSOR     NONE  generic    2.8.0  readonly | Returns some keys at a time.
      ttl          2 KEY        ONE   generic    1.0.0  readonly fast | Returns a lifetime.
      type         2 KEY        ONE   generic    1.0.0  readonly fast | Returns what a key holds.
      unlink      -2 KEYS       REST  generic    4.0.0  write fast | Deletes keys.
      llen         2 KEY        ONE   list       1.0.0  readonly fast | Returns a list's length.
      lpop        -2 KEY        ONE   list       1.0.0  write fast | Takes from the front.
      lpush       -3 KEY        ONE   list       1.0.0  write denyoom fast | Adds at the front.
      lrange       4 KEY        ONE   list       1.0.0  readonly | Returns a range of a list.
      rpop        -2 KEY        ONE   list       1.0.0  write fast | Takes from the end.
      rpush       -3 KEY        ONE   list       1.0.0  write denyoom fast | Adds at the end.
      hdel        -3 KEY        ONE   hash       2.0.0  write fast | Deletes fields.
      hget         3 KEY        ONE   hash       2.0.0  readonly fast | Returns a field.
      hgetall      2 KEY        ONE   hash       2.0.0  readonly | Returns a hash.
      hlen         2 KEY        ONE   hash       2.0.0  readonly fast | Counts fields.
      hset        -4 KEY        ONE   hash       2.0.0  write denyoom fast | Sets fields.
      sadd        -3 KEY        ONE   set        1.0.0  write denyoom fast | Adds members.
      scard        2 KEY        ONE   set        1.0.0  readonly fast | Counts members.
      sismember    3 KEY        ONE   set        1.0.0  readonly fast | Looks for a member.
      smembers     2 KEY        ONE   set        1.0.0  readonly | Returns a set.
      srem        -3 KEY        ONE   set        1.0.0  write fast | Removes members.
      publish      3 CHANNEL    ONE   pubsub     2.0.0  pubsub loading fast | Sends a message.
      subscribe   -2 CHANNEL    REST  pubsub     2.0.0  pubsub noscript | Joins channels.
      unsubscribe -1 CHANNEL    REST  pubsub     2.0.0  pubsub noscript | Leaves channels.
      auth        -2 CONNECTION NONE  connection 1.0.0  noscript fast no_auth | Tells a password.
      client      -2 CONNECTION NONE  connection 2.4.0  noscript | About this connection.
      echo         2 CONNECTION NONE  connection 1.0.0  fast | Answers with it.
      hello       -1 CONNECTION NONE  connection 6.0.0  noscript fast no_auth | Chooses a protocol.
      ping        -1 CONNECTION NONE  connection 1.0.0  fast | Answers.
      quit        -1 CONNECTION NONE  connection 1.0.0  noscript fast no_auth | Says goodbye.
      reset        1 CHANNEL    NONE  connection 6.2.0  noscript fast no_auth | Begins anew.
      select       2 CONNECTION NONE  connection 1.0.0  fast | Chooses database 0.
      command     -1 CONNECTION NONE  server     2.8.13 loading stale | About the commands.
      config      -2 CONNECTION NONE  server     2.0.0  admin noscript | About parameters.
      debug       -2 CHANNEL    NONE  server     1.0.0  admin noscript | Makes a shard fail.
      dbsize       1 ALL        NONE  server     1.0.0  readonly fast | Counts all keys.
      flushall    -1 ALL        NONE  server     1.0.0  write | Deletes all keys.
      info        -1 ALL        NONE  server     1.0.0  loading stale | About the server.
      """;

  static final List<CommandSpec> ALL = TABLE.lines().map(CommandTable::spec).toList();

  private static final NameTable NAMES = new NameTable(ALL);

  private CommandTable() {}

  /** The command whose name stands there, in any case, or null. */
  static @Nullable CommandSpec find(byte[] text, int from, int length) {
    return NAMES.find(text, from, length);
  }

  static @Nullable CommandSpec find(byte[] name) {
    return NAMES.find(name, 0, name.length);
  }

  private static CommandSpec spec(String line) {
    int bar = line.indexOf('|');
    String[] facts = line.substring(0, bar).split(" +");
    String name = facts[0];
    List<String> flags = Arrays.asList(facts).subList(6, facts.length);
    return new CommandSpec(
        name,
        Integer.parseInt(facts[1]),
        KeyRange.valueOf(facts[3]),
        Route.valueOf(facts[2]),
        onStore(name),
        onSession(name),
        merge(name),
        new Manual(facts[4], facts[5], flags, line.substring(bar + 2)));
  }

  private static OnStore onStore(String name) {
    return switch (name) {
      case "append" -> StringCommands::append;
      case "dbsize" -> KeyCommands::dbsize;
      case "decr" -> StringCommands::decr;
      case "decrby" -> StringCommands::decrby;
      case "del", "unlink" -> KeyCommands::del;
      case "exists" -> KeyCommands::exists;
      case "expire" -> KeyCommands::expire;
      case "flushall" -> KeyCommands::flushall;
      case "get" -> StringCommands::get;
      case "getdel" -> StringCommands::getdel;
      case "getset" -> StringCommands::getset;
      case "hdel" -> HashCommands::hdel;
      case "hget" -> HashCommands::hget;
      case "hgetall" -> HashCommands::hgetall;
      case "hlen" -> HashCommands::hlen;
      case "hset" -> HashCommands::hset;
      case "incr" -> StringCommands::incr;
      case "incrby" -> StringCommands::incrby;
      case "info" -> KeyCommands::info;
      case "keys" -> KeyCommands::keys;
      case "llen" -> ListCommands::llen;
      case "lpop" -> ListCommands::lpop;
      case "lpush" -> ListCommands::lpush;
      case "lrange" -> ListCommands::lrange;
      case "mget" -> StringCommands::mget;
      case "mset" -> StringCommands::mset;
      case "persist" -> KeyCommands::persist;
      case "pexpire" -> KeyCommands::pexpire;
      case "pttl" -> KeyCommands::pttl;
      case "rpop" -> ListCommands::rpop;
      case "rpush" -> ListCommands::rpush;
      case "sadd" -> SetCommands::sadd;
      case "scan" -> ScanCommand::run;
      case "scard" -> SetCommands::scard;
      case "set" -> StringCommands::set;
      case "setex" -> StringCommands::setex;
      case "setnx" -> StringCommands::setnx;
      case "sismember" -> SetCommands::sismember;
      case "smembers" -> SetCommands::smembers;
      case "srem" -> SetCommands::srem;
      case "strlen" -> StringCommands::strlen;
      case "ttl" -> KeyCommands::ttl;
      case "type" -> KeyCommands::type;
      default -> CommandSpec::notOnStore;
    };
  }

  private static OnSession onSession(String name) {
    return switch (name) {
      case "auth" -> ConnectionCommands::auth;
      case "client" -> ClientCommand::run;
      case "command" -> CommandCommand::run;
      case "config" -> ConfigCommand::run;
      case "echo" -> ConnectionCommands::echo;
      case "hello" -> ConnectionCommands::hello;
      case "ping" -> ConnectionCommands::ping;
      case "quit" -> ConnectionCommands::quit;
      case "reset" -> ConnectionCommands::reset;
      case "select" -> ConnectionCommands::select;
      default -> CommandSpec::notOnSession;
    };
  }

  private static Merge merge(String name) {
    return switch (name) {
      case "dbsize", "del", "exists", "unlink" -> Merges::sum;
      case "flushall", "mset" -> Merges::allTheSame;
      case "info" -> InfoCommand::merge;
      case "keys" -> Merges::concatenation;
      case "mget" -> Merges::inOrderOfKeys;
      default -> CommandSpec::notMerged;
    };
  }
}
