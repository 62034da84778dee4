package lemnos.lab;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.uring.IoUringBufferRingConfig;
import io.netty.channel.uring.IoUringChannelOption;
import io.netty.channel.uring.IoUringFixedBufferRingAllocator;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringIoHandlerConfig;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import lemnos.net.NettyPoller;
import lemnos.net.TcpOptions;
import lemnos.net.TcpServer;
import lemnos.net.TcpStream;
import lemnos.net.Tls;
import lemnos.net.Transport;
import lemnos.runtime.ActorOptions;
import lemnos.runtime.Context;
import lemnos.runtime.Runtime;
import lemnos.runtime.Supervisor;
import org.jspecify.annotations.Nullable;

/**
 * An echo server on one thread, of ours or of Netty alone, for {@code benchmarks/echo}: {@code
 * EchoServer lemnos|netty epoll|io_uring|io_uring_ring|nio port [JDK|OPENSSL certificates key]}.
 */
public final class EchoServer {
  private static final short GROUP = 1;

  private EchoServer() {}

  private static void echo(Context<Void> ctx, TcpStream stream) throws IOException {
    stream.forEach(stream::write);
  }

  /** What connections are encrypted by, with the certificates and the key in two files. */
  private record Secrets(SslProvider provider, Path chain, Path key) {
    static @Nullable Secrets of(String... args) {
      return args.length < 6
          ? null
          : new Secrets(SslProvider.valueOf(args[3]), Path.of(args[4]), Path.of(args[5]));
    }

    Tls ours() throws IOException {
      return Tls.server(chain, key).provider(provider).build();
    }

    SslContext nettys() throws IOException {
      return SslContextBuilder.forServer(chain.toFile(), key.toFile())
          .sslProvider(provider)
          .build();
    }
  }

  private static void lemnos(String transport, InetSocketAddress address, @Nullable Secrets secrets)
      throws Exception {
    Transport by = Transport.valueOf(transport.toUpperCase(java.util.Locale.ROOT));
    TcpServer<Void, TcpStream> server =
        TcpServer.at(
            address,
            TcpOptions.standard().withTls(secrets == null ? null : secrets.ours()),
            TcpStream.PROTOCOL,
            Supervisor::stopping,
            EchoServer::echo,
            ActorOptions.standard());
    Runtime runtime = Runtime.setup().signals(false).poller(NettyPoller.of(by)).build();
    runtime.runOnWorkers(ref -> server.listen(ref, () -> System.out.println("ready")));
    runtime.start();
  }

  private static void netty(String transport, InetSocketAddress address, @Nullable Secrets secrets)
      throws Exception {
    SslContext tls = secrets == null ? null : secrets.nettys();
    IoHandlerFactory factory =
        switch (transport) {
          case "epoll" -> EpollIoHandler.newFactory();
          case "io_uring" -> IoUringIoHandler.newFactory();
          case "io_uring_ring" ->
              IoUringIoHandler.newFactory(
                  new IoUringIoHandlerConfig()
                      .setBufferRingConfig(
                          IoUringBufferRingConfig.builder()
                              .bufferGroupId(GROUP)
                              .bufferRingSize((short) 256)
                              .batchSize(64)
                              .allocator(new IoUringFixedBufferRingAllocator(16 * 1024))
                              .build()));
          default -> NioIoHandler.newFactory();
        };
    Class<? extends ServerChannel> kind =
        switch (transport) {
          case "epoll" -> EpollServerSocketChannel.class;
          case "io_uring", "io_uring_ring" -> IoUringServerSocketChannel.class;
          default -> NioServerSocketChannel.class;
        };
    var bootstrap =
        new ServerBootstrap()
            .group(new MultiThreadIoEventLoopGroup(1, factory))
            .channel(kind)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    if (tls != null) {
                      channel.pipeline().addLast(tls.newHandler(channel.alloc()));
                    }
                    channel.pipeline().addLast(new Echo());
                  }
                });
    if (transport.equals("io_uring_ring")) {
      bootstrap.childOption(IoUringChannelOption.IO_URING_BUFFER_GROUP_ID, GROUP);
    }
    var channel = bootstrap.bind(address).sync().channel();
    System.out.println("ready");
    channel.closeFuture().sync();
  }

  /** Writes back what it reads. */
  private static final class Echo extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      ctx.write(message, ctx.voidPromise());
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      ctx.flush();
    }
  }

  /** Serves until it is killed. */
  public static void main(String[] args) throws Exception {
    var address =
        new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[2]));
    if (args[0].equals("lemnos")) {
      lemnos(args[1], address, Secrets.of(args));
    } else {
      netty(args[1], address, Secrets.of(args));
    }
  }
}
