package lemnos.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * h2spec, the public suite of what the standards of HTTP/2 and HPACK demand of a server, asks ours.
 */
@Timeout(900)
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
final class H2SpecTest {
  private static final String PROGRAM = "h2spec/2.2.0/h2spec_linux_amd64.tar.gz";

  private static final Pattern FAILED = Pattern.compile("\u00d7 \\d+: ([^\r\n]*)");

  /**
   * How long h2spec waits for an answer: some never come, and so it is not long; but a slow machine
   * must not fail it.
   */
  private static final List<String> SECONDS = List.of("3", "60");

  @Test
  void theServerDoesWhatTheStandardDemands(@TempDir Path folder) throws Exception {
    Path archive = folder.resolve("h2spec.tar.gz");
    try (InputStream packed = H2SpecTest.class.getClassLoader().getResourceAsStream(PROGRAM)) {
      assertNotNull(packed);
      Files.copy(packed, archive);
    }
    assertEquals(0, run(folder, List.of("tar", "xzf", archive.toString())).exit);
    try (Served served = Served.by(H2SpecTest::answer)) {
      String port = Integer.toString(served.port());
      String output = "";
      List<String> failed = List.of("all");
      for (String seconds : SECONDS) {
        if (!failed.isEmpty()) {
          var spec = List.of("./h2spec", "--strict", "-o", seconds, "-p", port);
          output = run(folder, spec).output;
          failed = FAILED.matcher(output).results().map(failure -> failure.group(1)).toList();
        }
      }
      assertThat(output).contains("146 tests, ", " 0 skipped, ");
      assertThat(failed).as(output).isEmpty();
    }
  }

  private static void answer(Request request, Response response) throws IOException {
    request.body().bytes();
    response.send("Hello, world!\n");
  }

  private record Ended(int exit, String output) {}

  private static Ended run(Path folder, List<String> command) throws Exception {
    Process process =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Ended(process.waitFor(), output);
  }
}
