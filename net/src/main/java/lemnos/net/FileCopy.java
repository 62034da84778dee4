package lemnos.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.stream.ChunkedInput;
import java.io.EOFException;
import java.io.IOException;

/** A part of a file, to be written piece by piece, where the system cannot do that by itself. */
final class FileCopy implements ChunkedInput<ByteBuf> {
  private static final int PIECE_BYTES = 64 * 1024;

  private final FilePart part;
  private final long end;
  private long at;

  FileCopy(FilePart part) {
    this.part = part;
    this.at = part.position();
    this.end = at + part.count();
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
      read = piece.writeBytes(part.from(), at, bytes);
      if (read < 0) {
        throw new EOFException();
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
    return part.count();
  }

  @Override
  public long progress() {
    return at - part.position();
  }

  @Override
  public void close() {
    // its part is closed by whoever opened it
  }
}
