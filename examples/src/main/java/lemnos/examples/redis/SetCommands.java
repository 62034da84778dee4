package lemnos.examples.redis;

import java.util.Set;
import lemnos.examples.redis.Keyspace.Entry;
import lemnos.examples.redis.Reply.Shape;
import lemnos.examples.redis.Value.SetValue;

/** The commands on sets. */
final class SetCommands {
  private SetCommands() {}

  static Reply sadd(Store store, Command command) {
    Value value = store.value(command.key());
    if (value == null) {
      value = new SetValue();
      store.put(command.key(), value);
    }
    if (!(value instanceof SetValue set)) {
      return Failures.WRONG_TYPE;
    }
    int before = set.members().size();
    for (int i = 2; i < command.count(); i++) {
      set.members().add(store.bytes(command.arg(i)));
    }
    return Reply.number(set.members().size() - before);
  }

  static Reply srem(Store store, Command command) {
    Entry entry = store.find(command.key());
    if (entry == null) {
      return Reply.ZERO;
    }
    if (!(entry.value instanceof SetValue set)) {
      return Failures.WRONG_TYPE;
    }
    int before = set.members().size();
    for (int i = 2; i < command.count(); i++) {
      set.members().remove(store.bytes(command.arg(i)));
    }
    if (set.members().isEmpty()) {
      store.remove(entry);
    }
    return Reply.number(before - set.members().size());
  }

  static Reply smembers(Store store, Command command) {
    return switch (store.value(command.key())) {
      case null -> Reply.EMPTY_SET;
      case SetValue set -> all(set.members());
      default -> Failures.WRONG_TYPE;
    };
  }

  static Reply sismember(Store store, Command command) {
    return switch (store.value(command.key())) {
      case null -> Reply.ZERO;
      case SetValue set ->
          set.members().contains(store.bytes(command.arg(2))) ? Reply.ONE : Reply.ZERO;
      default -> Failures.WRONG_TYPE;
    };
  }

  static Reply scard(Store store, Command command) {
    return switch (store.value(command.key())) {
      case null -> Reply.ZERO;
      case SetValue set -> Reply.number(set.members().size());
      default -> Failures.WRONG_TYPE;
    };
  }

  private static Reply all(Set<Bytes> members) {
    byte[][] items = new byte[members.size()][];
    int i = 0;
    for (Bytes member : members) {
      items[i++] = member.array();
    }
    return new Reply.Strings(Shape.SET, items);
  }
}
