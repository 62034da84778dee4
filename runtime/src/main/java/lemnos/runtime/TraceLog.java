package lemnos.runtime;

import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.locks.ReentrantLock;
import lemnos.core.World;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file that a runtime's {@link Tracer}s write to, in heph-rt's trace format 0.1.0: a packet
 * with the time of day at the log's epoch, then a packet for each event. Each packet is one write,
 * so a program that dies leaves whole packets. Any thread may write.
 *
 * <p>What cannot be written ends the trace, and nothing else: after half a packet nobody could read
 * the next. A stream and not a channel, which an interrupt of one writer would close for all.
 */
final class TraceLog {
  static final int METADATA_MAGIC = 0x75D11D4D;
  private static final byte[] EPOCH = "epoch".getBytes(StandardCharsets.US_ASCII);
  private static final Logger LOG = LoggerFactory.getLogger(TraceLog.class);

  private final Path file;
  private final World world;
  private final long epochNanos;
  private final OutputStream out;

  /** So that no packet gets into the middle of another: a stream may write in several steps. */
  private final ReentrantLock lock = new ReentrantLock();

  private boolean ended;

  TraceLog(Path file, World world, OutputStream out) {
    this.file = file;
    this.world = world;
    this.out = out;
    Instant time = world.wallTime();
    this.epochNanos = world.nanoTime();
    write(metadata(time));
  }

  /**
   * Makes the file.
   *
   * @throws UncheckedIOException if it exists or cannot be made
   */
  static TraceLog create(Path file, World world) {
    try {
      Files.createFile(file);
      return new TraceLog(file, world, append(file.toFile()));
    } catch (FileAlreadyExistsException e) {
      throw new UncheckedIOException(
          "cannot trace to " + file + ": the file exists; delete it or name another", e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot trace to " + file + ": " + e, e);
    }
  }

  private static OutputStream append(File file) throws IOException {
    return new FileOutputStream(file, true);
  }

  private static byte[] metadata(Instant time) {
    int size = 2 * Integer.BYTES + Short.BYTES + EPOCH.length + Long.BYTES;
    var packet = ByteBuffer.allocate(size).putInt(METADATA_MAGIC).putInt(size);
    TraceAttribute.put(packet, EPOCH);
    return packet.putLong(time.getEpochSecond() * 1_000_000_000 + time.getNano()).array();
  }

  Path file() {
    return file;
  }

  /** Nanoseconds since the epoch. */
  long now() {
    return world.nanoTime() - epochNanos;
  }

  void write(byte[] packet) {
    lock.lock();
    try {
      if (!ended) {
        out.write(packet);
      }
    } catch (IOException e) {
      LOG.atWarn()
          .addKeyValue("file", file)
          .setCause(e)
          .log("error writing trace data: the trace ends here");
      end();
    } finally {
      lock.unlock();
    }
  }

  /** Closes the file; events that come later are dropped. */
  void close() {
    lock.lock();
    try {
      end();
    } finally {
      lock.unlock();
    }
  }

  private void end() {
    if (!ended) {
      ended = true;
      try {
        out.close();
      } catch (IOException e) {
        LOG.atWarn().addKeyValue("file", file).setCause(e).log("error closing the trace");
      }
    }
  }
}
