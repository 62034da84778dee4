package lemnos.net;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.socket.DatagramPacket;
import java.io.IOException;
import java.net.InetSocketAddress;
import lemnos.core.Core;
import lemnos.runtime.Context;
import org.jspecify.annotations.Nullable;

/**
 * A UDP socket. The system drops what is too much, as UDP does. Not every transport tells of
 * datagrams without content.
 */
public final class UdpSocket extends DatagramSocket<InetSocketAddress> {
  /** The longest datagram. */
  public static final int MAX_DATAGRAM_BYTES = 65_507;

  private UdpSocket(Channel channel) {
    super(channel);
  }

  /**
   * Makes a socket at {@code address}; waits until that is done.
   *
   * @throws IOException if the address cannot be had
   */
  public static UdpSocket bind(Context<?> ctx, InetSocketAddress address) throws IOException {
    return binding(ctx.core(), address).take();
  }

  /** Begins to make a socket at {@code address}; an {@link IOException} if that cannot be had. */
  public static Pending<UdpSocket> binding(Core core, InetSocketAddress address) {
    return opened(bootstrap(core).bind(address), "cannot bind to " + address, UdpSocket::new);
  }

  /**
   * Makes a socket that sends to {@code peer} and receives from nobody else; waits until that is
   * done.
   *
   * @throws IOException if that fails; that nobody is there is not known yet
   */
  public static UdpSocket connect(Context<?> ctx, InetSocketAddress peer) throws IOException {
    return connecting(ctx.core(), peer).take();
  }

  /** Begins to make a socket that sends to {@code peer} and receives from nobody else. */
  public static Pending<UdpSocket> connecting(Core core, InetSocketAddress peer) {
    return opened(bootstrap(core).connect(peer), "cannot connect to " + peer, UdpSocket::new);
  }

  private static Bootstrap bootstrap(Core core) {
    NettyPoller poller = NettyPoller.of(core);
    return bootstrap(poller, poller.transport().datagramChannel(), MAX_DATAGRAM_BYTES);
  }

  /** The address of this end, with the port that the system chose if it was 0. */
  public InetSocketAddress localAddress() {
    return (InetSocketAddress) channel().localAddress();
  }

  /** The peer that the socket is connected to; null if it is not. */
  public @Nullable InetSocketAddress peer() {
    return (InetSocketAddress) channel().remoteAddress();
  }

  @Override
  boolean isConnected() {
    return peer() != null;
  }

  @Override
  Object packet(ByteBuf data, InetSocketAddress peer) {
    return new DatagramPacket(data, peer);
  }

  @Override
  Datagram<InetSocketAddress> datagram(Object packet) {
    var received = (DatagramPacket) packet;
    return new Datagram<>(received.content(), received.sender());
  }
}
