package lemnos.net;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import lemnos.runtime.Awaitable;
import lemnos.runtime.Context;
import org.jspecify.annotations.Nullable;

/**
 * A TCP connection as a sequential actor uses it: plain calls that wait. It belongs to one actor at
 * a time, on the worker that accepted or connected it. As an {@link Awaitable} it is ready when
 * {@link #read} would not wait.
 *
 * <p>Back-pressure both ways: while {@value #MAX_UNREAD_BYTES} bytes or more wait to be read,
 * nothing more is taken from the socket; and {@link #write} waits while the peer reads more slowly
 * than the actor writes.
 */
public final class TcpStream implements Awaitable, AutoCloseable {
  /** How many bytes may wait to be read before the socket is left alone. */
  public static final int MAX_UNREAD_BYTES = 256 * 1024;

  /** How long a closed connection waits for the peer to take what was written, and to close. */
  public static final int LINGER_SECONDS = 2;

  private static final Runnable NOBODY = () -> {};
  private static final InetSocketAddress UNKNOWN = new InetSocketAddress(0);

  private final Channel channel;
  private final ArrayDeque<ByteBuf> unread = new ArrayDeque<>();
  private final Awaitable writable = new Writable();
  private InetSocketAddress localAddress = UNKNOWN;
  private InetSocketAddress remoteAddress = UNKNOWN;
  private int unreadBytes;

  /** Enough has arrived: the next read is to be asked for when the actor has taken some. */
  private boolean paused;

  private boolean eof;
  private boolean closed;
  private @Nullable IOException failure;

  /** Wakes the actor that waits for this stream. */
  private Runnable waker = NOBODY;

  TcpStream(Channel channel) {
    this.channel = channel;
    remember();
    // Reads are asked for one at a time: that is how an actor that does not read stops its peer.
    channel.config().setAutoRead(false);
    channel.pipeline().addLast(new Events());
  }

  /** The system forgets the addresses of a connection that is gone. */
  private void remember() {
    if (channel.localAddress() instanceof InetSocketAddress address) {
      localAddress = address;
    }
    if (channel.remoteAddress() instanceof InetSocketAddress address) {
      remoteAddress = address;
    }
  }

  /**
   * Connects to {@code address}; waits until that is done.
   *
   * @throws IOException if the peer refuses or cannot be reached
   */
  public static TcpStream connect(Context<?> ctx, InetSocketAddress address) throws IOException {
    NettyPoller poller = NettyPoller.of(ctx.core());
    var connecting = new Connecting();
    ChannelFuture future =
        options(new Bootstrap().group(poller.eventLoop()))
            .channel(poller.transport().clientChannel())
            .handler(connecting)
            .connect(address);
    future.addListener(_ -> connecting.done());
    ctx.await(connecting);
    if (!future.isSuccess()) {
      Throwable cause = future.cause();
      throw (IOException)
          new ConnectException("cannot connect to " + address + ": " + cause.getMessage())
              .initCause(cause);
    }
    return connecting.stream();
  }

  private static Bootstrap options(Bootstrap bootstrap) {
    return bootstrap
        .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
        .option(ChannelOption.TCP_NODELAY, true);
  }

  /** The address of this end. */
  public InetSocketAddress localAddress() {
    return localAddress;
  }

  /** The address of the other end. */
  public InetSocketAddress remoteAddress() {
    return remoteAddress;
  }

  /** Where buffers to write are best taken from. */
  public ByteBufAllocator alloc() {
    return channel.alloc();
  }

  // Reading

  /** Whether {@link #read} would return, or throw, at once. */
  @Override
  public boolean isReady() {
    return unreadBytes > 0 || eof || failure != null;
  }

  @Override
  public void arm(Runnable wake) {
    waker = wake;
  }

  /**
   * Appends to {@code into} all that has arrived, waiting until that is something.
   *
   * @return how many bytes, or -1 if the peer will send no more
   * @throws IOException if the connection is broken
   */
  public int read(ByteBuf into) throws IOException {
    await();
    if (unreadBytes == 0) {
      if (failure != null) {
        throw failed();
      }
      return -1;
    }
    int bytes = unreadBytes;
    for (ByteBuf buf = unread.poll(); buf != null; buf = unread.poll()) {
      into.writeBytes(buf);
      buf.release();
    }
    taken(bytes);
    return bytes;
  }

