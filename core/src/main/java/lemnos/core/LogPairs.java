package lemnos.core;

/**
 * Something that can show itself as key-values. A class of the program's own that implements it
 * appears in logs as a map.
 */
@FunctionalInterface
public interface LogPairs {
  /** Shows all key-values to {@code visitor}, in order. May be called any number of times. */
  void visit(LogVisitor visitor);
}
