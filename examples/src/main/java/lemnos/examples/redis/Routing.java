package lemnos.examples.redis;

/** Says which shards a command is for. */
final class Routing {
  /** A command is for several shards, or its replies must be put together: {@link #split} it. */
  static final int SEVERAL = -1;

  private final int shards;

  Routing(int shards) {
    assert shards > 0;
    this.shards = shards;
  }

  /** The shard of a key: the upper bits of its hash, as the lower ones choose the bucket there. */
  int shard(Bytes key) {
    return (int) (((key.hashCode() & 0xffff_ffffL) * shards) >>> 32);
  }

  /** The only shard that this command is for, or {@link #SEVERAL}. */
  int shard(Command command) {
    return switch (command.spec().route()) {
      case KEY -> shard(command.key());
      case KEYS -> common(command.keys());
      case CURSOR -> ScanCommand.shard(command.arg(1), shards);
      case ALL -> SEVERAL;
      case CONNECTION, CHANNEL -> throw new AssertionError(command.spec().name());
    };
  }

  /** Each shard's part of a command that is for several. */
  Split split(Command command) {
    return command.spec().route() == CommandSpec.Route.ALL
        ? Split.toAll(command, shards)
        : Split.byKeys(command, this);
  }

  int shards() {
    return shards;
  }

  private int common(Bytes[] keys) {
    int shard = shard(keys[0]);
    for (int i = 1; i < keys.length; i++) {
      if (shard(keys[i]) != shard) {
        return SEVERAL;
      }
    }
    return shard;
  }
}
