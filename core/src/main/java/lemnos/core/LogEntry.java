package lemnos.core;

import org.jspecify.annotations.Nullable;

/**
 * A record being made, from {@link Core#log}:
 *
 * <pre>{@code
 * cx.log(INFO).kv("port", port).kv("peer", peer).write("port {} is open");
 * }</pre>
 *
 * The values fill the holes of the text in the order in which they were given; those that have a
 * key are key-values of the record too. If the level is off all methods return at once: nothing is
 * allocated, boxed or formatted. Nothing is logged without {@link #write}.
 *
 * <p>An object is asked for its {@code toString()} only if the logger wants to know, but before
 * {@code write} returns.
 */
@CheckReturnValue // so that nobody forgets to write it
public final class LogEntry {
  /** Of a level that is off. */
  static final LogEntry OFF = new LogEntry(null);

  private final @Nullable LogBook book;
  final LogRecord record = new LogRecord();
  private boolean written;

  LogEntry(@Nullable LogBook book) {
    this.book = book;
  }

  /** Begins a record, perhaps anew. */
  LogEntry begin(LogLevel level, long id, String target) {
    written = false;
    record.level = level;
    record.id = id;
    record.target = target;
    return this;
  }

  private boolean isOn() {
    if (book == null) {
      return false;
    }
    if (written) {
      throw new IllegalStateException("this record is written: begin a new one with log(level)");
    }
    return true;
  }

  /** Puts the record into another span than that of the actor which logs. */
  public LogEntry span(long id) {
    if (isOn()) {
      record.id = id;
    }
    return this;
  }

  /** Says which part of the program logs, if it is not the actor's class. */
  public LogEntry target(String target) {
    if (isOn()) {
      record.target = target;
    }
    return this;
  }

  /** A key that says all by being there. */
  public LogEntry kv(String key) {
    if (isOn()) {
      record.values.addPresent(key);
    }
    return this;
  }

  /** A key with an integer. */
  public LogEntry kv(String key, long value) {
    if (isOn()) {
      record.values.add(key, value);
    }
    return this;
  }

  /** A key with a floating-point number. */
  public LogEntry kv(String key, double value) {
    if (isOn()) {
      record.values.add(key, value);
    }
    return this;
  }

  /** A key with a character. */
  public LogEntry kv(String key, char value) {
    if (isOn()) {
      record.values.add(key, Character.valueOf(value));
    }
    return this;
  }

  /** A key with any value, as {@link LogVisitor#kv(String, Object)} takes it. */
  public LogEntry kv(String key, @Nullable Object value) {
    if (isOn()) {
      record.values.add(key, value);
    }
    return this;
  }

  /** All key-values of {@code pairs}, beside the others. */
  public LogEntry pairs(LogPairs pairs) {
    if (isOn()) {
      record.values.addAll(pairs);
    }
    return this;
  }

  /** An integer for the text only. */
  public LogEntry arg(long value) {
    if (isOn()) {
      record.values.add(null, value);
    }
    return this;
  }

  /** A floating-point number for the text only. */
  public LogEntry arg(double value) {
    if (isOn()) {
      record.values.add(null, value);
    }
    return this;
  }

  /** A character for the text only. */
  public LogEntry arg(char value) {
    if (isOn()) {
      record.values.add(null, Character.valueOf(value));
    }
    return this;
  }

  /** Any value for the text only. */
  public LogEntry arg(@Nullable Object value) {
    if (isOn()) {
      record.values.add(null, value);
    }
    return this;
  }

  /**
   * Writes the record.
   *
   * @param text in which each <code>{}</code> is replaced by the next value; at {@link
   *     LogLevel#AUDIT} a tag that is taken as it stands
   */
  public void write(String text) {
    if (isOn()) {
      record.template = text;
      finish();
    }
  }

  @SuppressWarnings("NullAway") // the entry is on, so there is a book
  private void finish() {
    written = true;
    book.write(this);
  }
}
