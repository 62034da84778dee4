package lemnos.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The machine that the program runs on.
 *
 * @param os the operating system with its release
 * @param arch the architecture, as the JVM names it
 * @param name the name of the host; "unknown" where only a look-up in the network would tell
 * @param id what tells this installation from all others, from {@code /etc/machine-id} on Linux and
 *     {@code /etc/hostid} on FreeBSD; null where there is no such thing
 */
public record Host(String os, String arch, String name, @Nullable String id) {
  private static final Pattern MACHINE_ID = Pattern.compile("\\p{XDigit}{32}");
  private static final Pattern HOST_ID = Pattern.compile("[\\p{XDigit}-]{36}");

  /** Looked up when first needed. */
  private static final class Here {
    static final Host HOST = of(Path.of("/"), System.getProperties());
  }

  /** This machine. */
  public static Host current() {
    return Here.HOST;
  }

  /** The machine whose file system is below {@code root}. */
  static Host of(Path root, Properties properties) {
    String os = properties.getProperty("os.name", "unknown");
    Path kernel = root.resolve("proc/sys/kernel");
    String version = firstLine(kernel.resolve("version"));
    String full =
        (os.equals("Linux") ? "GNU/Linux (Linux " : os + " (" + os + " ")
            + properties.getProperty("os.version", "?")
            + (version == null ? ")" : " " + version + ")");
    String name = firstLine(kernel.resolve("hostname"));
    String id = matching(MACHINE_ID, firstLine(root.resolve("etc/machine-id")));
    return new Host(
        full,
        properties.getProperty("os.arch", "unknown"),
        name == null ? "unknown" : name,
        id == null ? matching(HOST_ID, firstLine(root.resolve("etc/hostid"))) : id);
  }

  private static @Nullable String matching(Pattern pattern, @Nullable String text) {
    return text != null && pattern.matcher(text).matches() ? text : null;
  }

  private static @Nullable String firstLine(Path file) {
    try (var lines = Files.lines(file)) {
      return lines.findFirst().map(String::strip).orElse(null);
    } catch (IOException | java.io.UncheckedIOException e) {
      return null;
    }
  }
}
