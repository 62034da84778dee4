package lemnos.runtime;

/**
 * Signals of the operating system that a runtime relays to its actors, as far as the JVM lets it.
 *
 * <table>
 * <caption>What the JVM (HotSpot) does with them</caption>
 * <tr><th>signal</th><th>relayed</th></tr>
 * <tr><td>INT, TERM, HUP</td><td>yes; not if the JVM was started with {@code -Xrs}, when it leaves
 * them to their default, which ends the process</td></tr>
 * <tr><td>QUIT</td><td>never: the JVM answers it with a thread dump</td></tr>
 * <tr><td>USR1</td><td>yes</td></tr>
 * <tr><td>USR2</td><td>only if the environment variable {@value #SUSPEND_SIGNAL} has the JVM use
 * another signal, say 60, to halt its threads: Flight Recorder halts them by USR2 many times a
 * second, and a handler of ours would take those for requests and leave its profiles empty. The
 * launcher {@code ./lemnos} sets it</td></tr>
 * </table>
 *
 * <p>Windows has INT and TERM alone.
 */
public enum Signal {
  /** Ctrl-C. */
  INT("interrupt", true),
  /** A polite request to end. */
  TERM("terminate", true),
  /** The request to quit at once, with a dump. */
  QUIT("quit", true),
  /** The terminal is gone. */
  HUP("hang-up", true),
  /** For the program to give a meaning. */
  USR1("user-1", false),
  /** For the program to give a meaning; the runtime logs its {@linkplain Metrics metrics} too. */
  USR2("user-2", false);

  /** The variable that tells HotSpot which signal to halt threads by, instead of USR2. */
  static final String SUSPEND_SIGNAL = "_JAVA_SR_SIGNUM";

  /** What traces call it. */
  final String description;

  private final boolean stops;

  Signal(String description, boolean stops) {
    this.description = description;
    this.stops = stops;
  }

  /** Whether it asks the process to end: so the runtime does if no actor receives it. */
  public boolean shouldStop() {
    return stops;
  }
}
