package lemnos.examples.redis;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The answer to one command, before it is written in the client's version of the protocol.
 *
 * <p>Replies travel between threads: nothing in them changes any more. A {@link Bulk} is also what
 * the store keeps, so that reading a string allocates nothing.
 */
sealed interface Reply {
  /** One reply whose bytes are known beforehand: what protocol 2 sends and what 3 sends. */
  record Fixed(byte[] wire2, byte[] wire3) implements Reply {}

  /** An error; the text begins with its code, for example {@code ERR}. */
  record Failure(byte[] wire) implements Reply {}

  /** A whole number. */
  record Int(long value) implements Reply {}

  /** A binary-safe string: the first {@code length} bytes. */
  record Bulk(byte[] bytes, int length) implements Reply, Value {
    Bulk(byte[] bytes) {
      this(bytes, bytes.length);
    }

    @Override
    public String typeName() {
      return "string";
    }
  }

  /** Text for people: protocol 3 says so, protocol 2 sends a bulk. */
  record Verbatim(byte[] text) implements Reply {}

  /** Strings one after the other, null where there is none. */
  record Strings(Shape shape, byte[] @Nullable [] items) implements Reply {}

  /** Replies one after the other. */
  record Group(Shape shape, Reply... items) implements Reply {}

  /** What several items are together. Protocol 2 knows arrays only. */
  enum Shape {
    ARRAY('*'),
    /** Keys and values alternate. */
    MAP('%'),
    SET('~'),
    /** Sent without having been asked for. */
    PUSH('>');

    private final char type;

    Shape(char type) {
      this.type = type;
    }

    char type(int protocol) {
      return protocol == 2 ? '*' : type;
    }

    int count(int items, int protocol) {
      return this == MAP && protocol == 3 ? items / 2 : items;
    }
  }

  Fixed OK = simple("OK");
  Fixed PONG = simple("PONG");
  Fixed NULL = new Fixed(ascii("$-1\r\n"), ascii("_\r\n"));
  Fixed NULL_ARRAY = new Fixed(ascii("*-1\r\n"), ascii("_\r\n"));
  Strings EMPTY_ARRAY = new Strings(Shape.ARRAY, new byte[0][]);
  Strings EMPTY_MAP = new Strings(Shape.MAP, new byte[0][]);
  Strings EMPTY_SET = new Strings(Shape.SET, new byte[0][]);
  Int ZERO = new Int(0);
  Int ONE = new Int(1);

  /** A short text without line breaks. */
  static Fixed simple(String text) {
    byte[] wire = ascii("+" + text + "\r\n");
    return new Fixed(wire, wire);
  }

  /** An error; line breaks, which a client may have smuggled in, become blanks. */
  static Failure failure(String text) {
    return new Failure(ascii("-" + text.replace('\r', ' ').replace('\n', ' ') + "\r\n"));
  }

  static Reply number(long value) {
    return value == 0 ? ZERO : value == 1 ? ONE : new Int(value);
  }

  static Bulk bulk(String text) {
    return new Bulk(ascii(text));
  }

  /** One byte a character, so that a client's bytes come back as they were. */
  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
