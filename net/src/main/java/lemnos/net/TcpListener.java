package lemnos.net;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import lemnos.runtime.Awaitable;
import lemnos.runtime.Context;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A listening TCP socket as a sequential actor uses it. As an {@link Awaitable} it is ready when a
 * connection can be accepted. Connections belong to the worker that accepted them.
 */
public final class TcpListener implements Awaitable, AutoCloseable {
  /** How many connections the system keeps that nobody has accepted. */
  public static final int BACKLOG = 1024;

  private static final Logger LOG = LoggerFactory.getLogger(TcpListener.class);

  private final ArrayDeque<TcpStream> accepted = new ArrayDeque<>();
  private Runnable waker = () -> {};
  private @Nullable Channel channel;

  private TcpListener() {}

  /**
   * Listens on {@code address}; waits until that is done.
   *
   * @param reusePort whether other sockets may listen on the same port and share its connections
   * @throws IOException if the address cannot be had
   */
  public static TcpListener bind(Context<?> ctx, InetSocketAddress address, boolean reusePort)
      throws IOException {
    NettyPoller poller = NettyPoller.of(ctx.core());
    var listener = new TcpListener();
    var bootstrap =
        new ServerBootstrap()
            .group(poller.eventLoop())
            .channel(poller.transport().serverChannel())
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .handler(new AcceptErrors())
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel child) {
                    listener.arrived(new TcpStream(child));
                  }
                });
    if (reusePort) {
      bootstrap.option(poller.transport().reusePort(), true);
    }
    ChannelFuture future = bootstrap.bind(address);
    listener.awaitBound(future);
    if (!future.isSuccess()) {
      throw new IOException("cannot listen on " + address, future.cause());
    }
    return listener;
  }

  private void awaitBound(ChannelFuture future) {
    channel = future.channel();
    future.addListener(_ -> waker.run());
    var bound =
        new Awaitable() {
          @Override
          public boolean isReady() {
            return future.isDone();
          }

          @Override
          public void arm(Runnable wake) {
            waker = wake;
          }
        };
    bound.await();
  }

  private void arrived(TcpStream stream) {
    accepted.add(stream);
    waker.run();
  }

  @Override
  public boolean isReady() {
    return !accepted.isEmpty();
  }

  @Override
  public void arm(Runnable wake) {
    waker = wake;
  }

  /** Waits for the next connection. */
  public TcpStream accept() {
    await();
    return accepted.remove();
  }

  /** The next connection, or null if there is none now. */
  public @Nullable TcpStream tryAccept() {
    return accepted.poll();
  }

  /** Stops listening; connections that nobody has accepted are closed. */
  @Override
  public void close() {
    if (channel != null) {
      channel.close();
    }
    accepted.forEach(TcpStream::close);
    accepted.clear();
  }

  /** Netty pauses accepting for a second after an error, such as too many open files. */
  private static final class AcceptErrors extends ChannelInboundHandlerAdapter {
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      LOG.warn("cannot accept connections on {}: {}", ctx.channel(), cause.toString());
    }
  }
}
