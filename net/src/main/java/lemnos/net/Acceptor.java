package lemnos.net;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ServerChannel;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import lemnos.core.Outcome;
import lemnos.runtime.Awaitable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A listening socket: accepts connections, has them opened and keeps those that nobody has taken.
 * It accepts while there is room, for those that wait to be taken and for connections in all; the
 * system keeps the others waiting. After an error, such as too many open files, it pauses.
 */
final class Acceptor<S extends AutoCloseable> implements Awaitable, AutoCloseable {
  /** How many connections the system keeps that were not accepted. */
  static final int BACKLOG = 1024;

  /** How many connections wait at most, to be opened or taken; one round of accepting on top. */
  static final int MAX_WAITING = 128;

  /** How long nothing is accepted after an error. */
  static final long PAUSE_MILLIS = 50;

  static final Logger LOG = LoggerFactory.getLogger(Acceptor.class);

  /** A connection that is open, and what its protocol made of it. */
  record Accepted<S>(Channel channel, S connection) {}

  private final TcpOptions options;
  private final Protocol<S> protocol;
  private final ArrayDeque<Accepted<S>> opened = new ArrayDeque<>();
  private Runnable waker = () -> {};
  private Runnable onClosed = () -> {};

  /** Connections that are being opened. */
  private int opening;

  /** Connections that are not closed yet, those being opened included. */
  private int connections;

  /** Accepted over the limit, because the system was quicker than we; they wait here. */
  private final ArrayDeque<Channel> surplus = new ArrayDeque<>();

  private boolean pausing;

  /** The last accept failed, so errors are not logged again until one succeeds. */
  private boolean failing;

  private @Nullable Channel channel;
  private boolean closed;

  private Acceptor(TcpOptions options, Protocol<S> protocol) {
    this.options = options;
    this.protocol = protocol;
  }

  /**
   * Listens on {@code address}, soon.
   *
   * @param kind the class of the socket
   * @param reusePort whether other sockets may listen on the same port and share its connections
   */
  static <S extends AutoCloseable> Pending<Acceptor<S>> listen(
      NettyPoller poller,
      Class<? extends ServerChannel> kind,
      SocketAddress address,
      TcpOptions options,
      Protocol<S> protocol,
      boolean reusePort) {
    if (options.tls() != null) {
      options.tls().checkRole(true);
    }
    var acceptor = new Acceptor<>(options, protocol);
    var bootstrap =
        new ServerBootstrap()
            .group(poller.eventLoop())
            .channel(kind)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .childOption(ChannelOption.AUTO_READ, false)
            .handler(acceptor.new Arrivals())
            .childHandler(acceptor.new Child());
    if (reusePort) {
      bootstrap.option(poller.transport().reusePort(), true);
    }
    var listening = new Pending<Acceptor<S>>();
    ChannelFuture bound = bootstrap.bind(address);
    acceptor.channel = bound.channel();
    bound.addListener(
        _ -> {
          if (bound.isSuccess()) {
            listening.complete(acceptor);
          } else {
            listening.fail(new IOException("cannot listen on " + address, bound.cause()));
          }
        });
    return listening;
  }

  Channel channel() {
    return Objects.requireNonNull(channel, "not bound");
  }

  SocketAddress localAddress() {
    return channel().localAddress();
  }

  /** Has {@code code} run when the listener is closed. */
  void onClosed(Runnable code) {
    onClosed = code;
  }

  boolean isClosed() {
    return closed;
  }

  @Override
  public boolean isReady() {
    return closed || !opened.isEmpty();
  }

  @Override
  public void arm(Runnable wake) {
    waker = wake;
  }

  /** The next connection, or null if there is none now. */
  @Nullable Accepted<S> poll() {
    Accepted<S> next = opened.poll();
    regulate();
    return next;
  }

  /** Stops listening; connections that nobody has taken are closed. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    channel().close();
    onClosed.run();
    opened.forEach(a -> Parcel.discard(a.connection));
    opened.clear();
    surplus.forEach(Channel::close);
    surplus.clear();
    waker.run();
  }

  // Accepting

  private boolean hasRoom() {
    return opening + opened.size() < MAX_WAITING && connections < options.maxConnections();
  }

  /** Accepts, or not, as things are now. */
  private void regulate() {
    while (!surplus.isEmpty() && connections < options.maxConnections()) {
      begin(surplus.remove());
    }
    if (!closed && channel().isOpen()) { // io_uring closes it later, and takes no orders meanwhile
      channel().config().setAutoRead(!pausing && hasRoom());
    }
  }

  private void arrived(Channel child) {
    failing = false;
    if (connections < options.maxConnections()) {
      begin(child);
    } else {
      surplus.add(child);
    }
    regulate();
  }

  private void begin(Channel child) {
    connections++;
    opening++;
    var pending = new Pending<S>();
    pending.then(outcome -> opened(child, outcome));
    child.closeFuture().addListener(_ -> left());
    child.pipeline().addLast(new Opening<>(options, protocol, null, pending));
  }

  private void left() {
    connections--;
    regulate();
  }

  private void opened(Channel child, Outcome<S> outcome) {
    opening--;
    switch (outcome) {
      case Outcome.Value<S>(S connection) when closed -> Parcel.discard(connection);
      case Outcome.Value<S>(S connection) -> {
        opened.add(new Accepted<>(child, connection));
        waker.run();
      }
      case Outcome.Failure<S>(Throwable error) ->
          LOG.debug("a connection from {} was not opened: {}", child, error.toString());
    }
    regulate();
  }

  private void pause(Throwable cause) {
    if (!failing) {
      failing = true;
      LOG.warn("cannot accept connections on {} for now: {}", channel, cause.toString());
    }
    pausing = true;
    regulate();
    var _ = channel().eventLoop().schedule(this::resume, PAUSE_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void resume() {
    pausing = false;
    regulate();
  }

  /** What the listening socket reports. */
  private final class Arrivals extends ChannelInboundHandlerAdapter {
    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
      options.applyToListener(ctx.channel());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      pause(cause);
    }
  }

  /** A new connection on its way into the event loop. */
  private final class Child extends ChannelInitializer<Channel> {
    @Override
    protected void initChannel(Channel child) {
      arrived(child);
    }
  }
}
