package lemnos.runtime;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lemnos.core.Core;
import lemnos.core.LogLevel;
import lemnos.core.LogRecord;
import lemnos.core.LogVisitor;
import lemnos.core.Logger;
import org.jspecify.annotations.Nullable;
import org.slf4j.ILoggerFactory;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;
import org.slf4j.MarkerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Hands records on to SLF4J: to the logger of the record's target, with all key-values, and the
 * span's number as the key {@code span}. {@code AUDIT} becomes {@code INFO}, {@code OPEN} and
 * {@code CLOSE} become {@code DEBUG}; the three have a marker of their name. May serve any number
 * of loops.
 */
public final class Slf4jLogger implements Logger {
  private static final String NAME_WITHOUT_TARGET = "lemnos";

  private final ILoggerFactory loggers;

  /** A logger for the backend that SLF4J has found. */
  public Slf4jLogger() {
    this(LoggerFactory.getILoggerFactory());
  }

  Slf4jLogger(ILoggerFactory loggers) {
    this.loggers = loggers;
  }

  @Override
  public void log(Core core, LogRecord record) {
    String target = record.target();
    var logger = loggers.getLogger(target.isEmpty() ? NAME_WITHOUT_TARGET : target);
    Level level = levelOf(record.level());
    if (!logger.isEnabledForLevel(level)) {
      return;
    }
    LoggingEventBuilder event = logger.makeLoggingEventBuilder(level);
    Marker marker = markerOf(record.level());
    if (marker != null) {
      event = event.addMarker(marker);
    }
    if (record.id() != 0) {
      event = event.addKeyValue("span", record.id());
    }
    var values = new KeyValues(event);
    record.visit(values);
    event = values.event;
    Throwable error = record.error();
    if (error != null) {
      event = event.setCause(error);
    }
    event.setMessage(record.text()).log();
  }

  private static Level levelOf(LogLevel level) {
    return switch (level) {
      case TRACE -> Level.TRACE;
      case DEBUG, OPEN, CLOSE, OFF -> Level.DEBUG;
      case INFO, AUDIT -> Level.INFO;
      case WARN -> Level.WARN;
      case ERROR -> Level.ERROR;
    };
  }

  private static @Nullable Marker markerOf(LogLevel level) {
    return switch (level) {
      case AUDIT, OPEN, CLOSE -> MarkerFactory.getMarker(level.name());
      case TRACE, DEBUG, INFO, WARN, ERROR, OFF -> null;
    };
  }

  /** Adds what it is shown to an event, nested things as maps and lists. */
  private static final class KeyValues implements LogVisitor {
    private LoggingEventBuilder event;

    /** The maps and lists that have begun and not ended, the innermost first. */
    private final Deque<Object> open = new ArrayDeque<>();

    KeyValues(LoggingEventBuilder event) {
      this.event = event;
    }

    @SuppressWarnings({"unchecked", "NullAway"}) // SLF4J is unannotated: it takes null values
    private void put(@Nullable String key, @Nullable Object value) {
      switch (open.peek()) {
        case null -> event = event.addKeyValue(key == null ? "" : key, value);
        case Map<?, ?> map -> ((Map<String, @Nullable Object>) map).put(String.valueOf(key), value);
        case Object list -> ((List<@Nullable Object>) list).add(value);
      }
    }

    private void begin(@Nullable String key, Object nested) {
      put(key, nested);
      open.push(nested);
    }

    @Override
    public void kv(@Nullable String key, long value) {
      put(key, value);
    }

    @Override
    public void kv(@Nullable String key, double value) {
      put(key, value);
    }

    @Override
    public void kv(@Nullable String key, boolean value) {
      put(key, value);
    }

    @Override
    public void kv(@Nullable String key, String value) {
      put(key, value);
    }

    @Override
    public void kvNull(@Nullable String key) {
      put(key, null);
    }

    @Override
    public void map(@Nullable String key) {
      begin(key, new LinkedHashMap<>());
    }

    @Override
    public void mapEnd(@Nullable String key) {
      open.poll();
    }

    @Override
    public void list(@Nullable String key) {
      begin(key, new ArrayList<>());
    }

    @Override
    public void listEnd(@Nullable String key) {
      open.poll();
    }
  }
}
