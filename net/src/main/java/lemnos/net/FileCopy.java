package lemnos.net;

import io.netty.buffer.ByteBuf;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** Writes a file to a stream piece by piece, where the system cannot do that by itself. */
final class FileCopy {
  private static final int PIECE_BYTES = 64 * 1024;

  private FileCopy() {}

  /** Opens {@code file}, which must have {@code count} bytes from {@code position} on. */
  static FileChannel open(Path file, long position, long count) throws IOException {
    FileChannel from = FileChannel.open(file);
    long size = from.size();
    if (size - position < count) {
      from.close();
      throw new EOFException(
          "%s has %d bytes; %d from %d on are not there".formatted(file, size, count, position));
    }
    return from;
  }

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
