package lemnos.core;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A visitor for tests: makes maps and lists of what it is shown, and checks the nesting. */
final class Values implements LogVisitor {
  enum Mark {
    PRESENT
  }

  private final Deque<Object> open = new ArrayDeque<>();
  private final Deque<String> keys = new ArrayDeque<>();
  private final Map<String, @Nullable Object> all = new LinkedHashMap<>();

  private Values() {
    open.push(all);
  }

  static Map<String, @Nullable Object> of(LogPairs pairs) {
    var values = new Values();
    pairs.visit(values);
    if (values.open.size() != 1) {
      throw new AssertionError("not all was ended: " + values.keys);
    }
    return values.all;
  }

  @SuppressWarnings("unchecked")
  private void put(@Nullable String key, @Nullable Object value) {
    if (open.element() instanceof List<?> list) {
      if (key != null) {
        throw new AssertionError("a key in a list: " + key);
      }
      ((List<@Nullable Object>) list).add(value);
    } else if (key == null) {
      throw new AssertionError("no key in a map: " + value);
    } else {
      ((Map<String, @Nullable Object>) open.element()).put(key, value);
    }
  }

  private void begin(@Nullable String key, Object nested) {
    put(key, nested);
    open.push(nested);
    keys.push(String.valueOf(key));
  }

  private void end(@Nullable String key, Class<?> kind) {
    Object ended = open.pop();
    if (!kind.isInstance(ended) || !keys.pop().equals(String.valueOf(key))) {
      throw new AssertionError(key + " ends " + ended);
    }
  }

  @Override
  public void kv(@Nullable String key, long value) {
    put(key, value);
  }

  @Override
  public void kv(@Nullable String key, double value) {
    put(key, value);
  }

  @Override
  public void kv(@Nullable String key, boolean value) {
    put(key, value);
  }

  @Override
  public void kv(@Nullable String key, String value) {
    put(key, value);
  }

  @Override
  public void kvNull(@Nullable String key) {
    put(key, null);
  }

  @Override
  public void present(String key) {
    put(key, Mark.PRESENT);
  }

  @Override
  public void map(@Nullable String key) {
    begin(key, new LinkedHashMap<>());
  }

  @Override
  public void mapEnd(@Nullable String key) {
    end(key, Map.class);
  }

  @Override
  public void list(@Nullable String key) {
    begin(key, new ArrayList<>());
  }

  @Override
  public void listEnd(@Nullable String key) {
    end(key, List.class);
  }
}