  /**
   * The next piece of what has arrived, as it came: the caller releases it. Waits until there is
   * one.
   *
   * @return null if the peer will send no more
   * @throws IOException if the connection is broken
   */
  public @Nullable ByteBuf receive() throws IOException {
    await();
    ByteBuf buf = unread.poll();
    if (buf == null) {
      if (failure != null) {
        throw failed();
      }
      return null;
    }
    taken(buf.readableBytes());
    return buf;
  }

  private void taken(int bytes) {
    unreadBytes -= bytes;
    if (paused && unreadBytes < MAX_UNREAD_BYTES) {
      paused = false;
      channel.read();
    }
  }

  // Writing

  /**
   * Writes {@code data}, which this releases. Returns when the connection can take more; the data
   * may still be on its way then.
   *
   * @throws IOException if the connection is broken
   */
  public void write(ByteBuf data) throws IOException {
    if (isBroken() || closed) {
      data.release();
      throw failed();
    }
    channel.writeAndFlush(data, channel.voidPromise());
    if (!channel.isWritable()) {
      writable.await();
      if (isBroken()) {
        throw failed();
      }
    }
  }

  /** Whether nothing can be written any more, with or without an error. */
  private boolean isBroken() {
    return failure != null || !channel.isActive();
  }

  private IOException failed() {
    return failure == null
        ? new IOException("the connection is closed")
        : new IOException(failure.getMessage(), failure);
  }

  /**
   * Ends the connection. What was written is still sent, and what the peer still sends is ignored,
   * for at most {@value #LINGER_SECONDS} seconds. Does not wait.
   */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    waker = NOBODY;
    releaseUnread();
    if (failure != null || !channel.isOpen()) {
      channel.close();
      return;
    }
    if (paused) {
      channel.read();
    }
    channel
        .writeAndFlush(Unpooled.EMPTY_BUFFER)
        .addListener(_ -> ((DuplexChannel) channel).shutdownOutput());
    if (eof) {
      // Nothing comes any more: the end of our output is the end.
      channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(_ -> channel.close());
    }
    var _ = channel.eventLoop().schedule(() -> channel.close(), LINGER_SECONDS, TimeUnit.SECONDS);
  }

  /**
   * Ends the connection at once; what was written may be lost. An actor that waits for the stream
   * gets an exception. On the stream's worker, by any actor.
   */
  public void abort() {
    if (failure == null) {
      failure = new IOException("the connection was aborted");
    }
    channel.close();
    waker.run();
  }

  private void releaseUnread() {
    unread.forEach(ByteBuf::release);
    unread.clear();
    unreadBytes = 0;
  }

  /** Ready when the connection can take more, or will take nothing any more. */
  private final class Writable implements Awaitable {
    @Override
    public boolean isReady() {
      return channel.isWritable() || isBroken();
    }

    @Override
    public void arm(Runnable wake) {
      waker = wake;
    }
  }

  /** What Netty reports, on the worker's thread, while it polls. */
  private final class Events extends ChannelInboundHandlerAdapter {
    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      remember();
      channel.read();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      var buf = (ByteBuf) message;
      if (closed || !buf.isReadable()) {
        buf.release();
        return;
      }
      unread.add(buf);
      unreadBytes += buf.readableBytes();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      if (unreadBytes < MAX_UNREAD_BYTES) {
        channel.read();
      } else {
        paused = true;
      }
      waker.run();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
      waker.run();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event instanceof ChannelInputShutdownEvent) {
        inputEnded();
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      if (!eof && failure == null) {
        failure = new IOException("the connection was reset");
      }
      inputEnded();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      if (failure == null) {
        failure = cause instanceof IOException e ? e : new IOException(cause);
      }
      channel.close();
      waker.run();
    }

    private void inputEnded() {
      eof = true;
      if (closed) {
        channel.close();
      }
      waker.run();
    }
  }

  /** Makes the stream as soon as the channel is there, so that it misses no event. */
  private static final class Connecting extends ChannelInboundHandlerAdapter implements Awaitable {
    private @Nullable TcpStream stream;
    private boolean done;
    private Runnable waker = NOBODY;

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
      stream = new TcpStream(ctx.channel());
      ctx.pipeline().remove(this);
    }

    void done() {
      done = true;
      waker.run();
    }

    TcpStream stream() {
      if (stream == null) {
        throw new IllegalStateException("not connected");
      }
      return stream;
    }

    @Override
    public boolean isReady() {
      return done;
    }

    @Override
    public void arm(Runnable wake) {
      waker = wake;
    }
  }
}
