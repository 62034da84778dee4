package lemnos.core;

import org.jspecify.annotations.Nullable;

/**
 * What a {@link Logger} gets. Its text is put together only when asked for, its key-values are
 * looked at only when visited. It must not be kept: the loop uses it again when the logger returns.
 */
public final class LogRecord implements LogPairs {
  long id;
  LogLevel level = LogLevel.OFF;
  String target = "";
  String template = "";
  @Nullable Throwable error;
  final LogValues values = new LogValues();

  LogRecord() {}

  /** The span that the record belongs to, usually an actor's {@link Actor#id}; 0 for none. */
  public long id() {
    return id;
  }

  /** The level. */
  public LogLevel level() {
    return level;
  }

  /**
   * The part of the program: by default the name of the actor's class; empty where there is no
   * actor, or none yet.
   */
  public String target() {
    return target;
  }

  /** The text for people; at {@link LogLevel#AUDIT} the tag. Put together at each call. */
  public String text() {
    var text = new StringBuilder();
    appendText(text);
    return text.toString();
  }

  void appendText(StringBuilder out) {
    if (level == LogLevel.AUDIT) {
      out.append(template);
    } else {
      values.fill(template, out);
    }
  }

  /** The exception that the record tells of: what the actor died of, or the first among values. */
  public @Nullable Throwable error() {
    return error != null ? error : values.error();
  }

  @Override
  public void visit(LogVisitor visitor) {
    values.visit(visitor);
  }

  void clear() {
    target = "";
    template = "";
    error = null;
    values.clear();
  }

  /** The record as {@link LogFormat#LINE} writes it. */
  @Override
  public String toString() {
    return LogFormat.LINE.format(this);
  }
}
