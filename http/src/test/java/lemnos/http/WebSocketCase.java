package lemnos.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Frames, and what an end that echoes messages answers: the cases of Autobahn's test suite, with
 * its numbers, chapters 1 to 7 and 10. Cases that differ only in how the bytes are cut stand here
 * once: each is sent in several ways.
 *
 * @param sent frames: the first byte in hex, a space and the payload; {@code 0x} begins one in hex
 * @param got what comes back, in the same form; of a closing frame the code
 */
record WebSocketCase(String name, List<String> sent, List<String> got) {
  private static final String HELLO = "Hello-µ@ßöäüàá-UTF-8!!";
  private static final String KOSME = "cebae1bdb9cf83cebcceb5";
  private static final String PROTOCOL_ERROR = "88 1002";
  private static final String NOT_UTF8 = "88 1007";

  @Override
  public String toString() {
    return name;
  }

  /** The bytes of a frame, by an end that is a client or not. */
  static byte[] bytes(String frame, boolean isClient) {
    String text = frame.substring(3);
    byte[] payload =
        text.startsWith("0x") ? HexFormat.of().parseHex(text.substring(2)) : text.getBytes(UTF_8);
    return WebSocketPeer.frame(Integer.parseInt(frame.substring(0, 2), 16), payload, isClient);
  }

  /** All bytes that are sent. */
  byte[] bytes(boolean isClient) {
    var all = new ByteArrayOutputStream();
    sent.forEach(frame -> all.writeBytes(bytes(frame, isClient)));
    return all.toByteArray();
  }

  /** Whether the socket is closed in the end. */
  boolean ends() {
    return !got.isEmpty() && got.getLast().startsWith("88");
  }

  private static WebSocketCase of(String name, List<String> sent, String... got) {
    return new WebSocketCase(name, sent, List.of(got));
  }

  private static WebSocketCase echoed(String name, String frame) {
    return of(name, List.of(frame), frame);
  }

  static List<WebSocketCase> all() {
    var all = new ArrayList<WebSocketCase>();
    sizes(all);
    pings(all);
    reserved(all);
    opcodes(all);
    fragments(all);
    text(all);
    malformed(all);
    overlong(all);
    letters(all);
    closing(all);
    codes(all);
    String big = "*".repeat(65_536);
    all.add(of("10.1.1", pieces("01", big, 1_300), "81 " + big));
    return all;
  }

  /** A message in fragments of {@code size}. */
  static List<String> pieces(String first, String text, int size) {
    List<String> frames = new ArrayList<>();
    for (int at = 0; at < text.length(); at += size) {
      int end = Math.min(text.length(), at + size);
      boolean isLast = end == text.length();
      String begin = at == 0 ? first : isLast ? "80" : "00";
      frames.add(begin + " " + text.substring(at, end));
    }
    return frames;
  }

  private static void sizes(List<WebSocketCase> all) {
    int number = 0;
    for (int size : new int[] {0, 125, 126, 127, 128, 65_535, 65_536}) {
      number++;
      all.add(echoed("1.1." + number, "81 " + "*".repeat(size)));
      all.add(echoed("1.2." + number, "82 " + "*".repeat(size)));
    }
  }

  private static void pings(List<WebSocketCase> all) {
    String most = "x".repeat(125);
    List<String> pings = IntStream.range(0, 10).mapToObj(i -> "89 payload-" + i).toList();
    List<String> pongs = pings.stream().map(ping -> ping.replaceFirst("89", "8a")).toList();
    all.add(of("2.1", List.of("89 "), "8a "));
    all.add(of("2.2", List.of("89 Hello, world!"), "8a Hello, world!"));
    all.add(of("2.3", List.of("89 0x00010203"), "8a \0\1\2\3"));
    all.add(of("2.4", List.of("89 " + most), "8a " + most));
    all.add(of("2.5", List.of("89 " + most + "x"), PROTOCOL_ERROR));
    all.add(of("2.7", List.of("8a ", "81 still here"), "81 still here"));
    all.add(of("2.8", List.of("8a unasked", "81 still here"), "81 still here"));
    all.add(of("2.9", List.of("8a unasked", "89 ping"), "8a ping"));
    all.add(new WebSocketCase("2.10", pings, pongs));
  }

