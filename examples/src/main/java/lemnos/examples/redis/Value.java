package lemnos.examples.redis;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;

/** What a key may hold: one string (a {@link Reply.Bulk}), a list, a hash or a set. */
sealed interface Value permits Reply.Bulk, ListValue, Value.HashValue, Value.SetValue {
  /** What TYPE answers. */
  String typeName();

  /** Fields and their values, in the order in which the fields came. */
  record HashValue(LinkedHashMap<Bytes, byte[]> fields) implements Value {
    HashValue() {
      this(new LinkedHashMap<>(4));
    }

    @Override
    public String typeName() {
      return "hash";
    }
  }

  /** Members, in the order in which they came. */
  record SetValue(LinkedHashSet<Bytes> members) implements Value {
    SetValue() {
      this(new LinkedHashSet<>(4));
    }

    @Override
    public String typeName() {
      return "set";
    }
  }
}
