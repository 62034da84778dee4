package lemnos.examples.redis;

import java.util.function.Consumer;
import java.util.function.LongSupplier;
import lemnos.examples.redis.Keyspace.Entry;
import lemnos.examples.redis.Keyspace.Lifetime;
import org.jspecify.annotations.Nullable;

/**
 * One shard's keys and what they hold. One thread at a time uses it.
 *
 * <p>Time is in milliseconds, as Redis counts it: a key with a lifetime of 100 ms is there during
 * the hundredth millisecond and gone in the next one, so never too early. Lifetimes run on the
 * monotone clock; the wall clock only translates points in time that clients name.
 */
final class Store {
  private static final long NANOS_PER_MILLI = 1_000_000;

  /** Which of how many shards this is: a scan's cursor tells them apart. */
  record Place(int shard, int shards) {}

  private final Place place;
  private final KeyHash hash;
  private final LongSupplier nanos;
  private final LongSupplier wallMillis;
  private final Expiry expiry;
  private final Keyspace keys = new Keyspace();
  private int expiring;

  /**
   * @param nanos the monotone clock of {@link Expiry#arm}
   * @param wallMillis milliseconds since 1970
   */
  Store(Place place, KeyHash hash, LongSupplier nanos, LongSupplier wallMillis, Expiry expiry) {
    this.place = place;
    this.hash = hash;
    this.nanos = nanos;
    this.wallMillis = wallMillis;
    this.expiry = expiry;
  }

  /** Runs one command, or this shard's part of it, that {@link Routing} sent here. */
  Reply execute(Command command) {
    return command.spec().onStore().run(this, command);
  }

  /** A timer armed by {@link Expiry#arm} has fired. */
  void expire(Bytes key) {
    find(key);
  }

  Place place() {
    return place;
  }

  /** All keys, also those whose time came a moment ago and that nobody has looked at since. */
  int size() {
    return keys.size();
  }

  /** How many of the keys have a lifetime. */
  int expiring() {
    return expiring;
  }

  long wallMillis() {
    return wallMillis.getAsLong();
  }

  Bytes bytes(byte[] array) {
    return new Bytes(array, hash);
  }

  /** The entry of this key, unless its time has come. */
  @Nullable Entry find(Bytes key) {
    Entry entry = keys.get(key);
    if (entry == null || entry.lifetime == null || !isDue(entry.lifetime)) {
      return entry;
    }
    remove(entry);
    return null;
  }

  @Nullable Value value(Bytes key) {
    Entry entry = find(key);
    return entry == null ? null : entry.value;
  }

  /** Sets what this key holds, for as long as it was to live before, if it was there. */
  Entry putKeepingLifetime(Bytes key, Value value) {
    Entry entry = find(key);
    if (entry == null) {
      return keys.add(key, value);
    }
    entry.value = value;
    return entry;
  }

  /** Sets what this key holds, without a lifetime. */
  Entry put(Bytes key, Value value) {
    Entry entry = putKeepingLifetime(key, value);
    persist(entry);
    return entry;
  }

  boolean remove(Bytes key) {
    Entry entry = find(key);
    if (entry == null) {
      return false;
    }
    remove(entry);
    return true;
  }

  void remove(Entry entry) {
    persist(entry);
    keys.remove(entry);
  }

  void clear() {
    if (expiring > 0) {
      keys.forEach(this::persist);
    }
    keys.clear();
  }

  /** Ends the key's lifetime, so that it stays; whether it had one. */
  boolean persist(Entry entry) {
    Lifetime lifetime = entry.lifetime;
    if (lifetime == null) {
      return false;
    }
    if (lifetime.armed()) {
      expiry.cancel(lifetime.timer());
    }
    entry.lifetime = null;
    expiring--;
    return true;
  }

  /** Lets the key live until a time from {@link #deadlineMillis}. */
  void expireAt(Entry entry, long deadlineMillis) {
    persist(entry);
    expiring++;
    long last = Long.MAX_VALUE / NANOS_PER_MILLI - 1;
    if (deadlineMillis > last) {
      entry.lifetime = new Lifetime(deadlineMillis, false, 0);
    } else {
      long timer = expiry.arm((deadlineMillis + 1) * NANOS_PER_MILLI, entry.key);
      entry.lifetime = new Lifetime(deadlineMillis, true, timer);
    }
  }

  /** That many milliseconds from now, on the store's own scale; no further than it reaches. */
  long deadlineMillis(long fromNowMillis) {
    long now = nowMillis();
    long sum = now + fromNowMillis;
    boolean overflow = ((now ^ sum) & (fromNowMillis ^ sum)) < 0;
    return overflow ? (now < 0 ? Long.MIN_VALUE : Long.MAX_VALUE) : sum;
  }

  long remainingMillis(Lifetime lifetime) {
    return lifetime.deadlineMillis() - nowMillis();
  }

  /** Visits the live entries; the visitor may not change the store. */
  void forEach(Consumer<Entry> visitor) {
    keys.forEach(live(visitor));
  }

  /** Visits the live entries of one bucket, see {@link Keyspace#scan}. */
  long scan(long cursor, Consumer<Entry> visitor) {
    return keys.scan(cursor, live(visitor));
  }

  private Consumer<Entry> live(Consumer<Entry> visitor) {
    return entry -> {
      if (entry.lifetime == null || !isDue(entry.lifetime)) {
        visitor.accept(entry);
      }
    };
  }

  private boolean isDue(Lifetime lifetime) {
    return nowMillis() > lifetime.deadlineMillis();
  }

  private long nowMillis() {
    return Math.floorDiv(nanos.getAsLong(), NANOS_PER_MILLI);
  }
}
