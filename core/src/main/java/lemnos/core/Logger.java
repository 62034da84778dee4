package lemnos.core;

/**
 * Where a loop's records go. Called on the loop's thread, inside whatever logs, so it should be
 * quick. Sinks: {@link LogFormat#to}, {@link #system}, {@link JfrLogger}.
 */
@FunctionalInterface
public interface Logger {
  /**
   * Takes a record that has passed the filter. What is logged meanwhile is ignored. An exception
   * goes to the loop's {@linkplain Loop#onUncaught handler}; it does no harm to who logs.
   *
   * @param core the loop's: to call actors, ask for the time, or shut down
   * @param record valid until this returns
   */
  void log(Core core, LogRecord record) throws Exception;

  /**
   * A logger that hands records on to the {@link System.Logger} of the record's target, as text
   * followed by the key-values. {@code AUDIT} becomes {@code INFO}, {@code OPEN} and {@code CLOSE}
   * become {@code DEBUG}.
   */
  static Logger system() {
    return SystemLog::write;
  }
}
