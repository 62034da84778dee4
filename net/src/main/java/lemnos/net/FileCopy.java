package lemnos.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.stream.ChunkedInput;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** A part of a file, to be written piece by piece, where the system cannot do that by itself. */
final class FileCopy implements ChunkedInput<ByteBuf> {
  private static final int PIECE_BYTES = 64 * 1024;

  private final FileChannel from;
  private final long start;
  private final long end;
  private long at;

  FileCopy(FileChannel from, long position, long count) {
    this.from = from;
    this.start = position;
    this.end = position + count;
    this.at = position;
  }

  /** Throws unless the file has {@code count} bytes from {@code position} on. */
  static void check(FileChannel from, Path file, long position, long count) throws IOException {
    if (position < 0 || count < 0) {
      throw new IllegalArgumentException(
          count + " bytes from " + position + " on are no part of a file; neither may be negative");
    }
    long size = from.size();
    if (size - position < count) {
      throw new EOFException(
          "%s has %d bytes; %d from %d on are not there".formatted(file, size, count, position));
    }
  }

  @Override
  public boolean isEndOfInput() {
    return at == end;
  }

  @Override
  public ByteBuf readChunk(ByteBufAllocator allocator) throws IOException {
    int bytes = (int) Math.min(PIECE_BYTES, end - at);
    ByteBuf piece = allocator.buffer(bytes);
    int read;
    try {
      read = piece.writeBytes(from, at, bytes);
      if (read < 0) {
        throw new EOFException("the file was cut short meanwhile, to " + from.size() + " bytes");
      }
    } catch (Throwable t) {
      piece.release();
      throw t;
    }
    at += read;
    return piece;
  }

  @Override
  @Deprecated
  public ByteBuf readChunk(ChannelHandlerContext ctx) throws IOException {
    return readChunk(ctx.alloc());
  }

  @Override
  public long length() {
    return end - start;
  }

  @Override
  public long progress() {
    return at - start;
  }

  @Override
  public void close() throws IOException {
    from.close();
  }
}
