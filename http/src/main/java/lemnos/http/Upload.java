package lemnos.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Path;
import lemnos.core.Core;
import lemnos.net.DiskFile;
import lemnos.runtime.Awaitable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The body of a request. */
sealed interface Upload {
  /** How long a piece is, if we choose. */
  int PIECE_BYTES = 64 * 1024;

  Logger LOG = LoggerFactory.getLogger(HttpClient.class);

  /** Whether all of it can be had, from its beginning. */
  boolean isAtHand();

  /** How many bytes it has, or -1 if that is not known. */
  long length();

  /** The type that it must have; null if it has the one that the caller says. */
  default @Nullable String type() {
    return null;
  }

  /**
   * What the caller writes, and nobody has again: see {@link RequestWriter}.
   *
   * @param length what was announced, or -1
   */
  record Written(long length) implements Upload {
    @Override
    public boolean isAtHand() {
      return false;
    }
  }

  /** What is sent piece by piece as the server takes it, while the response may come already. */
  sealed interface Source extends Upload permits Bytes, Onward, File, UploadStream, UploadParts {
    /** Goes to its beginning, or is ended if it cannot. Only then its length and type are known. */
    void begin(Core core) throws IOException;

    /**
     * Waits until the next piece is there, or until {@code also} is ready.
     *
     * @return whether it is there
     */
    boolean await(Awaitable also) throws IOException;

    /** The next piece, or null at the end. */
    @Nullable ByteBuf next() throws IOException;

    /** No more of it is wanted. */
    void end();
  }

  /** Bytes that are all there. */
  final class Bytes implements Source {
    private final byte[] bytes;
    private int sent;

    Bytes(byte... bytes) {
      this.bytes = bytes;
    }

    byte[] all() {
      return bytes;
    }

    @Override
    public boolean isAtHand() {
      return true;
    }

    @Override
    public void begin(Core core) {
      sent = 0;
    }

    @Override
    public long length() {
      return bytes.length;
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

    @Override
    public void end() {}
  }

  /** The body of another message, as it comes: only once. */
  record Onward(Body body) implements Source {
    @Override
    public boolean isAtHand() {
      return !body.isWanted();
    }

    @Override
    public void begin(Core core) {}

    @Override
    public long length() {
      return body.length();
    }

    @Override
    public boolean await(Awaitable also) throws IOException {
      return body.await(also);
    }

    @Override
    public @Nullable ByteBuf next() throws IOException {
      return body.read();
    }

    @Override
    public void end() {}
  }

  /** A file, as it is when the request begins. */
  final class File implements Source {
    private final Path path;
    private @Nullable DiskFile disk;
    private long length;
    private long sent;

    File(Path path) {
      this.path = path;
    }

    @Override
    public boolean isAtHand() {
      return true;
    }

    @Override
    public void begin(Core core) throws IOException {
      end();
      DiskFile opened = DiskFile.opening(core, path).take();
      disk = opened;
      sent = 0;
      length = opened.sizing().take();
    }

    @Override
    public long length() {
      return length;
    }

    @Override
    public boolean await(Awaitable also) {
      return true;
    }

    @Override
    public @Nullable ByteBuf next() throws IOException {
      DiskFile from = disk;
      if (from == null || sent == length) {
        return null;
      }
      ByteBuf piece = from.reading(sent, (int) Math.min(PIECE_BYTES, length - sent)).take();
      if (!piece.isReadable()) {
        piece.release();
        throw new EOFException(path + " became shorter while it was sent");
      }
      sent += piece.readableBytes();
      return piece;
    }

    @Override
    public void end() {
      DiskFile open = disk;
      disk = null;
      if (open != null) {
        try {
          open.close();
        } catch (IOException e) {
          LOG.debug("closing {} failed", path, e);
        }
      }
    }
  }
}
