package lemnos.net;

import io.netty.buffer.ByteBuf;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.FileChannel;

/** Writes a file to a stream piece by piece, where the system cannot do that by itself. */
final class FileCopy {
  private static final int PIECE_BYTES = 64 * 1024;

  private FileCopy() {}

  /** Copies {@code count} bytes from {@code position} on, which must be there. */
  static void copy(FileChannel from, long position, long count, ByteStream to) throws IOException {
    for (long at = position; at < position + count; ) {
      int bytes = (int) Math.min(PIECE_BYTES, position + count - at);
      ByteBuf piece = to.alloc().buffer(bytes);
      int read = piece.writeBytes(from, at, bytes);
      if (read < 0) {
        piece.release();
        throw new EOFException("the file was cut short meanwhile, to " + at + " bytes");
      }
      at += read;
      to.write(piece);
    }
  }
}
