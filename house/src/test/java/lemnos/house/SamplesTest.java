package lemnos.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Every Java sample in a document stands, line for line, in an example or a test, which CI runs.
 */
class SamplesTest {
  private static final Pattern SAMPLE = Pattern.compile("(?s)```java\n(.*?)```");
  private static final Pattern OPENS =
      Pattern.compile("<lemnos.test.opens>(.*)</lemnos.test.opens>");

  private static String unindented(String code) {
    return code.lines().map(String::strip).collect(Collectors.joining("\n"));
  }

  private static boolean isRun(Path file) {
    String name = Repository.name(file);
    return name.startsWith("examples/") || name.contains("/src/test/");
  }

  private static List<Path> documents() {
    return Stream.concat(
            Stream.of(Repository.path("README.md")),
            Repository.files(Repository.path("docs"), ".md").stream())
        .toList();
  }

  @Test
  void samplesStandInCodeThatIsRun() {
    String code =
        Repository.javaFiles().stream()
            .filter(SamplesTest::isRun)
            .map(file -> unindented(Repository.read(file)))
            .collect(Collectors.joining("\n"));
    List<String> strays = new ArrayList<>();
    int samples = 0;
    for (Path document : documents()) {
      var found = SAMPLE.matcher(Repository.read(document));
      while (found.find()) {
        samples++;
        if (!code.contains(unindented(found.group(1)))) {
          strays.add(Repository.name(document) + ":\n" + found.group(1));
        }
      }
    }
    assertThat(samples).isGreaterThan(4);
    assertThat(strays)
        .as("samples that stand in no example and no test: take them from one")
        .isEmpty();
  }

  /** So {@code jvm.options} cannot fall behind what the runtime wants. */
  @Test
  void theOptionsForUsersAreThoseOfTheTests() {
    String pom = Repository.read(Repository.path("pom.xml"));
    var opens = OPENS.matcher(pom);
    assertThat(opens.find()).isTrue();
    assertThat(Repository.read(Repository.path("jvm.options")).lines())
        .contains(opens.group(1).split(" "));
  }
}
