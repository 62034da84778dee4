package lemnos.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import lemnos.runtime.TraceReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Traces that Lemnos and heph-rt 0.4.1 wrote, and what heph's own converter ({@code convert_trace}
 * of the same version) printed for them: {@code NAME.heph.json} for {@code NAME.trace}. It gives up
 * at the first list, so there is none for {@code heph-rt-lists}.
 */
@Timeout(300)
final class HephTraceTest {
  @TempDir Path folder;

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = HephTraceTest.class.getResourceAsStream(name)) {
      return Objects.requireNonNull(in, name).readAllBytes();
    }
  }

  private static List<JsonObject> events(JsonObject json) {
    return json.getAsJsonArray("traceEvents").asList().stream()
        .map(JsonElement::getAsJsonObject)
        .filter(event -> event.get("ph").getAsString().equals("X"))
        .toList();
  }

  private JsonObject converted(String name) throws IOException {
    Path trace = Files.write(folder.resolve(name), resource(name));
    var json = new StringWriter();
    try (var reader = TraceReader.open(trace)) {
      var chrome = new ChromeTrace(reader);
      chrome.writeTo(json);
      assertThat(chrome.fault()).isNull();
    }
    return JsonParser.parseString(json.toString()).getAsJsonObject();
  }

  private static long nanos(JsonObject event, String key) {
    return event.get(key).getAsBigDecimal().scaleByPowerOfTen(3).longValueExact();
  }

  /**
   * All but the times. JSON knows one kind of number, and one converter writes 1.5 where the other
   * writes 1.50.
   */
  private static String rest(JsonObject event) {
    var text = new StringBuilder();
    event.entrySet().stream()
        .filter(member -> !List.of("ts", "dur", "args").contains(member.getKey()))
        .map(member -> member + " ")
        .sorted()
        .forEach(text::append);
    if (event.has("args")) {
      event.getAsJsonObject("args").entrySet().forEach(arg -> text.append(shown(arg)).append(' '));
    }
    return text.toString();
  }

  private static String shown(Map.Entry<String, JsonElement> arg) {
    boolean number = arg.getValue().getAsJsonPrimitive().isNumber();
    BigDecimal value = number ? arg.getValue().getAsBigDecimal().stripTrailingZeros() : null;
    return arg.getKey() + '=' + (number ? value : arg.getValue());
  }

  /**
   * heph's converter counts whole microseconds since 1970 and moves the beginning of an event if
   * another of its substream begins in the same one, its end staying where it is.
   */
  @ParameterizedTest
  @ValueSource(strings = {"lemnos", "heph-rt"})
  void ourConverterSaysWhatHephsSays(String name) throws IOException {
    JsonObject converted = converted(name + ".trace");
    Instant epoch =
        Instant.parse(converted.getAsJsonObject("otherData").get("epoch").getAsString());
    long epochNanos = epoch.getEpochSecond() * 1_000_000_000 + epoch.getNano();
    List<JsonObject> ours = events(converted);
    String json = new String(resource(name + ".heph.json"), StandardCharsets.UTF_8);
    List<JsonObject> hephs = events(JsonParser.parseString(json).getAsJsonObject());
    assertThat(ours).hasSameSizeAs(hephs).hasSizeGreaterThan(50);
    for (int i = 0; i < ours.size(); i++) {
      JsonObject our = ours.get(i);
      JsonObject heph = hephs.get(i);
      assertThat(rest(our)).isEqualTo(rest(heph));
      long start = (epochNanos + nanos(our, "ts")) / 1000;
      long duration = nanos(our, "dur") / 1000;
      assertThat(start + duration)
          .isEqualTo(heph.get("ts").getAsLong() + heph.get("dur").getAsLong());
      assertThat(heph.get("ts").getAsLong()).isBetween(start - 3, start + 3);
    }
  }

  @Test
  void listsThatHephWroteAreRead() throws IOException {
    List<JsonElement> sent =
        events(converted("heph-rt-lists.trace")).stream()
            .filter(event -> event.get("name").getAsString().equals("sending message"))
            .map(event -> event.get("args"))
            .toList();
    assertThat(sent)
        .hasSize(2)
        .allSatisfy(
            args ->
                assertThat(args)
                    .hasToString(
                        "{\"unsigned\":[1,255],\"signed\":[-1,2],\"floats\":[0.5,1.0E300],"
                            + "\"none\":[],\"texts\":[\"a\",\"\"]}"));
  }
}
