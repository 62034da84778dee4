package lemnos.runtime;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One stream of traced events, usually of one thread, on its way to the {@link TraceLog} and to
 * Flight Recorder. May be used by any thread.
 *
 * <p>An event is a packet of big-endian numbers: magic, size of the packet, stream, count of the
 * stream's events before it, substream, begin and end in nanoseconds since the log's epoch, and the
 * description, followed by attributes until the size is reached. Source: heph-rt's trace format
 * 0.1.0.
 */
final class Tracer {
  /** What the runtime itself does, and not an actor. */
  static final long RUNTIME = 0;

  /** The stream of the coordinator, and of the actors that may run on any worker. */
  static final int COORDINATOR = 0;

  static final int EVENT_MAGIC = 0xC1FC1FB7;
  private static final int HEADER_BYTES = 42;

  private final int stream;
  private final @Nullable TraceLog log;
  private final AtomicInteger counter = new AtomicInteger();

  /** The last substream of any of the runtime's tracers. */
  private final AtomicLong lastSubstream;

  private Tracer(int stream, @Nullable TraceLog log, AtomicLong lastSubstream) {
    this.stream = stream;
    this.log = log;
    this.lastSubstream = lastSubstream;
  }

  /** The tracer of a runtime's coordinator. */
  static Tracer of(@Nullable TraceLog log) {
    return new Tracer(COORDINATOR, log, new AtomicLong(RUNTIME));
  }

  /** The tracer of another thread of the same runtime. */
  Tracer stream(int number) {
    return new Tracer(number, log, lastSubstream);
  }

  /** A substream that nobody else in the runtime has. */
  long nextSubstream() {
    return lastSubstream.incrementAndGet();
  }

  /** The beginning of something; null if nobody wants to know. */
  @Nullable TraceTiming start() {
    return log == null && !SpanEvent.isOn() ? null : started();
  }

  private TraceTiming started() {
    long now = log == null ? 0 : log.now();
    if (!SpanEvent.isOn()) {
      return new TraceTiming(now, null);
    }
    var event = new SpanEvent();
    event.begin();
    return new TraceTiming(now, event);
  }

  /** Records what began at {@code timing} and has just ended. */
  void finish(
      TraceTiming timing, long substream, String description, TraceAttribute... attributes) {
    if (log != null) {
      log.write(packet(timing.startNanos, log.now(), substream, description, attributes));
    }
    if (timing.event != null) {
      commit(timing.event, substream, description, attributes);
    }
  }

  /** Records what the runtime itself has done; nothing if {@code timing} is null. */
  void finish(@Nullable TraceTiming timing, String description, TraceAttribute... attributes) {
    if (timing != null) {
      finish(timing, RUNTIME, description, attributes);
    }
  }

  /**
   * Records that processes were made ready. Of the shared ones those whose alarm rang count: the
   * others were made ready by somebody.
   */
  void finishScheduling(TraceTiming timing, int local, int shared) {
    finish(
        timing,
        RUNTIME,
        "Scheduling processes",
        TraceAttribute.ofUnsigned("local amount", local),
        TraceAttribute.ofUnsigned("shared amount", shared),
        TraceAttribute.ofUnsigned("total amount", local + shared));
  }

  /** Records a turn of {@code process} that began at {@code timing}. */
  void finishTurn(TraceTiming timing, Process<?> process) {
    finish(
        timing,
        process.runningEvent(),
        TraceAttribute.ofUnsigned("id", process.number()),
        TraceAttribute.of("name", process.toString()));
  }

  /**
   * Records how much the runtime has done of something since {@code timing}; nothing if that is 0.
   * Returns the beginning of what comes next.
   */
  @Nullable TraceTiming step(@Nullable TraceTiming timing, String description, int amount) {
    if (timing == null) {
      return null;
    }
    if (amount > 0) {
      finish(timing, description, TraceAttribute.ofUnsigned("amount", amount));
    }
    return start();
  }

  private byte[] packet(
      long start, long end, long substream, String description, TraceAttribute[] attributes) {
    byte[] text = TraceAttribute.encode(description);
    byte[][] parts = new byte[attributes.length][];
    int size = HEADER_BYTES + text.length;
    for (int i = 0; i < parts.length; i++) {
      parts[i] = attributes[i].encoded();
      size = Math.addExact(size, parts[i].length);
    }
    var out = ByteBuffer.allocate(size).putInt(EVENT_MAGIC).putInt(size);
    out.putInt(stream).putInt(counter.getAndIncrement()).putLong(substream);
    out.putLong(start).putLong(end);
    TraceAttribute.put(out, text);
    for (byte[] part : parts) {
      out.put(part);
    }
    return out.array();
  }

  private void commit(
      SpanEvent event, long substream, String description, TraceAttribute[] attributes) {
    event.end();
    if (event.shouldCommit()) {
      event.name = description;
      event.stream = stream;
      event.substream = substream;
      event.attributes =
          Arrays.stream(attributes).map(TraceAttribute::toString).collect(Collectors.joining(" "));
      event.commit();
    }
  }

  /** How many events were written to the log. */
  long count() {
    return Integer.toUnsignedLong(counter.get());
  }
}
