package lemnos.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultSelectStrategyFactory;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.kqueue.KQueue;
import io.netty.channel.kqueue.KQueueDatagramChannel;
import io.netty.channel.kqueue.KQueueDomainDatagramChannel;
import io.netty.channel.kqueue.KQueueDomainSocketChannel;
import io.netty.channel.kqueue.KQueueIoHandler;
import io.netty.channel.kqueue.KQueueServerDomainSocketChannel;
import io.netty.channel.kqueue.KQueueServerSocketChannel;
import io.netty.channel.kqueue.KQueueSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.UnixChannelOption;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringDatagramChannel;
import io.netty.channel.uring.IoUringDomainSocketChannel;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerDomainSocketChannel;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.List;
import lemnos.runtime.Setup;

/**
 * A way of the operating system to do I/O without blocking, by Netty's handler for it. In order of
 * preference; {@link #best} takes the first that this machine has.
 *
 * <p>io_uring would be the fastest, but with Netty 4.2.18 it misses some connections that are reset
 * while data is on its way: their actors would wait for ever. It comes after epoll until that is
 * mended; {@code -Dlemnos.transport=io_uring} chooses it all the same.
 */
public enum Transport {
  /** Linux's readiness interface. */
  EPOLL,
  /** Linux's submission and completion rings. */
  IO_URING,
  /** The readiness interface of macOS and the BSDs. */
  KQUEUE,
  /** The JDK's selector, which every machine has. */
  NIO;

  private static final String MULTISHOT_ACCEPT = "io.netty.iouring.acceptMultiShotEnabled";

  private static final String LEAK_SAMPLING = "io.netty.leakDetection.samplingInterval";

  static {
    // Where a multishot accept has failed, say for want of file descriptors, Netty asks for the
    // next
    // at once, again and again, whatever it is told (4.2.18).
    if (System.getProperty(MULTISHOT_ACCEPT) == null) {
      System.setProperty(MULTISHOT_ACCEPT, "false");
    }
    // Netty follows one buffer of 128 to find those that nobody releases. That takes the stack at
    // which it was made, on a connection with small messages a thirtieth of all the time.
    if (System.getProperty(LEAK_SAMPLING) == null) {
      System.setProperty(LEAK_SAMPLING, "1024");
    }
  }

  /** The system property that chooses a transport. */
  public static final String PROPERTY = "lemnos.transport";

  /**
   * How many events epoll or KQueue tells of at a time: as many as actors have their turn in the
   * midst of a poll, by default.
   */
  private static final int EVENTS_A_POLL = Setup.DEFAULT_RUN_POLL_RATIO;

  private static final List<Transport> ALL = List.of(values());

  /**
   * The transport that the system property {@value #PROPERTY} names, or else the first that works
   * here.
   */
  public static Transport best() {
    String wanted = System.getProperty(PROPERTY);
    if (wanted != null) {
      return named(wanted);
    }
    for (Transport transport : ALL) {
      if (transport.isAvailable()) {
        return transport;
      }
    }
    throw new AssertionError("NIO is always available");
  }

  private static Transport named(String name) {
    for (Transport transport : ALL) {
      if (transport.name().equalsIgnoreCase(name) && transport.isAvailable()) {
        return transport;
      }
    }
    List<Transport> choice = ALL.stream().filter(Transport::isAvailable).toList();
    throw new IllegalArgumentException(PROPERTY + " is '" + name + "'; this machine has " + choice);
  }

  /** Whether it works on this machine. */
  public boolean isAvailable() {
    return switch (this) {
      case IO_URING -> IoUring.isAvailable();
      case EPOLL -> Epoll.isAvailable();
      case KQUEUE -> KQueue.isAvailable();
      case NIO -> true;
    };
  }

  IoHandlerFactory handlerFactory() {
    return switch (this) {
      case IO_URING -> IoUringIoHandler.newFactory();
      case EPOLL -> EpollIoHandler.newFactory(EVENTS_A_POLL, DefaultSelectStrategyFactory.INSTANCE);
      case KQUEUE ->
          KQueueIoHandler.newFactory(EVENTS_A_POLL, DefaultSelectStrategyFactory.INSTANCE);
      case NIO -> NioIoHandler.newFactory();
    };
  }

  Class<? extends ServerChannel> serverChannel() {
    return switch (this) {
      case IO_URING -> IoUringServerSocketChannel.class;
      case EPOLL -> EpollServerSocketChannel.class;
      case KQUEUE -> KQueueServerSocketChannel.class;
      case NIO -> NioServerSocketChannel.class;
    };
  }

  Class<? extends Channel> clientChannel() {
    return switch (this) {
      case IO_URING -> IoUringSocketChannel.class;
      case EPOLL -> EpollSocketChannel.class;
      case KQUEUE -> KQueueSocketChannel.class;
      case NIO -> NioSocketChannel.class;
    };
  }

  Class<? extends DatagramChannel> datagramChannel() {
    return switch (this) {
      case IO_URING -> IoUringDatagramChannel.class;
      case EPOLL -> EpollDatagramChannel.class;
      case KQUEUE -> KQueueDatagramChannel.class;
      case NIO -> NioDatagramChannel.class;
    };
  }

  Class<? extends Channel> unixDatagramChannel() {
    return switch (this) {
      case EPOLL -> EpollDomainDatagramChannel.class;
      case KQUEUE -> KQueueDomainDatagramChannel.class;
      case IO_URING, NIO ->
          throw new UnsupportedOperationException(
              "Unix sockets for datagrams need "
                  + EPOLL
                  + " or "
                  + KQUEUE
                  + "; this runtime has "
                  + this);
    };
  }

  Class<? extends ServerChannel> unixServerChannel() {
    return switch (this) {
      case IO_URING -> IoUringServerDomainSocketChannel.class;
      case EPOLL -> EpollServerDomainSocketChannel.class;
      case KQUEUE -> KQueueServerDomainSocketChannel.class;
      case NIO -> NioServerDomainSocketChannel.class;
    };
  }

  Class<? extends Channel> unixChannel() {
    return switch (this) {
      case IO_URING -> IoUringDomainSocketChannel.class;
      case EPOLL -> EpollDomainSocketChannel.class;
      case KQUEUE -> KQueueDomainSocketChannel.class;
      case NIO -> NioDomainSocketChannel.class;
    };
  }

  /** The address of a Unix socket, of the kind that this transport takes. */
  SocketAddress unixAddress(Path path) {
    return this == NIO ? UnixDomainSocketAddress.of(path) : new DomainSocketAddress(path.toFile());
  }

  /** The option by which several sockets listen on one port and share its connections. */
  ChannelOption<Boolean> reusePort() {
    return this == NIO
        ? NioChannelOption.of(StandardSocketOptions.SO_REUSEPORT)
        : UnixChannelOption.SO_REUSEPORT;
  }
}
