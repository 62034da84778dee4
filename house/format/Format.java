import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.FormatterException;
import com.google.googlejavaformat.java.ImportOrderer;
import com.google.googlejavaformat.java.JavaFormatterOptions.Style;
import com.google.googlejavaformat.java.RemoveUnusedImports;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Checks or writes the format of every Java file below the working directory. The build starts it
 * on JDK 25 (see docs/decisions/0002-formatter.md), because google-java-format parses with the
 * compiler of the JVM it runs on, and Maven's own JVM may be older than our language.
 */
final class Format {
  private Format() {}

  public static void main(String[] args) throws IOException {
    boolean write = args.length == 1 && args[0].equals("write");
    List<String> faults = new ArrayList<>();
    for (Path file : javaFiles()) {
      String text = Files.readString(file);
      try {
        String formatted = format(text);
        if (formatted.equals(text)) {
          continue;
        }
        if (write) {
          Files.writeString(file, formatted);
          System.out.println("formatted " + file);
        } else {
          faults.add(file + ": not formatted");
        }
      } catch (FormatterException e) {
        faults.add(file + ": " + e.getMessage());
      }
    }
    if (!faults.isEmpty()) {
      faults.forEach(System.err::println);
      System.err.println("To format every file: mvn -q -N verify -Dlemnos.format=write");
      System.exit(1);
    }
  }

  private static String format(String text) throws FormatterException {
    String imports =
        RemoveUnusedImports.removeUnusedImports(ImportOrderer.reorderImports(text, Style.GOOGLE));
    return new Formatter().formatSource(imports);
  }

  private static List<Path> javaFiles() throws IOException {
    try (var paths = Files.walk(Path.of(""))) {
      return paths
          .filter(path -> path.toString().endsWith(".java"))
          .filter(path -> !path.toString().matches("(.*[/\\\\])?(target|\\.git)[/\\\\].*"))
          .sorted()
          .toList();
    }
  }
}
