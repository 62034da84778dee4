package lemnos.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import lemnos.core.Core;

/**
 * A file. Each operation is done beside the worker, which a disk would keep waiting; operations
 * that are on their way at once may be done in any order. Confined to the worker.
 */
public final class DiskFile implements AutoCloseable {
  private final Core core;
  private final Path path;
  private final FileChannel channel;

  private DiskFile(Core core, Path path, FileChannel channel) {
    this.core = core;
    this.path = path;
    this.channel = channel;
  }

  /**
   * Opens a file.
   *
   * @param options as for {@link FileChannel#open}; to read if there are none
   */
  public static Pending<DiskFile> opening(Core core, Path path, OpenOption... options) {
    OpenOption[] how = options.clone();
    return Offload.run(core, "open " + path, () -> FileChannel.open(path, how))
        .map(channel -> new DiskFile(core, path, channel));
  }

  private <T> Pending<T> run(String what, Callable<T> work) {
    return Offload.run(
        core,
        what + " " + path,
        () -> {
          try {
            return work.call();
          } catch (Exception e) { // whose message, if it has one, does not name the file
            String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            throw new IOException("cannot %s %s: %s".formatted(what, path, why), e);
          }
        });
  }

  /**
   * Reads up to {@code max} bytes at {@code position}: fewer at the end of the file, none behind
   * it. The receiver releases them.
   */
  public Pending<ByteBuf> reading(long position, int max) {
    return run(
        "read",
        () -> {
          ByteBuf buf = ByteBufAllocator.DEFAULT.buffer(max, max);
          try {
            while (buf.isWritable()) {
              long at = position + buf.writerIndex();
              if (buf.writeBytes(channel, at, buf.writableBytes()) < 0) {
                checkOpen(); // to Netty that it was closed is an end, too
                break;
              }
            }
            return buf;
          } catch (Throwable t) {
            buf.release();
            throw t;
          }
        });
  }

  private void checkOpen() throws ClosedChannelException {
    if (!channel.isOpen()) {
      throw new ClosedChannelException();
    }
  }

  /** Writes all of {@code data}, which this releases, at {@code position}; tells how many bytes. */
  public Pending<Long> writing(long position, ByteBuf data) {
    return run(
        "write",
        () -> {
          try {
            long bytes = data.readableBytes();
            while (data.isReadable()) {
              data.readBytes(
                  channel, position + bytes - data.readableBytes(), data.readableBytes());
            }
            return bytes;
          } finally {
            data.release();
          }
        });
  }

  /** The number of bytes in the file. */
  public Pending<Long> sizing() {
    return run("size", channel::size);
  }

  /** Cuts the file off behind its first {@code size} bytes; tells its size then. */
  public Pending<Long> truncating(long size) {
    return run("truncate", () -> channel.truncate(size).size());
  }

  /** Has the system write what was written to the disk itself; tells the file's size. */
  public Pending<Long> syncing() {
    return run(
        "sync",
        () -> {
          channel.force(true);
          return channel.size();
        });
  }

  /** Closes the file; what is on its way fails. */
  @Override
  public void close() throws IOException {
    channel.close();
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
