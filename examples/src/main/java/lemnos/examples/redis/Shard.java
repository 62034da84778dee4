package lemnos.examples.redis;

import java.time.InstantSource;
import lemnos.core.Cx;

/**
 * An object actor that owns one part of the data. There is one on each worker; connections of all
 * workers ask it.
 */
final class Shard {
  private final Store store;

  Shard(Cx<Shard> cx, Store.Place place, KeyHash hash) {
    InstantSource wall = cx::wallTime;
    store = new Store(place, hash, cx::now, wall::millis, new Timers(cx));
  }

  Reply execute(Command command) {
    return store.execute(command);
  }

  private void expire(Bytes key) {
    store.expire(key);
  }

  /** The store's lifetimes are timers of the runtime, which come back as calls. */
  private record Timers(Cx<Shard> cx) implements Expiry {
    @Override
    public long arm(long atNanos, Bytes key) {
      return cx.at(atNanos, cx.self(), Shard::expire, key);
    }

    @Override
    public void cancel(long timer) {
      cx.cancel(timer);
    }
  }

  /** Fails, on a developer's request: to see the server go on. */
  Reply panic(Command command) {
    throw new IllegalStateException("DEBUG PANIC for key " + command.arg(2).length + " bytes long");
  }
}
