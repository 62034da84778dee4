package lemnos.core;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** How records look as text. Always one line each. */
public enum LogFormat {
  /**
   * For people: {@code INFO #3 shop.Cart: port 80 is open {port=80 peer="a b"}}. The number is the
   * span's; number, target, text and key-values are left out where there are none.
   */
  LINE,

  /**
   * For machines: {@code {"level":"INFO","id":3,"target":"shop.Cart","text":"…","kv":{…}}}. {@code
   * id}, {@code target} and {@code kv} are left out where there are none; {@code stack} is there if
   * the record tells of an exception.
   */
  JSON;

  /** The record in this format, without a time. */
  public String format(LogRecord record) {
    var out = new StringBuilder();
    append(out, null, record);
    return out.toString();
  }

  /**
   * Appends the key-values alone, with {@code prefix} before and {@code suffix} after them; nothing
   * at all if there are none. JSON gets members, without the braces around them.
   */
  public void appendPairs(StringBuilder out, LogPairs pairs, String prefix, String suffix) {
    switch (this) {
      case LINE -> {
        var writer = new LineWriter(out, prefix);
        pairs.visit(writer);
        writer.end(suffix);
      }
      case JSON -> {
        var writer = new JsonWriter(out, prefix);
        pairs.visit(writer);
        writer.end(suffix);
      }
    }
  }

  /**
   * A logger that appends each record, with the world's time of day first and a newline last, to
   * {@code out} in one piece: {@code LINE.to(System.err)}.
   */
  public Logger to(Appendable out) {
    return (core, record) -> {
      var line = new StringBuilder();
      append(line, core.wallTime(), record);
      out.append(line.append('\n'));
    };
  }

  private void append(StringBuilder out, @Nullable Instant time, LogRecord record) {
    switch (this) {
      case LINE -> appendLine(out, time, record);
      case JSON -> appendJson(out, time, record);
    }
  }

  private static void appendLine(StringBuilder out, @Nullable Instant time, LogRecord record) {
    if (time != null) {
      out.append(time).append(' ');
    }
    out.append(record.level());
    if (record.id() != 0) {
      out.append(" #").append(record.id());
    }
    if (!record.target().isEmpty()) {
      out.append(' ');
      LineWriter.appendSafe(out, record.target());
    }
    String text = record.text();
    if (!text.isEmpty()) {
      out.append(": ");
      LineWriter.appendSafe(out, text);
    }
    LINE.appendPairs(out, record, " {", "}");
  }

  private static void appendJson(StringBuilder out, @Nullable Instant time, LogRecord record) {
    out.append('{');
    if (time != null) {
      out.append("\"time\":\"").append(time).append("\",");
    }
    out.append("\"level\":\"").append(record.level()).append('"');
    if (record.id() != 0) {
      out.append(",\"id\":").append(record.id());
    }
    if (!record.target().isEmpty()) {
      out.append(",\"target\":");
      JsonWriter.quote(out, record.target());
    }
    out.append(",\"text\":");
    JsonWriter.quote(out, record.text());
    JSON.appendPairs(out, record, ",\"kv\":{", "}");
    Throwable error = record.error();
    if (error != null) {
      out.append(",\"stack\":");
      JsonWriter.quote(out, stackOf(error));
    }
    out.append('}');
  }

  private static String stackOf(Throwable error) {
    var text = new StringWriter();
    error.printStackTrace(new PrintWriter(text));
    return text.toString();
  }
}
