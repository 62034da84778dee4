package lemnos.examples.redis;

/**
 * One command as a client sent it. Nothing in it changes any more; the store keeps its arguments.
 *
 * <p>Arguments are counted as Redis counts them: 0 is the name, 1 the first one after it.
 */
final class Command {
  private static final Bytes[] NO_KEYS = {};

  private final CommandSpec spec;
  private final byte[][] args;
  private final Bytes[] keys;

  /**
   * Finds the keys among the arguments.
   *
   * @param args all but the name
   */
  Command(CommandSpec spec, byte[][] args, KeyHash hash) {
    this(spec, args, keys(spec, args, hash));
  }

  /** One shard's part of a command. */
  Command(CommandSpec spec, byte[][] args, Bytes[] keys) {
    this.spec = spec;
    this.args = args;
    this.keys = keys;
  }

  CommandSpec spec() {
    return spec;
  }

  /** How many arguments there are, with the name. */
  int count() {
    return args.length + 1;
  }

  /** The argument of that number, from 1. */
  byte[] arg(int number) {
    return args[number - 1];
  }

  /** The first key of a command that has one. */
  Bytes key() {
    return keys[0];
  }

  /** All keys, or all channels of a command about channels. */
  Bytes[] keys() {
    return keys;
  }

  private static Bytes[] keys(CommandSpec spec, byte[][] args, KeyHash hash) {
    int step = spec.keyRange().step();
    if (step == 0 || args.length == 0) {
      return NO_KEYS;
    }
    int count = spec.keyRange().last() < 0 ? (args.length + step - 1) / step : 1;
    Bytes[] keys = new Bytes[count];
    for (int i = 0; i < count; i++) {
      keys[i] = new Bytes(args[i * step], hash);
    }
    return keys;
  }
}
