package lemnos.net;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** What has arrived and waits to be read, in the pieces in which it came. */
final class Unread {
  private final ArrayDeque<ByteBuf> pieces = new ArrayDeque<>(4);
  private int bytes;

  /** How many bytes wait. */
  int bytes() {
    return bytes;
  }

  void add(ByteBuf piece) {
    pieces.add(piece);
    bytes += piece.readableBytes();
  }

  /** Takes the first piece. */
  @Nullable ByteBuf poll() {
    ByteBuf piece = pieces.poll();
    if (piece != null) {
      bytes -= piece.readableBytes();
    }
    return piece;
  }

  /** Moves {@code count} bytes, which must be there, to {@code into}. */
  void moveTo(ByteBuf into, int count) {
    for (int left = count; left > 0; ) {
      ByteBuf piece = pieces.element();
      int some = Math.min(left, piece.readableBytes());
      into.writeBytes(piece, some);
      left -= some;
      if (!piece.isReadable()) {
        pieces.remove().release();
      }
    }
    bytes -= count;
  }

  /** Copies to {@code into} as much as there is, and as it has room for; tells how much. */
  int copyTo(ByteBuf into) {
    int before = into.readableBytes();
    for (ByteBuf piece : pieces) {
      int some = Math.min(piece.readableBytes(), into.writableBytes());
      into.writeBytes(piece, piece.readerIndex(), some);
    }
    return into.readableBytes() - before;
  }

  void release() {
    pieces.forEach(ByteBuf::release);
    pieces.clear();
    bytes = 0;
  }
}
