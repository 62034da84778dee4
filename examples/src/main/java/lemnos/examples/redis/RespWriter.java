package lemnos.examples.redis;

import io.netty.buffer.ByteBuf;
import lemnos.examples.redis.Reply.Bulk;
import lemnos.examples.redis.Reply.Failure;
import lemnos.examples.redis.Reply.Fixed;
import lemnos.examples.redis.Reply.Group;
import lemnos.examples.redis.Reply.Int;
import lemnos.examples.redis.Reply.Strings;
import lemnos.examples.redis.Reply.Verbatim;
import org.jspecify.annotations.Nullable;

/**
 * Writes replies into a buffer, for version 2 or 3 of the protocol.
 *
 * <p>A length or number of up to five digits goes out as one long: type, digits and line end are
 * packed in a register and stored at once; the bytes after it are overwritten by what follows.
 */
final class RespWriter {
  /** The most bytes of one reply of many strings: what is longer is answered with an error. */
  static final int REPLY_LIMIT = 1024 * 1024 * 1024;

  private static final int CRLF = '\r' << 8 | '\n';
  private static final byte[] VERBATIM = {'t', 'x', 't', ':'};

  /** The longest line of a number: type, sign, 19 digits, line end. */
  private static final int LINE = 24;

  private static final long PACKED_LIMIT = 99_999;

  private RespWriter() {}

  static void write(Reply reply, int protocol, ByteBuf out) {
    switch (reply) {
      case Fixed fixed -> out.writeBytes(protocol == 2 ? fixed.wire2() : fixed.wire3());
      case Bulk bulk -> bulk(bulk.bytes(), bulk.length(), out);
      case Int number -> line(':', number.value(), out);
      case Failure failure -> out.writeBytes(failure.wire());
      case Strings strings -> strings(strings, protocol, out);
      case Group group -> group(group, protocol, out);
      case Verbatim verbatim -> verbatim(verbatim.text(), protocol, out);
    }
  }

  private static void bulk(byte[] bytes, int length, ByteBuf out) {
    out.ensureWritable(LINE + length + 2);
    line('$', length, out);
    out.writeBytes(bytes, 0, length).writeShort(CRLF);
  }

  private static void strings(Strings strings, int protocol, ByteBuf out) {
    byte[] @Nullable [] items = strings.items();
    long size = size(items);
    if (size > REPLY_LIMIT) {
      out.writeBytes(Failures.REPLY_TOO_LONG.wire());
      return;
    }
    out.ensureWritable((int) size); // at once, as buffers grow by little when they are large
    header(strings.shape(), items.length, protocol, out);
    for (byte[] item : items) {
      if (item == null) {
        write(Reply.NULL, protocol, out);
      } else {
        bulk(item, item.length, out);
      }
    }
  }

  /** No less than what the items take in either protocol. */
  private static long size(byte[] @Nullable [] items) {
    long size = (long) LINE * (items.length + 1);
    for (byte[] item : items) {
      size += item == null ? 0 : item.length;
    }
    return size;
  }

  private static void group(Group group, int protocol, ByteBuf out) {
    header(group.shape(), group.items().length, protocol, out);
    for (Reply item : group.items()) {
      write(item, protocol, out);
    }
  }

  private static void header(Reply.Shape shape, int items, int protocol, ByteBuf out) {
    line(shape.type(protocol), shape.count(items, protocol), out);
  }

  private static void verbatim(byte[] text, int protocol, ByteBuf out) {
    if (protocol == 2) {
      bulk(text, text.length, out);
    } else {
      line('=', VERBATIM.length + text.length, out);
      out.writeBytes(VERBATIM).writeBytes(text).writeShort(CRLF);
    }
  }

  private static void line(char type, long number, ByteBuf out) {
    if (number >= 0 && number <= PACKED_LIMIT) {
      packedLine(type, (int) number, out);
    } else {
      out.writeByte(type).writeBytes(Decimal.bytes(number)).writeShort(CRLF);
    }
  }

  private static void packedLine(char type, int number, ByteBuf out) {
    long line = CRLF;
    int bits = 16;
    int rest = number;
    do {
      line |= (long) ('0' + rest % 10) << bits;
      bits += 8;
      rest /= 10;
    } while (rest > 0);
    line |= (long) type << bits;
    bits += 8;
    int at = out.writerIndex();
    out.ensureWritable(Long.BYTES).setLong(at, line << (Long.SIZE - bits));
    out.writerIndex(at + bits / 8);
  }
}
