package lemnos.core;

import java.lang.reflect.Array;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** The values of one record, in order, numbers unboxed. Those without a key are for the text. */
final class LogValues {
  /** How deeply collections may lie in each other; what is deeper is cut off. */
  static final int MAX_DEPTH = 32;

  private static final String HOLE = "{}";

  private static final Object LONG = new Object();
  private static final Object DOUBLE = new Object();
  private static final Object PRESENT = new Object();

  /** Key-values without a key of their own: they stand beside the others. */
  private record Spread(LogPairs pairs) {}

  private int size;
  private @Nullable String[] keys = new @Nullable String[8];
  private @Nullable Object[] values = new @Nullable Object[8];
  private long[] bits = new long[8];

  void add(@Nullable String key, long value) {
    add(key, LONG);
    bits[size - 1] = value;
  }

  void add(@Nullable String key, double value) {
    add(key, DOUBLE);
    bits[size - 1] = Double.doubleToRawLongBits(value);
  }

  void add(@Nullable String key, @Nullable Object value) {
    if (size == keys.length) {
      keys = Arrays.copyOf(keys, size * 2);
      values = Arrays.copyOf(values, size * 2);
      bits = Arrays.copyOf(bits, size * 2);
    }
    keys[size] = key;
    values[size] = value;
    size++;
  }

  void addPresent(String key) {
    add(key, PRESENT);
  }

  void addAll(LogPairs pairs) {
    add(null, new Spread(pairs));
  }

  void clear() {
    Arrays.fill(keys, 0, size, null);
    Arrays.fill(values, 0, size, null);
    size = 0;
  }

  /** The first exception among the values. */
  @Nullable Throwable error() {
    for (int i = 0; i < size; i++) {
      if (values[i] instanceof Throwable error) {
        return error;
      }
    }
    return null;
  }

  void visit(LogVisitor visitor) {
    for (int i = 0; i < size; i++) {
      Object value = values[i];
      String key = keys[i];
      if (value instanceof Spread(LogPairs pairs)) {
        pairs.visit(visitor);
      } else if (key == null) {
        continue;
      } else if (value == LONG) {
        visitor.kv(key, bits[i]);
      } else if (value == DOUBLE) {
        visitor.kv(key, Double.longBitsToDouble(bits[i]));
      } else if (value == PRESENT) {
        visitor.present(key);
      } else {
        visit(visitor, key, value, 0);
      }
    }
  }

  /** Appends the text, each hole filled with the next value; holes without one stay. */
  void fill(String text, StringBuilder out) {
    int from = 0;
    int next = nextForText(0);
    for (int hole = text.indexOf(HOLE); hole >= 0 && next < size; hole = text.indexOf(HOLE, from)) {
      out.append(text, from, hole);
      appendValue(next, out);
      next = nextForText(next + 1);
      from = hole + HOLE.length();
    }
    out.append(text, from, text.length());
  }

  private int nextForText(int from) {
    int i = from;
    while (i < size && (values[i] == PRESENT || values[i] instanceof Spread)) {
      i++;
    }
    return i;
  }

  private void appendValue(int i, StringBuilder out) {
    Object value = values[i];
    if (value == LONG) {
      out.append(bits[i]);
    } else if (value == DOUBLE) {
      out.append(Double.longBitsToDouble(bits[i]));
    } else if (value instanceof Optional<?> optional) {
      out.append(textOf(optional.orElse(null)));
    } else if (value != null && value.getClass().isArray()) {
      new LineWriter(out, "").kv(null, value);
    } else {
      out.append(textOf(value));
    }
  }

  /** The object's text; that of an object which cannot tell it says so. */
  static String textOf(@Nullable Object value) {
    if (value == null) {
      return "null";
    }
    try {
      return String.valueOf(String.valueOf(value)); // toString() itself may return null
    } catch (Throwable t) {
      if (Failures.isFatal(t)) {
        throw t;
      }
      return "[no text of " + value.getClass().getName() + ": " + t.getClass().getName() + "]";
    }
  }

  static void visit(LogVisitor visitor, @Nullable String key, @Nullable Object value, int depth) {
    switch (value) {
      case null -> visitor.kvNull(key);
      case String s -> visitor.kv(key, s);
      case Boolean b -> visitor.kv(key, b.booleanValue());
      case Long n -> visitor.kv(key, n.longValue());
      case Integer n -> visitor.kv(key, n.longValue());
      case Short n -> visitor.kv(key, n.longValue());
      case Byte n -> visitor.kv(key, n.longValue());
      case Double n -> visitor.kv(key, n.doubleValue());
      case Float n -> visitor.kv(key, Double.parseDouble(n.toString())); // 0.1f is 0.1
      case Character c -> visitor.kv(key, c.charValue());
      case OptionalInt n when n.isPresent() -> visitor.kv(key, (long) n.getAsInt());
      case OptionalLong n when n.isPresent() -> visitor.kv(key, n.getAsLong());
      case OptionalDouble n when n.isPresent() -> visitor.kv(key, n.getAsDouble());
      case OptionalInt n -> visitor.kvNull(key);
      case OptionalLong n -> visitor.kvNull(key);
      case OptionalDouble n -> visitor.kvNull(key);
      case Optional<?> optional -> visit(visitor, key, optional.orElse(null), depth);
      default -> visitNested(visitor, key, value, depth);
    }
  }

  private static void visitNested(
      LogVisitor visitor, @Nullable String key, Object value, int depth) {
    boolean isArray = value.getClass().isArray();
    if (depth == MAX_DEPTH && (isArray || value instanceof Map || value instanceof Collection)) {
      visitor.kv(key, "…");
    } else if (value instanceof LogPairs pairs) {
      visitor.map(key);
      pairs.visit(visitor);
      visitor.mapEnd(key);
    } else if (value instanceof Map<?, ?> map) {
      visitor.map(key);
      map.forEach((k, v) -> visit(visitor, textOf(k), v, depth + 1));
      visitor.mapEnd(key);
    } else if (value instanceof Collection<?> elements) {
      visitor.list(key);
      elements.forEach(element -> visit(visitor, null, element, depth + 1));
      visitor.listEnd(key);
    } else if (isArray) {
      visitor.list(key);
      for (int i = 0; i < Array.getLength(value); i++) {
        visit(visitor, null, Array.get(value, i), depth + 1);
      }
      visitor.listEnd(key);
    } else {
      visitor.text(key, value);
    }
  }
}
