package lemnos.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import lemnos.core.Behaviour;
import lemnos.core.Cx;
import lemnos.runtime.Awaitable;
import org.jspecify.annotations.Nullable;

/**
 * A connection that carries bytes both ways. It belongs to one actor at a time, on the worker that
 * accepted or connected it. A sequential actor uses plain calls that wait; as an {@link Awaitable}
 * it is ready when {@link #receive} would not wait. An object actor has what arrives {@linkplain
 * #deliver delivered}, or begins what the plain calls do: {@link #readingExactly} is {@link
 * #readExactly} without waiting, and so on, with the same limits of time and the same exceptions.
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

  private static final String RESET = "the connection was reset";
  private static final Runnable NOBODY = () -> {};

  private final Channel channel;
  private final boolean hasHalves;
  private final Input input;
  private final Output output;
  private final CloseTimer timer;
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
    this.input = new Input(this, channel);
    this.output = new Output(this, channel);
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

  /**
   * How long a read, or a {@linkplain #deliver delivery}, may wait for something to arrive; zero,
   * the default, for ever. For those that begin from now on.
   */
  public final void readTimeout(Duration timeout) {
    input.timeoutNanos(nanos(timeout));
  }

  /**
   * How long a write may wait for the peer to take what is written; zero, the default, for ever.
   * For those that begin from now on.
   */
  public final void writeTimeout(Duration timeout) {
    output.timeoutNanos(nanos(timeout));
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
    return input.isReady();
  }

  @Override
  public final void arm(Runnable wake) {
    waker = wake;
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
    return input.receive();
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
      ByteBuf piece = input.receive();
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
    return input.read(into, max);
  }

  /**
   * Appends exactly {@code bytes} to {@code into}, waiting until they have arrived.
   *
   * @throws EOFException if the peer ends before that; what came is in {@code into}
   * @throws IOException as {@link #receive}
   */
  public final void readExactly(ByteBuf into, int bytes) throws IOException {
    input.readExactly(into, bytes);
  }

  /**
   * Fills the room in each of {@code into} in turn with what has arrived, waiting until that is
   * something.
   *
   * @return how many bytes, or -1 if the peer will send no more
   * @throws IOException as {@link #receive}
   */
  public final long readVectored(ByteBuf... into) throws IOException {
    return input.readVectored(into);
  }

  /**
   * Appends to {@code into} a copy of what has arrived, at most as it has room for, waiting until
   * that is something. It stays there to be read.
   *
   * @return how many bytes, or -1 if the peer will send no more
   * @throws IOException as {@link #receive}
   */
  public final int peek(ByteBuf into) throws IOException {
    return input.peek(into);
  }

  /**
   * Has what arrives brought to a behaviour of the object actor that calls this. A {@link
   * SocketTimeoutException}, when nothing has come for {@link #readTimeout}, pauses the delivery.
   */
  public final <A> Delivery<ByteBuf> deliver(
      Cx<A> cx, Behaviour.Of1<? super A, ? super Arrival<ByteBuf>> behaviour) {
    var source = new Delivery.Source<>(this, this::receive, () -> closed, this::close);
    var limit = new Delivery.Limit(input::timeoutNanos, input::arrivals, input::tooLate);
    return Delivery.start(source.within(limit), cx, behaviour);
  }

  /**
   * {@link #read(ByteBuf)} without waiting. One read is on its way at a time; what it leaves goes
   * to whoever else wants what arrives, such as a {@linkplain #deliver delivery}.
   *
   * @param into is the caller's, also if this comes to nothing, and not to be touched until then
   * @throws IllegalStateException if another read is on its way
   */
  public final Pending<Integer> reading(ByteBuf into) {
    return reading(into, Integer.MAX_VALUE);
  }

  /** {@link #read(ByteBuf, int)} without waiting: see {@link #reading(ByteBuf)}. */
  public final Pending<Integer> reading(ByteBuf into, int max) {
    return input.reading(into, max);
  }

  /**
   * {@link #readExactly} without waiting: see {@link #reading(ByteBuf)}.
   *
   * @return {@code into}
   */
  public final Pending<ByteBuf> readingExactly(ByteBuf into, int bytes) {
    return input.readingExactly(into, bytes);
  }

  /** {@link #readVectored} without waiting: see {@link #reading(ByteBuf)}. */
  public final Pending<Long> readingVectored(ByteBuf... into) {
    return input.readingVectored(into);
  }

  /** {@link #peek} without waiting: see {@link #reading(ByteBuf)}. */
  public final Pending<Integer> peeking(ByteBuf into) {
    return input.peeking(into);
  }

  /** Ignores what the peer still sends; for us that is the end of it. */
  public final void shutdownInput() {
    input.ignore();
    wakeReader();
  }

  private void wakeReader() {
    input.goOn();
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
    output.write(data);
  }

  /** As {@link #write(ByteBuf)}, with all of {@code data}, in turn, in one go. */
  public final void write(ByteBuf... data) throws IOException {
    output.write(data);
  }

  /**
   * Writes {@code count} bytes of a file from {@code position} on, by the system's sendfile, which
   * saves copying them; with TLS they are read piece by piece. Waits until they have been sent. The
   * worker itself reads the disk: for files that the system has in memory.
   *
   * <p>If the file cannot be read to the end once it is being sent, then the connection is aborted,
   * since the peer would take for the rest of the file what is written behind it.
   *
   * @throws EOFException if the file is shorter, or is cut short while it is being sent
   * @throws IOException if the file cannot be read, or as {@link #write(ByteBuf)}
   */
  public final void sendFile(Path file, long position, long count) throws IOException {
    sendingFile(file, position, count).get();
  }

  /**
   * {@link #write(ByteBuf)} without waiting. Whoever goes on writing before the connection can take
   * more is refused at {@value #MAX_UNSENT_BYTES} bytes.
   *
   * @return this stream, when the connection can take more; a failure if it is broken, if too much
   *     waits, or if that takes longer than {@link #writeTimeout}
   */
  public final Pending<ByteStream> writing(ByteBuf data) {
    return output.writing(data);
  }

  /** As {@link #writing(ByteBuf)}, with all of {@code data}, in turn, in one go. */
  public final Pending<ByteStream> writing(ByteBuf... data) {
    return output.writing(data);
  }

  /**
   * {@link #sendFile} without waiting. What is written meanwhile goes behind it.
   *
   * @return this stream, when all of it has been sent
   */
  public final Pending<ByteStream> sendingFile(Path file, long position, long count) {
    return output.sendingFile(file, position, count);
  }

  /** Tells the peer, after all that was written, that nothing more comes. Does not wait. */
  public final void shutdownOutput() {
    output.shutdown();
  }

  /** There may be room again. */
  void wakeWriter() {
    waker.run();
    output.wake();
  }

  /** Our end has been shut down, and the peer told. */
  void outputDone() {
    if (closed) {
      linger();
    }
  }

  // Ending

  boolean isClosed() {
    return closed;
  }

  boolean hasFailed() {
    return failure != null;
  }

  /** Whether nothing can be written any more, with or without an error. */
  boolean isBroken() {
    return failure != null || !channel.isActive();
  }

  /** What to tell those who want what cannot be had any more. */
  IOException failed() {
    if (failure != null) {
      return Failures.rethrown(failure);
    }
    return new IOException(
        output.hasEnded() && !closed ? "our end was shut down" : "the connection is closed");
  }

  /**
   * Ends the connection. What was written is still sent, for at most {@link
   * TcpOptions#withCloseTimeout}, and what the peer still sends is ignored, for at most {@link
   * #LINGER} after that. Does not wait. If the worker ends meanwhile, what was written is still
   * sent, for at most {@link NettyPoller#ENDING}.
   */
  @Override
  public final void close() {
    if (closed) {
      return;
    }
    closed = true;
    input.ignore();
    wakeReader();
    waker = NOBODY;
    if (failure != null || !channel.isOpen()) {
      channel.close();
      return;
    }
    if (output.isDone()) {
      linger();
    } else {
      timer.set(TcpOptions.of(channel).closeTimeout());
      output.shutdown();
    }
  }

  /** All has been sent: the peer has some time to see that and to close. */
  private void linger() {
    if (input.isOver()) {
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
    abort(new IOException("the connection was aborted"));
  }

  /** {@link #abort()} for a reason, unless there has been another. */
  void abort(IOException why) {
    setFailure(why);
    OpenChannels.cut(channel);
    wakeBoth();
  }

  private void fail(IOException cause) {
    setFailure(cause);
    channel.close();
    wakeBoth();
  }

  private void setFailure(IOException cause) {
    if (failure == null) {
      failure = cause;
    }
  }

  private void wakeBoth() {
    wakeReader();
    output.wake();
  }

  /** What Netty reports, on the worker's thread, while it polls. */
  private final class Events extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      input.add((ByteBuf) message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      wakeReader();
      NettyPoller.eventHandled(channel);
      input.askForMore();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
      if (ctx.channel().isWritable()) {
        wakeWriter();
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
      if (hasHalves && !input.hasEnded() && failure == null) {
        failure = new IOException(RESET);
      }
      inputEnded(false);
      output.wake();
      timer.cancel();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      boolean gone = cause instanceof ClosedChannelException; // with something yet to be sent
      fail(gone ? new IOException(RESET, cause) : Failures.io(cause));
    }

    /**
     * @param cutShort whether the peer ought to have said so, but somebody else ended its output
     */
    private void inputEnded(boolean cutShort) {
      if (cutShort && !input.hasEnded() && failure == null) {
        failure = new SSLException("the input ended without TLS's end: it may be cut short");
      }
      input.end();
      if (closed) {
        channel.close();
      }
      wakeReader();
    }
  }
}
