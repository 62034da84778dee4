package lemnos.app;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Callable;
import lemnos.runtime.TraceFault;
import lemnos.runtime.TraceReader;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes of a trace what Chrome and Perfetto show. */
@Command(
    name = "convert",
    description = {
      "Makes of a trace what ui.perfetto.dev and chrome://tracing show.",
      "Ends with 0 if all went well, 1 if the trace is broken, 2 if a file is not as it should be."
    },
    mixinStandardHelpOptions = true)
final class ConvertCommand implements Callable<Integer> {
  @Spec @Nullable CommandSpec spec;

  @Parameters(index = "0", paramLabel = "TRACE", description = "The trace.")
  private Path input = Path.of("");

  @Parameters(
      index = "1",
      paramLabel = "OUTPUT",
      arity = "0..1",
      description = "Where to; it must not exist. Default: as TRACE, but ending with .json.")
  private @Nullable Path output;

  @Option(
      names = "--partial",
      description =
          "Takes what comes before the first fault: of a program that died or still runs.")
  private boolean partial;

  @Override
  public Integer call() throws IOException {
    Path to = output == null ? jsonOf(input) : output;
    try (var reader = TraceReader.open(input)) {
      return convert(reader, to);
    } catch (TraceFault e) {
      return complain(1, input + ": " + e.getMessage());
    } catch (NoSuchFileException e) {
      return complain(2, e.getFile() + ": no such file");
    } catch (FileAlreadyExistsException e) {
      return complain(2, to + " exists: delete it or name another output");
    }
  }

  /** The name without what follows its last dot, and {@code .json} instead. */
  private static Path jsonOf(Path file) {
    String name = String.valueOf(file.getFileName());
    int dot = name.lastIndexOf('.');
    return file.resolveSibling((dot > 0 ? name.substring(0, dot) : name) + ".json");
  }

  private int convert(TraceReader reader, Path to) throws IOException {
    var trace = new ChromeTrace(reader);
    try (BufferedWriter out =
        Files.newBufferedWriter(to, StandardCharsets.UTF_8, StandardOpenOption.CREATE_NEW)) {
      trace.writeTo(out);
    }
    TraceFault fault = trace.fault();
    if (fault == null) {
      return tell(to, trace);
    }
    String complaint = input + ": " + fault.getMessage();
    if (partial) {
      complain(0, complaint);
      return tell(to, trace);
    }
    Files.delete(to);
    return complain(
        1, complaint + "; --partial converts the " + trace.events() + " events before that");
  }

  private int tell(Path to, ChromeTrace trace) {
    commandSpec().commandLine().getOut().println(to + ": " + trace.events() + " events");
    return 0;
  }

  private int complain(int code, String what) {
    commandSpec().commandLine().getErr().println("lemnos trace convert: " + what);
    return code;
  }

  private CommandSpec commandSpec() {
    if (spec == null) {
      throw new IllegalStateException("to be started by picocli");
    }
    return spec;
  }
}
