package lemnos.core;

import org.jspecify.annotations.Nullable;

/**
 * Writes key-values as the members of a JSON object, without blanks. What comes out is valid JSON
 * whatever comes in: a number that JSON does not have becomes a string, half a surrogate pair is
 * escaped, a key that is missing is empty, one that should not be there is left out, and an end
 * that is missing, superfluous or of the wrong kind is put right.
 */
final class JsonWriter implements LogVisitor {
  private static final String HEX = "0123456789ABCDEF";

  private final StringBuilder out;
  private String separator;
  private boolean empty = true;

  /** The brackets that must still come, the next one last. */
  private final StringBuilder ends = new StringBuilder();

  JsonWriter(StringBuilder out, String prefix) {
    this.out = out;
    this.separator = prefix;
  }

  /** Ends all that is open; writes {@code suffix} if anything was written. */
  void end(String suffix) {
    while (!ends.isEmpty()) {
      finish();
    }
    if (!empty) {
      out.append(suffix);
    }
  }

  /** Appends a JSON string. */
  static void quote(StringBuilder out, CharSequence text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < ' ' || (Character.isSurrogate(c) && !isPaired(text, i))) {
        out.append("\\u");
        for (int shift = 12; shift >= 0; shift -= 4) {
          out.append(HEX.charAt(c >> shift & 15));
        }
      } else {
        out.append(c);
      }
    }
    out.append('"');
  }

  private static boolean isPaired(CharSequence text, int i) {
    return Character.isHighSurrogate(text.charAt(i))
        ? i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))
        : i > 0 && Character.isHighSurrogate(text.charAt(i - 1));
  }

  private void key(@Nullable String key) {
    out.append(separator);
    separator = ",";
    empty = false;
    boolean inList = !ends.isEmpty() && ends.charAt(ends.length() - 1) == ']';
    if (!inList) {
      quote(out, key == null ? "" : key);
      out.append(':');
    }
  }

  @Override
  public void kv(@Nullable String key, long value) {
    key(key);
    out.append(value);
  }

  @Override
  public void kv(@Nullable String key, double value) {
    key(key);
    if (Double.isFinite(value)) {
      out.append(value);
    } else {
      out.append('"').append(value).append('"');
    }
  }

  @Override
  public void kv(@Nullable String key, boolean value) {
    key(key);
    out.append(value);
  }

  @Override
  public void kv(@Nullable String key, String value) {
    key(key);
    quote(out, value);
  }

  @Override
  public void kvNull(@Nullable String key) {
    key(key);
    out.append("null");
  }

  @Override
  public void map(@Nullable String key) {
    begin(key, '{', '}');
  }

  @Override
  public void mapEnd(@Nullable String key) {
    finish();
  }

  @Override
  public void list(@Nullable String key) {
    begin(key, '[', ']');
  }

  @Override
  public void listEnd(@Nullable String key) {
    finish();
  }

  private void begin(@Nullable String key, char bracket, char end) {
    key(key);
    out.append(bracket);
    ends.append(end);
    separator = "";
  }

  private void finish() {
    int last = ends.length() - 1;
    if (last >= 0) {
      out.append(ends.charAt(last));
      ends.setLength(last);
      separator = ",";
    }
  }
}
