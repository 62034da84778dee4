package lemnos.core;

import static lemnos.core.LogLevel.INFO;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Records as text: one line for people (G7), JSON for machines (G8, B12). */
final class LogFormatTest {
  private static final int ROUNDS = 5_000;

  /** What stakker_log's own tests show to both formats. */
  private static void showAll(LogVisitor v) {
    v.kv("u64", 123456789);
    v.kv("i64", -123456789);
    v.kv("f64", 12345.6789);
    v.kv("b0", false);
    v.kv("b1", true);
    v.present("null");
    v.kv("str", "ABCDEFGHIJ");
    v.kv("str_ctrl", "ABC\tDEF");
    v.kv("str_quote", "ABC\"DEF\"GHI");
    v.kv("str_bsl", "ABC\\DEF\\GHI");
    v.text("fmt", new StringBuilder("ABC123DEF"));
    v.map("map");
    v.kv("map_u64", 987654321);
    v.kv("map_str", "JIHGFEDCBA");
    v.map("map_nested");
    v.kv("map_nested_bool", false);
    v.mapEnd("map_nested");
    v.mapEnd("map");
    v.map("map_empty");
    v.mapEnd("map_empty");
    v.list("arr");
    v.kv(null, 987654321);
    v.kv(null, "JIHGFEDCBA");
    v.list(null);
    v.kv(null, true);
    v.listEnd(null);
    v.listEnd("arr");
    v.list("arr_empty");
    v.listEnd("arr_empty");
  }

  private static String pairs(LogFormat format, LogPairs pairs, String prefix, String suffix) {
    var out = new StringBuilder();
    format.appendPairs(out, pairs, prefix, suffix);
    return out.toString();
  }

  private static String line(LogPairs pairs) {
    return pairs(LogFormat.LINE, pairs, "", "");
  }

  private static String json(LogPairs pairs) {
    return "{" + pairs(LogFormat.JSON, pairs, "", "") + "}";
  }

  private static List<String> logged(LogFormat format, java.util.function.Consumer<Loop> body) {
    var lines = new ArrayList<String>();
    var loop = new Loop(0);
    loop.setLogger(
        LogFilter.parse("trace,audit,open"), (core, record) -> lines.add(format.format(record)));
    body.accept(loop);
    return lines;
  }

  // One line

  @Test
  void aLineIsThatOfStakkerLog() {
    assertEquals(
        " u64=123456789 i64=-123456789 f64=12345.6789 b0=false b1=true null str=ABCDEFGHIJ"
            + " str_ctrl=\"ABC\\09DEF\" str_quote=\"ABC\\22DEF\\22GHI\""
            + " str_bsl=\"ABC\\5CDEF\\5CGHI\" fmt=ABC123DEF"
            + " map{map_u64=987654321 map_str=JIHGFEDCBA map_nested{map_nested_bool=false}}"
            + " map_empty{} arr[987654321 JIHGFEDCBA [true]] arr_empty[]",
        pairs(LogFormat.LINE, LogFormatTest::showAll, " ", ""));
  }

  @Test
  void prefixAndSuffixAreWrittenOnlyAroundSomething() {
    for (LogFormat format : LogFormat.values()) {
      assertEquals("", pairs(format, v -> {}, "<", ">"));
    }
    assertEquals("<k=1>", pairs(LogFormat.LINE, v -> v.kv("k", 1), "<", ">"));
    assertEquals("<\"k\":1>", pairs(LogFormat.JSON, v -> v.kv("k", 1), "<", ">"));
  }

  @Test
  void aLineQuotesAndEscapesOnlyWhatItMust() {
    assertEquals("k=", line(v -> v.kv("k", "")));
    assertEquals("k=a.b/c,d:e", line(v -> v.kv("k", "a.b/c,d:e")));
    assertEquals("k=\"a b\"", line(v -> v.kv("k", "a b")));
    assertEquals("k=\"a=b\"", line(v -> v.kv("k", "a=b")));
    assertEquals("k=\"[{}]\"", line(v -> v.kv("k", "[{}]")));
    assertEquals("k=größer→\uD83D\uDE00", line(v -> v.kv("k", "größer→\uD83D\uDE00")));
    assertEquals("k=\"\\00\\0A\\1F\\7F\\85\"", line(v -> v.kv("k", "\0\n\u001f\u007f\u0085")));
    assertEquals("a\\20b\\3D=1", line(v -> v.kv("a b=", 1)));
    assertEquals("\\20=1", line(v -> v.kv("", 1)));
  }

