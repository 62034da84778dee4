package lemnos.lab;

import com.sun.management.ThreadMXBean;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import lemnos.http.HttpServer;
import lemnos.net.NettyPoller;
import lemnos.net.Transport;
import lemnos.runtime.Runtime;

/**
 * The same plain text from three servers, each with one thread: ours, Netty's {@code
 * HttpServerCodec} and nothing else, and Vert.x; for {@code benchmarks/http}: {@code HttpPlaintext
 * lemnos|netty|vertx epoll|io_uring|nio port}. Each line that comes in is answered with the number
 * of bytes that all threads have allocated so far.
 */
public final class HttpPlaintext {
  private static final byte[] HELLO = "Hello, World!".getBytes(StandardCharsets.US_ASCII);

  private HttpPlaintext() {}

  /** Serves until it is killed. */
  public static void main(String[] args) throws Exception {
    int port = Integer.parseInt(args[2]);
    switch (args[0]) {
      case "lemnos" -> lemnos(args[1], port);
      case "netty" -> netty(args[1], port);
      default -> vertx(args[1], port);
    }
    tellAllocations();
  }

  private static void tellAllocations() throws IOException {
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    while (in.readLine() != null) {
      System.out.println(threads.getTotalThreadAllocatedBytes());
    }
  }

  private static void lemnos(String transport, int port) throws IOException {
    Transport by = Transport.valueOf(transport.toUpperCase(Locale.ROOT));
    Runtime runtime = Runtime.setup().signals(false).poller(NettyPoller.of(by)).build();
    HttpServer.setup((_, response) -> response.type("text/plain").send(HELLO))
        .port(port)
        .start(runtime);
  }

  private static void netty(String transport, int port) throws InterruptedException {
    IoHandlerFactory factory =
        switch (transport) {
          case "epoll" -> EpollIoHandler.newFactory();
          case "io_uring" -> IoUringIoHandler.newFactory();
          default -> NioIoHandler.newFactory();
        };
    Class<? extends ServerChannel> kind =
        switch (transport) {
          case "epoll" -> EpollServerSocketChannel.class;
          case "io_uring" -> IoUringServerSocketChannel.class;
          default -> NioServerSocketChannel.class;
        };
    var group = new MultiThreadIoEventLoopGroup(1, factory);
    var date = new String[] {now()};
    var _ = group.scheduleAtFixedRate(() -> date[0] = now(), 1, 1, TimeUnit.SECONDS);
    new ServerBootstrap()
        .group(group)
        .channel(kind)
        .childHandler(
            new ChannelInitializer<>() {
              @Override
              protected void initChannel(Channel channel) {
                channel.pipeline().addLast(new HttpServerCodec(), new Answer(date));
              }
            })
        .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
        .sync();
  }

  private static String now() {
    return DateTimeFormatter.RFC_1123_DATE_TIME.format(Instant.now().atOffset(ZoneOffset.UTC));
  }

  private static final class Answer extends ChannelInboundHandlerAdapter {
    private static final ByteBuf CONTENT =
        Unpooled.unreleasableBuffer(Unpooled.directBuffer().writeBytes(HELLO));

    private final String[] date;

    Answer(String[] date) {
      this.date = date;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      if (message instanceof HttpRequest) {
        var response =
            new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.OK, CONTENT.duplicate());
        response
            .headers()
            .set(HttpHeaderNames.CONTENT_TYPE, "text/plain")
            .set(HttpHeaderNames.CONTENT_LENGTH, "13")
            .set(HttpHeaderNames.DATE, date[0]);
        ctx.write(response, ctx.voidPromise());
      }
      ReferenceCountUtil.release(message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      ctx.flush();
    }
  }

  private static void vertx(String transport, int port) throws Exception {
    var by =
        switch (transport) {
          case "epoll" -> io.vertx.core.transport.Transport.EPOLL;
          case "io_uring" -> io.vertx.core.transport.Transport.IO_URING;
          default -> io.vertx.core.transport.Transport.NIO;
        };
    Vertx vertx =
        Vertx.builder().with(new VertxOptions().setEventLoopPoolSize(1)).withTransport(by).build();
    var date = new String[] {now()};
    vertx.setPeriodic(1000, _ -> date[0] = now());
    vertx
        .createHttpServer()
        .requestHandler(
            request ->
                request
                    .response()
                    .putHeader("content-type", "text/plain")
                    .putHeader("date", date[0])
                    .end("Hello, World!"))
        .listen(port, "127.0.0.1")
        .toCompletionStage()
        .toCompletableFuture()
        .get();
  }
}
