package lemnos.core;

/** Hands records on to the JDK's own logging. */
final class SystemLog {
  private static final String NAME_WITHOUT_TARGET = "lemnos";

  private SystemLog() {}

  static void write(Core core, LogRecord record) {
    String target = record.target();
    var logger = System.getLogger(target.isEmpty() ? NAME_WITHOUT_TARGET : target);
    System.Logger.Level level = levelOf(record.level());
    if (logger.isLoggable(level)) {
      var text = new StringBuilder();
      record.appendText(text);
      LogFormat.LINE.appendPairs(text, record, " {", "}");
      logger.log(level, text.toString(), record.error());
    }
  }

  private static System.Logger.Level levelOf(LogLevel level) {
    return switch (level) {
      case TRACE -> System.Logger.Level.TRACE;
      case DEBUG, OPEN, CLOSE -> System.Logger.Level.DEBUG;
      case INFO, AUDIT -> System.Logger.Level.INFO;
      case WARN -> System.Logger.Level.WARNING;
      case ERROR -> System.Logger.Level.ERROR;
      case OFF -> System.Logger.Level.OFF;
    };
  }
}
