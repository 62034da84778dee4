package lemnos.examples.redis;

import java.util.ArrayList;
import java.util.Arrays;
import lemnos.examples.redis.Keyspace.Entry;
import lemnos.examples.redis.Keyspace.Lifetime;
import lemnos.examples.redis.Reply.Failure;
import lemnos.examples.redis.Reply.Shape;

/** The commands on keys, whatever they hold. */
final class KeyCommands {
  private static final Reply NO_KEY = Reply.number(-2);
  private static final Reply NO_LIFETIME = Reply.number(-1);
  private static final byte[] ALL = {'*'};

  private KeyCommands() {}

  /** DEL and UNLINK. */
  static Reply del(Store store, Command command) {
    int gone = 0;
    for (Bytes key : command.keys()) {
      if (store.remove(key)) {
        gone++;
      }
    }
    return Reply.number(gone);
  }

  static Reply exists(Store store, Command command) {
    int there = 0;
    for (Bytes key : command.keys()) {
      if (store.find(key) != null) {
        there++;
      }
    }
    return Reply.number(there);
  }

  static Reply type(Store store, Command command) {
    Value value = store.value(command.key());
    return Reply.simple(value == null ? "none" : value.typeName());
  }

  static Reply expire(Store store, Command command) {
    return expire(store, command, 1000);
  }

  static Reply pexpire(Store store, Command command) {
    return expire(store, command, 1);
  }

  static Reply ttl(Store store, Command command) {
    return remaining(store, command, 1000);
  }

  static Reply pttl(Store store, Command command) {
    return remaining(store, command, 1);
  }

  static Reply persist(Store store, Command command) {
    Entry entry = store.find(command.key());
    return entry != null && store.persist(entry) ? Reply.ONE : Reply.ZERO;
  }

  static Reply dbsize(Store store, Command command) {
    return Reply.number(store.size());
  }

  /** A shard's numbers for INFO: keys, and keys with a lifetime. */
  static Reply info(Store store, Command command) {
    return new Reply.Group(Shape.ARRAY, Reply.number(store.size()), Reply.number(store.expiring()));
  }

  static Reply flushall(Store store, Command command) {
    boolean plain = command.count() == 1;
    boolean known =
        command.count() == 2
            && (Ascii.same("async", command.arg(1)) || Ascii.same("sync", command.arg(1)));
    if (!plain && !known) {
      return Failures.SYNTAX;
    }
    store.clear();
    return Reply.OK;
  }

  static Reply keys(Store store, Command command) {
    byte[] pattern = command.arg(1);
    boolean all = Arrays.equals(pattern, ALL);
    var glob = new Glob(pattern);
    var keys = new ArrayList<byte[]>();
    store.forEach(
        entry -> {
          if (all || glob.matches(entry.key.array())) {
            keys.add(entry.key.array());
          }
        });
    return new Reply.Strings(Shape.ARRAY, keys.toArray(new byte[0][]));
  }

  private static Reply expire(Store store, Command command, long unitMillis) {
    ExpireCondition condition = new ExpireCondition();
    Failure fault = condition.parse(command);
    if (fault != null) {
      return fault;
    }
    byte[] amount = command.arg(2);
    if (!Decimal.isLong(amount)) {
      return Failures.NOT_AN_INTEGER;
    }
    long number = Decimal.toLong(amount);
    if (number < Long.MIN_VALUE / unitMillis
        || number > (Long.MAX_VALUE - store.wallMillis()) / unitMillis) {
      return Failures.invalidExpireTime(command.spec().name());
    }
    Entry entry = store.find(command.key());
    return entry != null && expire(store, entry, number * unitMillis, condition)
        ? Reply.ONE
        : Reply.ZERO;
  }

  private static boolean expire(
      Store store, Entry entry, long fromNowMillis, ExpireCondition condition) {
    long deadlineMillis = store.deadlineMillis(fromNowMillis);
    if (!condition.allows(entry.lifetime, deadlineMillis)) {
      return false;
    }
    if (fromNowMillis <= 0) {
      store.remove(entry);
    } else {
      store.expireAt(entry, deadlineMillis);
    }
    return true;
  }

  private static Reply remaining(Store store, Command command, long unitMillis) {
    Entry entry = store.find(command.key());
    if (entry == null) {
      return NO_KEY;
    }
    Lifetime lifetime = entry.lifetime;
    if (lifetime == null) {
      return NO_LIFETIME;
    }
    long millis = store.remainingMillis(lifetime);
    return Reply.number(unitMillis == 1 ? millis : (millis + unitMillis / 2) / unitMillis);
  }
}
