package lemnos.app;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The {@code ./lemnos} command. */
@Command(
    name = "lemnos",
    description = "Lemnos, an actor runtime for Java 25.",
    mixinStandardHelpOptions = true,
    version = "lemnos 0.1.0-SNAPSHOT",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {DemoCommand.class, TraceCommand.class, WarmUpCommand.class})
public final class Main {
  private Main() {}

  static CommandLine commandLine() {
    return new CommandLine(new Main());
  }

  /** Runs the command that {@code args} names and ends the process with its exit code. */
  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }
}