  @Test
  void aLineShowsNullAndNotANumber() {
    assertEquals("k=null", line(v -> v.kvNull("k")));
    assertEquals("k", line(v -> v.present("k")));
    assertEquals("k[null 1]", line(v -> v.kv("k", java.util.Arrays.asList(null, 1))));
    assertEquals(
        "a=NaN b=-Infinity",
        line(
            v -> {
              v.kv("a", Double.NaN);
              v.kv("b", Double.NEGATIVE_INFINITY);
            }));
  }

  @Test
  void aRecordStaysOnItsLine() {
    String line =
        logged(
                LogFormat.LINE,
                loop ->
                    loop.log(INFO)
                        .target("a\nb")
                        .kv("k", "x\r\ny")
                        .write("text\nINFO: forged \u0085"))
            .getFirst();
    assertEquals("INFO a\\0Ab: text\\0AINFO: forged \\85 {k=\"x\\0D\\0Ay\"}", line);
    assertEquals(1, line.lines().count());
  }

  // JSON

  @Test
  void jsonIsThatOfStakkerLog() {
    assertEquals(
        ",\"u64\":123456789,\"i64\":-123456789,\"f64\":12345.6789,\"b0\":false,\"b1\":true,"
            + "\"null\":null,\"str\":\"ABCDEFGHIJ\",\"str_ctrl\":\"ABC\\u0009DEF\","
            + "\"str_quote\":\"ABC\\\"DEF\\\"GHI\",\"str_bsl\":\"ABC\\\\DEF\\\\GHI\","
            + "\"fmt\":\"ABC123DEF\",\"map\":{\"map_u64\":987654321,\"map_str\":\"JIHGFEDCBA\","
            + "\"map_nested\":{\"map_nested_bool\":false}},\"map_empty\":{},"
            + "\"arr\":[987654321,\"JIHGFEDCBA\",[true]],\"arr_empty\":[]",
        pairs(LogFormat.JSON, LogFormatTest::showAll, ",", ""));
  }

  @Test
  void aRecordIsAnObject() {
    assertEquals(
        List.of(
            "{\"level\":\"INFO\",\"text\":\"\"}",
            "{\"level\":\"INFO\",\"id\":3,\"target\":\"t\",\"text\":\"a 1\",\"kv\":{\"k\":1}}"),
        logged(
            LogFormat.JSON,
            loop -> {
              loop.log(INFO).write("");
              loop.log(INFO).span(3).target("t").kv("k", 1).write("a {}");
            }));
  }

  @Test
  void anExceptionBringsItsStackTrace() {
    String json =
        logged(
                LogFormat.JSON,
                loop -> loop.log(INFO).kv("e", new IllegalStateException("x")).write("a"))
            .getFirst();
    var record = new StrictJson(json).read();
    assertEquals(Map.of("e", "java.lang.IllegalStateException: x"), record.get("kv"));
    assertTrue(String.valueOf(record.get("stack")).contains("\tat lemnos.core.LogFormatTest"));
  }

  @Test
  void numbersThatJsonDoesNotHaveAreStrings() {
    assertEquals("{\"k\":\"NaN\"}", json(v -> v.kv("k", Double.NaN)));
    assertEquals("{\"k\":\"Infinity\"}", json(v -> v.kv("k", Double.POSITIVE_INFINITY)));
    assertEquals("{\"k\":\"-Infinity\"}", json(v -> v.kv("k", Float.NEGATIVE_INFINITY)));
  }

