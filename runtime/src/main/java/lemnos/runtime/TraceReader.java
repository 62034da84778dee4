package lemnos.runtime;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads what {@link Setup#tracing} wrote, event by event, in the order in which they ended. Also
 * reads traces of heph-rt 0.4. Not thread-safe.
 */
public final class TraceReader implements Closeable {
  private static final int PREFIX_BYTES = 2 * Integer.BYTES;

  private final InputStream in;
  private final Instant epoch;

  /** Where the packet begins that is read next, or that is being read. */
  private long offset;

  private TraceReader(InputStream in) throws IOException {
    this.in = in;
    this.epoch = readEpoch();
  }

  /**
   * Opens a file.
   *
   * @throws TraceFault if it does not begin as a trace does
   */
  public static TraceReader open(Path file) throws IOException {
    InputStream in = Files.newInputStream(file);
    try {
      return new TraceReader(new BufferedInputStream(in));
    } catch (Throwable t) {
      in.close();
      throw t;
    }
  }

  /** The time of day at which the trace's own time begins. */
  public Instant epoch() {
    return epoch;
  }

  private Instant readEpoch() throws IOException {
    ByteBuffer packet = readPacket(TraceLog.METADATA_MAGIC, "the start of a trace");
    if (packet == null) {
      throw fault("the file is empty; a trace begins with the time");
    }
    try {
      String option = readText(packet);
      if (!option.equals("epoch")) {
        throw fault("the trace begins with '" + option + "', which is not known; 'epoch' is");
      }
      long nanos = packet.getLong();
      if (packet.hasRemaining()) {
        throw fault("the time is followed by " + packet.remaining() + " bytes that are not known");
      }
      return Instant.ofEpochSecond(
          Long.divideUnsigned(nanos, 1_000_000_000), Long.remainderUnsigned(nanos, 1_000_000_000));
    } catch (BufferUnderflowException e) {
      throw tooShort();
    } finally {
      offset += packet.limit();
    }
  }

  /**
   * The next event; null at the end of the file.
   *
   * @throws TraceFault if what comes is not a whole event; then nothing more can be read
   */
  public @Nullable TraceEvent next() throws IOException {
    ByteBuffer packet = readPacket(Tracer.EVENT_MAGIC, "the start of an event");
    if (packet == null) {
      return null;
    }
    TraceEvent event;
    try {
      event = readEvent(packet);
    } catch (BufferUnderflowException e) {
      throw tooShort();
    }
    offset += packet.limit();
    return event;
  }

  private TraceEvent readEvent(ByteBuffer packet) throws TraceFault {
    long stream = Integer.toUnsignedLong(packet.getInt());
    long count = Integer.toUnsignedLong(packet.getInt());
    long substream = packet.getLong();
    long start = packet.getLong();
    long end = packet.getLong();
    String description = readText(packet);
    List<TraceAttribute> attributes = new ArrayList<>();
    while (packet.hasRemaining()) {
      attributes.add(readAttribute(packet));
    }
    return new TraceEvent(stream, count, substream, start, end, description, attributes);
  }

  private TraceAttribute readAttribute(ByteBuffer packet) throws TraceFault {
    String name = readText(packet);
    byte type = packet.get();
    int number = (type & TraceAttribute.LIST) != 0 ? Short.toUnsignedInt(packet.getShort()) : 1;
    List<Object> values = new ArrayList<>();
    for (int i = 0; i < number; i++) {
      values.add(
          switch (type & ~TraceAttribute.LIST) {
            case TraceAttribute.UNSIGNED, TraceAttribute.SIGNED -> packet.getLong();
            case TraceAttribute.DOUBLE -> packet.getDouble();
            case TraceAttribute.TEXT -> readText(packet);
            default ->
                throw fault(
                    "attribute '"
                        + name
                        + "' is of type "
                        + (type & 0xFF)
                        + ", which is not known");
          });
    }
    return new TraceAttribute(name, type, values);
  }

  private static String readText(ByteBuffer packet) {
    byte[] text = new byte[Short.toUnsignedInt(packet.getShort())];
    packet.get(text);
    return new String(text, StandardCharsets.UTF_8);
  }

  /** The whole packet, its prefix already read; null at the end of the file. */
  private @Nullable ByteBuffer readPacket(int magic, String what) throws IOException {
    byte[] prefix = in.readNBytes(PREFIX_BYTES);
    if (prefix.length == 0) {
      return null;
    }
    if (prefix.length < PREFIX_BYTES) {
      throw cutOff(prefix.length, PREFIX_BYTES);
    }
    int found = ByteBuffer.wrap(prefix).getInt();
    if (found != magic) {
      throw fault("%08x is not %s, which is %08x".formatted(found, what, magic));
    }
    long size = Integer.toUnsignedLong(ByteBuffer.wrap(prefix).getInt(Integer.BYTES));
    if (size < PREFIX_BYTES || size > Integer.MAX_VALUE) {
      throw fault("a packet cannot be of " + size + " bytes");
    }
    byte[] rest = in.readNBytes((int) size - PREFIX_BYTES);
    if (rest.length < size - PREFIX_BYTES) {
      throw cutOff(PREFIX_BYTES + rest.length, size);
    }
    return ByteBuffer.allocate((int) size).put(prefix).put(rest).position(PREFIX_BYTES);
  }

  private TraceFault cutOff(long found, long size) {
    return fault(
        "the file ends after "
            + found
            + " of at least "
            + size
            + " bytes; its program is still writing, or died while it wrote");
  }

  private TraceFault tooShort() {
    return fault("the packet is shorter than what it holds");
  }

  private TraceFault fault(String message) {
    return new TraceFault(offset, message);
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