  private static void reserved(List<WebSocketCase> all) {
    all.add(of("3.1", List.of("91 a"), PROTOCOL_ERROR));
    all.add(of("3.2", List.of("81 a", "a1 b", "89 "), "81 a", PROTOCOL_ERROR));
    all.add(of("3.3", List.of("81 a", "b1 b", "89 "), "81 a", PROTOCOL_ERROR));
    all.add(of("3.4", List.of("81 a", "c1 b", "89 "), "81 a", PROTOCOL_ERROR));
    all.add(of("3.5", List.of("d2 a"), PROTOCOL_ERROR));
    all.add(of("3.6", List.of("e9 a"), PROTOCOL_ERROR));
    all.add(of("3.7", List.of("f8 0x03e8"), PROTOCOL_ERROR));
  }

  private static void opcodes(List<WebSocketCase> all) {
    for (int i = 0; i < 5; i++) {
      String data = "%02x ".formatted(0x83 + i);
      String control = "%02x ".formatted(0x8b + i);
      String payload = i % 2 == 0 ? "" : "reserved";
      List<String> before = i < 2 ? List.of() : List.of("81 a");
      List<String> after = i < 2 ? List.of() : List.of("89 ");
      List<String> answer = i < 2 ? List.of(PROTOCOL_ERROR) : List.of("81 a", PROTOCOL_ERROR);
      all.add(new WebSocketCase("4.1." + (i + 1), joined(before, data + payload, after), answer));
      all.add(
          new WebSocketCase("4.2." + (i + 1), joined(before, control + payload, after), answer));
    }
  }

  private static List<String> joined(List<String> before, String frame, List<String> after) {
    var all = new ArrayList<>(before);
    all.add(frame);
    all.addAll(after);
    return all;
  }

  private static void fragments(List<WebSocketCase> all) {
    all.add(of("5.1", List.of("09 a", "80 b"), PROTOCOL_ERROR));
    all.add(of("5.2", List.of("0a a", "80 b"), PROTOCOL_ERROR));
    all.add(of("5.3 to 5.5", List.of("01 frag", "80 ment"), "81 fragment"));
    all.add(of("5.6 to 5.8", List.of("01 a", "89 ping", "80 b"), "8a ping", "81 ab"));
    all.add(of("5.6 with a pong", List.of("01 a", "8a pong", "80 b"), "81 ab"));
    all.add(of("5.9 to 5.11", List.of("80 b", "81 a"), PROTOCOL_ERROR));
    all.add(of("5.12 to 5.14", List.of("00 b", "81 a"), PROTOCOL_ERROR));
    all.add(of("5.15", List.of("01 a", "80 b", "00 c", "81 d"), "81 ab", PROTOCOL_ERROR));
    all.add(of("5.16", List.of("00 a", "01 b", "80 c", "00 a"), PROTOCOL_ERROR));
    all.add(of("5.17", List.of("80 a", "01 b", "80 c", "80 a"), PROTOCOL_ERROR));
    all.add(of("5.18", List.of("01 a", "81 b"), PROTOCOL_ERROR));
    all.add(
        of(
            "5.19, 5.20",
            List.of("01 1", "00 2", "89 p1", "00 3", "00 4", "89 p2", "80 5"),
            "8a p1",
            "8a p2",
            "81 12345"));
  }

