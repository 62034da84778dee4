package lemnos.runtime;

import org.jspecify.annotations.Nullable;

/**
 * When something that is traced began. Whoever finishes it gives it a description; one beginning
 * may be finished several times, and what is never finished is not recorded. Immutable.
 */
public final class TraceTiming {
  /** Since the log's epoch; 0 if there is no log. */
  final long startNanos;

  /** The same for Flight Recorder, if it listens. */
  final @Nullable SpanEvent event;

  TraceTiming(long startNanos, @Nullable SpanEvent event) {
    this.startNanos = startNanos;
    this.event = event;
  }
}
