package lemnos.examples.redis;

import lemnos.examples.redis.Keyspace.Entry;
import lemnos.examples.redis.Reply.Bulk;
import lemnos.examples.redis.Reply.Shape;

/** The commands on lists. */
final class ListCommands {
  private ListCommands() {}

  static Reply lpush(Store store, Command command) {
    return push(store, command, true);
  }

  static Reply rpush(Store store, Command command) {
    return push(store, command, false);
  }

  static Reply lpop(Store store, Command command) {
    return pop(store, command, true);
  }

  static Reply rpop(Store store, Command command) {
    return pop(store, command, false);
  }

  static Reply llen(Store store, Command command) {
    return switch (store.value(command.key())) {
      case null -> Reply.ZERO;
      case ListValue list -> Reply.number(list.size());
      default -> Failures.WRONG_TYPE;
    };
  }

  static Reply lrange(Store store, Command command) {
    if (!Decimal.isLong(command.arg(2)) || !Decimal.isLong(command.arg(3))) {
      return Failures.NOT_AN_INTEGER;
    }
    Value value = store.value(command.key());
    if (value == null) {
      return Reply.EMPTY_ARRAY;
    }
    if (!(value instanceof ListValue list)) {
      return Failures.WRONG_TYPE;
    }
    return range(list, Decimal.toLong(command.arg(2)), Decimal.toLong(command.arg(3)));
  }

  /** Both ends belong to the range; negative ones count from the end of the list. */
  private static Reply range(ListValue list, long start, long end) {
    int size = list.size();
    long from = Math.max(0, start < 0 ? size + start : start);
    long last = Math.min(size - 1, end < 0 ? size + end : end);
    return from > last
        ? Reply.EMPTY_ARRAY
        : new Reply.Strings(Shape.ARRAY, list.range((int) from, (int) last + 1));
  }

  private static Reply push(Store store, Command command, boolean first) {
    Value value = store.value(command.key());
    if (value == null) {
      value = new ListValue();
      store.put(command.key(), value);
    }
    if (!(value instanceof ListValue list)) {
      return Failures.WRONG_TYPE;
    }
    for (int i = 2; i < command.count(); i++) {
      if (first) {
        list.addFirst(command.arg(i));
      } else {
        list.addLast(command.arg(i));
      }
    }
    return Reply.number(list.size());
  }

  private static Reply pop(Store store, Command command, boolean first) {
    boolean counted = command.count() == 3;
    if (command.count() > 3) {
      return Failures.wrongArguments(command.spec().name());
    }
    if (counted && !isCount(command.arg(2))) {
      return Failures.NOT_POSITIVE;
    }
    long count = counted ? Decimal.toLong(command.arg(2)) : 1;
    Entry entry = store.find(command.key());
    if (entry == null) {
      return counted ? Reply.NULL_ARRAY : Reply.NULL;
    }
    if (!(entry.value instanceof ListValue list)) {
      return Failures.WRONG_TYPE;
    }
    byte[][] popped = pop(list, (int) Math.min(count, list.size()), first);
    if (list.size() == 0) {
      store.remove(entry);
    }
    return counted ? new Reply.Strings(Shape.ARRAY, popped) : new Bulk(popped[0]);
  }

  private static boolean isCount(byte[] text) {
    return Decimal.isLong(text) && Decimal.toLong(text) >= 0;
  }

  private static byte[][] pop(ListValue list, int count, boolean first) {
    byte[][] popped = new byte[count][];
    for (int i = 0; i < count; i++) {
      popped[i] = first ? list.removeFirst() : list.removeLast();
    }
    return popped;
  }
}
