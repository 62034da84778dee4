package lemnos.core;

import org.jspecify.annotations.Nullable;

/**
 * Is shown key-values one after the other. Their types cover JSON and OpenTelemetry.
 *
 * <p>The key is null for the elements of a list and for nothing else. Maps and lists nest to any
 * depth; what ends one names the same key as what began it.
 */
public interface LogVisitor {
  /** An integer. */
  void kv(@Nullable String key, long value);

  /** A floating-point number, which may be infinite or none at all. */
  void kv(@Nullable String key, double value);

  /** A truth value. */
  void kv(@Nullable String key, boolean value);

  /** A string. */
  void kv(@Nullable String key, String value);

  /** No value: null, or an absent {@code Optional}. */
  void kvNull(@Nullable String key);

  /** A key that says all by being there; the same as {@link #kvNull} unless overridden. */
  default void present(String key) {
    kvNull(key);
  }

  /** A map begins: what follows is in it. */
  void map(@Nullable String key);

  /** The map ends. */
  void mapEnd(@Nullable String key);

  /** A list begins: what follows, without keys, is in it. */
  void list(@Nullable String key);

  /** The list ends. */
  void listEnd(@Nullable String key);

  /** An object that is written as its {@code toString()}; as a string unless overridden. */
  default void text(@Nullable String key, Object value) {
    kv(key, LogValues.textOf(value));
  }

  /** A character, as a string. */
  default void kv(@Nullable String key, char value) {
    kv(key, String.valueOf(value));
  }

  /**
   * Any object: calls the method for its type. Boxed primitives and strings are what they are, an
   * {@code Optional} is its value, collections and arrays are lists, maps and {@link LogPairs} are
   * maps, everything else is {@link #text}.
   */
  default void kv(@Nullable String key, @Nullable Object value) {
    LogValues.visit(this, key, value, 0);
  }
}
