package lemnos.examples.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.List;
import lemnos.examples.redis.Reply.Group;
import lemnos.examples.redis.Reply.Shape;
import lemnos.examples.redis.Reply.Strings;
import org.junit.jupiter.api.Test;

class RespWriterTest {
  private record Row(Reply reply, String wire2, String wire3) {
    Row(Reply reply, String wire) {
      this(reply, wire, wire);
    }
  }

  private static final byte[] A = {'a'};
  private static final byte[] B = {'b', 'b'};

  private static final List<Row> TABLE =
      List.of(
          new Row(Reply.OK, "+OK\r\n"),
          new Row(Reply.failure("ERR a\r\nb"), "-ERR a  b\r\n"),
          new Row(Reply.NULL, "$-1\r\n", "_\r\n"),
          new Row(Reply.NULL_ARRAY, "*-1\r\n", "_\r\n"),
          new Row(Reply.EMPTY_ARRAY, "*0\r\n"),
          new Row(Reply.EMPTY_MAP, "*0\r\n", "%0\r\n"),
          new Row(Reply.EMPTY_SET, "*0\r\n", "~0\r\n"),
          new Row(new Reply.Bulk(new byte[0]), "$0\r\n\r\n"),
          new Row(new Reply.Bulk(B, 1), "$1\r\nb\r\n"),
          new Row(
              new Strings(Shape.ARRAY, new byte[][] {A, null, B}),
              "*3\r\n$1\r\na\r\n$-1\r\n$2\r\nbb\r\n",
              "*3\r\n$1\r\na\r\n_\r\n$2\r\nbb\r\n"),
          new Row(
              new Strings(Shape.MAP, new byte[][] {A, B}),
              "*2\r\n$1\r\na\r\n$2\r\nbb\r\n",
              "%1\r\n$1\r\na\r\n$2\r\nbb\r\n"),
          new Row(
              new Strings(Shape.SET, new byte[][] {A}), "*1\r\n$1\r\na\r\n", "~1\r\n$1\r\na\r\n"),
          new Row(
              new Group(Shape.PUSH, Reply.bulk("message"), Reply.NULL, Reply.ONE),
              "*3\r\n$7\r\nmessage\r\n$-1\r\n:1\r\n",
              ">3\r\n$7\r\nmessage\r\n_\r\n:1\r\n"),
          new Row(
              new Group(Shape.ARRAY, new Group(Shape.SET, Reply.OK), Reply.EMPTY_MAP),
              "*2\r\n*1\r\n+OK\r\n*0\r\n",
              "*2\r\n~1\r\n+OK\r\n%0\r\n"),
          new Row(new Reply.Verbatim(B), "$2\r\nbb\r\n", "=6\r\ntxt:bb\r\n"));

  private static String wire(Reply reply, int protocol) {
    ByteBuf out = Unpooled.buffer(1);
    RespWriter.write(reply, protocol, out);
    return Ascii.string(Arrays.copyOf(out.array(), out.writerIndex()));
  }

  @Test
  void repliesAreWrittenForBothProtocols() {
    for (Row row : TABLE) {
      assertThat(wire(row.reply(), 2)).as("2: " + row.reply()).isEqualTo(row.wire2());
      assertThat(wire(row.reply(), 3)).as("3: " + row.reply()).isEqualTo(row.wire3());
    }
  }

  @Test
  void numbersOfAnyLengthAreWritten() {
    long power = 1;
    for (int digits = 1; digits <= 19; digits++, power *= 10) {
      for (long number : new long[] {power - 1, power, power + 1}) {
        assertThat(wire(Reply.number(number), 2)).isEqualTo(":" + number + "\r\n");
        assertThat(wire(Reply.number(-number), 2)).isEqualTo(":" + -number + "\r\n");
      }
    }
    for (long number : new long[] {Long.MAX_VALUE, Long.MIN_VALUE}) {
      assertThat(wire(Reply.number(number), 3)).isEqualTo(":" + number + "\r\n");
    }
  }

  @Test
  void bulksOfAnyLengthAreWritten() {
    for (int length : new int[] {0, 9, 10, 99, 100, 9_999, 10_000, 99_999, 100_000, 1_000_000}) {
      byte[] bytes = Ascii.bytes("x".repeat(length));
      String expected = "$" + length + "\r\n" + "x".repeat(length) + "\r\n";
      assertThat(wire(new Reply.Bulk(bytes), 2)).isEqualTo(expected);
    }
  }

  @Test
  void tooManyStringsForOneReplyAreAnError() {
    byte[][] items = new byte[1024][];
    Arrays.fill(items, new byte[1024 * 1024]);
    assertThat(wire(new Strings(Shape.ARRAY, items), 2))
        .isEqualTo("-ERR the reply would be longer than this server sends\r\n");
    byte[][] fewer = Arrays.copyOf(items, 10);
    assertThat(wire(new Strings(Shape.SET, fewer), 3)).hasSize(5 + 10 * (10 + 1024 * 1024 + 2));
  }

  @Test
  void nothingBehindAReplyIsLost() {
    ByteBuf out = Unpooled.directBuffer(4);
    RespWriter.write(Reply.ONE, 2, out);
    RespWriter.write(new Reply.Bulk(B), 2, out);
    RespWriter.write(Reply.OK, 2, out);
    byte[] written = new byte[out.readableBytes()];
    out.readBytes(written);
    out.release();
    assertThat(Ascii.string(written)).isEqualTo(":1\r\n$2\r\nbb\r\n+OK\r\n");
  }
}
