package lemnos.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * The records in {@code docs/parity} are complete and true: no number is missing, the tests they
 * name exist, and each row says where a thing is or why it is not.
 */
class ParityTest {
  /** How many rows of each kind the contract has, by what comes before their numbers. */
  private static final Map<String, Map<String, Integer>> CONTRACTS =
      Map.of(
          "stakker.md", Map.of("", 77, "B", 17, "U", 34, "S", 89),
          "heph.md", Map.of("", 90, "Q", 21));

  /** A test, written {@code SomeTest.itsMethod}. */
  private static final Pattern TEST = Pattern.compile("\\b([A-Z]\\w*Test)\\.([a-z]\\w*)");

  /** A row of a table whose first cell is the numbers that it is about. */
  private static final Pattern ROW =
      Pattern.compile("^\\| ([A-Z]?\\d+(?:, [A-Z]?\\d+)*) \\|(.*)\\|$", Pattern.MULTILINE);

  private static final Pattern ANSWER =
      Pattern.compile(TEST + "|\\b(rows? \\d|see [A-Z]|B\\d)|\\*\\*([Mm]issing|not ours)\\*\\*");

  private final List<String> faults = new ArrayList<>();

  @Test
  void theRecordsAreComplete() {
    CONTRACTS.forEach(this::checkNumbers);
    assertThat(faults).as("numbers of the records in docs/parity").isEmpty();
  }

  private void checkNumbers(String record, Map<String, Integer> lasts) {
    var counts = new TreeMap<String, Integer>();
    for (MatchResult row : rows(Repository.path("docs", "parity", record))) {
      for (String number : row.group(1).split(", ")) {
        if (counts.merge(number, 1, Integer::sum) > 1) {
          faults.add(record + ": " + number + " has two rows");
        }
      }
    }
    lasts.forEach(
        (kind, last) -> {
          for (int i = 1; i <= last; i++) {
            if (!counts.containsKey(kind + i)) {
              faults.add(
                  "%s: %s has no row; add one, even if all it says is **missing**"
                      .formatted(record, kind + i));
            }
          }
        });
  }

  @Test
  void everyRowNamesATestOrSaysWhyNot() {
    for (Path record : records()) {
      for (MatchResult row : rows(record)) {
        if (!ANSWER.matcher(row.group(2)).find()) {
          faults.add(
              "%s: row %s names no test and no row: name one, or say **missing** or **not ours**"
                  .formatted(Repository.name(record), row.group(1)));
        }
      }
    }
    assertThat(faults).as("rows without an answer").isEmpty();
  }

  @Test
  void everyTestNamedExists() {
    Map<String, String> sources = testSources();
    int named = 0;
    for (Path record : records()) {
      var tests = TEST.matcher(Repository.read(record));
      while (tests.find()) {
        named++;
        String source = sources.getOrDefault(tests.group(1), "");
        if (!source.contains("void " + tests.group(2) + "(")) {
          faults.add(Repository.name(record) + ": there is no test " + tests.group());
        }
      }
    }
    assertThat(named).isPositive();
    assertThat(faults).as("tests that are named and do not exist").isEmpty();
  }

  private static List<Path> records() {
    return Repository.files(Repository.path("docs", "parity"), ".md");
  }

  private static List<MatchResult> rows(Path record) {
    return ROW.matcher(Repository.read(record)).results().toList();
  }

  /** The text of all test classes of a name: two modules may each have one. */
  private static Map<String, String> testSources() {
    var sources = new TreeMap<String, String>();
    for (Path file : Repository.javaFiles()) {
      if (Repository.name(file).contains("src/test/")) {
        String name = String.valueOf(file.getFileName()).replaceFirst("\\.java$", "");
        sources.merge(name, Repository.read(file), String::concat);
      }
    }
    return sources;
  }
}
