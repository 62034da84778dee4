package lemnos.examples.redis;

import java.util.List;

/**
 * What the server knows of one command: how many arguments it takes, where its keys are, and who
 * runs it.
 *
 * @param name in lower case
 * @param arity how many arguments, with the name; negative: at least that many
 */
record CommandSpec(
    String name,
    int arity,
    KeyRange keyRange,
    Route route,
    OnStore onStore,
    OnSession onSession,
    Merge merge,
    Manual manual) {

  /** Who answers a command. */
  enum Route {
    /** The connection itself, from its {@link Session}. */
    CONNECTION,
    /** The shard of its one key. */
    KEY,
    /** The shards of its keys, each its part; the replies are put together. */
    KEYS,
    /** The shard that a scan's cursor names. */
    CURSOR,
    /** Every shard; the replies are put together. */
    ALL,
    /** Publishing and subscribing, which the connection does with the channels' actors. */
    CHANNEL
  }

  /** Runs a command on the data of one shard. */
  interface OnStore {
    Reply run(Store store, Command command);
  }

  /** Runs a command that needs no data. */
  interface OnSession {
    Reply run(Session session, Command command);
  }

  /** Puts the replies of several shards together; none of them is an error. */
  interface Merge {
    Reply merge(Session session, Split split, Reply[] replies);
  }

  /**
   * Which arguments are keys, or channels: from the first to the last (-1: the very last), every so
   * many.
   */
  enum KeyRange {
    NONE(0, 0, 0),
    ONE(1, 1, 1),
    REST(1, -1, 1),
    /** Each key is followed by its value. */
    PAIRS(1, -1, 2);

    private final int first;
    private final int last;
    private final int step;

    KeyRange(int first, int last, int step) {
      this.first = first;
      this.last = last;
      this.step = step;
    }

    int first() {
      return first;
    }

    int last() {
      return last;
    }

    int step() {
      return step;
    }
  }

  /** What COMMAND tells about a command. */
  record Manual(String group, String since, List<String> flags, String summary) {
    static final Manual NONE = new Manual("", "", List.of(), "");
  }

  private static final String UNKNOWN = "";

  /** Stands for a command that there is not; answers with the error. */
  static CommandSpec unknown(byte[] name) {
    return new CommandSpec(
        UNKNOWN,
        -1,
        KeyRange.NONE,
        Route.CONNECTION,
        CommandSpec::notOnStore,
        (session, command) -> Failures.unknownCommand(name, command),
        CommandSpec::notMerged,
        Manual.NONE);
  }

  boolean isKnown() {
    return !name.equals(UNKNOWN);
  }

  /** Whether a command with that many arguments, with its name, may run. */
  boolean takes(int count) {
    boolean enough = arity < 0 ? count >= -arity : count == arity;
    return enough && (keyRange != KeyRange.PAIRS || count % 2 == 1);
  }

  static Reply notOnStore(Store store, Command command) {
    throw new AssertionError("not for a shard: " + command.spec().name());
  }

  static Reply notOnSession(Session session, Command command) {
    throw new AssertionError("not for a connection: " + command.spec().name());
  }

  static Reply notMerged(Session session, Split split, Reply[] replies) {
    throw new AssertionError("not split: " + split.whole().spec().name());
  }
}
