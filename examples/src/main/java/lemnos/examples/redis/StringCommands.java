package lemnos.examples.redis;

import java.util.Arrays;
import lemnos.examples.redis.Keyspace.Entry;
import lemnos.examples.redis.Reply.Bulk;
import lemnos.examples.redis.Reply.Failure;
import lemnos.examples.redis.Reply.Shape;
import org.jspecify.annotations.Nullable;

/** The commands on strings. */
final class StringCommands {
  private StringCommands() {}

  static Reply get(Store store, Command command) {
    Value value = store.value(command.key());
    if (value == null) {
      return Reply.NULL;
    }
    return value instanceof Bulk bulk ? bulk : Failures.WRONG_TYPE;
  }

  static Reply set(Store store, Command command) {
    if (command.count() == 3) {
      store.put(command.key(), new Bulk(command.arg(2)));
      return Reply.OK;
    }
    SetOptions options = SetOptions.of(command);
    return options == null ? Failures.SYNTAX : set(store, command, options);
  }

  static Reply setex(Store store, Command command) {
    long wallMillis = store.wallMillis();
    byte[] seconds = command.arg(2);
    Failure fault = TtlUnit.EX.fault(seconds, wallMillis, "setex");
    if (fault != null) {
      return fault;
    }
    Entry entry = store.put(command.key(), new Bulk(command.arg(3)));
    expireIn(store, entry, TtlUnit.EX.fromNowMillis(seconds, wallMillis));
    return Reply.OK;
  }

  static Reply setnx(Store store, Command command) {
    if (store.find(command.key()) != null) {
      return Reply.ZERO;
    }
    store.put(command.key(), new Bulk(command.arg(2)));
    return Reply.ONE;
  }

  static Reply getset(Store store, Command command) {
    Reply before = get(store, command);
    if (before != Failures.WRONG_TYPE) {
      store.put(command.key(), new Bulk(command.arg(2)));
    }
    return before;
  }

  static Reply getdel(Store store, Command command) {
    Reply before = get(store, command);
    if (before != Failures.WRONG_TYPE) {
      store.remove(command.key());
    }
    return before;
  }

  static Reply strlen(Store store, Command command) {
    return switch (store.value(command.key())) {
      case null -> Reply.ZERO;
      case Bulk bulk -> Reply.number(bulk.length());
      default -> Failures.WRONG_TYPE;
    };
  }

  static Reply append(Store store, Command command) {
    byte[] more = command.arg(2);
    Entry entry = store.find(command.key());
    if (entry == null) {
      store.put(command.key(), new Bulk(more));
      return Reply.number(more.length);
    }
    if (!(entry.value instanceof Bulk before)) {
      return Failures.WRONG_TYPE;
    }
    if (more.length > RespReader.BULK_LIMIT - before.length()) {
      return Failures.STRING_TOO_LONG;
    }
    Bulk longer = append(before, more);
    entry.value = longer;
    return Reply.number(longer.length());
  }

  static Reply incr(Store store, Command command) {
    return add(store, command, 1);
  }

  static Reply decr(Store store, Command command) {
    return add(store, command, -1);
  }

  static Reply incrby(Store store, Command command) {
    byte[] by = command.arg(2);
    return Decimal.isLong(by) ? add(store, command, Decimal.toLong(by)) : Failures.NOT_AN_INTEGER;
  }

  static Reply decrby(Store store, Command command) {
    if (!Decimal.isLong(command.arg(2))) {
      return Failures.NOT_AN_INTEGER;
    }
    long by = Decimal.toLong(command.arg(2));
    return by == Long.MIN_VALUE ? Failures.DECREMENT_OVERFLOW : add(store, command, -by);
  }

  static Reply mget(Store store, Command command) {
    Bytes[] keys = command.keys();
    byte[] @Nullable [] items = new byte[keys.length][];
    for (int i = 0; i < keys.length; i++) {
      if (store.value(keys[i]) instanceof Bulk bulk) {
        items[i] = exact(bulk);
      }
    }
    return new Reply.Strings(Shape.ARRAY, items);
  }

  static Reply mset(Store store, Command command) {
    Bytes[] keys = command.keys();
    for (int i = 0; i < keys.length; i++) {
      store.put(keys[i], new Bulk(command.arg(2 + 2 * i)));
    }
    return Reply.OK;
  }

  private static Reply set(Store store, Command command, SetOptions options) {
    long wallMillis = store.wallMillis();
    TtlUnit unit = options.unit;
    Failure fault = unit == null ? null : unit.fault(options.ttl, wallMillis, "set");
    if (fault != null) {
      return fault;
    }
    Reply before = options.get ? get(store, command) : Reply.NULL;
    if (before == Failures.WRONG_TYPE) {
      return before;
    }
    boolean present = store.find(command.key()) != null;
    if (present ? options.onlyIfAbsent : options.onlyIfPresent) {
      return before;
    }
    Bulk value = new Bulk(command.arg(2));
    Entry entry =
        options.keepTtl
            ? store.putKeepingLifetime(command.key(), value)
            : store.put(command.key(), value);
    if (unit != null) {
      expireIn(store, entry, unit.fromNowMillis(options.ttl, wallMillis));
    }
    return options.get ? before : Reply.OK;
  }

  private static void expireIn(Store store, Entry entry, long millis) {
    store.expireAt(entry, store.deadlineMillis(millis));
  }

  private static Reply add(Store store, Command command, long by) {
    Entry entry = store.find(command.key());
    if (entry == null) {
      store.put(command.key(), new Bulk(Decimal.bytes(by)));
      return Reply.number(by);
    }
    if (!(entry.value instanceof Bulk before)) {
      return Failures.WRONG_TYPE;
    }
    if (!Decimal.isLong(before.bytes(), before.length())) {
      return Failures.NOT_AN_INTEGER;
    }
    long old = Decimal.toLong(before.bytes(), before.length());
    long sum = old + by;
    if (((old ^ sum) & (by ^ sum)) < 0) {
      return Failures.OVERFLOW;
    }
    entry.value = new Bulk(Decimal.bytes(sum));
    return Reply.number(sum);
  }

  /**
   * A string grows in place where its array has room. Whoever still has the shorter one (a reply on
   * its way to another thread) does not read so far; only the newest is ever appended to.
   */
  private static Bulk append(Bulk before, byte[] more) {
    int length = before.length() + more.length;
    byte[] bytes = before.bytes();
    if (length > bytes.length) {
      int room = Math.min(Math.max(length + length / 2, 16), RespReader.BULK_LIMIT);
      bytes = Arrays.copyOf(before.bytes(), room);
    }
    System.arraycopy(more, 0, bytes, before.length(), more.length);
    return new Bulk(bytes, length);
  }

  private static byte[] exact(Bulk bulk) {
    byte[] bytes = bulk.bytes();
    return bytes.length == bulk.length() ? bytes : Arrays.copyOf(bytes, bulk.length());
  }
}
