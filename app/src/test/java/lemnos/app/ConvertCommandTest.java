package lemnos.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.TypeAdapter;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import lemnos.runtime.ActorOptions;
import lemnos.runtime.Context;
import lemnos.runtime.Runtime;
import lemnos.runtime.Supervisor;
import lemnos.runtime.TraceAttribute;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code lemnos trace convert}; its JSON is read by a strict parser that others wrote. */
@Timeout(300)
final class ConvertCommandTest {
  /** The epoch is 5 ns after 1970. */
  private static final String EPOCH = "75d11d4d 00000017 0005 65706f6368 0000000000000005";

  /** Worker 1, actor 7, from 1000 ns to 3005 ns: "abc". */
  private static final String EVENT =
      "c1fc1fb7 0000002d 00000001 00000000 0000000000000007"
          + "00000000000003e8 0000000000000bbd 0003 616263";

  @TempDir Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private Path trace() {
    return folder.resolve("some.trace");
  }

  private Path json() {
    return folder.resolve("some.json");
  }

  private void writeTrace(String... hex) throws IOException {
    Files.write(trace(), HexFormat.of().parseHex(String.join("", hex).replace(" ", "")));
  }

  private int run(Object... args) {
    return Main.commandLine()
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(Arrays.stream(args).map(Object::toString).toArray(String[]::new));
  }

  private int convert(Object... more) {
    Object[] args = new Object[more.length + 3];
    args[0] = "trace";
    args[1] = "convert";
    args[2] = trace();
    System.arraycopy(more, 0, args, 3, more.length);
    return run(args);
  }

  /** Exactly one JSON value, by the letter of RFC 8259. */
  private static JsonObject parse(String text) throws IOException {
    var reader = new JsonReader(new StringReader(text));
    reader.setStrictness(Strictness.STRICT);
    TypeAdapter<JsonElement> adapter = new Gson().getAdapter(JsonElement.class);
    JsonElement value = adapter.read(reader);
    assertThat(reader.peek()).isEqualTo(JsonToken.END_DOCUMENT);
    return value.getAsJsonObject();
  }

  private JsonArray events() throws IOException {
    return parse(Files.readString(json())).getAsJsonArray("traceEvents");
  }

  private JsonObject event(int i) throws IOException {
    return events().get(i).getAsJsonObject();
  }

  @Test
  void anEventBecomesACompleteEvent() throws IOException {
    writeTrace(EPOCH, EVENT);
    assertThat(convert()).as(err::toString).isZero();
    JsonObject whole = parse(Files.readString(json()));
    assertThat(whole.get("displayTimeUnit").getAsString()).isEqualTo("ns");
    assertThat(whole.getAsJsonObject("otherData").get("epoch").getAsString())
        .isEqualTo("1970-01-01T00:00:00.000000005Z");
    assertThat(event(0))
        .isEqualTo(
            JsonParser.parseString(
                "{'ph':'M','pid':1,'name':'process_name','args':{'name':'worker 1'}}"));
    assertThat(event(1))
        .isEqualTo(
            JsonParser.parseString(
                "{'ph':'X','pid':1,'tid':7,'ts':1.000,'dur':2.005,'cat':'','name':'abc'}"));
    assertThat(out).hasToString(json() + ": 1 events\n");
  }

  @Test
  void aTraceWithoutEventsIsConverted() throws IOException {
    writeTrace(EPOCH);
    assertThat(convert()).isZero();
    assertThat(events()).isEmpty();
  }

  @Test
  void streamsHaveNames() throws IOException {
    writeTrace(
        EPOCH,
        EVENT.replace("00000001 ", "00000000 "),
        EVENT,
        EVENT,
        EVENT.replace("00000001 ", "00002711 "));
    assertThat(convert()).isZero();
    List<String> names =
        events().asList().stream()
            .map(JsonElement::getAsJsonObject)
            .filter(event -> event.get("ph").getAsString().equals("M"))
            .map(event -> event.getAsJsonObject("args").get("name").getAsString())
            .toList();
    assertThat(names).containsExactly("coordinator", "worker 1", "sync actor 10001");
    assertThat(events()).hasSize(7);
  }

