package lemnos.net;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import lemnos.core.Core;
import lemnos.runtime.Context;

/** A listening Unix socket: for connections within this machine, by a path of its file system. */
public final class UnixListener extends Listener<UnixStream> {
  private UnixListener(Acceptor<UnixStream> acceptor) {
    super(acceptor);
  }

  /**
   * Listens at {@code path}; waits until that is done.
   *
   * @throws IOException if the path cannot be had; it must not exist
   */
  public static UnixListener bind(Context<?> ctx, Path path, TcpOptions options)
      throws IOException {
    return binding(ctx.core(), path, options).take();
  }

  /**
   * Begins to listen at {@code path}, which must not exist, and which is deleted when the listener
   * is closed.
   *
   * @param options as far as they make sense without TCP
   * @return the listener, or an {@link IOException} if the path cannot be had
   */
  public static Pending<UnixListener> binding(Core core, Path path, TcpOptions options) {
    NettyPoller poller = NettyPoller.of(core);
    Transport transport = poller.transport();
    if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) { // native transports would delete it
      var taken = new Pending<UnixListener>();
      taken.fail(new FileAlreadyExistsException(path.toString(), null, "cannot listen there"));
      return taken;
    }
    return Acceptor.listen(
            poller,
            transport.unixServerChannel(),
            transport.unixAddress(path),
            options,
            UnixStream.PROTOCOL,
            false)
        .map(
            acceptor -> {
              acceptor.onClosed(() -> delete(path));
              return new UnixListener(acceptor);
            });
  }

  static void delete(Path path) {
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      Acceptor.LOG.warn("cannot delete the path of a Unix socket: {}", e.toString());
    }
  }
}
