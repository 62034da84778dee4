package lemnos.net;

import io.netty.channel.Channel;
import io.netty.channel.unix.UnixChannel;
import io.netty.channel.uring.IoUringDomainSocketChannel;
import java.io.IOException;
import java.nio.file.Path;
import lemnos.core.Core;
import lemnos.core.Outcome;
import lemnos.runtime.Context;

/**
 * A connection between processes of this machine, by a Unix socket. Over {@link Transport#NIO} and
 * {@link Transport#IO_URING} it has no halves: when the peer has sent all, it cannot be answered.
 */
public final class UnixStream extends ByteStream {
  static final Protocol<UnixStream> PROTOCOL = UnixStream::new;

  private UnixStream(Channel channel) {
    super(
        channel,
        channel instanceof UnixChannel && !(channel instanceof IoUringDomainSocketChannel));
  }

  /**
   * Connects to whoever listens at {@code path}; waits until that is done.
   *
   * @throws IOException if nobody listens there
   */
  public static UnixStream connect(Context<?> ctx, Path path) throws IOException {
    return connecting(ctx.core(), path, TcpOptions.standard()).take();
  }

  /**
   * Begins to connect to whoever listens at {@code path}.
   *
   * @param options as far as they make sense without TCP
   * @return the connection, or an {@link IOException} if nobody listens there
   */
  public static Pending<UnixStream> connecting(Core core, Path path, TcpOptions options) {
    NettyPoller poller = NettyPoller.of(core);
    Transport transport = poller.transport();
    Opening.checkTls(options);
    var connected = new Pending<Channel>();
    Opening.attempt(poller, transport.unixChannel(), transport.unixAddress(path), options)
        .connected()
        .then(
            outcome -> {
              switch (outcome) {
                case Outcome.Value<Channel>(Channel channel) -> connected.complete(channel);
                case Outcome.Failure<Channel>(Throwable error) ->
                    connected.fail(Race.refused(path, error));
              }
            });
    return Opening.open(connected, null, options, PROTOCOL);
  }
}
