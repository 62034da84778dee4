package lemnos.examples.redis;

import java.util.Map;
import lemnos.examples.redis.Keyspace.Entry;
import lemnos.examples.redis.Reply.Bulk;
import lemnos.examples.redis.Reply.Shape;
import lemnos.examples.redis.Value.HashValue;

/** The commands on hashes. */
final class HashCommands {
  private HashCommands() {}

  static Reply hset(Store store, Command command) {
    if (command.count() % 2 != 0) {
      return Failures.wrongArguments(command.spec().name());
    }
    Value value = store.value(command.key());
    if (value == null) {
      value = new HashValue();
      store.put(command.key(), value);
    }
    if (!(value instanceof HashValue hash)) {
      return Failures.WRONG_TYPE;
    }
    int before = hash.fields().size();
    for (int i = 2; i < command.count(); i += 2) {
      hash.fields().put(store.bytes(command.arg(i)), command.arg(i + 1));
    }
    return Reply.number(hash.fields().size() - before);
  }

  static Reply hget(Store store, Command command) {
    Value value = store.value(command.key());
    if (value == null) {
      return Reply.NULL;
    }
    if (!(value instanceof HashValue hash)) {
      return Failures.WRONG_TYPE;
    }
    byte[] field = hash.fields().get(store.bytes(command.arg(2)));
    return field == null ? Reply.NULL : new Bulk(field);
  }

  static Reply hdel(Store store, Command command) {
    Entry entry = store.find(command.key());
    if (entry == null) {
      return Reply.ZERO;
    }
    if (!(entry.value instanceof HashValue hash)) {
      return Failures.WRONG_TYPE;
    }
    int before = hash.fields().size();
    for (int i = 2; i < command.count(); i++) {
      hash.fields().remove(store.bytes(command.arg(i)));
    }
    if (hash.fields().isEmpty()) {
      store.remove(entry);
    }
    return Reply.number(before - hash.fields().size());
  }

  static Reply hgetall(Store store, Command command) {
    return switch (store.value(command.key())) {
      case null -> Reply.EMPTY_MAP;
      case HashValue hash -> all(hash.fields());
      default -> Failures.WRONG_TYPE;
    };
  }

  static Reply hlen(Store store, Command command) {
    return switch (store.value(command.key())) {
      case null -> Reply.ZERO;
      case HashValue hash -> Reply.number(hash.fields().size());
      default -> Failures.WRONG_TYPE;
    };
  }

  private static Reply all(Map<Bytes, byte[]> fields) {
    byte[][] items = new byte[fields.size() * 2][];
    int i = 0;
    for (var field : fields.entrySet()) {
      items[i++] = field.getKey().array();
      items[i++] = field.getValue();
    }
    return new Reply.Strings(Shape.MAP, items);
  }
}