  /** What a runtime writes, with everything that JSON has trouble with. */
  @Test
  void aRealTraceWithEveryTypeOfValueIsConverted() throws Exception {
    String nasty = "\"quotes\" \\ \n\t\0 \u2028 é € \uD83D\uDE00 </script>";
    try (Runtime runtime = Runtime.setup().signals(false).tracing(trace()).build()) {
      runtime.runOnWorkers(
          ref ->
              ref.spawnLocal(
                  Supervisor.stopping(),
                  (Context<Void> ctx, String text) ->
                      ctx.finishTrace(
                          ctx.startTrace(),
                          text,
                          TraceAttribute.of(text, text),
                          TraceAttribute.of("twice", 1),
                          TraceAttribute.of("twice", 2),
                          TraceAttribute.of("texts", List.of("a", text, "")),
                          TraceAttribute.of("longs", Long.MIN_VALUE, -1, Long.MAX_VALUE),
                          TraceAttribute.ofUnsigned("unsigned", 1, -1),
                          TraceAttribute.of("doubles", 0.1, -0.0, Double.NaN, 1e300),
                          TraceAttribute.of("none", new long[0])),
                  nasty,
                  ActorOptions.standard()));
      runtime.start();
    }
    assertThat(convert()).as(err::toString).isZero();
    JsonObject mine =
        events().asList().stream()
            .map(JsonElement::getAsJsonObject)
            .filter(event -> event.get("name").getAsString().equals(nasty))
            .findFirst()
            .orElseThrow();
    JsonObject args = mine.getAsJsonObject("args");
    assertThat(args.get(nasty).getAsString()).isEqualTo(nasty);
    assertThat(args.get("twice").getAsInt()).isEqualTo(1);
    assertThat(args.get("twice'").getAsInt()).isEqualTo(2);
    assertThat(args.getAsJsonArray("texts").get(1).getAsString()).isEqualTo(nasty);
    assertThat(args.get("longs")).hasToString("[-9223372036854775808,-1,9223372036854775807]");
    assertThat(args.get("unsigned")).hasToString("[1,\"18446744073709551615\"]");
    assertThat(args.get("doubles")).hasToString("[0.1,-0.0,\"NaN\",1.0E300]");
    assertThat(args.getAsJsonArray("none")).isEmpty();
    assertThat(out.toString()).startsWith(json() + ": ");
  }

  @Test
  void aBrokenTraceIsRefusedOrTakenInPart() throws IOException {
    writeTrace(EPOCH, EVENT, EVENT.substring(0, 40));
    String complaint =
        "lemnos trace convert: " + trace() + ": at byte 68: the file ends after 18 of";
    assertThat(convert()).isEqualTo(1);
    assertThat(err.toString())
        .startsWith(complaint)
        .endsWith("; --partial converts the 1 events before that\n");
    assertThat(json()).doesNotExist();
    err.getBuffer().setLength(0);
    assertThat(convert("--partial")).isZero();
    assertThat(err.toString()).startsWith(complaint);
    assertThat(events()).hasSize(2);
  }

  @Test
  void whatIsNoTraceIsRefused() throws IOException {
    Files.writeString(trace(), "{\"traceEvents\":[]}");
    assertThat(convert()).isEqualTo(1);
    assertThat(err)
        .hasToString(
            "lemnos trace convert: "
                + trace()
                + ": at byte 0: 7b227472 is not the start of a trace, which is 75d11d4d\n");
    assertThat(json()).doesNotExist();
  }

  @Test
  void filesThatAreMissingOrInTheWayAreNamed() throws IOException {
    assertThat(convert()).isEqualTo(2);
    assertThat(err).hasToString("lemnos trace convert: " + trace() + ": no such file\n");
    err.getBuffer().setLength(0);
    writeTrace(EPOCH);
    Files.writeString(json(), "precious");
    assertThat(convert()).isEqualTo(2);
    assertThat(err)
        .hasToString(
            "lemnos trace convert: " + json() + " exists: delete it or name another output\n");
    assertThat(json()).hasContent("precious");
    Path other = folder.resolve("other");
    assertThat(convert(other)).isZero();
    assertThat(other).exists();
  }

  @Test
  void withoutACommandItExplainsItself() {
    assertThat(run("trace")).isEqualTo(2);
    assertThat(err.toString()).contains("convert");
    assertThat(run("trace", "convert", "--help")).isZero();
    assertThat(out.toString()).contains("--partial").contains("ui.perfetto.dev");
  }
}
