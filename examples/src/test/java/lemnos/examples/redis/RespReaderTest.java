package lemnos.examples.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.sun.management.ThreadMXBean;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RespReaderTest {
  private static final String SET = "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nvalue\r\n";

  /** What a reader makes of some input: its commands as text, then the error if there is one. */
  private static List<String> read(String input, int pieceLength) {
    var reader = new RespReader(LocalServer.HASH);
    var result = new ArrayList<String>();
    try {
      for (int at = 0; at < input.length(); at += pieceLength) {
        String piece = input.substring(at, Math.min(at + pieceLength, input.length()));
        readPiece(reader, piece, result);
      }
    } catch (ProtocolError e) {
      result.add(String.valueOf(e.getMessage()));
    }
    return result;
  }

  private static void readPiece(RespReader reader, String piece, List<String> result)
      throws ProtocolError {
    ByteBuf in = Unpooled.wrappedBuffer(Ascii.bytes(piece));
    for (Command command = reader.next(in); command != null; command = reader.next(in)) {
      result.add(show(command));
    }
    assertThat(in.isReadable()).as("null means that all was read").isFalse();
  }

  private static List<String> read(String input) {
    return read(input, Math.max(1, input.length()));
  }

  private static String show(Command command) {
    var text = new StringBuilder(command.spec().isKnown() ? command.spec().name() : "?");
    for (int i = 1; i < command.count(); i++) {
      text.append('|').append(Ascii.string(command.arg(i)));
    }
    return text.toString();
  }

  @Test
  void wholeCommandsAreTaken() {
    assertThat(read(SET)).containsExactly("set|key|value");
    assertThat(read(SET + "*1\r\n$4\r\npInG\r\n" + SET))
        .containsExactly("set|key|value", "ping", "set|key|value");
    assertThat(read("*2\r\n$3\r\nGET\r\n$0\r\n\r\n")).containsExactly("get|");
    assertThat(read("*2\r\n$3\r\nGET\r\n$4\r\n\r\n\0*\r\n")).containsExactly("get|\r\n\0*");
    assertThat(read("*2\r\n$4\r\nNOPE\r\n$1\r\nx\r\n")).containsExactly("?|x");
    assertThat(read("*1\r\n$0\r\n\r\n")).containsExactly("?");
  }

  @Test
  void inlineCommandsAreTaken() {
    assertThat(read("PING\r\n")).containsExactly("ping");
    assertThat(read("PING\n")).containsExactly("ping");
    assertThat(read("  set   key\tvalue  \r\n" + SET))
        .containsExactly("set|key|value", "set|key|value");
    assertThat(read("set k \"a b\\x41\\n\" \r\n")).containsExactly("set|k|a bA\n");
  }

  @Test
  void nothingIsNoCommand() {
    assertThat(read("\r\n\n  \r\n*0\r\n*-1\r\n*-5\r\nPING\r\n")).containsExactly("ping");
    assertThat(read("*-9223372036854775808\r\nPING\r\n")).containsExactly("ping");
  }

  @Test
  void theLineFeedOfALengthAndTheLineEndOfABulkMayBeAnything() {
    assertThat(read("*1\rx$4\rxPINGxx" + SET)).containsExactly("ping", "set|key|value");
  }

  @Test
  void anIncompleteCommandIsWaitedFor() {
    for (int length = 1; length < SET.length(); length++) {
      assertThat(read(SET.substring(0, length))).isEmpty();
    }
  }

  @Test
  void malformedInputIsRefusedInRedisWords() {
    String array = "Protocol error: invalid multibulk length";
    String bulk = "Protocol error: invalid bulk length";
    String quotes = "Protocol error: unbalanced quotes in request";
    String[][] table = {
      {"*x\r\n", array},
      {"*\r\n", array},
      {"*+1\r\n", array},
      {"*01\r\n", array},
      {"*1x\r\n", array},
      {"* 1\r\n", array},
      {"*1 \r\n", array},
      {"*-0\r\n", array},
      {"*-\r\n", array},
      {"*--1\r\n", array},
      {"*-9223372036854775809\r\n", array},
      {"*-99999999999999999999999", array},
      {"*1048577\r\n", array},
      {"*2147483648\r\n", array},
      {"*18446744073709551617\r\n", array},
      {"*1\r\n$x\r\n", bulk},
      {"*1\r\n$\r\n", bulk},
      {"*1\r\n$-1\r\n", bulk},
      {"*1\r\n$00\r\n", bulk},
      {"*1\r\n$536870913\r\n", bulk},
      {"*1\r\n$18446744073709551617\r\n", bulk},
      {"*1\r\n:4\r\n", "Protocol error: expected '$', got ':'"},
      {"*1\r\nPING\r\n", "Protocol error: expected '$', got 'P'"},
      {"*2\r\n$3\r\nGET\r\n\r\n", "Protocol error: expected '$', got '\r'"},
      {"set k \"a\r\n", quotes},
      {"set k 'a\r\n", quotes},
      {"set k \"a\"b\r\n", quotes},
      {"set k 'a'b\r\n", quotes},
      {"POST / HTTP/1.1\r\n", "Protocol error: this is HTTP"},
      {"Host: localhost\r\n", "Protocol error: this is HTTP"},
    };
    for (String[] row : table) {
      assertThat(read(row[0])).as(row[0]).containsExactly(row[1]);
      assertThat(read(row[0], 1)).as("byte by byte " + row[0]).containsExactly(row[1]);
      assertThat(read("PING\r\n" + row[0], 3)).containsExactly("ping", row[1]);
    }
  }

  @Test
  void theReplyToMalformedInputHasNoLineBreakInIt() {
    var client = new LocalServer(1).client();
    assertThat(client.send("*2\r\n$3\r\nGET\r\n\r\n"))
        .isEqualTo("-ERR Protocol error: expected '$', got ' '\r\n");
    assertThat(client.session.closing()).isTrue();
  }

  @Test
  void arraysUpToTheirLimitAreTaken() {
    int most = RespReader.ARRAY_LIMIT;
    var input = new StringBuilder("*" + most + "\r\n$3\r\nDEL\r\n");
    input.repeat("$1\r\nk\r\n", most - 1);
    var reader = new RespReader(LocalServer.HASH);
    ByteBuf in = Unpooled.wrappedBuffer(Ascii.bytes(input.toString()));
    Command command = next(reader, in);
    assertThat(Objects.requireNonNull(command).count()).isEqualTo(most);
  }

  @Test
  void bulksUpToTheirLimitAreWaitedFor() {
    assertThat(read("*2\r\n$4\r\nECHO\r\n$536870912\r\nabc")).isEmpty();
  }

  @Test
  void inlineCommandsUpToTheirLimitAreTaken() {
    String longest = "ECHO " + "x".repeat(RespReader.INLINE_LIMIT - 6) + "\r\n";
    String tooLong = "ECHO " + "x".repeat(RespReader.INLINE_LIMIT - 5) + "\r\n";
    for (int piece : new int[] {1, 1000, 100_000}) {
      assertThat(read(longest + "PING\r\n", piece)).hasSize(2);
      assertThat(read(tooLong, piece)).containsExactly("Protocol error: too big inline request");
      assertThat(read("x".repeat(RespReader.INLINE_LIMIT), piece)).isEmpty();
      assertThat(read("x".repeat(RespReader.INLINE_LIMIT + 1), piece))
          .containsExactly("Protocol error: too big inline request");
    }
  }

  @Test
  void theArgumentsOfOneCommandHaveALimitTogether() throws ProtocolError {
    String input = "*3\r\n$3\r\nDEL\r\n$3\r\nabc\r\n$4\r\ndefg\r\n";
    assertThat(new RespReader(LocalServer.HASH, 10).next(ascii(input))).isNotNull();
    assertThatExceptionOfType(ProtocolError.class)
        .isThrownBy(() -> new RespReader(LocalServer.HASH, 9).next(ascii(input)))
        .withMessage("Protocol error: too big command");
  }

  @Test
  void anAnnouncedLengthTakesNoMemory() {
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    var reader = new RespReader(LocalServer.HASH);
    ByteBuf in = ascii("*1048576\r\n$3\r\nDEL\r\n$536870912\r\nabc");
    long before = threads.getCurrentThreadAllocatedBytes();
    assertThat(next(reader, in)).isNull();
    long taken = threads.getCurrentThreadAllocatedBytes() - before;
    assertThat(taken).isLessThan(200_000);
  }

  @Test
  void aLongBulkMayComeInAnyPieces() {
    String value = "0123456789".repeat(30_000);
    String input =
        "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$" + value.length() + "\r\n" + value + "\r\n" + SET;
    for (int piece : new int[] {1, 7, 4096, 65_536, 299_999, 1_000_000}) {
      assertThat(read(input, piece)).containsExactly("set|k|" + value, "set|key|value");
    }
  }

  @Test
  void aLongNameIsUnknown() {
    String name = "GET".repeat(5_000);
    String input = "*1\r\n$" + name.length() + "\r\n" + name + "\r\n";
    assertThat(read(input)).containsExactly("?");
    assertThat(read(input, 100)).containsExactly("?");
  }

  @Test
  void piecesMakeNoDifference() {
    var random = new SplittableRandom(seed());
    for (int round = 0; round < 300; round++) {
      String input = randomInput(random);
      List<String> whole = read(input);
      assertThat(read(input, 1)).as(input).isEqualTo(whole);
      assertThat(read(input, 1 + random.nextInt(100))).as(input).isEqualTo(whole);
    }
  }

  @Test
  void nothingButProtocolErrorsComesOutOfGarbage() {
    var random = new SplittableRandom(seed());
    String alphabet = "**$$\r\n\r\n 0123-\"'\\xPINGget\0\u00ff";
    for (int round = 0; round < 20_000; round++) {
      var garbage = new StringBuilder();
      for (int i = random.nextInt(60); i > 0; i--) {
        garbage.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      read(garbage.toString(), 1 + random.nextInt(20));
      read(mutated(randomInput(random), random), 1 + random.nextInt(50));
    }
  }

  @Test
  void slowTricklesTakeLinearTime() throws ProtocolError {
    // A million bytes of small commands and a bulk of 8 MiB, one byte at a time: with quadratic
    // work this test would take hours.
    var reader = new RespReader(LocalServer.HASH);
    byte[] commands = Ascii.bytes(SET.repeat(20_000));
    byte[] header = Ascii.bytes("*2\r\n$4\r\nECHO\r\n$8388608\r\n");
    ByteBuf in = Unpooled.buffer(1, 1);
    int count = 0;
    for (byte b : commands) {
      count += reader.next(in.clear().writeByte(b)) == null ? 0 : 1;
    }
    assertThat(count).isEqualTo(20_000);
    for (byte b : header) {
      assertThat(reader.next(in.clear().writeByte(b))).isNull();
    }
    for (int i = 0; i < 8_388_608 + 1; i++) {
      assertNull(reader.next(in.clear().writeByte('x')));
    }
    assertThat(reader.next(in.clear().writeByte('x'))).isNotNull();
  }

  private static void assertNull(@Nullable Object command) {
    if (command != null) {
      throw new AssertionError("a command too early");
    }
  }

  /** Some commands in both forms, with words of all kinds and lengths. */
  private static String randomInput(SplittableRandom random) {
    var input = new StringBuilder();
    for (int i = 1 + random.nextInt(5); i > 0; i--) {
      int words = 1 + random.nextInt(4);
      if (random.nextInt(4) == 0) {
        input.append("echo ").append("x".repeat(random.nextInt(50))).append("\r\n");
        continue;
      }
      input.append('*').append(words).append("\r\n");
      for (int j = 0; j < words; j++) {
        int length = random.nextInt(10) == 0 ? random.nextInt(9_000) : random.nextInt(20);
        String word = j == 0 ? "MGET" : "\r\n$*".repeat(length / 4 + 1).substring(0, length);
        input.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
      }
    }
    return input.toString();
  }

  private static String mutated(String input, SplittableRandom random) {
    var text = new StringBuilder(input);
    for (int i = random.nextInt(4); i > 0; i--) {
      text.setCharAt(random.nextInt(text.length()), (char) random.nextInt(256));
    }
    return text.toString();
  }

  private static @Nullable Command next(RespReader reader, ByteBuf in) {
    try {
      return reader.next(in);
    } catch (ProtocolError e) {
      throw new AssertionError(e);
    }
  }

  private static ByteBuf ascii(String text) {
    return Unpooled.wrappedBuffer(Ascii.bytes(text));
  }

  private static long seed() {
    long seed = System.nanoTime();
    System.out.println("RespReaderTest seed " + seed);
    return seed;
  }
}
