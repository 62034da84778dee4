package lemnos.examples.redis;

import java.util.Arrays;

/** One command as parts for several shards. */
final class Split {
  private final Command whole;
  private final int[] shards;
  private final Command[] parts;

  /** Of each part's keys, which ones of the whole command they are. */
  private final int[][] positions;

  private Split(Command whole, int[] shards, Command[] parts, int[][] positions) {
    this.whole = whole;
    this.shards = shards;
    this.parts = parts;
    this.positions = positions;
  }

  static Split toAll(Command whole, int shards) {
    int[] all = new int[shards];
    Arrays.setAll(all, i -> i);
    Command[] parts = new Command[shards];
    Arrays.fill(parts, whole);
    return new Split(whole, all, parts, new int[shards][0]);
  }

  static Split byKeys(Command whole, Routing routing) {
    Bytes[] keys = whole.keys();
    int[] shardOf = new int[keys.length];
    int[] counts = new int[routing.shards()];
    for (int i = 0; i < keys.length; i++) {
      shardOf[i] = routing.shard(keys[i]);
      counts[shardOf[i]]++;
    }
    int[] shards = new int[(int) Arrays.stream(counts).filter(count -> count > 0).count()];
    Command[] parts = new Command[shards.length];
    int[][] positions = new int[shards.length][];
    int part = 0;
    for (int shard = 0; shard < counts.length; shard++) {
      if (counts[shard] > 0) {
        shards[part] = shard;
        positions[part] = positions(shardOf, shard, counts[shard]);
        parts[part] = part(whole, positions[part]);
        part++;
      }
    }
    return new Split(whole, shards, parts, positions);
  }

  /** How many parts there are. */
  int size() {
    return parts.length;
  }

  /** Which shard a part is for. */
  int shard(int part) {
    return shards[part];
  }

  Command command(int part) {
    return parts[part];
  }

  Command whole() {
    return whole;
  }

  /** Which key of the whole command a part's key is. */
  int position(int part, int key) {
    return positions[part][key];
  }

  /** The reply to the whole command, from those to the parts; the first error if there is one. */
  Reply merge(Session session, Reply[] replies) {
    for (Reply reply : replies) {
      if (reply instanceof Reply.Failure) {
        return reply;
      }
    }
    return whole.spec().merge().merge(session, this, replies);
  }

  private static int[] positions(int[] shardOf, int shard, int count) {
    int[] positions = new int[count];
    int next = 0;
    for (int i = 0; next < count; i++) {
      if (shardOf[i] == shard) {
        positions[next++] = i;
      }
    }
    return positions;
  }

  private static Command part(Command whole, int[] positions) {
    int step = whole.spec().keyRange().step();
    byte[][] args = new byte[positions.length * step][];
    Bytes[] keys = new Bytes[positions.length];
    for (int i = 0; i < positions.length; i++) {
      keys[i] = whole.keys()[positions[i]];
      for (int j = 0; j < step; j++) {
        args[i * step + j] = whole.arg(positions[i] * step + j + 1);
      }
    }
    return new Command(whole.spec(), args, keys);
  }
}
