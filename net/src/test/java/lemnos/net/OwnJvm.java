package lemnos.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Programs of this module's tests that need a JVM of their own. */
final class OwnJvm {
  private OwnJvm() {}

  /**
   * Runs a program to its end; returns what it prints, line by line.
   *
   * @param shell what the shell does before it starts the program
   */
  static List<String> run(String shell, Class<?> program, String... args) throws Exception {
    List<String> java = new ArrayList<>();
    java.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    for (String arg : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      if (arg.startsWith("--add-") || arg.startsWith("--enable-native")) {
        java.add(arg);
      }
    }
    java.addAll(List.of("-XX:+UseCompactObjectHeaders", "-XX:+UseSerialGC", "-Xmx64m", "-ea"));
    java.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
    java.addAll(List.of(args));
    List<String> command = new ArrayList<>(List.of("sh", "-c", shell + "exec \"$@\"", "sh"));
    command.addAll(java);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try {
      List<String> lines = process.inputReader().lines().toList();
      assertTrue(process.waitFor(1, TimeUnit.MINUTES), "still running: " + lines);
      assertEquals(0, process.exitValue(), lines.toString());
      return lines;
    } finally {
      process.destroyForcibly();
    }
  }

  /** What the program has printed behind {@code name=}. */
  static long number(List<String> lines, String name) {
    List<Long> all = numbers(lines, name);
    assertEquals(1, all.size(), name + " in " + lines);
    return all.getFirst();
  }

  /** As {@link #number}, each time. */
  static List<Long> numbers(List<String> lines, String name) {
    return lines.stream()
        .filter(line -> line.startsWith(name + "="))
        .map(line -> Long.parseLong(line.substring(name.length() + 1)))
        .toList();
  }
}
