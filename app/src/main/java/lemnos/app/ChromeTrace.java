package lemnos.app;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import lemnos.core.LogFormat;
import lemnos.core.LogVisitor;
import lemnos.runtime.TraceAttribute;
import lemnos.runtime.TraceEvent;
import lemnos.runtime.TraceFault;
import lemnos.runtime.TraceReader;
import org.jspecify.annotations.Nullable;

/**
 * A trace in the JSON format of Chrome's trace viewer, which Perfetto reads too: a stream becomes a
 * process, a substream a thread, an event a complete event. Times are microseconds with three
 * digits after the point, so nothing is lost.
 */
final class ChromeTrace {
  /** Streams from here on are those of sync actors. */
  private static final long FIRST_SYNC_STREAM = 10_000;

  private final TraceReader reader;
  private final Set<Long> streams = new HashSet<>();
  private long events;
  private @Nullable TraceFault fault;

  ChromeTrace(TraceReader reader) {
    this.reader = reader;
  }

  /** How many events were written. */
  long events() {
    return events;
  }

  /** What ended the trace before its end. */
  @Nullable TraceFault fault() {
    return fault;
  }

  /** Writes all events up to the end of the trace or its first fault, and ends the JSON. */
  void writeTo(Appendable out) throws IOException {
    out.append("{\"displayTimeUnit\":\"ns\",\"otherData\":{\"epoch\":\"")
        .append(reader.epoch().toString())
        .append("\"},\"traceEvents\":[");
    for (TraceEvent event = next(); event != null; event = next()) {
      var text = new StringBuilder();
      if (streams.add(event.stream())) {
        append(text.append(streams.size() == 1 ? "\n" : ",\n"), event.stream());
      }
      append(text.append(",\n"), event);
      out.append(text);
      events++;
    }
    out.append("\n]}\n");
  }

  private @Nullable TraceEvent next() throws IOException {
    try {
      return reader.next();
    } catch (TraceFault e) {
      fault = e;
      return null;
    }
  }

  /** Gives a stream a name. */
  private static void append(StringBuilder out, long stream) {
    String name =
        stream == 0
            ? "coordinator"
            : stream < FIRST_SYNC_STREAM ? "worker " + stream : "sync actor " + stream;
    out.append("{\"ph\":\"M\",\"pid\":").append(stream);
    out.append(",\"name\":\"process_name\",\"args\":{\"name\":\"").append(name).append("\"}}");
  }

  private static void append(StringBuilder out, TraceEvent event) {
    out.append("{\"ph\":\"X\",\"pid\":").append(event.stream());
    out.append(",\"tid\":").append(Long.toUnsignedString(event.substream()));
    appendMicros(out.append(",\"ts\":"), event.startNanos());
    appendMicros(out.append(",\"dur\":"), event.endNanos() - event.startNanos());
    LogFormat.JSON.appendPairs(out, visitor -> show(event, visitor), ",", "}");
  }

  private static void appendMicros(StringBuilder out, long nanos) {
    out.append(Long.toUnsignedString(Long.divideUnsigned(nanos, 1000))).append('.');
    String digits = Long.toString(Long.remainderUnsigned(nanos, 1000));
    out.append("0".repeat(3 - digits.length())).append(digits);
  }

  private static void show(TraceEvent event, LogVisitor visitor) {
    visitor.kv("cat", "");
    visitor.kv("name", event.description());
    List<TraceAttribute> attributes = event.attributes();
    if (!attributes.isEmpty()) {
      visitor.map("args");
      Set<String> names = new HashSet<>();
      for (TraceAttribute attribute : attributes) {
        String name = attribute.name();
        while (!names.add(name)) {
          name += "'"; // JSON has each name once
        }
        show(name, attribute, visitor);
      }
      visitor.mapEnd("args");
    }
  }

  private static void show(String name, TraceAttribute attribute, LogVisitor visitor) {
    if (attribute.isList()) {
      visitor.list(name);
      attribute.values().forEach(value -> show(null, value, attribute, visitor));
      visitor.listEnd(name);
    } else {
      show(name, attribute.values().getFirst(), attribute, visitor);
    }
  }

  private static void show(
      @Nullable String name, Object value, TraceAttribute attribute, LogVisitor visitor) {
    switch (value) {
      case Long number when number < 0 && attribute.isUnsigned() ->
          visitor.kv(name, Long.toUnsignedString(number)); // more than a viewer's numbers hold
      case Long number -> visitor.kv(name, (long) number);
      case Double number -> visitor.kv(name, (double) number);
      default -> visitor.kv(name, value.toString());
    }
  }
}