  private static void text(List<WebSocketCase> all) {
    all.add(echoed("6.1.1", "81 "));
    all.add(of("6.1.2", List.of("01 ", "00 ", "80 "), "81 "));
    all.add(of("6.1.3", List.of("01 ", "00 middle", "80 "), "81 middle"));
    all.add(echoed("6.2.1", "81 " + HELLO));
    all.add(of("6.2.2", List.of("01 Hello-µ@ßöä", "80 üàá-UTF-8!!"), "81 " + HELLO));
    all.add(of("6.2.3", byByte(HexFormat.of().formatHex(HELLO.getBytes(UTF_8))), "81 " + HELLO));
    all.add(of("6.2.4", byByte(KOSME), "81 " + text(KOSME)));
    all.add(of("6.3.1", List.of("81 0x" + KOSME + "eda080656469746564"), NOT_UTF8));
    all.add(of("6.3.2", byByte(KOSME + "eda080656469746564"), NOT_UTF8));
    // What is malformed is found before the message ends.
    all.add(of("6.4.1", List.of("01 0x" + KOSME, "00 0xf4908080"), NOT_UTF8));
    all.add(of("6.4.2", List.of("01 0x" + KOSME + "f4", "00 0x90"), NOT_UTF8));
    all.add(of("6.4.3", List.of("81 0x" + KOSME + "f49080806564"), NOT_UTF8));
    for (int i = 1; i <= 11; i++) {
      String part = KOSME.substring(0, 2 * i);
      boolean isWhole = List.of(2, 5, 7, 9, 11).contains(i);
      all.add(isWhole ? echoedHex("6.6." + i, part) : refused("6.6." + i, part));
    }
  }

  private static List<String> byByte(String hex) {
    List<String> frames = new ArrayList<>();
    for (int at = 0; at < hex.length(); at += 2) {
      boolean isLast = at + 2 == hex.length();
      String first = at == 0 ? "01" : isLast ? "80" : "00";
      frames.add(first + " 0x" + hex.substring(at, at + 2));
    }
    return frames;
  }

  private static WebSocketCase refused(String name, String hex) {
    return of(name, List.of("81 0x" + hex), NOT_UTF8);
  }

  private static WebSocketCase echoedHex(String name, String hex) {
    return of(name, List.of("81 0x" + hex), "81 " + text(hex));
  }

  private static String text(String hex) {
    return new String(HexFormat.of().parseHex(hex), UTF_8);
  }

  private static void number(
      List<WebSocketCase> all, String chapter, boolean isGood, String... hexes) {
    for (int i = 0; i < hexes.length; i++) {
      String name = chapter + "." + (i + 1);
      all.add(isGood ? echoedHex(name, hexes[i]) : refused(name, hexes[i]));
    }
  }

  private static String each(int from, int to, IntFunction<String> hex) {
    return IntStream.rangeClosed(from, to).mapToObj(hex).collect(Collectors.joining());
  }

  private static void malformed(List<WebSocketCase> all) {
    IntFunction<String> alone = "%02x"::formatted;
    IntFunction<String> spaced = "%02x20"::formatted;
    number(all, "6.8", false, "f888808080", "fc8480808080");
    number(all, "6.10", false, "f7bfbfbf", "fbbfbfbfbf", "fdbfbfbfbfbf");
    number(all, "6.12", false, "80", "bf", "80bf", "80bf80", "80bf80bf", "80bf80bf80");
    number(all, "6.12.7", false, "80bf80bf80bf", each(0x80, 0xbf, alone));
    number(
        all,
        "6.13",
        false,
        each(0xc0, 0xdf, spaced),
        each(0xe0, 0xef, spaced),
        each(0xf0, 0xf7, spaced),
        each(0xf8, 0xfb, spaced),
        each(0xfc, 0xfd, spaced));
    String[] cutOff = {
      "c0",
      "e080",
      "f08080",
      "f8808080",
      "fc80808080",
      "df",
      "efbf",
      "f7bfbf",
      "fbbfbfbf",
      "fdbfbfbfbf"
    };
    number(all, "6.14", false, cutOff);
    number(all, "6.15", false, String.join("", cutOff));
    number(all, "6.16", false, "fe", "ff", "fefeffff");
  }

