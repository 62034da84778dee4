package lemnos.net;

import java.io.IOException;
import java.nio.channels.Channels;
import lemnos.core.Core;

/**
 * A pipe of the system, both of whose ends are ours; each end may go to another actor of the
 * worker.
 *
 * @param writer the end that is written to
 * @param reader the end that yields it
 */
public record Pipe(PipeWriter writer, PipeReader reader) {
  /**
   * Makes a pipe.
   *
   * @throws IOException if the system has no more
   */
  public static Pipe open(Core core) throws IOException {
    var pipe = java.nio.channels.Pipe.open();
    return new Pipe(
        new PipeWriter(core, "pipe writer", Channels.newOutputStream(pipe.sink())),
        new PipeReader(core, "pipe reader", Channels.newInputStream(pipe.source())));
  }
}
