package lemnos.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.OutputStream;

/** A body that is written in pieces, as a stream. */
final class PieceStream extends OutputStream {
  private final Sink pieces;
  private final Step flush;
  private final Step end;

  /** Takes a piece, which it releases. */
  interface Sink {
    void write(ByteBuf piece) throws IOException;
  }

  interface Step {
    void run() throws IOException;
  }

  PieceStream(Sink pieces, Step flush, Step end) {
    this.pieces = pieces;
    this.flush = flush;
    this.end = end;
  }

  @Override
  public void write(int b) throws IOException {
    pieces.write(Unpooled.copiedBuffer(new byte[] {(byte) b}));
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    pieces.write(Unpooled.copiedBuffer(bytes, offset, length));
  }

  @Override
  public void flush() throws IOException {
    flush.run();
  }

  @Override
  public void close() throws IOException {
    end.run();
  }
}
