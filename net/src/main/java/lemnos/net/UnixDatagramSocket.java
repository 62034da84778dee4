package lemnos.net;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.unix.DomainDatagramPacket;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import lemnos.core.Core;
import lemnos.runtime.Context;

/**
 * A Unix socket for datagrams within this machine, by paths of its file system. None is lost: while
 * the receiver takes nothing the sender waits. For {@link Transport#EPOLL} and {@link
 * Transport#KQUEUE}; Netty has none for the others, over which making one is refused with an {@link
 * UnsupportedOperationException}.
 *
 * <p>A datagram of a sender that has no path of its own comes from the empty path, and cannot be
 * answered.
 */
public final class UnixDatagramSocket extends DatagramSocket<Path> {
  /** The longest datagram; the system may allow more, of which what is longer is lost. */
  public static final int MAX_DATAGRAM_BYTES = 128 * 1024;

  private static final Path NOWHERE = Path.of("");

  private final boolean connected;

  private UnixDatagramSocket(Channel channel, boolean connected) {
    super(channel);
    this.connected = connected;
  }

  /**
   * Makes a socket at {@code path}; waits until that is done.
   *
   * @throws IOException if the path cannot be had; it must not exist
   */
  public static UnixDatagramSocket bind(Context<?> ctx, Path path) throws IOException {
    return binding(ctx.core(), path).take();
  }

  /**
   * Begins to make a socket at {@code path}, which must not exist, and which is deleted when the
   * socket is closed; an {@link IOException} if it cannot be had.
   */
  public static Pending<UnixDatagramSocket> binding(Core core, Path path) {
    Bootstrap bootstrap = bootstrap(core);
    if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) { // Netty would delete it
      var taken = new Pending<UnixDatagramSocket>();
      taken.fail(new FileAlreadyExistsException(path.toString(), null, "cannot bind to it"));
      return taken;
    }
    return opened(
        bootstrap.bind(new DomainSocketAddress(path.toFile())),
        "cannot bind to " + path,
        channel -> {
          channel.closeFuture().addListener(_ -> UnixListener.delete(path));
          return new UnixDatagramSocket(channel, false);
        });
  }

  /**
   * Makes a socket without a path that sends to {@code peer}; waits until that is done.
   *
   * @throws IOException if nobody is there
   */
  public static UnixDatagramSocket connect(Context<?> ctx, Path peer) throws IOException {
    return connecting(ctx.core(), peer).take();
  }

  /**
   * Begins to make a socket without a path that sends to {@code peer}; an {@link IOException} if
   * nobody is there.
   */
  public static Pending<UnixDatagramSocket> connecting(Core core, Path peer) {
    return opened(
        bootstrap(core).connect(new DomainSocketAddress(peer.toFile())),
        "cannot connect to " + peer,
        channel -> new UnixDatagramSocket(channel, true));
  }

  private static Bootstrap bootstrap(Core core) {
    NettyPoller poller = NettyPoller.of(core);
    return bootstrap(poller, poller.transport().unixDatagramChannel(), MAX_DATAGRAM_BYTES);
  }

  @Override
  boolean isConnected() {
    return connected;
  }

  @Override
  Object packet(ByteBuf data, Path peer) {
    return new DomainDatagramPacket(data, new DomainSocketAddress(peer.toFile()));
  }

  @Override
  Datagram<Path> datagram(Object packet) {
    var received = (DomainDatagramPacket) packet;
    DomainSocketAddress sender = received.sender();
    return new Datagram<>(received.content(), sender == null ? NOWHERE : Path.of(sender.path()));
  }
}
