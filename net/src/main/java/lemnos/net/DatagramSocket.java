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
import io.netty.channel.ChannelPromise;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.PromiseCombiner;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import lemnos.core.Behaviour;
import lemnos.core.Cx;
import lemnos.runtime.Awaitable;
import org.jspecify.annotations.Nullable;

/**
 * A socket for datagrams, connected to one peer or not. A sequential actor uses plain calls that
 * wait; as an {@link Awaitable} it is ready when {@link #receive} would not wait. An object actor
 * has datagrams {@linkplain #deliver delivered} and sends with {@link #sending} or {@link
 * #sendingBatch}.
 *
 * <p>While {@value #MAX_UNREAD_BYTES} bytes wait to be received nothing more is taken from the
 * system; each datagram counts {@value #DATAGRAM_BYTES} more than it says, for what holds it.
 *
 * @param <P> how peers are addressed
 */
public abstract sealed class DatagramSocket<P> implements Awaitable, AutoCloseable
    permits UdpSocket, UnixDatagramSocket {
  /** How many bytes may wait to be received before the socket is left alone. */
  public static final int MAX_UNREAD_BYTES = 1024 * 1024;

  /** What a datagram takes beside its content: else empty ones without end could wait. */
  private static final int DATAGRAM_BYTES = 256;

  private final Channel channel;
  private final ArrayDeque<Datagram<P>> unread = new ArrayDeque<>();
  private final Awaitable writable = new Writable();
  private int unreadBytes;
  private boolean paused;
  private boolean closed;

  /** An error that the system has reported and nobody has been told of. */
  private @Nullable IOException failure;

  private Runnable waker = () -> {};

  DatagramSocket(Channel channel) {
    this.channel = channel;
    channel.pipeline().addLast(new Events());
    channel.read();
  }

  static Bootstrap bootstrap(
      NettyPoller poller, Class<? extends Channel> kind, int maxDatagramBytes) {
    return new Bootstrap()
        .group(poller.eventLoop())
        .resolver(poller.names())
        .channel(kind)
        .option(ChannelOption.AUTO_READ, false)
        .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(maxDatagramBytes))
        .handler(new ChannelInboundHandlerAdapter());
  }

  static <S> Pending<S> opened(ChannelFuture future, String failure, Function<Channel, S> socket) {
    var pending = new Pending<S>();
    future.addListener(
        _ -> {
          if (future.isSuccess()) {
            pending.complete(socket.apply(future.channel()));
          } else {
            pending.fail(new IOException(failure, future.cause()));
          }
        });
    return pending;
  }

  /** What Netty sends to {@code peer}. */
  abstract Object packet(ByteBuf data, P peer);

  /** What Netty has received. */
  abstract Datagram<P> datagram(Object packet);

  abstract boolean isConnected();

  /** Netty's view of the socket, for its options. */
  public final Channel channel() {
    return channel;
  }

  /** Where buffers to send are best taken from. */
  public final ByteBufAllocator alloc() {
    return channel.alloc();
  }

  // Receiving

  @Override
  public final boolean isReady() {
    return !unread.isEmpty() || failure != null || closed;
  }

  @Override
  public final void arm(Runnable wake) {
    waker = wake;
  }

  /**
   * Waits for the next datagram, which the caller closes.
   *
   * @return null if the socket was closed
   * @throws IOException if the system has reported an error, such as that nobody is there; the
   *     socket can be used on
   */
  public final @Nullable Datagram<P> receive() throws IOException {
    await();
    return next();
  }

  /**
   * As {@link #receive}, for at most {@code limit}.
   *
   * @throws SocketTimeoutException if nothing arrived in that time
   * @throws IOException as {@link #receive}
   */
  public final @Nullable Datagram<P> receive(Duration limit) throws IOException {
    long nanos = Math.max(1, TimeUnit.NANOSECONDS.convert(limit)); // to Timed, 0 is for ever
    if (!Timed.await(this, channel.eventLoop(), nanos)) {
      throw new SocketTimeoutException("nothing arrived in " + limit);
    }
    return next();
  }

  /**
   * As {@link #receive}, but the datagram stays to be received.
   *
   * @return a view of it, which the caller closes; null if the socket was closed
   * @throws IOException as {@link #receive}
   */
  public final @Nullable Datagram<P> peek() throws IOException {
    await();
    Datagram<P> first = unread.peek();
    if (first == null) {
      return next(); // why there is none
    }
    return new Datagram<>(first.data().retainedDuplicate(), first.peer());
  }

  /**
   * Fills the room in each of {@code into} in turn with the next datagram, waiting until there is
   * one. What they have no room for is lost.
   *
   * @return who sent it; null if the socket was closed
   * @throws IOException as {@link #receive}
   */
  public final @Nullable P receiveVectored(ByteBuf... into) throws IOException {
    try (Datagram<P> received = receive()) {
      if (received == null) {
        return null;
      }
      ByteBuf data = received.data();
      for (ByteBuf buf : into) {
        buf.writeBytes(data, Math.min(buf.writableBytes(), data.readableBytes()));
      }
      return received.peer();
    }
  }

  /**
   * Waits for a datagram and appends to {@code into} all that have arrived, at most {@code max}.
   *
   * @return how many; 0 if the socket was closed
   * @throws IOException as {@link #receive}
   */
  public final int receiveBatch(Collection<? super Datagram<P>> into, int max) throws IOException {
    await();
    int count = 0;
    for (; count < max && (count == 0 || !unread.isEmpty()); count++) {
      Datagram<P> next = next();
      if (next == null) {
        break;
      }
      into.add(next);
    }
    return count;
  }

  private @Nullable Datagram<P> next() throws IOException {
    Datagram<P> next = unread.poll();
    if (next == null) {
      throwFailure();
    } else {
      unreadBytes -= bytes(next);
      if (paused && unreadBytes < MAX_UNREAD_BYTES) {
        paused = false;
        channel.read();
      }
    }
    return next;
  }

  private static int bytes(Datagram<?> datagram) {
    return datagram.data().readableBytes() + DATAGRAM_BYTES;
  }

  /** Tells of an error, once. */
  private void throwFailure() throws IOException {
    IOException error = failure;
    if (error != null) {
      failure = null;
      throw Failures.rethrown(error);
    }
  }

  /**
   * Has datagrams brought to a behaviour of the object actor that calls this, each in a call of its
   * own: those that arrived together follow each other without a wait, which is what {@link
   * #receiveBatch} is for. An error ends that, as nothing else does.
   */
  public final <A> Delivery<Datagram<P>> deliver(
      Cx<A> cx, Behaviour.Of1<? super A, ? super Arrival<Datagram<P>>> behaviour) {
    return Delivery.start(
        new Delivery.Source<>(this, this::receive, () -> closed, this::close), cx, behaviour);
  }

  // Sending

  /**
   * Sends {@code data}, which this releases, to the peer that the socket is connected to. Waits
   * while the system takes nothing. That it has been sent does not mean that it arrives.
   *
   * @throws IOException if the system has reported an error, of this or of what was sent before,
   *     such as that it is too long or nobody is there; the socket can be used on
   */
  public final void send(ByteBuf data) throws IOException {
    checkConnected(data);
    sendPacket(data);
  }

  private void checkConnected(ByteBuf data) {
    if (!isConnected()) {
      data.release();
      throw new IllegalStateException("this socket is not connected; say to whom to send");
    }
  }

  /**
   * As {@link #send(ByteBuf)}, to {@code peer}.
   *
   * @throws IOException as {@link #send(ByteBuf)}
   */
  public final void send(ByteBuf data, P peer) throws IOException {
    sendPacket(packet(data, peer));
  }

  private void sendPacket(Object packet) throws IOException {
    if (closed) {
      ReferenceCountUtil.release(packet);
      throw closed();
    }
    channel.writeAndFlush(packet, channel.voidPromise());
    awaitWritable();
  }

  private static IOException closed() {
    return new IOException("the socket is closed");
  }

  /**
   * As {@link #send(ByteBuf)}, one datagram of all of {@code pieces} in turn, which need not be
   * copied for that.
   *
   * @throws IOException as {@link #send(ByteBuf)}
   */
  public final void sendVectored(ByteBuf... pieces) throws IOException {
    send(Unpooled.wrappedBuffer(pieces.length, pieces));
  }

  /**
   * As {@link #sendVectored(ByteBuf...)}, to {@code peer}.
   *
   * @throws IOException as {@link #send(ByteBuf)}
   */
  public final void sendVectored(P peer, ByteBuf... pieces) throws IOException {
    send(Unpooled.wrappedBuffer(pieces.length, pieces), peer);
  }

  /**
   * Sends all of {@code batch}, which this releases, in as few system calls as there are.
   *
   * @throws IOException as {@link #send(ByteBuf)}
   */
  public final void sendBatch(Iterable<Datagram<P>> batch) throws IOException {
    if (closed) {
      batch.forEach(Datagram::close);
      throw closed();
    }
    for (Datagram<P> datagram : batch) {
      channel.write(packet(datagram.data(), datagram.peer()), channel.voidPromise());
    }
    channel.flush();
    awaitWritable();
  }

  /**
   * Sends {@code data}, which this releases, to the peer that the socket is connected to, without
   * waiting: for object actors. Whoever goes on sending before the system can take more is refused
   * at {@value ByteStream#MAX_UNSENT_BYTES} bytes.
   *
   * @return this socket, when the system has taken it; a failure if it refuses, or too much waits
   */
  public final Pending<DatagramSocket<P>> sending(ByteBuf data) {
    checkConnected(data);
    return sendingPacket(data);
  }

  /** As {@link #sending(ByteBuf)}, to {@code peer}. */
  public final Pending<DatagramSocket<P>> sending(ByteBuf data, P peer) {
    return sendingPacket(packet(data, peer));
  }

  private Pending<DatagramSocket<P>> sendingPacket(Object packet) {
    if (closed || isFull()) {
      ReferenceCountUtil.release(packet);
      return refused();
    }
    return Pending.of(channel.writeAndFlush(packet)).map(_ -> this);
  }

  private boolean isFull() {
    var waiting = channel.unsafe().outboundBuffer();
    return waiting != null && waiting.totalPendingWriteBytes() > ByteStream.MAX_UNSENT_BYTES;
  }

  private <T> Pending<T> refused() {
    var refused = new Pending<T>();
    refused.fail(
        closed
            ? closed()
            : new IOException(
                ByteStream.MAX_UNSENT_BYTES + " bytes wait to be sent; wait for sending"));
    return refused;
  }

  /**
   * As {@link #sendBatch}, without waiting: for object actors.
   *
   * @return this socket, when the system has taken all; the first failure if it refuses any, or one
   *     at once if too much waits, as for {@link #sending}
   */
  public final Pending<DatagramSocket<P>> sendingBatch(Iterable<Datagram<P>> batch) {
    if (closed || isFull()) {
      batch.forEach(Datagram::close);
      return refused();
    }
    var parts = new PromiseCombiner(channel.eventLoop());
    for (Datagram<P> datagram : batch) {
      parts.add((Future<Void>) channel.write(packet(datagram.data(), datagram.peer())));
    }
    channel.flush();
    ChannelPromise all = channel.newPromise();
    parts.finish(all);
    return Pending.of(all).map(_ -> this);
  }

  private void awaitWritable() throws IOException {
    if (!channel.isWritable()) {
      writable.await();
    }
    if (closed) {
      throw closed();
    }
    throwFailure(); // with such promises, that of a write comes to exceptionCaught
  }

  /**
   * Closes the socket, when what was sent has been taken by the system, for which it has {@link
   * TcpOptions#DEFAULT_CLOSE_TIMEOUT}. Does not wait.
   */
  @Override
  public final void close() {
    if (!closed) {
      closed = true;
      unread.forEach(Datagram::close);
      unread.clear();
      unreadBytes = 0;
      waker.run();
      OpenChannels.endDatagrams(channel);
      if (channel.isOpen()) {
        var timer = new CloseTimer(channel);
        timer.set(TcpOptions.DEFAULT_CLOSE_TIMEOUT);
        channel.closeFuture().addListener(_ -> timer.cancel());
      }
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
      Datagram<P> received = datagram(message);
      ByteBuf data = compact(received.data());
      if (closed) {
        data.release();
      } else {
        var next = new Datagram<>(data, received.peer());
        unread.add(next);
        unreadBytes += bytes(next);
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
      waker.run();
      NettyPoller.eventHandled(channel);
      paused = unreadBytes >= MAX_UNREAD_BYTES;
      if (!paused && channel.isOpen()) {
        channel.read();
      }
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
