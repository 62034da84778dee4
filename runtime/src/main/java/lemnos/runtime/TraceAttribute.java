package lemnos.runtime;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/**
 * A named value that describes a traced event: a number, a text, or a list of either. Immutable.
 *
 * <p>The trace has room for {@value #MAX_TEXT_BYTES} bytes of UTF-8 in a name or text and for
 * {@value #MAX_VALUES} values in a list; what is longer is cut off. Source: heph-rt's {@code
 * AttributeValue}.
 */
public final class TraceAttribute {
  /** The longest name or text, in bytes of UTF-8. */
  public static final int MAX_TEXT_BYTES = 0xFFFF;

  /** The longest list. */
  public static final int MAX_VALUES = 0xFFFF;

  static final byte UNSIGNED = 1;
  static final byte SIGNED = 2;
  static final byte DOUBLE = 3;
  static final byte TEXT = 4;
  static final byte LIST = (byte) 0x80;

  private final String name;
  private final byte type;

  /** One value, or all of a list. */
  private final List<?> values;

  TraceAttribute(String name, int type, List<?> values) {
    this.name = name;
    this.type = (byte) type;
    this.values = List.copyOf(values.subList(0, Math.min(values.size(), MAX_VALUES)));
  }

  /** A number. */
  public static TraceAttribute of(String name, long value) {
    return new TraceAttribute(name, SIGNED, List.of(value));
  }

  /** A number whose highest bit is not a sign: an identity, an amount. */
  public static TraceAttribute ofUnsigned(String name, long value) {
    return new TraceAttribute(name, UNSIGNED, List.of(value));
  }

  /** A list of such numbers. */
  public static TraceAttribute ofUnsigned(String name, long... values) {
    return new TraceAttribute(name, UNSIGNED | LIST, Arrays.stream(values).boxed().toList());
  }

  /** A number with a fraction. */
  public static TraceAttribute of(String name, double value) {
    return new TraceAttribute(name, DOUBLE, List.of(value));
  }

  /** A text. */
  public static TraceAttribute of(String name, String value) {
    return new TraceAttribute(name, TEXT, List.of(value));
  }

  /** A list of numbers. */
  public static TraceAttribute of(String name, long... values) {
    return new TraceAttribute(name, SIGNED | LIST, Arrays.stream(values).boxed().toList());
  }

  /** A list of numbers with fractions. */
  public static TraceAttribute of(String name, double... values) {
    return new TraceAttribute(name, DOUBLE | LIST, Arrays.stream(values).boxed().toList());
  }

  /** A list of texts. */
  public static TraceAttribute of(String name, Collection<String> values) {
    return new TraceAttribute(name, TEXT | LIST, List.copyOf(values));
  }

  public String name() {
    return name;
  }

  /** Whether it is a list, of any length, and not one value. */
  public boolean isList() {
    return (type & LIST) != 0;
  }

  /** Whether its numbers have no sign: see {@link Long#toUnsignedString}. */
  public boolean isUnsigned() {
    return (type & ~LIST) == UNSIGNED;
  }

  /** The value, or those of the list: each a {@link Long}, {@link Double} or {@link String}. */
  public List<?> values() {
    return values;
  }

  /** {@code text} as the trace has it. */
  static byte[] encode(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length <= MAX_TEXT_BYTES) {
      return bytes;
    }
    int end = MAX_TEXT_BYTES;
    while ((bytes[end] & 0xC0) == 0x80) {
      end--; // in the middle of a character
    }
    return Arrays.copyOf(bytes, end);
  }

  /** Puts a text, its length first. */
  static void put(ByteBuffer out, byte[] text) {
    out.putShort((short) text.length).put(text);
  }

  /** The attribute as a part of a packet. */
  byte[] encoded() {
    byte[] key = encode(name);
    List<byte[]> texts =
        (type & ~LIST) == TEXT
            ? values.stream().map(text -> encode((String) text)).toList()
            : List.of();
    int size = texts.isEmpty() ? values.size() * Long.BYTES : 0;
    for (byte[] text : texts) {
      size += Short.BYTES + text.length;
    }
    var out =
        ByteBuffer.allocate(Short.BYTES + key.length + 1 + (isList() ? Short.BYTES : 0) + size);
    put(out, key);
    out.put(type);
    if (isList()) {
      out.putShort((short) values.size());
    }
    for (Object value : values) {
      switch (value) {
        case Long number -> out.putLong(number);
        case Double number -> out.putDouble(number);
        default -> {}
      }
    }
    texts.forEach(text -> put(out, text));
    return out.array();
  }

  private String text(Object value) {
    return isUnsigned() ? Long.toUnsignedString((Long) value) : value.toString();
  }

  /** {@code name=value}. */
  @Override
  public String toString() {
    List<String> texts = values.stream().map(this::text).toList();
    return name + "=" + (isList() ? texts : texts.getFirst());
  }
}
