package lemnos.house;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The checked-out repository: where its modules keep sources and compiled classes. */
final class Repository {
  /** The modules that are published, lowest floor first. */
  static final List<String> LIBRARIES = List.of("core", "runtime", "net", "http");

  /** Every module whose compiled classes the rules read. */
  static final List<String> MODULES = List.of("core", "runtime", "net", "http", "examples", "app");

  private static final Path ROOT = root();

  private Repository() {}

  static Path path(String first, String... more) {
    return ROOT.resolve(Path.of(first, more));
  }

  /** How a file is named in messages: from the root of the repository. */
  static String name(Path file) {
    return ROOT.relativize(file).toString().replace('\\', '/');
  }

  static Path mainClasses(String module) {
    return path(module, "target", "classes");
  }

  static Path testClasses(String module) {
    return path(module, "target", "test-classes");
  }

  /** Every Java file that somebody wrote: main, test, lab and house. */
  static List<Path> javaFiles() {
    return files(ROOT, ".java").stream().filter(file -> !name(file).contains("target/")).toList();
  }

  /** The names of the classes compiled from a module's main sources, without descriptors. */
  static List<String> classNames(String module) {
    Path classes = mainClasses(module);
    List<String> names = new ArrayList<>();
    for (Path file : files(classes, ".class")) {
      String name = classes.relativize(file).toString().replace('\\', '/');
      if (!name.endsWith("-info.class")) {
        names.add(name.substring(0, name.length() - ".class".length()).replace('/', '.'));
      }
    }
    return names;
  }

  static List<Path> files(Path folder, String ending) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(ending)).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path root() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(folder.resolve("house/src"))) {
      Path parent = folder.getParent();
      if (parent == null) {
        throw new IllegalStateException("run the house tests inside the repository");
      }
      folder = parent;
    }
    return folder;
  }
}
