package lemnos.core;

/** Which levels are logged: an immutable set. */
public final class LogFilter {
  private static final int SEVERITIES = LogLevel.AUDIT.bit() - 1;

  final int bits;

  private LogFilter(int bits) {
    this.bits = bits;
  }

  /**
   * The levels given, with what belongs to them: a severity brings the higher ones, {@code OPEN}
   * and {@code CLOSE} bring each other, {@code AUDIT} comes alone and {@code OFF} is nothing.
   */
  public static LogFilter of(LogLevel... levels) {
    int bits = 0;
    for (LogLevel level : levels) {
      bits |= bitsOf(level);
    }
    return new LogFilter(bits);
  }

  private static int bitsOf(LogLevel level) {
    return switch (level) {
      case TRACE, DEBUG, INFO, WARN, ERROR -> SEVERITIES & -level.bit();
      case AUDIT -> level.bit();
      case OPEN, CLOSE -> LogLevel.OPEN.bit() | LogLevel.CLOSE.bit();
      case OFF -> 0;
    };
  }

  /**
   * {@link #of} the levels named in a list such as {@code "info,audit,open"}.
   *
   * @throws IllegalArgumentException if one of them is no level
   */
  public static LogFilter parse(String list) {
    int bits = 0;
    for (String name : list.split(",", -1)) {
      bits |= bitsOf(LogLevel.parse(name));
    }
    return new LogFilter(bits);
  }

  /** The levels of both. */
  public LogFilter or(LogFilter other) {
    return new LogFilter(bits | other.bits);
  }

  /** Whether {@code level} is logged. */
  public boolean allows(LogLevel level) {
    return (bits & level.bit()) != 0;
  }

  /** Whether nothing is logged. */
  public boolean isEmpty() {
    return bits == 0;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LogFilter filter && filter.bits == bits;
  }

  @Override
  public int hashCode() {
    return bits;
  }

  @Override
  public String toString() {
    var text = new StringBuilder("LogFilter(");
    String comma = "";
    for (LogLevel level : LogLevel.values()) {
      if (allows(level)) {
        text.append(comma).append(level);
        comma = ",";
      }
    }
    return text.append(')').toString();
  }
}