  @Test
  void halfASurrogatePairIsEscaped() {
    assertEquals("{\"k\":\"\\uD83D\"}", json(v -> v.kv("k", "\uD83D")));
    assertEquals("{\"k\":\"\\uDE00\uD83D\uDE00\"}", json(v -> v.kv("k", "\uDE00\uD83D\uDE00")));
  }

  @Test
  void wrongNestingIsPutRight() {
    assertEquals(
        "{\"m\":{\"l\":[1]}}",
        json(
            v -> {
              v.map("m");
              v.list("l");
              v.kv("key in a list", 1);
            }));
    assertEquals(
        "{\"m\":{},\"\":1}",
        json(
            v -> {
              v.map("m");
              v.listEnd("m");
              v.mapEnd("m");
              v.kv(null, 1);
            }));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 20261121})
  void jsonIsValidAndCompleteWhateverItIsMadeOf(long seed) {
    System.out.println("LogFormatTest seed " + seed);
    var random = new Random(seed);
    for (int round = 0; round < ROUNDS; round++) {
      Map<String, @Nullable Object> tree = RandomValues.map(random, 0);
      String text = RandomValues.string(random);
      String target = RandomValues.string(random);
      String json =
          logged(
                  LogFormat.JSON,
                  loop -> {
                    LogEntry entry = loop.log(INFO).target(target);
                    for (var pair : tree.entrySet()) {
                      entry = entry.kv(pair.getKey(), pair.getValue());
                    }
                    entry.write(text.replace("{}", ""));
                  })
              .getFirst();
      var record = new StrictJson(json).read();
      assertEquals(text.replace("{}", ""), record.get("text"), json);
      assertEquals(target.isEmpty() ? null : target, record.get("target"), json);
      Object expected = tree.isEmpty() ? null : RandomValues.inJson(tree);
      assertEquals(expected, record.get("kv"), json);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {3, 4})
  void jsonIsValidEvenIfTheVisitsMakeNoSense(long seed) {
    System.out.println("LogFormatTest seed " + seed);
    var random = new Random(seed);
    for (int round = 0; round < ROUNDS; round++) {
      String json = json(v -> RandomValues.nonsense(random, v));
      assertNotNull(new StrictJson(json).read());
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {5, 6})
  void aLineIsOneLineWhateverItIsMadeOf(long seed) {
    System.out.println("LogFormatTest seed " + seed);
    var random = new Random(seed);
    for (int round = 0; round < ROUNDS; round++) {
      Map<String, @Nullable Object> tree = RandomValues.map(random, 0);
      String text = RandomValues.string(random);
      String line =
          logged(
                  LogFormat.LINE,
                  loop -> {
                    LogEntry entry = loop.log(INFO);
                    for (var pair : tree.entrySet()) {
                      entry = entry.kv(pair.getKey(), pair.getValue());
                    }
                    entry.write(text);
                  })
              .getFirst();
      assertFalse(line.chars().anyMatch(Character::isISOControl), line);
    }
  }

  // The sink

  /** A world whose clock stands. */
  private static final class StillWorld implements World {
    @Override
    public long nanoTime() {
      return 0;
    }

    @Override
    public Instant wallTime() {
      return Instant.parse("2026-11-21T10:15:30.5Z");
    }

    @Override
    public Thread start(String name, boolean virtual, Runnable body) {
      throw new UnsupportedOperationException();
    }
  }

  @Test
  void theSinkWritesTheWorldsTimeAndWholeLines() {
    var out = new StringBuilder();
    var loop = new Loop(0, new StillWorld());
    loop.setLogger(LogFilter.of(INFO), LogFormat.LINE.to(out));
    loop.log(INFO).kv("n", 1).write("one");
    loop.setLogger(LogFilter.of(INFO), LogFormat.JSON.to(out));
    loop.log(INFO).kv("n", 2).write("two");
    assertEquals(
        """
        2026-11-21T10:15:30.500Z INFO: one {n=1}
        {"time":"2026-11-21T10:15:30.500Z","level":"INFO","text":"two","kv":{"n":2}}
        """,
        out.toString());
  }
}
