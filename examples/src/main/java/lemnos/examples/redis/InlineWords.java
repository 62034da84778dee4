package lemnos.examples.redis;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Splits an inline command into words, by Redis's rules.
 *
 * <p>Blanks separate words. Between double quotes, a backslash begins {@code \n \r \t \b \a}, two
 * hexadecimal digits after {@code \x}, or any byte that is meant as it is; between single quotes it
 * does so only before a single quote. A closing quote ends its word. A NUL ends the line.
 */
final class InlineWords {
  private final byte[] line;
  private final int end;
  private int at;

  private InlineWords(byte[] line, int from, int end) {
    this.line = line;
    this.at = from;
    this.end = end;
  }

  static List<byte[]> of(byte[] line, int from, int end) throws ProtocolError {
    var input = new InlineWords(line, from, end);
    var words = new ArrayList<byte[]>();
    input.skipBlanks();
    while (input.peek(0) != 0) {
      words.add(input.word());
      input.skipBlanks();
    }
    return words;
  }

  private byte[] word() throws ProtocolError {
    var word = new ByteArrayOutputStream();
    while (true) {
      int b = peek(0);
      switch (b) {
        case 0, ' ', '\n', '\r', '\t' -> {
          return word.toByteArray();
        }
        case '"' -> {
          doubleQuoted(word);
          return word.toByteArray();
        }
        case '\'' -> {
          singleQuoted(word);
          return word.toByteArray();
        }
        default -> {
          word.write(b);
          at++;
        }
      }
    }
  }

  private void doubleQuoted(ByteArrayOutputStream word) throws ProtocolError {
    at++;
    while (peek(0) != '"') {
      int hex = peek(0) == '\\' && peek(1) == 'x' ? hex(peek(2), peek(3)) : -1;
      if (hex >= 0) {
        word.write(hex);
        at += 4;
      } else if (peek(0) == '\\' && peek(1) != 0) {
        word.write(unescaped(peek(1)));
        at += 2;
      } else {
        word.write(inQuotes(peek(0)));
        at++;
      }
    }
    closeQuote();
  }

  private void singleQuoted(ByteArrayOutputStream word) throws ProtocolError {
    at++;
    while (peek(0) != '\'') {
      if (peek(0) == '\\' && peek(1) == '\'') {
        at++;
      }
      word.write(inQuotes(peek(0)));
      at++;
    }
    closeQuote();
  }

  private static int inQuotes(int b) throws ProtocolError {
    if (b == 0) {
      throw unbalanced();
    }
    return b;
  }

  private void closeQuote() throws ProtocolError {
    at++;
    if (peek(0) != 0 && !isBlank(peek(0))) {
      throw unbalanced();
    }
  }

  private static ProtocolError unbalanced() {
    return new ProtocolError("unbalanced quotes in request");
  }

  private static int unescaped(int b) {
    return switch (b) {
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'b' -> '\b';
      case 'a' -> 7;
      default -> b;
    };
  }

  private static int hex(int high, int low) {
    int h = Character.digit(high, 16);
    int l = Character.digit(low, 16);
    return h < 0 || l < 0 ? -1 : h << 4 | l;
  }

  private void skipBlanks() {
    while (isBlank(peek(0))) {
      at++;
    }
  }

  private static boolean isBlank(int b) {
    return b == ' ' || (b >= '\t' && b <= '\r');
  }

  /** The byte so many further on; 0 behind the end, and at a NUL, which ends the line as well. */
  private int peek(int offset) {
    return at + offset < end ? line[at + offset] & 0xff : 0;
  }
}
