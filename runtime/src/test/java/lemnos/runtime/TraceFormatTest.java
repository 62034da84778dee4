package lemnos.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The trace format 0.1.0, byte for byte (PARITY-heph 12). */
final class TraceFormatTest {
  private final ManualWorld world = new ManualWorld();

  @TempDir Path folder;

  private Path file() {
    return folder.resolve("test.trace");
  }

  /** Writes an event to a trace that begins 5 ns after 1970 and returns the file. */
  private byte[] written(int stream, String description, TraceAttribute... attributes)
      throws IOException {
    world.pass(Duration.ofNanos(5));
    TraceLog log = TraceLog.create(file(), world);
    Tracer tracer = Tracer.of(log).stream(stream);
    world.pass(Duration.ofNanos(0x10));
    TraceTiming timing = tracer.start();
    world.pass(Duration.ofNanos(0x20));
    assertNotNull(timing);
    tracer.finish(timing, 0x0102030405060708L, description, attributes);
    log.close();
    return Files.readAllBytes(file());
  }

  private static byte[] hex(String... parts) {
    return HexFormat.of().parseHex(String.join("", parts).replace(" ", ""));
  }

  private static final String EPOCH_5 =
      "75d11d4d 00000017 0005 65706f6368 0000000000000005"; // "epoch"

  @Test
  void anEventWithoutAttributes() throws IOException {
    assertArrayEquals(
        hex(
            EPOCH_5,
            "c1fc1fb7 0000002d 00000003 00000000 0102030405060708",
            "0000000000000010 0000000000000030 0003 616263"),
        written(3, "abc"));
  }

  @Test
  void eachTypeOfAttribute() throws IOException {
    assertArrayEquals(
        hex(
            EPOCH_5,
            "c1fc1fb7 0000007c 00000000 00000000 0102030405060708",
            "0000000000000010 0000000000000030 0000",
            "0001 75 01 ffffffffffffffff",
            "0001 69 02 fffffffffffffffe",
            "0001 66 03 3ff8000000000000",
            "0001 73 04 0002 c3a9",
            "0002 7561 81 0002 0000000000000001 0000000000000002",
            "0001 53 84 0001 0001 78",
            "0001 65 83 0000"),
        written(
            0,
            "",
            TraceAttribute.ofUnsigned("u", -1),
            TraceAttribute.of("i", -2),
            TraceAttribute.of("f", 1.5),
            TraceAttribute.of("s", "é"),
            TraceAttribute.ofUnsigned("ua", 1, 2),
            TraceAttribute.of("S", List.of("x")),
            TraceAttribute.of("e", new double[0])));
  }

  @Test
  void eventsOfAStreamAreCounted() throws IOException {
    TraceLog log = TraceLog.create(file(), world);
    Tracer coordinator = Tracer.of(log);
    Tracer worker = coordinator.stream(1);
    for (Tracer tracer : List.of(coordinator, worker, worker, coordinator)) {
      TraceTiming timing = tracer.start();
      assertNotNull(timing);
      tracer.finish(timing, 0, "x");
    }
    log.close();
    try (var reader = TraceReader.open(file())) {
      List<String> read = new ArrayList<>();
      for (TraceEvent event = reader.next(); event != null; event = reader.next()) {
        read.add(event.stream() + "." + event.count());
      }
      assertEquals(List.of("0.0", "1.0", "1.1", "0.1"), read);
    }
    assertEquals(2, worker.count());
  }

  @Test
  void theTimeOfDayAtTheEpochIsRead() throws IOException {
    written(1, "x");
    try (var reader = TraceReader.open(file())) {
      assertEquals(Instant.ofEpochSecond(0, 5), reader.epoch());
    }
  }

  @Test
  void whatIsTooLongIsCutOffBetweenCharacters() throws IOException {
    String euros = "€".repeat(TraceAttribute.MAX_TEXT_BYTES); // three bytes each
    written(
        1,
        euros + "!",
        TraceAttribute.of("x" + euros, euros),
        TraceAttribute.of("list", new long[TraceAttribute.MAX_VALUES + 1]));
    TraceEvent event = readOne();
    assertEquals("€".repeat(TraceAttribute.MAX_TEXT_BYTES / 3), event.description());
    TraceAttribute text = event.attributes().get(0);
    assertEquals("x" + "€".repeat((TraceAttribute.MAX_TEXT_BYTES - 1) / 3), text.name());
    assertEquals(event.description(), text.values().getFirst());
    assertEquals(TraceAttribute.MAX_VALUES, event.attributes().get(1).values().size());
  }

