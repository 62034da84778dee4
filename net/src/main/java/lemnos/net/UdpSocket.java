package lemnos.net;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.socket.DatagramPacket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import lemnos.core.Behaviour;
import lemnos.core.Core;
import lemnos.core.Cx;
import lemnos.runtime.Awaitable;
import lemnos.runtime.Context;
import org.jspecify.annotations.Nullable;

/**
 * A UDP socket, connected to one peer or not. A sequential actor uses plain calls that wait; as an
 * {@link Awaitable} it is ready when {@link #receive} would not wait. An object actor has datagrams
 * {@linkplain #deliver delivered}.
 *
 * <p>While {@value #MAX_UNREAD_BYTES} bytes wait to be received nothing more is taken from the
 * system, which drops what is too much, as UDP does. Not every transport tells of datagrams without
 * content.
 */
public final class UdpSocket implements Awaitable, AutoCloseable {
  /** The longest datagram. */
  public static final int MAX_DATAGRAM_BYTES = 65_507;

  /** How many bytes may wait to be received before the socket is left alone. */
  public static final int MAX_UNREAD_BYTES = 1024 * 1024;

  private final Channel channel;
  private final ArrayDeque<Datagram> unread = new ArrayDeque<>();
  private final Awaitable writable = new Writable();
  private int unreadBytes;
  private boolean paused;
  private boolean closed;

  /** An error that the system has reported and nobody has been told of. */
  private @Nullable IOException failure;

  private Runnable waker = () -> {};

  private UdpSocket(Channel channel) {
    this.channel = channel;
    channel.pipeline().addLast(new Events());
    channel.read();
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
    return opened(bootstrap(core).bind(address), "cannot bind to " + address);
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
    return opened(bootstrap(core).connect(peer), "cannot connect to " + peer);
  }