  private static void overlong(List<WebSocketCase> all) {
    number(all, "6.17", false, "c0af", "e080af", "f08080af", "f8808080af", "fc80808080af");
    number(all, "6.18", false, "c1bf", "e09fbf", "f08fbfbf", "f887bfbfbf", "fc83bfbfbfbf");
    number(all, "6.19", false, "c080", "e08080", "f0808080", "f880808080", "fc8080808080");
    String[] high = {"eda080", "edadbf", "edae80", "edafbf"};
    String[] low = {"edb080", "edbfbf"};
    number(all, "6.20", false, high);
    number(all, "6.20.5", false, "edb080", "edbe80", "edbfbf");
    number(
        all,
        "6.21",
        false,
        Arrays.stream(high)
            .flatMap(h -> Arrays.stream(low).map(l -> h + l))
            .toArray(String[]::new));
  }

  private static void letters(List<WebSocketCase> all) {
    number(all, "6.5", true, KOSME, "48656c6c6f");
    number(all, "6.7", true, "00", "c280", "e0a080", "f0908080");
    number(all, "6.9", true, "7f", "dfbf", "efbfbf", "f48fbfbf");
    number(all, "6.11", true, "ed9fbf", "ee8080", "efbfbd", "f48fbfbf");
    number(all, "6.11.5", false, "f4908080");
    number(
        all,
        "6.22",
        true,
        IntStream.rangeClosed(0, 16)
            .boxed()
            .flatMap(plane -> IntStream.of(0xfffe, 0xffff).mapToObj(c -> (plane << 16) | c))
            .map(letter -> HexFormat.of().formatHex(Character.toString(letter).getBytes(UTF_8)))
            .toArray(String[]::new));
    number(all, "6.23", true, "efbfb9", "efbfba", "efbfbb", "efbfbc", "efbfbd", "efbfbe", "efbfbf");
  }

  private static void closing(List<WebSocketCase> all) {
    String normal = "88 0x03e8";
    String big = "*".repeat(256 * 1024);
    all.add(of("7.1.1", List.of("81 a", normal), "81 a", "88 1000"));
    all.add(of("7.1.2", List.of(normal, normal), "88 1000"));
    all.add(of("7.1.3", List.of(normal, "89 "), "88 1000"));
    all.add(of("7.1.4", List.of(normal, "81 a"), "88 1000"));
    all.add(of("7.1.5", List.of("01 a", normal, "80 b"), "88 1000"));
    all.add(of("7.1.6", List.of("81 " + big, normal, "89 "), "81 " + big, "88 1000"));
    all.add(of("7.3.1", List.of("88 "), "88 1000"));
    all.add(of("7.3.2", List.of("88 a"), PROTOCOL_ERROR));
    all.add(of("7.3.3", List.of(normal), "88 1000"));
    all.add(of("7.3.4", List.of(normal + "616263"), "88 1000"));
    all.add(of("7.3.5", List.of(normal + "61".repeat(123)), "88 1000"));
    all.add(of("7.3.6", List.of(normal + "61".repeat(124)), PROTOCOL_ERROR));
    all.add(of("7.5.1", List.of(normal + KOSME + "eda080656469746564"), NOT_UTF8));
  }

  private static void codes(List<WebSocketCase> all) {
    int[] good = {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999};
    int[] bad = {0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999};
    int[] beyond = {5000, 65_535}; // which the standard leaves open
    for (int i = 0; i < good.length; i++) {
      String close = "88 0x%04x".formatted(good[i]);
      all.add(of("7.7." + (i + 1), Collections.singletonList(close), "88 " + good[i]));
    }
    for (int i = 0; i < bad.length; i++) {
      all.add(of("7.9." + (i + 1), List.of("88 0x%04x".formatted(bad[i])), PROTOCOL_ERROR));
    }
    for (int i = 0; i < beyond.length; i++) {
      String close = "88 0x%04x".formatted(beyond[i]);
      all.add(of("7.13." + (i + 1), List.of(close), "88 " + beyond[i]));
    }
  }
}
