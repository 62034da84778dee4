package lemnos.app;

import picocli.CommandLine.Command;

/** What can be done with a trace. */
@Command(
    name = "trace",
    description = "Does things with the traces that Setup.tracing makes.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = ConvertCommand.class)
final class TraceCommand {}
