package lemnos.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import lemnos.runtime.Awaitable;
import org.jspecify.annotations.Nullable;

/**
 * What is still to be sent of a request, piece by piece as the server takes it, while the response
 * may come already.
 */
sealed interface Upload {
  /**
   * Waits until the next piece is there, or until {@code also} is ready.
   *
   * @return whether it is there
   */
  boolean await(Awaitable also) throws IOException;

  /** The next piece, or null at the end. */
  @Nullable ByteBuf next() throws IOException;

  /** Bytes that are all there. */
  final class Bytes implements Upload {
    /** Longer bodies are sent in pieces. */
    static final int PIECE_BYTES = 64 * 1024;

    private final byte[] bytes;
    private int sent;

    Bytes(byte[] bytes) {
      this.bytes = bytes;
    }

    @Override
    public boolean await(Awaitable also) {
      return true;
    }

    @Override
    public @Nullable ByteBuf next() {
      int length = Math.min(PIECE_BYTES, bytes.length - sent);
      if (length == 0) {
        return null;
      }
      sent += length;
      return Unpooled.wrappedBuffer(bytes, sent - length, length);
    }
  }

  /** The body of another message, as it comes. */
  record Onward(Body body) implements Upload {
    @Override
    public boolean await(Awaitable also) throws IOException {
      return body.await(also);
    }

    @Override
    public @Nullable ByteBuf next() throws IOException {
      return body.read();
    }
  }
}
