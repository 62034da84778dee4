package lemnos.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What the README shows of embedding is taken from the examples, which a test runs. */
class ReadmeTest {
  private static final Pattern SECTION = Pattern.compile("(?s)\n## Embedding\n(.*?)\n## ");
  private static final Pattern SAMPLE = Pattern.compile("(?s)```java\n(.*?)```");

  private static String unindented(String code) {
    return code.lines().map(String::strip).collect(Collectors.joining("\n"));
  }

  @Test
  void samplesOfEmbeddingStandInTheExamples() {
    String readme = Repository.read(Repository.path("README.md"));
    String section =
        SECTION.matcher(readme).results().map(m -> m.group(1)).collect(Collectors.joining());
    List<String> samples = SAMPLE.matcher(section).results().map(m -> m.group(1)).toList();
    assertThat(samples).hasSizeGreaterThan(3);
    String examples =
        Repository.javaFiles().stream()
            .filter(file -> file.getFileName().toString().matches("Ex\\d\\d.*"))
            .map(file -> unindented(Repository.read(file)))
            .collect(Collectors.joining("\n"));
    assertThat(samples)
        .as("take the samples of the README's section on embedding from the examples")
        .allMatch(sample -> examples.contains(unindented(sample)));
  }
}
