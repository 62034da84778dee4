package lemnos.house;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.BlockTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;

/** Sizes, names and shapes of everything we write, measured on what the compiler parsed. */
class TidyTest {
  private static final int MAX_METHOD_LINES = 70;
  private static final int MAX_FILE_LINES = 600;
  private static final int MAX_LINE_CHARS = 100;

  private static final Pattern UNFINISHED =
      Pattern.compile("\\b(TO" + "DO|FIX" + "ME|XX" + "X)\\b");
  private static final Pattern VAGUE_NAME =
      Pattern.compile("Abstract[A-Z].*|.*(Impl|Utils?|Helper|Manager|Base|Info|Data)");

  private final List<String> faults = new ArrayList<>();

  @Test
  void filesAndLinesAreShort() {
    for (Path file : Repository.javaFiles()) {
      List<String> lines = Repository.read(file).lines().toList();
      if (lines.size() > MAX_FILE_LINES) {
        fault(file, lines.size(), "file has more than 600 lines: split it by what its parts mean");
      }
      for (int i = 0; i < lines.size(); i++) {
        if (lines.get(i).length() > MAX_LINE_CHARS && !lines.get(i).startsWith("import ")) {
          fault(file, i + 1, "line has more than 100 characters: break it");
        }
      }
    }
    assertThat(faults).as("files and lines that are too long").isEmpty();
  }

  @Test
  void nothingUnfinishedLands() {
    for (Path file : Repository.javaFiles()) {
      List<String> lines = Repository.read(file).lines().toList();
      for (int i = 0; i < lines.size(); i++) {
        var match = UNFINISHED.matcher(lines.get(i));
        if (match.find()) {
          fault(file, i + 1, match.group() + ": finish it, or open an issue and delete the mark");
        }
      }
    }
    assertThat(faults).as("marks of unfinished work").isEmpty();
  }

  @Test
  void methodsAreShort() throws IOException {
    scan(MethodLengths::new);
    assertThat(faults).as("methods that are too long").isEmpty();
  }

  @Test
  void classNamesSayWhatTheThingIs() throws IOException {
    scan(ClassNames::new);
    assertThat(faults).as("vague class names").isEmpty();
  }

  @Test
  void mainClassesAreFinalOrSealed() throws ClassNotFoundException {
    for (String module : Repository.MODULES) {
      for (String name : Repository.classNames(module)) {
        if (isOpen(Class.forName(name, false, TidyTest.class.getClassLoader()))) {
          faults.add(name + ": can be extended by anybody: make it final, a record or sealed");
        }
      }
    }
    assertThat(faults).as("classes open to inheritance").isEmpty();
  }

  private static boolean isOpen(Class<?> type) {
    return !type.isInterface()
        && !type.isEnum()
        && !type.isAnonymousClass()
        && !type.isSynthetic()
        && !type.isSealed()
        && !Modifier.isFinal(type.getModifiers());
  }

  private void fault(Path file, long line, String what) {
    faults.add(Repository.name(file) + ":" + line + ": " + what);
  }

  /** What a scanner needs to report a fault of the file it walks through. */
  private record Report(
      CompilationUnitTree unit, SourcePositions positions, Consumer<String> faults) {
    long firstLine(Tree tree) {
      return line(positions.getStartPosition(unit, tree));
    }

    long lastLine(Tree tree) {
      return line(positions.getEndPosition(unit, tree) - 1);
    }

    void fault(Tree tree, String what) {
      Path file = Path.of(unit.getSourceFile().toUri());
      faults.accept(Repository.name(file) + ":" + firstLine(tree) + ": " + what);
    }

    private long line(long position) {
      return unit.getLineMap().getLineNumber(position);
    }
  }

  @FunctionalInterface
  private interface Walk {
    TreeScanner<?, ?> start(Report report);
  }

  private void scan(Walk walk) throws IOException {
    var compiler = ToolProvider.getSystemJavaCompiler();
    try (var files = compiler.getStandardFileManager(null, null, null)) {
      var sources = files.getJavaFileObjectsFromPaths(Repository.javaFiles());
      var task = (JavacTask) compiler.getTask(null, files, null, null, null, sources);
      var positions = Trees.instance(task).getSourcePositions();
      for (CompilationUnitTree unit : task.parse()) {
        walk.start(new Report(unit, positions, faults::add)).scan(unit, null);
      }
    }
  }

  private static final class MethodLengths extends TreeScanner<Void, Void> {
    private final Report report;

    MethodLengths(Report report) {
      this.report = report;
    }

    @Override
    public Void visitMethod(MethodTree method, Void none) {
      if (method.getBody() != null) {
        check(method, "method " + method.getName());
      }
      return super.visitMethod(method, none);
    }

    @Override
    public Void visitClass(ClassTree type, Void none) {
      for (Tree member : type.getMembers()) {
        if (member instanceof BlockTree) {
          check(member, "initializer of " + type.getSimpleName());
        }
      }
      return super.visitClass(type, none);
    }

    private void check(Tree tree, String what) {
      long lines = report.lastLine(tree) - report.firstLine(tree) + 1;
      if (lines > MAX_METHOD_LINES) {
        report.fault(tree, "%s has %d lines, at most 70: split it".formatted(what, lines));
      }
    }
  }

  private static final class ClassNames extends TreeScanner<Void, Void> {
    private final Report report;

    ClassNames(Report report) {
      this.report = report;
    }

    @Override
    public Void visitClass(ClassTree type, Void none) {
      String name = type.getSimpleName().toString();
      if (VAGUE_NAME.matcher(name).matches()) {
        report.fault(type, name + ": name it by the noun for what it is (STYLE: no Impl, Util, …)");
      }
      return super.visitClass(type, none);
    }
  }
}
