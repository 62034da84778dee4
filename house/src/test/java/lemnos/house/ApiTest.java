package lemnos.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** The public API of each module is on record, so that no change of it goes unseen. */
class ApiTest {
  private static final String REMEDY =
      "If the change is meant, put it on record: mvn -q -pl house -am test -Dtest=ApiTest"
          + " -Dsurefire.failIfNoSpecifiedTests=false -Dlemnos.api=write";

  @SuppressWarnings("unused") // by FieldSource
  static final List<String> MODULES = Repository.LIBRARIES;

  @ParameterizedTest
  @FieldSource("MODULES")
  void apiIsAsOnRecord(String module) throws Exception {
    Path file = Repository.path("house", "api", module + ".txt");
    List<String> actual = ApiListing.of(exportedTypes(module));
    if (System.getProperty("lemnos.api", "").equals("write")) {
      Files.createDirectories(file.getParent());
      Files.write(file, actual);
    }
    List<String> recorded = Files.exists(file) ? Files.readAllLines(file) : List.of();
    assertThat(differences(recorded, actual))
        .as("%s (- on record, + in the code). %s", Repository.name(file), REMEDY)
        .isEmpty();
  }

  private static List<Class<?>> exportedTypes(String module)
      throws IOException, ClassNotFoundException {
    var exported = exportedPackages(module);
    List<Class<?>> types = new ArrayList<>();
    for (String name : Repository.classNames(module)) {
      Class<?> type = Class.forName(name, false, ApiTest.class.getClassLoader());
      if (exported.contains(type.getPackageName()) && ApiListing.isVisible(type)) {
        types.add(type);
      }
    }
    return types;
  }

  private static List<String> exportedPackages(String module) throws IOException {
    try (var in =
        Files.newInputStream(Repository.mainClasses(module).resolve("module-info.class"))) {
      return ModuleDescriptor.read(in).exports().stream()
          .filter(exports -> !exports.isQualified())
          .map(ModuleDescriptor.Exports::source)
          .toList();
    }
  }

  /** Lines of one list only, each below the type it belongs to. */
  private static List<String> differences(List<String> recorded, List<String> actual) {
    List<String> before = qualified(recorded);
    List<String> after = qualified(actual);
    List<String> differences = new ArrayList<>();
    before.stream().filter(line -> !after.contains(line)).forEach(l -> differences.add("- " + l));
    after.stream().filter(line -> !before.contains(line)).forEach(l -> differences.add("+ " + l));
    return differences;
  }

  private static List<String> qualified(List<String> listing) {
    List<String> lines = new ArrayList<>();
    String type = "";
    for (String line : listing) {
      if (line.startsWith("  ")) {
        lines.add(type + ":" + line.substring(1));
      } else if (!line.isBlank()) {
        type = line.replaceFirst(".*?(lemnos[\\w.]+).*", "$1");
        lines.add(line);
      }
    }
    return lines;
  }
}
