package lemnos.examples.redis;

import java.util.ArrayList;
import java.util.Arrays;
import lemnos.examples.redis.Keyspace.Entry;
import lemnos.examples.redis.Reply.Bulk;
import lemnos.examples.redis.Reply.Failure;
import lemnos.examples.redis.Reply.Shape;
import org.jspecify.annotations.Nullable;

/**
 * SCAN: some keys at a time, one shard after the other.
 *
 * <p>A client's cursor is the cursor in the shard's table times the number of shards, plus the
 * shard. So it begins and ends with 0, and says by itself which shard goes on.
 */
final class ScanCommand {
  private static final long DEFAULT_COUNT = 10;

  /** So many buckets are visited at most for each key asked for. */
  private static final long BUCKETS_PER_KEY = 10;

  private static final byte[] ALL = {'*'};

  private final Store store;
  private long count = DEFAULT_COUNT;
  private @Nullable Glob pattern;
  private byte @Nullable [] type;

  private ScanCommand(Store store) {
    this.store = store;
  }

  static Reply run(Store store, Command command) {
    Long cursor = cursor(command.arg(1));
    if (cursor == null) {
      return Failures.INVALID_CURSOR;
    }
    var scan = new ScanCommand(store);
    Failure fault = scan.parse(command);
    return fault == null ? scan.from(cursor) : fault;
  }

  /** Which shard goes on with this cursor; any shard will do if it is none. */
  static int shard(byte[] text, int shards) {
    Long cursor = cursor(text);
    return cursor == null ? 0 : (int) Long.remainderUnsigned(cursor, shards);
  }

  private @Nullable Failure parse(Command command) {
    for (int i = 2; i < command.count(); i += 2) {
      byte[] option = command.arg(i);
      if (i + 1 == command.count()) {
        return Failures.SYNTAX;
      }
      byte[] argument = command.arg(i + 1);
      if (Ascii.same("count", option)) {
        Failure fault = parseCount(argument);
        if (fault != null) {
          return fault;
        }
      } else if (Ascii.same("match", option)) {
        pattern = Arrays.equals(argument, ALL) ? null : new Glob(argument);
      } else if (Ascii.same("type", option)) {
        type = argument;
      } else {
        return Failures.SYNTAX;
      }
    }
    return null;
  }

  private @Nullable Failure parseCount(byte[] argument) {
    if (!Decimal.isLong(argument)) {
      return Failures.NOT_AN_INTEGER;
    }
    count = Decimal.toLong(argument);
    return count < 1 ? Failures.SYNTAX : null;
  }

  private Reply from(long cursor) {
    Store.Place place = store.place();
    var found = new ArrayList<Entry>();
    long bucketsLeft = Math.min(count, Long.MAX_VALUE / BUCKETS_PER_KEY) * BUCKETS_PER_KEY;
    long bucket = Long.divideUnsigned(cursor, place.shards());
    do {
      bucket = store.scan(bucket, found::add);
    } while (bucket != 0 && bucketsLeft-- > 0 && found.size() < count);
    return new Reply.Group(
        Shape.ARRAY, new Bulk(Ascii.bytes(next(bucket, place))), matching(found));
  }

  private static String next(long bucket, Store.Place place) {
    if (bucket != 0) {
      return Long.toUnsignedString(bucket * place.shards() + place.shard());
    }
    int shard = place.shard() + 1;
    return shard == place.shards() ? "0" : Integer.toString(shard);
  }

  private Reply matching(ArrayList<Entry> found) {
    var keys = new ArrayList<byte[]>(found.size());
    for (Entry entry : found) {
      byte[] key = entry.key.array();
      if ((pattern == null || pattern.matches(key)) && isOfType(entry.value)) {
        keys.add(key);
      }
    }
    return new Reply.Strings(Shape.ARRAY, keys.toArray(new byte[0][]));
  }

  private boolean isOfType(Value value) {
    return type == null || Ascii.same(value.typeName(), type);
  }

  /** An unsigned number, or null. */
  private static @Nullable Long cursor(byte[] text) {
    try {
      return Long.parseUnsignedLong(Ascii.string(text));
    } catch (NumberFormatException e) {
      return null;
    }
  }
}
