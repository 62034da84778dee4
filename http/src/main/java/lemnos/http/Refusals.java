package lemnos.http;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import org.slf4j.Logger;

/**
 * Counts what a server refuses, and logs it once per interval: a flood must not become a flood of
 * the log. Any worker counts.
 */
final class Refusals {
  /** The shortest time between two lines of the log. */
  static final long INTERVAL_NANOS = 10_000_000_000L;

  private static final Refusal[] ALL = Refusal.values();

  private final Logger log;
  private final AtomicLongArray counts = new AtomicLongArray(ALL.length);
  private final AtomicLong unlogged = new AtomicLong();
  private final AtomicLong nextLog = new AtomicLong(Long.MIN_VALUE);

  Refusals(Logger log) {
    this.log = log;
  }

  /** Counts a refusal at {@code now}, in nanoseconds. */
  void count(Refusal refusal, Object peer, String detail, long now) {
    counts.incrementAndGet(refusal.ordinal());
    long before = unlogged.getAndIncrement();
    long due = nextLog.get();
    if (now >= due && nextLog.compareAndSet(due, now + INTERVAL_NANOS)) {
      unlogged.addAndGet(-before - 1);
      log.atWarn()
          .addKeyValue("refusal", refusal)
          .addKeyValue("peer", peer)
          .addKeyValue("more_since_last_line", before)
          .log("refused a request: {}", printable(detail));
    }
  }

  /** What strangers send must not forge lines of the log. */
  private static String printable(String text) {
    var safe = new StringBuilder();
    text.chars().limit(200).forEach(c -> safe.append(c < ' ' || c == 127 ? '?' : (char) c));
    return safe.toString();
  }

  Map<Refusal, Long> counts() {
    var map = new EnumMap<Refusal, Long>(Refusal.class);
    for (Refusal refusal : ALL) {
      map.put(refusal, counts.get(refusal.ordinal()));
    }
    return map;
  }
}
