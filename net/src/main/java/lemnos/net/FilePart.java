package lemnos.net;

import io.netty.channel.DefaultFileRegion;
import io.netty.channel.FileRegion;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** A part of a file, to be sent. The file is open until this is closed. */
record FilePart(Path file, FileChannel from, long position, long count) implements AutoCloseable {
  /**
   * Opens {@code file}.
   *
   * @throws EOFException if it has no such part
   */
  static FilePart open(Path file, long position, long count) throws IOException {
    if (position < 0 || count < 0) {
      throw new IllegalArgumentException(
          count + " bytes from " + position + " on are no part of a file; neither may be negative");
    }
    FileChannel from = FileChannel.open(file);
    try {
      long size = from.size();
      if (size - position < count) {
        throw new EOFException(
            "%s has %d bytes; %d from %d on are not there".formatted(file, size, count, position));
      }
    } catch (Throwable t) {
      from.close();
      throw t;
    }
    return new FilePart(file, from, position, count);
  }

  /** Why it could not be sent, given that this has failed by {@code error}. */
  IOException failure(Throwable error) {
    IOException failure = Failures.io(error);
    try {
      long missing = Math.min(position + count - from.size(), count);
      if (missing > 0) {
        failure = new EOFException(cutShort(missing));
        failure.initCause(error);
      }
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
    return failure;
  }

  private String cutShort(long missing) {
    return "%s was cut short while it was sent: of %d bytes from %d on, the last %d are missing"
        .formatted(file, count, position, missing);
  }

  /** What the system sends by itself. */
  FileRegion region() {
    return new DefaultFileRegion(from, position, count) {
      @Override
      protected void deallocate() {
        // a failure has yet to be looked into
      }
    };
  }

  @Override
  public void close() throws IOException {
    from.close();
  }
}
