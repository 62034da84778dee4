package lemnos.runtime;

/**
 * Signals of the operating system that a runtime relays to its actors.
 *
 * <p>{@link #QUIT} is relayed only if the JVM gives it up: by default it answers SIGQUIT with a
 * thread dump. Started with {@code -XX:+ReduceSignalUsage} it leaves QUIT to the program, but then
 * keeps INT and TERM at their default, which is to end the process.
 */
public enum Signal {
  /** Ctrl-C. */
  INT,
  /** A polite request to end. */
  TERM,
  /** The request to quit at once, with a dump. */
  QUIT
}
