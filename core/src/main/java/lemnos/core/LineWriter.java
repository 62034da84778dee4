package lemnos.core;

import org.jspecify.annotations.Nullable;

/**
 * Writes key-values on one line for people: {@code port=80 peer="a b" ids[1 2] user{name=x}}.
 * Strings are quoted only if they need it; control characters, quotes and backslashes in them are
 * written as a backslash and two hex digits, all beyond ASCII as it is. Source of the format:
 * stakker_log.
 */
final class LineWriter implements LogVisitor {
  private static final int FIRST_BEYOND_CONTROL = 0xa0;

  private final StringBuilder out;

  /** What comes before the next item. */
  private String separator;

  private boolean empty = true;

  LineWriter(StringBuilder out, String prefix) {
    this.out = out;
    this.separator = prefix;
  }

  /** Writes {@code suffix} if anything was written. */
  void end(String suffix) {
    if (!empty) {
      out.append(suffix);
    }
  }

  /** Appends text in which control characters are escaped, so that it stays on its line. */
  static void appendSafe(StringBuilder out, CharSequence text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (isControl(c)) {
        escape(out, c);
      } else {
        out.append(c);
      }
    }
  }

  private static boolean isControl(char c) {
    return c < ' ' || (c > '~' && c < FIRST_BEYOND_CONTROL);
  }

  private static boolean isReserved(char c) {
    return c == ' ' || isControl(c) || "\"=\\[]{}".indexOf(c) >= 0;
  }

  private static void escape(StringBuilder out, char c) {
    out.append('\\');
    out.append(Character.toUpperCase(Character.forDigit(c >> 4, 16)));
    out.append(Character.toUpperCase(Character.forDigit(c & 15, 16)));
  }

  private void key(@Nullable String key, String after) {
    out.append(separator);
    separator = " ";
    empty = false;
    if (key == null) {
      return;
    }
    if (key.isEmpty()) {
      escape(out, ' ');
    }
    for (int i = 0; i < key.length(); i++) {
      char c = key.charAt(i);
      if (isReserved(c)) {
        escape(out, c);
      } else {
        out.append(c);
      }
    }
    out.append(after);
  }

  @Override
  public void kv(@Nullable String key, long value) {
    key(key, "=");
    out.append(value);
  }

  @Override
  public void kv(@Nullable String key, double value) {
    key(key, "=");
    out.append(value);
  }

  @Override
  public void kv(@Nullable String key, boolean value) {
    key(key, "=");
    out.append(value);
  }

  @Override
  public void kv(@Nullable String key, String value) {
    key(key, "=");
    if (value.chars().noneMatch(c -> isReserved((char) c))) {
      out.append(value);
      return;
    }
    out.append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (isControl(c) || c == '"' || c == '\\') {
        escape(out, c);
      } else {
        out.append(c);
      }
    }
    out.append('"');
  }

  @Override
  public void kvNull(@Nullable String key) {
    key(key, "=");
    out.append("null");
  }

  @Override
  public void present(String key) {
    key(key, "");
  }

  @Override
  public void map(@Nullable String key) {
    begin(key, '{');
  }

  @Override
  public void mapEnd(@Nullable String key) {
    finish('}');
  }

  @Override
  public void list(@Nullable String key) {
    begin(key, '[');
  }

  @Override
  public void listEnd(@Nullable String key) {
    finish(']');
  }

  private void begin(@Nullable String key, char bracket) {
    key(key, "");
    out.append(bracket);
    separator = "";
  }

  private void finish(char bracket) {
    out.append(bracket);
    separator = " ";
  }
}
