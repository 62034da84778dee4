package lemnos.core;

import org.jspecify.annotations.Nullable;

/** The logging of one loop: its filter, its logger, and the records of actors' lives. */
final class LogBook {
  private final Loop loop;
  private LogFilter filter = LogFilter.of();
  private @Nullable Logger logger;

  /** The levels that are on: those of the filter, but none without a logger or while it runs. */
  private int on;

  private boolean writing;

  /** An entry to be used again; null while somebody fills it. */
  private @Nullable LogEntry spare;

  LogBook(Loop loop) {
    this.loop = loop;
  }

  boolean isOn(LogLevel level) {
    return (on & level.bit()) != 0;
  }

  void setLogger(LogFilter filter, Logger logger) {
    loop.checkOwner("setLogger");
    this.filter = filter;
    this.logger = logger;
    update();
  }

  void setFilter(LogFilter filter) {
    loop.checkOwner("setLogFilter");
    if (logger != null && !writing) {
      LogEntry entry = entry(LogLevel.INFO, 0, "");
      entry.kv("filter", filter).write("Logging level changed");
    }
    this.filter = filter;
    update();
  }

  private void update() {
    on = logger == null || writing ? 0 : filter.bits;
  }

  LogEntry entry(LogLevel level, Core core) {
    loop.checkOwner("log");
    return core instanceof Cell<?> cell
        ? entry(level, cell.id(), classOf(cell.stateOrNull()))
        : entry(level, 0, "");
  }

  private LogEntry entry(LogLevel level, long id, String target) {
    LogEntry entry = spare == null ? new LogEntry(this) : spare;
    spare = null;
    return entry.begin(level, id, target);
  }

  void write(LogEntry entry) {
    Logger logger = this.logger;
    if (logger != null && !writing) { // the entry may have been begun before the logger was called
      writing = true;
      update();
      try {
        logger.log(loop, entry.record);
      } catch (Throwable t) {
        loop.uncaught("the logger of " + loop, t);
      } finally {
        writing = false;
        update();
      }
    }
    entry.record.clear();
    spare = entry;
  }

  // Spans

  long openSpan(String tag, long parent, @Nullable LogPairs pairs) {
    loop.checkOwner("logSpanOpen");
    long id = loop.living.nextId();
    if (isOn(LogLevel.OPEN)) {
      open(id, tag, parent, pairs);
    }
    return id;
  }

  void closeSpan(long id, String text) {
    if (isOn(LogLevel.CLOSE)) {
      loop.checkOwner("logSpanClose");
      entry(LogLevel.CLOSE, id, "").write(text);
    }
  }

  /** An actor was made, by a behaviour of {@code parent} or by the host. */
  void opened(Cell<?> cell, @Nullable Object init, @Nullable Cell<?> parent) {
    open(cell.id(), nameOf(init), parent == null ? 0 : parent.id(), null);
  }

  private void open(long id, String name, long parent, @Nullable LogPairs pairs) {
    LogEntry entry = entry(LogLevel.OPEN, id, "");
    if (parent != 0) {
      entry = entry.kv("parent", parent);
    }
    if (pairs != null) {
      entry = entry.pairs(pairs);
    }
    entry.write(name);
  }

  /** The init function's class; of a lambda or a method reference the class it was written in. */
  private static String nameOf(@Nullable Object init) {
    if (init == null) {
      return "";
    }
    String name = init.getClass().getName();
    int lambda = name.indexOf("$$Lambda");
    return lambda < 0 ? name : name.substring(0, lambda);
  }

  private static String classOf(@Nullable Object actor) {
    return actor == null ? "" : actor.getClass().getName();
  }

  /** An actor has ended; {@code actor} is null if it was never made. */
  void closed(Cell<?> cell, StopCause cause, @Nullable Object actor) {
    LogEntry entry = entry(LogLevel.CLOSE, cell.id(), classOf(actor));
    String text = "";
    switch (cause) {
      case StopCause.Stopped() -> {}
      case StopCause.Failed(Throwable error) -> text = describe(entry.kv("failed"), error);
      case StopCause.Killed(Throwable error) -> text = describe(entry.kv("killed"), error);
      case StopCause.Dropped() -> entry = entry.kv("dropped");
      case StopCause.Lost() -> entry = entry.kv("lost");
    }
    entry.write(text);
  }

  private static String describe(LogEntry entry, Throwable error) {
    entry.record.error = error;
    String message = error instanceof ActorFailure ? error.getMessage() : null;
    return message == null ? LogValues.textOf(error) : message;
  }
}