  private static Bootstrap bootstrap(Core core) {
    NettyPoller poller = NettyPoller.of(core);
    return new Bootstrap()
        .group(poller.eventLoop())
        .resolver(poller.names())
        .channel(poller.transport().datagramChannel())
        .option(ChannelOption.AUTO_READ, false)
        .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(MAX_DATAGRAM_BYTES))
        .handler(new ChannelInboundHandlerAdapter());
  }

  private static Pending<UdpSocket> opened(ChannelFuture future, String failure) {
    var pending = new Pending<UdpSocket>();
    future.addListener(
        _ -> {
          if (future.isSuccess()) {
            pending.complete(new UdpSocket(future.channel()));
          } else {
            pending.fail(new IOException(failure, future.cause()));
          }
        });
    return pending;
  }

  /** The address of this end, with the port that the system chose if it was 0. */
  public InetSocketAddress localAddress() {
    return (InetSocketAddress) channel.localAddress();
  }

  /** The peer that the socket is connected to; null if it is not. */
  public @Nullable InetSocketAddress peer() {
    return (InetSocketAddress) channel.remoteAddress();
  }

  /** Netty's view of the socket, for its options. */
  public Channel channel() {
    return channel;
  }

  /** Where buffers to send are best taken from. */
  public ByteBufAllocator alloc() {
    return channel.alloc();
  }

  // Receiving

  @Override
  public boolean isReady() {
    return !unread.isEmpty() || failure != null || closed;
  }

  @Override
  public void arm(Runnable wake) {
    waker = wake;
  }

  /**
   * Waits for the next datagram, which the caller closes.
   *
   * @return null if the socket was closed
   * @throws IOException if the system has reported an error, such as that nobody is there; the
   *     socket can be used on
   */
  public @Nullable Datagram receive() throws IOException {
    await();
    return next();
  }

  /**
   * As {@link #receive}, for at most {@code limit}.
   *
   * @throws SocketTimeoutException if nothing arrived in that time
   * @throws IOException as {@link #receive}
   */
  public @Nullable Datagram receive(Duration limit) throws IOException {
    if (!Timed.await(this, channel.eventLoop(), Math.max(1, limit.toNanos()))) {
      throw new SocketTimeoutException("nothing arrived in " + limit);
    }
    return next();
  }

  /**
   * Waits for a datagram and appends to {@code into} all that have arrived, at most {@code max}.
   *
   * @return how many; 0 if the socket was closed
   * @throws IOException as {@link #receive}
   */
  public int receiveBatch(Collection<? super Datagram> into, int max) throws IOException {
    await();
    int count = 0;
    for (; count < max && (count == 0 || !unread.isEmpty()); count++) {
      Datagram next = next();
      if (next == null) {
        break;
      }
      into.add(next);
    }
    return count;
  }

  private @Nullable Datagram next() throws IOException {
    Datagram next = unread.poll();
    IOException error = failure;
    if (next == null && error != null) {
      failure = null;
      throw Failures.rethrown(error);
    }
    if (next != null) {
      unreadBytes -= next.data().readableBytes();
      if (paused && unreadBytes < MAX_UNREAD_BYTES) {
        paused = false;
        channel.read();
      }
    }
    return next;
  }

  /**
   * Has datagrams brought to a behaviour of the object actor that calls this. An error ends that,
   * as nothing else does.
   */
  public <A> Delivery<Datagram> deliver(
      Cx<A> cx, Behaviour.Of1<? super A, ? super Arrival<Datagram>> behaviour) {
    return Delivery.start(
        new Delivery.Source<>(this, this::receive, () -> closed, this::close), cx, behaviour);
  }

  // Sending

  /**
   * Sends {@code data}, which this releases, to the peer that the socket is connected to. Waits
   * while the system takes nothing. That it has been sent does not mean that it arrives.
   *
   * @throws IOException if the system has reported an error; the socket can be used on
   */
  public void send(ByteBuf data) throws IOException {
    if (peer() == null) {
      data.release();
      throw new IllegalStateException("this socket is not connected; say to whom to send");
    }
    channel.writeAndFlush(data);
    awaitWritable();
  }

  /**
   * As {@link #send(ByteBuf)}, to {@code peer}.
   *
   * @throws IOException as {@link #send(ByteBuf)}
   */
  public void send(ByteBuf data, InetSocketAddress peer) throws IOException {
    channel.writeAndFlush(new DatagramPacket(data, peer));
    awaitWritable();
  }

  /**
   * Sends all of {@code batch}, which this releases, in as few system calls as there are.
   *
   * @throws IOException as {@link #send(ByteBuf)}
   */
  public void sendBatch(Iterable<Datagram> batch) throws IOException {
    for (Datagram datagram : batch) {
      channel.write(new DatagramPacket(datagram.data(), datagram.peer()));
    }
    channel.flush();
    awaitWritable();
  }

  private void awaitWritable() throws IOException {
    if (!channel.isWritable()) {
      writable.await();
    }
    if (closed) {
      throw new IOException("the socket is closed");
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      unread.forEach(Datagram::close);
      unread.clear();
      channel.close();
      waker.run();
    }
  }

  /** Ready when the system takes more. */
  private final class Writable implements Awaitable {
    @Override
    public boolean isReady() {
      return channel.isWritable() || !channel.isActive();
    }

    @Override
    public void arm(Runnable wake) {
      waker = wake;
    }
  }

  /** What Netty reports, on the worker's thread, while it polls. */
  private final class Events extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      var packet = (DatagramPacket) message;
      ByteBuf data = compact(packet.content());
      if (closed) {
        data.release();
      } else {
        unread.add(new Datagram(data, packet.sender()));
        unreadBytes += data.readableBytes();
      }
    }

    /** A small datagram need not keep the large buffer in which it came. */
    private ByteBuf compact(ByteBuf data) {
      if (data.readableBytes() > data.capacity() / 2) {
        return data;
      }
      try {
        return channel.alloc().buffer(data.readableBytes()).writeBytes(data);
      } finally {
        data.release();
      }
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
    public void channelInactive(ChannelHandlerContext ctx) {
      close();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      failure = Failures.io(cause);
      waker.run();
    }
  }
}
