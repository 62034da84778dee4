package lemnos.core;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads JSON exactly as RFC 8259 defines it and fails on everything else, also on blanks, and on
 * half surrogate pairs, which could not be sent as UTF-8.
 */
final class StrictJson {
  private static final Pattern NUMBER =
      Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?");

  private final String text;
  private int at;

  StrictJson(String text) {
    this.text = text;
  }

  /** The text, which has to be an object. */
  Map<String, @Nullable Object> read() {
    for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
      int c = text.codePointAt(i);
      if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
        throw fault("half a surrogate pair");
      }
    }
    Map<String, @Nullable Object> value = object();
    if (at != text.length()) {
      throw fault("more than one value");
    }
    return value;
  }

  private AssertionError fault(String what) {
    return new AssertionError(what + " at " + at + " of " + text);
  }

  private char peek() {
    if (at == text.length()) {
      throw fault("end");
    }
    return text.charAt(at);
  }

  private void expect(String wanted) {
    if (!text.startsWith(wanted, at)) {
      throw fault("not " + wanted);
    }
    at += wanted.length();
  }

  private @Nullable Object next() {
    return switch (peek()) {
      case '{' -> object();
      case '[' -> array();
      case '"' -> string();
      case 't' -> literal("true", true);
      case 'f' -> literal("false", false);
      case 'n' -> literal("null", null);
      default -> number();
    };
  }

  private @Nullable Object literal(String word, @Nullable Object value) {
    expect(word);
    return value;
  }

  private Object number() {
    var matcher = NUMBER.matcher(text).region(at, text.length());
    if (!matcher.lookingAt()) {
      throw fault("no value");
    }
    at = matcher.end();
    String number = matcher.group();
    return number.matches("-?[0-9]+") ? (Object) Long.valueOf(number) : Double.valueOf(number);
  }

  private Map<String, @Nullable Object> object() {
    var map = new LinkedHashMap<String, @Nullable Object>();
    expect("{");
    while (peek() != '}') {
      if (!map.isEmpty()) {
        expect(",");
      }
      String key = string();
      expect(":");
      map.put(key, next());
    }
    at++;
    return map;
  }

  private List<@Nullable Object> array() {
    var list = new ArrayList<@Nullable Object>();
    expect("[");
    while (peek() != ']') {
      if (!list.isEmpty()) {
        expect(",");
      }
      list.add(next());
    }
    at++;
    return list;
  }

  private String string() {
    var out = new StringBuilder();
    expect("\"");
    while (peek() != '"') {
      char c = peek();
      at++;
      if (c < ' ') {
        throw fault("control character");
      }
      out.append(c == '\\' ? escaped() : c);
    }
    at++;
    return out.toString();
  }

  private char escaped() {
    char c = peek();
    at++;
    return switch (c) {
      case '"', '\\', '/' -> c;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> {
        String hex = text.substring(at, at + 4);
        if (!hex.matches("[0-9a-fA-F]{4}")) {
          throw fault("no hexadecimal number");
        }
        at += 4;
        yield (char) Integer.parseInt(hex, 16);
      }
      default -> throw fault("no escape");
    };
  }
}
