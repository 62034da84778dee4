package lemnos.core;

import java.util.Locale;

/**
 * The levels of logging: five of severity, then three that say what kind of record it is, then one
 * that is never logged.
 */
public enum LogLevel {
  /** Very detailed; for the author of the code. */
  TRACE,
  /** Detailed; for who looks for a fault. */
  DEBUG,
  /** What happens in the normal course. */
  INFO,
  /** What may become a problem. */
  WARN,
  /** What is one. */
  ERROR,
  /** For machines: the text is a plain tag, all that varies is in the key-values. */
  AUDIT,
  /** A span begins, an actor's life for instance; the text names it, {@code parent} made it. */
  OPEN,
  /**
   * A span ends; the text says what went wrong, if something did. For an actor one of the keys
   * {@code failed}, {@code killed}, {@code dropped} and {@code lost} tells why, and none of them
   * that it stopped.
   */
  CLOSE,
  /** Of filters only: nothing. */
  OFF;

  /**
   * The level of that name, in upper or lower case, with or without blanks around it.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static LogLevel parse(String name) {
    String wanted = name.trim().toUpperCase(Locale.ROOT);
    for (LogLevel level : values()) {
      if (level.name().equals(wanted)) {
        return level;
      }
    }
    throw new IllegalArgumentException(
        "invalid logging level '"
            + name
            + "': use trace, debug, info, warn, error, audit, open, close or off");
  }

  int bit() {
    return 1 << ordinal();
  }
}