  private TraceEvent readOne() throws IOException {
    try (var reader = TraceReader.open(file())) {
      TraceEvent event = reader.next();
      assertNotNull(event);
      assertNull(reader.next());
      return event;
    }
  }

  private static TraceAttribute random(SplittableRandom random) {
    String name = text(random);
    int size = random.nextInt(5);
    return switch (random.nextInt(8)) {
      case 0 -> TraceAttribute.of(name, random.nextLong());
      case 1 -> TraceAttribute.ofUnsigned(name, random.nextLong());
      case 2 -> TraceAttribute.of(name, Double.longBitsToDouble(random.nextLong()));
      case 3 -> TraceAttribute.of(name, text(random));
      case 4 -> TraceAttribute.of(name, random.longs(size).toArray());
      case 5 -> TraceAttribute.ofUnsigned(name, random.longs(size).toArray());
      case 6 -> TraceAttribute.of(name, random.doubles(size).toArray());
      default -> TraceAttribute.of(name, random.ints(size).mapToObj(Integer::toString).toList());
    };
  }

  private static String text(SplittableRandom random) {
    return random
        .ints(random.nextInt(20), 0, 0xD800)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  @Test
  void whatIsWrittenIsRead() throws IOException {
    long seed = System.nanoTime();
    var random = new SplittableRandom(seed);
    for (int i = 0; i < 200; i++) {
      Files.deleteIfExists(file());
      String description = text(random);
      TraceAttribute[] attributes =
          random
              .ints(random.nextInt(6))
              .mapToObj(_ -> random(random))
              .toArray(n -> new TraceAttribute[n]);
      written(7, description, attributes);
      TraceEvent event = readOne();
      String what = "seed " + seed + ", round " + i;
      assertEquals(7, event.stream(), what);
      assertEquals(0x0102030405060708L, event.substream(), what);
      assertEquals(0x10, event.startNanos(), what);
      assertEquals(0x30, event.endNanos(), what);
      assertEquals(description, event.description(), what);
      assertEquals(
          Arrays.stream(attributes).map(a -> a + " " + a.isList() + a.isUnsigned()).toList(),
          event.attributes().stream().map(a -> a + " " + a.isList() + a.isUnsigned()).toList(),
          what);
    }
  }

  // Broken files

  private static final TraceAttribute[] SOME = {
    TraceAttribute.of("n", 1),
    TraceAttribute.of("text", "abc"),
    TraceAttribute.of("list", List.of("a", "b")),
    TraceAttribute.of("numbers", 1.5, 2.5)
  };

  @Test
  void aFileThatEndsAnywhereIsReadUpToItsLastWholePacket() throws IOException {
    byte[] whole = written(1, "first", SOME);
    int first = whole.length;
    byte[] second = Arrays.copyOfRange(whole, 23, first);
    byte[] all = Arrays.copyOf(whole, first + second.length);
    System.arraycopy(second, 0, all, first, second.length);
    for (int length = 0; length < all.length; length++) {
      Files.write(file(), Arrays.copyOf(all, length));
      checkCutOff(length, first);
    }
  }

  private void checkCutOff(int length, int first) throws IOException {
    if (length < 23) {
      var fault = assertThrows(TraceFault.class, () -> TraceReader.open(file()).close());
      assertEquals(0, fault.offset());
      return;
    }
    try (var reader = TraceReader.open(file())) {
      if (length >= first) {
        TraceEvent event = reader.next();
        assertTrue(event != null && event.description().equals("first"));
      }
      if (length == 23 || length == first) {
        assertNull(reader.next());
      } else {
        var fault = assertThrows(TraceFault.class, reader::next);
        assertEquals(length < first ? 23 : first, fault.offset());
        assertThat(fault)
            .hasMessageStartingWith("at byte " + fault.offset() + ": the file ends after ");
      }
    }
  }

  /** The packet's own size is right for what is left of it, so what it holds is cut. */
  @Test
  void aPacketThatEndsAnywhereIsRefused() throws IOException {
    byte[] whole = written(1, "x", SOME);
    List<Integer> ends = new ArrayList<>(); // where an attribute ends: a whole packet as well
    int end = 23 + 42 + 1;
    ends.add(end);
    for (TraceAttribute attribute : SOME) {
      end += attribute.encoded().length;
      ends.add(end);
    }
    for (int length = 23 + 8; length <= whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      ByteBuffer.wrap(cut).putInt(23 + 4, length - 23);
      Files.write(file(), cut);
      try (var reader = TraceReader.open(file())) {
        if (ends.contains(length)) {
          assertNotNull(reader.next());
        } else {
          var fault = assertThrows(TraceFault.class, reader::next, "cut at " + length);
          assertEquals("at byte 23: the packet is shorter than what it holds", fault.getMessage());
        }
      }
    }
  }

  @Test
  void aByteThatIsWrongIsAFaultOrAnotherTraceAndNothingElse() throws IOException {
    byte[] whole = written(1, "abc", SOME);
    for (int at = 0; at < whole.length; at++) {
      for (int bit = 0; bit < 8; bit++) {
        byte[] wrong = whole.clone();
        wrong[at] ^= (byte) (1 << bit);
        Files.write(file(), wrong);
        try (var reader = TraceReader.open(file())) {
          while (reader.next() != null) {
            // whatever it is
          }
        } catch (TraceFault e) {
          assertTrue(e.offset() == 0 || (e.offset() >= 23 && e.offset() < whole.length));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "89504e470d0a1a0a | at byte 0: 89504e47 is not the start of a trace, which is 75d11d4d",
        "75d11d4d00000017 0005 65706f6369 0000000000000005"
            + " | at byte 0: the trace begins with 'epoci', which is not known; 'epoch' is",
        "75d11d4d00000018 0005 65706f6368 0000000000000005 00"
            + " | at byte 0: the time is followed by 1 bytes that are not known",
        "75d11d4d00000007 | at byte 0: a packet cannot be of 7 bytes",
        "75d11d4dffffffff | at byte 0: a packet cannot be of 4294967295 bytes",
        " | at byte 0: the file is empty; a trace begins with the time",
        EPOCH_5
            + "c1fc1fb8 00000000"
            + " | at byte 23: c1fc1fb8 is not the start of an event, which is c1fc1fb7",
        EPOCH_5
            + "c1fc1fb7 0000002d 00000003 00000000 0102030405060708 0000000000000010"
            + "0000000000000030 0000 0000 05"
            + " | at byte 23: attribute '' is of type 5, which is not known",
      })
  void whatIsNoTraceIsSaidToBeNone(String example) throws IOException {
    String[] parts = example.split(" \\| ", 2);
    Files.write(file(), hex(parts.length == 1 ? "" : parts[0]));
    var fault = assertThrows(TraceFault.class, this::readOne);
    assertEquals(parts[parts.length - 1].replaceFirst("^ ?\\| ", ""), fault.getMessage());
  }

  @Test
  void aTraceMustHaveAFileOfItsOwn() throws IOException {
    Files.writeString(file(), "precious", StandardCharsets.UTF_8);
    var failure =
        assertThrows(UncheckedIOException.class, () -> Run.setup(1).tracing(file()).build());
    assertEquals(
        "cannot trace to " + file() + ": the file exists; delete it or name another",
        failure.getMessage());
    assertEquals("precious", Files.readString(file()));
    Path nowhere = folder.resolve("nowhere/x.trace");
    failure = assertThrows(UncheckedIOException.class, () -> TraceLog.create(nowhere, world));
    assertThat(failure).hasMessageStartingWith("cannot trace to " + nowhere + ": ");
  }

  /** Accepts so many packets and then fails, as a full disk does. */
  private static final class FullDisk extends OutputStream {
    private final List<byte[]> packets = new ArrayList<>();
    private int writes;
    private boolean closed;

    @Override
    public void write(int b) {
      throw new AssertionError("not the whole packet");
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      writes++;
      if (writes > 2) {
        throw new IOException("No space left on device");
      }
      packets.add(Arrays.copyOfRange(bytes, from, from + length));
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  @Test
  void eachEventIsOneWriteAndAFullDiskEndsTheTraceAlone() {
    var disk = new FullDisk();
    var log = new TraceLog(file(), world, disk);
    Tracer tracer = Tracer.of(log);
    for (int i = 0; i < 5; i++) {
      TraceTiming timing = tracer.start();
      assertNotNull(timing);
      tracer.finish(timing, i, "event " + i, SOME);
    }
    log.close();
    assertEquals(2, disk.packets.size());
    assertEquals(
        disk.packets.get(1).length, ByteBuffer.wrap(disk.packets.get(1)).getInt(Integer.BYTES));
    assertEquals(3, disk.writes, "after the first failure nothing is tried again");
    assertTrue(disk.closed);
  }
}
