package lemnos.http;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Header fields, in the order in which they came or were added. Names are the same whatever their
 * case. A name or value that could not be sent as such, say with a line feed in it, is refused with
 * {@link IllegalArgumentException}.
 */
public final class Headers {
  private final HttpHeaders fields;

  /** No fields. */
  public Headers() {
    this(new DefaultHttpHeaders());
  }

  Headers(HttpHeaders fields) {
    this.fields = fields;
  }

  HttpHeaders fields() {
    return fields;
  }

  /** The first value of {@code name}, or null if there is none. */
  public @Nullable String get(CharSequence name) {
    return fields.get(name);
  }

  /** All values of {@code name}. */
  public List<String> all(CharSequence name) {
    return fields.getAll(name);
  }

  public boolean contains(CharSequence name) {
    return fields.contains(name);
  }

  /** Whether {@code token} is one of the values, separated by commas, of {@code name}. */
  public boolean contains(CharSequence name, CharSequence token) {
    return fields.containsValue(name, token, true);
  }

  /** Replaces all values of {@code name} by {@code value}. */
  public Headers set(CharSequence name, CharSequence value) {
    fields.set(name, value);
    return this;
  }

  /** Adds {@code value} to those that {@code name} has. */
  public Headers add(CharSequence name, CharSequence value) {
    fields.add(name, value);
    return this;
  }

  /** Removes all values of {@code name}. */
  public Headers remove(CharSequence name) {
    fields.remove(name);
    return this;
  }

  /** How many fields there are. */
  public int size() {
    return fields.size();
  }

  /** The names, without repetition. */
  public Set<String> names() {
    return fields.names();
  }

  /** Calls {@code action} with the name and value of each field. */
  public void forEach(BiConsumer<? super String, ? super String> action) {
    for (Map.Entry<String, String> field : fields) {
      action.accept(field.getKey(), field.getValue());
    }
  }

  @Override
  public String toString() {
    return fields.entries().toString();
  }
}
