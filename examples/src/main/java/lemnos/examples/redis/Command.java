package lemnos.examples.redis;

import lemnos.examples.redis.CommandSpec.KeyRange;

/**
 * One command as a client sent it. Nothing in it changes any more; the store keeps its arguments.
 *
 * <p>Arguments are counted as Redis counts them: 0 is the name, 1 the first one after it.
 */
final class Command {
  private static final Bytes NO_KEY = new Bytes(new byte[0], new KeyHash(0));
  private static final Bytes[] NO_KEYS = {};

  private final CommandSpec spec;
  private final byte[][] args;
  private final Bytes key;

  /** Empty for commands that have one key at most: these are most of all, and save the array. */
  private final Bytes[] keys;

  /**
   * Finds the keys among the arguments.
   *
   * @param args all but the name
   */
  Command(CommandSpec spec, byte[][] args, KeyHash hash) {
    this.spec = spec;
    this.args = args;
    if (spec.keyRange().step() == 0 || args.length == 0) {
      key = NO_KEY;
      keys = NO_KEYS;
    } else if (spec.keyRange() == KeyRange.ONE) {
      key = new Bytes(args[0], hash);
      keys = NO_KEYS;
    } else {
      keys = keys(args, spec.keyRange().step(), hash);
      key = keys[0];
    }
  }

  /** One shard's part of a command with many keys. */
  Command(CommandSpec spec, byte[][] args, Bytes[] keys) {
    this.spec = spec;
    this.args = args;
    this.key = keys[0];
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

  /** The first key, or channel, of a command that has one. */
  Bytes key() {
    assert key != NO_KEY;
    return key;
  }

  /** All keys, or channels, of a command that may have many. */
  Bytes[] keys() {
    assert spec.keyRange() != KeyRange.ONE;
    return keys;
  }

  private static Bytes[] keys(byte[][] args, int step, KeyHash hash) {
    Bytes[] keys = new Bytes[(args.length + step - 1) / step];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = new Bytes(args[i * step], hash);
    }
    return keys;
  }
}
