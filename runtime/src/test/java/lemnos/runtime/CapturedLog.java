package lemnos.runtime;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Marker;
import org.slf4j.event.KeyValuePair;
import org.slf4j.event.Level;
import org.slf4j.event.LoggingEvent;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.spi.LoggingEventAware;

/** What is logged to one logger while this is open, by any thread. */
final class CapturedLog implements AutoCloseable {
  private static final List<CapturedLog> OPEN = new CopyOnWriteArrayList<>();

  private final String logger;
  private final LinkedBlockingQueue<LoggingEvent> events = new LinkedBlockingQueue<>();

  private CapturedLog(String logger) {
    this.logger = logger;
    OPEN.add(this);
  }

  static CapturedLog of(String logger) {
    return new CapturedLog(logger);
  }

  static CapturedLog of(Class<?> type) {
    return of(type.getName());
  }

  /** The events that are there now, oldest first. */
  List<LoggingEvent> events() {
    return List.copyOf(events);
  }

  /** The next event; waits for it. */
  LoggingEvent take() throws InterruptedException {
    LoggingEvent event = events.poll(30, TimeUnit.SECONDS);
    if (event == null) {
      throw new AssertionError("nothing was logged to " + logger);
    }
    return event;
  }

  /** {@code LEVEL message key=value …} of each event that is there now. */
  List<String> lines() {
    return events.stream().map(CapturedLog::line).toList();
  }

  static String line(LoggingEvent event) {
    var line = new StringBuilder(event.getLevel() + " " + event.getMessage());
    for (KeyValuePair pair : pairs(event)) {
      line.append(' ').append(pair.key).append('=').append(pair.value);
    }
    return line.toString();
  }

  static List<KeyValuePair> pairs(LoggingEvent event) {
    List<KeyValuePair> pairs = event.getKeyValuePairs();
    return pairs == null ? List.of() : pairs;
  }

  static Object value(LoggingEvent event, String key) {
    return pairs(event).stream()
        .filter(pair -> pair.key.equals(key))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + key + " in " + line(event)))
        .value;
  }

  @Override
  public void close() {
    OPEN.remove(this);
  }

  /** A logger whose name somebody may capture. */
  static final class Source extends LegacyAbstractLogger implements LoggingEventAware {
    private static final long serialVersionUID = 1L;

    Source(String name) {
      this.name = name;
    }

    @Override
    public void log(LoggingEvent event) {
      for (CapturedLog log : OPEN) {
        if (log.logger.equals(name)) {
          log.events.add(event);
        }
      }
    }

    @Override
    protected String getFullyQualifiedCallerName() {
      return "";
    }

    @Override
    protected void handleNormalizedLoggingCall(
        Level level, Marker marker, String message, Object[] arguments, Throwable cause) {
      var event = new org.slf4j.event.DefaultLoggingEvent(level, this);
      event.setMessage(org.slf4j.helpers.MessageFormatter.basicArrayFormat(message, arguments));
      event.setThrowable(cause);
      log(event);
    }

    @Override
    public boolean isTraceEnabled() {
      return true;
    }

    @Override
    public boolean isDebugEnabled() {
      return true;
    }

    @Override
    public boolean isInfoEnabled() {
      return true;
    }

    @Override
    public boolean isWarnEnabled() {
      return true;
    }

    @Override
    public boolean isErrorEnabled() {
      return true;
    }
  }
}
