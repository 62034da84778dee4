package lemnos.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.DefaultFileRegion;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import lemnos.core.Behaviour;
import lemnos.core.Cx;
import lemnos.core.Outcome;
import lemnos.runtime.Awaitable;
import org.jspecify.annotations.Nullable;

/**
 * A connection that carries bytes both ways. It belongs to one actor at a time, on the worker that
 * accepted or connected it. A sequential actor uses plain calls that wait; as an {@link Awaitable}
 * it is ready when {@link #receive} would not wait. An object actor has what arrives {@linkplain
 * #deliver delivered} and writes with {@link #writing}.
 *
 * <p>Back-pressure both ways: while as many bytes wait to be read as {@link
 * TcpOptions#withUnreadBytes} allows, nothing more is taken from the socket; and {@link #write}
 * waits while more wait to be sent than {@link TcpOptions#withUnsentBytes} allows.
 */
public abstract sealed class ByteStream implements Awaitable, AutoCloseable
    permits TcpStream, UnixStream {
  /** How long a closed connection whose data has been sent waits for the peer to close, too. */
  public static final Duration LINGER = Duration.ofSeconds(2);

  /** How many bytes {@link #writing} lets wait to be sent; it refuses more. */
  public static final int MAX_UNSENT_BYTES = 16 * 1024 * 1024;

  /** How many pieces {@link #forEach} handles in its first round. */
  private static final int FIRST_ROUND = 16;

  private static final Runnable NOBODY = () -> {};

  private final Channel channel;
  private final boolean hasHalves;
  private final int maxUnreadBytes;
  private final Unread unread = new Unread();
  private final Awaitable writable = new Writable();
  private final Writers<ByteStream> writers = new Writers<>();
  private final CloseTimer timer;
  private long readTimeoutNanos;
  private long writeTimeoutNanos;

  /** Enough has arrived: the next read is to be asked for when the actor has taken some. */
  private boolean paused;

  /** There is nothing more to read: the peer has sent all, or we do not want it. */
  private boolean eof;

  /** The peer has sent all. */
  private boolean inputOver;

  private boolean outputEnded;

  /** The end of our output is on its way, after all else. */
  private boolean outputDone;

  private boolean closed;
  private @Nullable IOException failure;

  /** Wakes the actor that waits for this stream. */
  private Runnable waker = NOBODY;

  /**
   * @param hasHalves whether the channel stays open when the peer has sent all
   */
  ByteStream(Channel channel, boolean hasHalves) {
    this.channel = channel;
    this.timer = new CloseTimer(channel);
    this.hasHalves = hasHalves;
    this.maxUnreadBytes = TcpOptions.of(channel).unreadBytes();
    channel.pipeline().addLast(new Events());
    channel.read();
  }

  /** Netty's view of the connection, for its options, and for handlers to put before the stream. */
  public final Channel channel() {
    return channel;
  }

  /** Where buffers to write are best taken from. */
  public final ByteBufAllocator alloc() {
    return channel.alloc();
  }

  /** How long a call may wait for something to read; zero, the default, for ever. */
  public final void readTimeout(Duration timeout) {
    readTimeoutNanos = nanos(timeout);
  }

  /** How long a call may wait for the peer to take what is written; zero, the default, for ever. */
  public final void writeTimeout(Duration timeout) {
    writeTimeoutNanos = nanos(timeout);
  }

  private static long nanos(Duration timeout) {
    if (timeout.isNegative()) {
      throw new IllegalArgumentException(
          "timeout is " + timeout + "; it must be positive, or zero for none");
    }
    return TimeUnit.NANOSECONDS.convert(timeout);
  }

  // Reading

  /** Whether {@link #receive} would return, or throw, at once. */
  @Override
  public final boolean isReady() {
    return unread.bytes() > 0 || eof || failure != null;
  }

  @Override
  public final void arm(Runnable wake) {
    waker = wake;
  }

  /** Returns whether there is something to read; otherwise nothing more comes. */
  private boolean awaitInput() throws IOException {
    if (!Timed.await(this, channel.eventLoop(), readTimeoutNanos)) {
      throw new SocketTimeoutException("nothing arrived in " + Duration.ofNanos(readTimeoutNanos));
    }
    if (unread.bytes() > 0) {
      return true;
    }
    if (failure != null) {
      throw failed();
    }
    return false;
  }

  /**
   * The next piece of what has arrived, as it came: the caller releases it. Waits until there is
   * one.
   *
   * @return null if the peer will send no more
   * @throws SocketTimeoutException if that takes longer than {@link #readTimeout}; the connection
   *     is as it was
   * @throws IOException if the connection is broken
   */
  public final @Nullable ByteBuf receive() throws IOException {
    ByteBuf buf = awaitInput() ? unread.poll() : null;
    readOn();
    return buf;
  }

  /**
   * Has {@code handler} handle each piece of what arrives until the peer will send no more, as a
   * loop of {@link #receive} would. But that is entered once a connection, so on a server's first
   * few hundred connections it is interpreted for long, and waiting in it is slow.
   *
   * @throws X what {@code handler} throws; the rest can still be read
   * @throws IOException as {@link #receive}
   */
  public final <X extends Exception> void forEach(PieceHandler<X> handler) throws IOException, X {
    for (long round = FIRST_ROUND; forSome(handler, round); round *= 2) {}
  }

  /**
   * Apart, since what is entered again and again is compiled soon; and in ever longer rounds, since
   * the caller is not, and to get back to that takes long.
   */
  private <X extends Exception> boolean forSome(PieceHandler<X> handler, long pieces)
      throws IOException, X {
    for (long i = 0; i < pieces; i++) {
      ByteBuf piece = receive();
      if (piece == null) {
        return false;
      }
      handler.handle(piece);
    }
    return true;
  }

  /**
   * Appends to {@code into} all that has arrived, waiting until that is something. What the buffer
   * may not grow by stays to be read.
   *
   * @return how many bytes, or -1 if the peer will send no more
   * @throws IOException as {@link #receive}
   */
  public final int read(ByteBuf into) throws IOException {
    return read(into, Integer.MAX_VALUE);
  }

  /**
   * As {@link #read(ByteBuf)}, but at most {@code max} bytes.
   *
   * @throws IOException as {@link #receive}
   */
  public final int read(ByteBuf into, int max) throws IOException {
    if (!awaitInput()) {
      return -1;
    }
    return take(into, Math.min(unread.bytes(), Math.min(max, into.maxWritableBytes())));
  }

  /**
   * Appends exactly {@code bytes} to {@code into}, waiting until they have arrived.
   *
   * @throws EOFException if the peer ends before that; what came is in {@code into}
   * @throws IOException as {@link #receive}
   */
  public final void readExactly(ByteBuf into, int bytes) throws IOException {
    int missing = bytes;
    while (missing > 0) {
      if (!awaitInput()) {
        throw new EOFException("the peer ended; of " + bytes + " bytes, " + missing + " miss");
      }
      missing -= take(into, Math.min(missing, unread.bytes()));
    }
  }

  /**
   * Fills the room in each of {@code into} in turn with what has arrived, waiting until that is
   * something.
   *
   * @return how many bytes, or -1 if the peer will send no more
   * @throws IOException as {@link #receive}
   */
  public final long readVectored(ByteBuf... into) throws IOException {
    if (!awaitInput()) {
      return -1;
    }
    long sum = 0;
    for (ByteBuf buf : into) {
      sum += take(buf, Math.min(buf.writableBytes(), unread.bytes()));
    }
    return sum;
  }

  /**
   * Appends to {@code into} a copy of what has arrived, at most as it has room for, waiting until
   * that is something. It stays there to be read.
   *
   * @return how many bytes, or -1 if the peer will send no more
   * @throws IOException as {@link #receive}
   */
  public final int peek(ByteBuf into) throws IOException {
    if (!awaitInput()) {
      return -1;
    }
    return unread.copyTo(into);
  }

  private int take(ByteBuf into, int bytes) {
    unread.moveTo(into, bytes);
    readOn();
    return bytes;
  }

  /** Goes on taking from the socket if it was left alone and there is room again. */
  private void readOn() {
    if (paused && unread.bytes() < maxUnreadBytes) {
      paused = false;
      channel.read();
    }
  }

  /** Has what arrives brought to a behaviour of the object actor that calls this. */
  public final <A> Delivery<ByteBuf> deliver(
      Cx<A> cx, Behaviour.Of1<? super A, ? super Arrival<ByteBuf>> behaviour) {
    return Delivery.start(
        new Delivery.Source<>(this, this::receive, () -> closed, this::close), cx, behaviour);
  }

  /** Ignores what the peer still sends; for us that is the end of it. */
  public final void shutdownInput() {
    eof = true;
    unread.release();
    readOn(); // or the peer would wait for ever
    waker.run();
  }

  // Writing

  /**
   * Writes all of {@code data}, which this releases. Returns when the connection can take more; the
   * data may still be on its way then.
   *
   * @throws SocketTimeoutException if that takes longer than {@link #writeTimeout}; the data stays
   *     on its way
   * @throws IOException if the connection is broken
   */
  public final void write(ByteBuf data) throws IOException {
    if (refuses(data)) {
      throw failed();
    }
    channel.writeAndFlush(data, channel.voidPromise());
    awaitWritable();
  }

  /** As {@link #write(ByteBuf)}, with all of {@code data}, in turn, in one go. */
  public final void write(ByteBuf... data) throws IOException {
    boolean refused = false;
    for (ByteBuf buf : data) {
      refused |= refuses(buf);
      if (!refused) {
        channel.write(buf, channel.voidPromise());
      }
    }
    if (refused) {
      throw failed();
    }
    channel.flush();
    awaitWritable();
  }

  /**
   * Writes {@code count} bytes of a file from {@code position} on, by the system's sendfile, which
   * saves copying them; with TLS they are read piece by piece. Waits until they have been sent. The
   * worker itself reads the disk: for files that the system has in memory.
   *
   * @throws EOFException if the file is shorter; what there was may have been sent
   * @throws IOException if the file cannot be read, or as {@link #write(ByteBuf)}
   */
  public final void sendFile(Path file, long position, long count) throws IOException {
    try (FileChannel from = FileCopy.open(file, position, count)) {
      if (channel.pipeline().get(SslHandler.class) == null) {
        sendFile(from, position, count);
      } else {
        FileCopy.copy(from, position, count, this);
      }
    }
  }

  private void sendFile(FileChannel from, long position, long count) throws IOException {
    if (isBroken() || closed || outputEnded) {
      throw failed();
    }
    var region = new DefaultFileRegion(from, position, count);
    var sent = Pending.of(channel.writeAndFlush(region));
    if (!Timed.await(sent, channel.eventLoop(), writeTimeoutNanos)) {
      throw tookTooLittle();
    }
    sent.get();
  }

  private SocketTimeoutException tookTooLittle() {
    return new SocketTimeoutException(
        "the peer took too little in " + Duration.ofNanos(writeTimeoutNanos));
  }

  private void awaitWritable() throws IOException {
    if (channel.isWritable()) {
      return;
    }
    if (!Timed.await(writable, channel.eventLoop(), writeTimeoutNanos)) {
      throw tookTooLittle();
    }
    if (isBroken()) {
      throw failed();
    }
  }

  /**
   * Writes all of {@code data}, which this releases, without waiting: for object actors. Whoever
   * goes on writing before the connection can take more is refused at {@value #MAX_UNSENT_BYTES}
   * bytes.
   *
   * @return this stream, when the connection can take more; a failure if it is broken, or if too
   *     much waits
   */
  public final Pending<ByteStream> writing(ByteBuf data) {
    var pending = new Pending<ByteStream>();
    if (refuses(data)) {
      pending.fail(failed());
    } else if (channel.unsafe().outboundBuffer().totalPendingWriteBytes() > MAX_UNSENT_BYTES) {
      data.release();
      pending.fail(new IOException(MAX_UNSENT_BYTES + " bytes wait to be sent; wait for writing"));
    } else {
      channel.writeAndFlush(data, channel.voidPromise());
      if (channel.isWritable()) {
        pending.complete(this);
      } else {
        writers.add(pending);
      }
    }
    return pending;
  }

  /** Releases {@code data} if it cannot be written. */
  private boolean refuses(ByteBuf data) {
    boolean refuses = isBroken() || closed || outputEnded;
    if (refuses) {
      data.release();
    }
    return refuses;
  }

  /** Tells the peer, after all that was written, that nothing more comes. Does not wait. */
  public final void shutdownOutput() {
    if (!outputEnded) {
      outputEnded = true;
      afterWrites(
          () -> {
            SslHandler tls = channel.pipeline().get(SslHandler.class);
            if (tls == null) {
              endOutput();
            } else {
              tls.closeOutbound().addListener(_ -> endOutput());
            }
          });
    }
  }

  private void afterWrites(Runnable code) {
    channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(_ -> code.run());
  }

  /**
   * Ends our half; if the other half has ended already, that was all. A close alone would tell the
   * peer late over io_uring, whose operations keep a socket open until they are cancelled.
   */
  private void endOutput() {
    outputDone = true;
    ((DuplexChannel) channel).shutdownOutput();
    if (closed) {
      linger();
    }
  }

  /** Whether nothing can be written any more, with or without an error. */
  private boolean isBroken() {
    return failure != null || !channel.isActive();
  }

  private IOException failed() {
    if (failure != null) {
      return Failures.rethrown(failure);
    }
    return new IOException(
        outputEnded && !closed ? "our end was shut down" : "the connection is closed");
  }

  // Ending

  /**
   * Ends the connection. What was written is still sent, for at most {@link
   * TcpOptions#withCloseTimeout}, and what the peer still sends is ignored, for at most {@link
   * #LINGER} after that. Does not wait.
   */
  @Override
  public final void close() {
    if (closed) {
      return;
    }
    closed = true;
    unread.release();
    waker.run();
    waker = NOBODY;
    if (failure != null || !channel.isOpen()) {
      channel.close();
      return;
    }
    readOn();
    if (outputDone) {
      linger();
    } else {
      timer.set(TcpOptions.of(channel).closeTimeout());
      shutdownOutput();
    }
  }

  /** All has been sent: the peer has some time to see that and to close. */
  private void linger() {
    if (inputOver) {
      channel.close();
    } else {
      timer.set(LINGER);
    }
  }

  /**
   * Ends the connection at once; what was written may be lost. An actor that waits for the stream
   * gets an exception. On the stream's worker, by any actor.
   */
  public final void abort() {
    fail(new IOException("the connection was aborted"));
  }

  private void fail(IOException cause) {
    if (failure == null) {
      failure = cause;
    }
    channel.close();
    waker.run();
    wakeWriters();
  }

  private void wakeWriters() {
    if (!writers.isEmpty()) {
      writers.tell(
          isBroken() ? new Outcome.Failure<>(failed()) : new Outcome.Value<ByteStream>(this));
    }
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
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      var buf = (ByteBuf) message;
      if (closed || eof || !buf.isReadable()) {
        buf.release();
        return;
      }
      unread.add(buf);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      waker.run();
      NettyPoller.eventHandled(channel);
      paused = unread.bytes() >= maxUnreadBytes;
      if (!paused && !inputOver && channel.isOpen()) {
        ctx.read();
      }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
      if (ctx.channel().isWritable()) {
        waker.run();
        wakeWriters();
      }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event instanceof ChannelInputShutdownEvent) {
        inputEnded(ctx.pipeline().get(SslHandler.class) != null);
      } else if (event == SslCloseCompletionEvent.SUCCESS) {
        inputEnded(false);
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      if (hasHalves && !eof && failure == null) {
        failure = new IOException("the connection was reset");
      }
      inputEnded(false);
      wakeWriters();
      timer.cancel();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      fail(Failures.io(cause));
    }

    /**
     * @param cutShort whether the peer ought to have said so, but somebody else ended its output
     */
    private void inputEnded(boolean cutShort) {
      if (cutShort && !eof && failure == null) {
        failure = new SSLException("the input ended without TLS's end: it may be cut short");
      }
      eof = true;
      inputOver = true;
      if (closed) {
        channel.close();
      }
      waker.run();
    }
  }
}
