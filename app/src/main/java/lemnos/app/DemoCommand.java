package lemnos.app;

import java.util.concurrent.Callable;
import lemnos.examples.redis.RedisServer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs the demo. */
@Command(
    name = "demo",
    description = {
      "Runs the demo: an in-memory key-value server that speaks the Redis protocol.",
      "Try it with redis-cli; end it with Ctrl-C."
    },
    mixinStandardHelpOptions = true,
    showDefaultValues = true)
final class DemoCommand implements Callable<Integer> {
  @Option(names = "--host", description = "The address to listen on.")
  private String host = "127.0.0.1";

  @Option(names = "--port", description = "The port to listen on; 0 takes any that is free.")
  private int port = 6379;

  @Option(names = "--workers", description = "How many threads serve. Default: one for each core.")
  private int workers = Runtime.getRuntime().availableProcessors();

  @Option(names = "--debug", description = "Lets clients make a shard fail: DEBUG PANIC key.")
  private boolean debug;

  @Override
  public Integer call() throws InterruptedException {
    try {
      return RedisServer.run(new RedisServer.Options(host, port, workers, debug)) ? 0 : 1;
    } catch (java.io.UncheckedIOException | IllegalArgumentException e) {
      System.err.println("lemnos demo: " + e.getMessage());
      return 2;
    }
  }
}
