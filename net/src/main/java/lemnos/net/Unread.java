package lemnos.net;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What has arrived and waits to be read, in the pieces in which it came. Mostly that is one piece,
 * which is taken before the next comes, so the first is held apart from the others.
 */
final class Unread {
  /** What a piece behind another takes beside its content: else single bytes would be dear. */
  private static final int PIECE_BYTES = 256;

  private @Nullable ByteBuf first;

  /** Those behind the first; null until there are any. */
  private @Nullable ArrayDeque<ByteBuf> others;

  private int bytes;

  /** How many bytes wait. */
  int bytes() {
    return bytes;
  }

  /** How much memory that takes, roughly. */
  int memory() {
    return others == null ? bytes : bytes + others.size() * PIECE_BYTES;
  }

  void add(ByteBuf piece) {
    bytes += piece.readableBytes();
    if (first == null) {
      first = piece;
      return;
    }
    if (others == null) {
      others = new ArrayDeque<>(4);
    }
    others.add(piece);
  }

  /** Takes the first piece. */
  @Nullable ByteBuf poll() {
    ByteBuf piece = first;
    if (piece != null) {
      first = others == null ? null : others.poll();
      bytes -= piece.readableBytes();
    }
    return piece;
  }

  /** Moves {@code count} bytes, which must be there, to {@code into}. */
  void moveTo(ByteBuf into, int count) {
    for (int left = count; left > 0; ) {
      ByteBuf piece = Objects.requireNonNull(first);
      int some = Math.min(left, piece.readableBytes());
      into.writeBytes(piece, some);
      left -= some;
      bytes -= some;
      if (!piece.isReadable()) {
        Objects.requireNonNull(poll()).release();
      }
    }
  }

  /** Copies to {@code into} as much as there is, and as it has room for; tells how much. */
  int copyTo(ByteBuf into) {
    int before = into.readableBytes();
    if (first != null) {
      copy(first, into);
    }
    if (others != null) {
      others.forEach(piece -> copy(piece, into));
    }
    return into.readableBytes() - before;
  }

  private static void copy(ByteBuf piece, ByteBuf into) {
    int some = Math.min(piece.readableBytes(), into.writableBytes());
    into.writeBytes(piece, piece.readerIndex(), some);
  }

  void release() {
    for (ByteBuf piece = poll(); piece != null; piece = poll()) {
      piece.release();
    }
  }
}
