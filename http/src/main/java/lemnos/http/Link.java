package lemnos.http;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelOutputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import lemnos.core.Core;
import lemnos.runtime.Awaitable;
import org.jspecify.annotations.Nullable;

/**
 * An actor's end of a channel whose handlers speak HTTP: messages wait here until the actor takes
 * them, and what it writes goes out when its turn ends, all at once. The channel may be a
 * connection, or one stream of an HTTP/2 connection. Everything happens on one worker.
 *
 * <p>Back-pressure both ways: while {@value #MAX_QUEUED_BYTES} bytes or more wait here, nothing
 * more is read; and {@link #awaitWritable} waits while the peer reads more slowly than we write.
 * For a stream it is {@value #MAX_QUEUED_STREAM_BYTES} bytes, because whatever is read opens the
 * peer's window again.
 */
final class Link extends ChannelInboundHandlerAdapter implements Awaitable, AutoCloseable {
  /** How much may wait to be taken before the channel is left alone. */
  static final int MAX_QUEUED_BYTES = 64 * 1024;

  /** The same for a stream: a head and trailers, but hardly any content. */
  static final int MAX_QUEUED_STREAM_BYTES = 2 * 1024;

  /** How long a closed connection waits for the peer to take what was written. */
  static final int SEND_SECONDS = 60;

  /** How long it then waits for the peer to close, too. */
  static final int LINGER_SECONDS = 2;

  private static final InetSocketAddress NOWHERE = new InetSocketAddress(0);

  private final Core core;
  private final Flusher flusher;
  private final MessageQueue queue = new MessageQueue();
  private final Awaitable writable = new When(this::isRoomOrNone);
  private final Awaitable something = new Something();
  private final Wait wait;

  /** Its own place, behind all handlers; null until it has one. */
  private @Nullable ChannelHandlerContext context;

  private boolean isStream;
  private int mostQueuedBytes;
  private boolean paused;
  private boolean flushing;
  private boolean ended;
  private boolean closed;

  /** The peer takes nothing more. */
  private boolean outputOver;

  private @Nullable IOException failure;

  /** There is a reason to look around. */
  private boolean stirred;

  /** Whether part of a head has come, and not all of it. */
  private BooleanSupplier partial = () -> false;

  private Runnable onDrain = this::stir;

  /** What else ends {@link #await}. */
  private Awaitable also = Never.READY;

  private long expiry;

  /** The end of what we send, on a stream or before a connection is closed; null until then. */
  private @Nullable ChannelFuture lastWrite;

  /** The end of what the peer sends on a stream has come. */
  private boolean whole;

  Link(Core core) {
    this.core = core;
    this.flusher = Flusher.of(core);
    this.wait = new Wait(core);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
    isStream = ctx.channel() instanceof Http2StreamChannel;
    mostQueuedBytes = isStream ? MAX_QUEUED_STREAM_BYTES : MAX_QUEUED_BYTES;
  }

  /** Where the connection goes; unknown addresses are those of nobody. */
  InetSocketAddress remoteAddress() {
    return channel().remoteAddress() instanceof InetSocketAddress a ? a : NOWHERE;
  }

  Channel channel() {
    return context().channel();
  }

  private ChannelHandlerContext context() {
    ChannelHandlerContext c = context;
    if (c == null) {
      throw new IllegalStateException("the link has no channel yet");
    }
    return c;
  }

  Core core() {
    return core;
  }

  ByteBufAllocator alloc() {
    return channel().alloc();
  }

  boolean isSecure() {
    Channel parent = channel().parent();
    return has(channel(), SslHandler.class) || (parent != null && has(parent, SslHandler.class));
  }

  private static boolean has(Channel channel, Class<SslHandler> handler) {
    return channel.pipeline().get(handler) != null;
  }

  /** It will have no channel, for this reason. */
  void fail(Throwable cause) {
    broken(cause instanceof IOException e ? e : new IOException(cause.toString(), cause));
  }

  /** Waits until it has a channel. */
  void awaitOpen() throws IOException {
    while (context == null && failure == null) {
      something.await();
      stirred = false;
    }
    if (failure != null) {
      throw brokenPipe();
    }
  }

  // Reading

  /** Whether {@link #poll} would return something, or nothing ever will come. */
  @Override
  public boolean isReady() {
    return !queue.isEmpty() || ended || failure != null;
  }

  @Override
  public void arm(Runnable wake) {
    wait.arm(wake);
  }

  /** Whether nothing waits to be taken. */
  boolean isEmpty() {
    return queue.isEmpty();
  }

  /** Whether nothing more will come. */
  boolean isEnded() {
    return ended;
  }

  /** What is done when the server stops. Default: {@link #stir}. */
  void onDrain(Runnable action) {
    onDrain = action;
  }

  /** The server stops. */
  void drain() {
    onDrain.run();
  }

  /** Makes the actor, if it waits for the link, look around. */
  void stir() {
    stirred = true;
    wait.wake();
  }

  /** Whether part of a head has come, and not all of it, as the codec knows. */
  boolean isPartial() {
    return partial.getAsBoolean();
  }

  void partial(BooleanSupplier partial) {
    this.partial = partial;
  }

  /**
   * Waits for a message or part of one, for the end, until the link is stirred, or until {@code
   * deadlineNanos} of the loop's time.
   *
   * @return whether there is a message
   * @throws IOException if the connection is broken
   */
  boolean await(long deadlineNanos) throws IOException {
    return await(deadlineNanos, Never.READY);
  }

  /** As {@link #await(long)}, but at most until {@code also} is ready. */
  boolean await(long deadlineNanos, Awaitable also) throws IOException {
    try {
      if (queue.isEmpty()) {
        this.also = also;
        until(deadlineNanos).await();
      }
    } finally {
      this.also = Never.READY;
    }
    return look();
  }

  /** Ready when {@link #await(long)} would return. To be followed by {@link #look}. */
  Awaitable until(long deadlineNanos) {
    wait.until(deadlineNanos);
    return something;
  }

  /**
   * Waiting is over: whether there is a message.
   *
   * @throws IOException if there is none, and the connection is broken
   */
  boolean look() throws IOException {
    wait.over();
    stirred = false;
    if (queue.isEmpty() && failure != null) {
      throw brokenPipe();
    }
    return !queue.isEmpty();
  }

  /** The next message, or null if there is none now. */
  @Nullable Object poll() {
    Object message = queue.poll();
    if (paused && queue.bytes() < mostQueuedBytes) {
      paused = false;
      channel().config().setAutoRead(true);
    }
    return message;
  }

  /** Whether it ends a message; an informational response comes before one. */
  private static boolean isLast(Object message) {
    return message instanceof LastHttpContent
        && !(message instanceof HttpResponse head
            && head.status().codeClass() == HttpStatusClass.INFORMATIONAL);
  }

  /** The time of the loop that is {@code duration} from now. */
  long in(Duration duration) {
    return core.now() + duration.toNanos();
  }

  // Writing

  /** Writes {@code message}, which this releases; it goes out at the end of the turn. */
  void write(Object message) throws IOException {
    if (isBroken()) {
      ReferenceCountUtil.release(message);
      throw brokenPipe();
    }
    if (isStream && isLast(message)) {
      lastWrite = context().write(message);
    } else {
      context().write(message, channel().voidPromise());
    }
    if (isStream) {
      flusher.addStreamOf(channel().parent());
    } else if (!flushing) {
      flushing = true;
      flusher.add(this);
    }
  }

  void flushNow() {
    flushing = false;
    context().flush();
  }

  /**
   * Waits until the connection can take more.
   *
   * @throws IOException if it is broken, or takes nothing until {@code deadlineNanos}
   */
  void awaitWritable(long deadlineNanos) throws IOException {
    if (channel().isWritable()) {
      return;
    }
    channel().flush();
    wait.until(deadlineNanos);
    try {
      writable.await();
    } finally {
      wait.over();
    }
    if (isBroken()) {
      throw brokenPipe();
    }
    if (!channel().isWritable()) {
      abort();
      throw new IOException("the peer reads too slowly; the connection was aborted");
    }
  }

  /** Whether nothing can be written any more. */
  boolean isBroken() {
    return failure != null || closed || outputOver || !channel().isActive();
  }

  /** Ready when the peer is gone: a stream is broken, and a connection sends nothing more. */
  Awaitable departure() {
    return new When(() -> isBroken() || (ended && !isStream));
  }

  /** Ready when {@link #isWritable}, or when {@link #isBroken}. */
  Awaitable room() {
    return writable;
  }

  /** Whether the connection can take more, or will take nothing any more. */
  private boolean isRoomOrNone() {
    return isWritable() || isBroken() || wait.isLate();
  }

  boolean isWritable() {
    return channel().isWritable();
  }

  /**
   * Whether a peer that takes nothing more is heard out: it may have said why, before we noticed
   * that. Otherwise the connection ends there and then. Not for streams.
   */
  void hearOut(boolean hears) {
    channel().config().setAutoClose(!hears);
  }

  private IOException brokenPipe() {
    return failure == null
        ? new IOException("the connection is closed")
        : UnprocessedRequestException.again(failure);
  }

  // The end

  /**
   * Ends the connection. What was written is still sent, for at most {@value #SEND_SECONDS}
   * seconds. Meanwhile, and for {@value #LINGER_SECONDS} seconds more, what the peer still sends is
   * ignored: a connection that is closed with input unread would take back what the peer has not
   * read yet.
   */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    forget();
    Channel c = channel();
    c.flush();
    SslHandler tls = c.pipeline().get(SslHandler.class);
    ChannelFuture sent = tls == null ? c.writeAndFlush(Unpooled.EMPTY_BUFFER) : tls.closeOutbound();
    lastWrite = sent;
    if (c instanceof DuplexChannel duplex && c.isActive() && !ended) {
      c.config().setAutoRead(true);
      sent.addListener(
          _ -> {
            duplex.shutdownOutput();
            closeAfter(c, Duration.ofSeconds(LINGER_SECONDS));
          });
    } else {
      sent.addListener(_ -> c.close());
    }
    if (!sent.isDone()) {
      closeAfter(c, Duration.ofSeconds(SEND_SECONDS));
    }
  }

  /** Has {@code action} run when what was written before {@link #close} is on its way, or lost. */
  void whenSent(Runnable action) {
    ChannelFuture sent = lastWrite;
    if (sent == null) {
      action.run();
    } else {
      sent.addListener(_ -> action.run());
    }
  }

  private static void closeAfter(Channel c, Duration patience) {
    if (c.isOpen()) {
      var late = c.eventLoop().schedule(() -> c.close(), patience.toNanos(), TimeUnit.NANOSECONDS);
      c.closeFuture().addListener(_ -> late.cancel(false));
    }
  }

  /**
   * Ends a stream when what was written is on its way, for which the peer must make room within
   * {@code patience}. If the peer has not sent all, it is told to stop, and that nothing is wrong.
   */
  void closeStream(Duration patience) {
    if (closed) {
      return;
    }
    forget();
    Channel c = channel();
    if (lastWrite == null) {
      c.close();
      return;
    }
    lastWrite.addListener(
        _ -> {
          if (!whole) {
            c.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.NO_ERROR));
          }
          c.close();
        });
    closeAfter(c, patience);
  }

  /** Ends a stream at once, and tells the peer if it might still send or wait for anything. */
  void cancelStream() {
    if (closed) {
      return;
    }
    ChannelFuture sent = lastWrite;
    boolean isDone = whole && sent != null && sent.isSuccess();
    if (!isDone) {
      channel().writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.CANCEL));
    }
    abort();
  }

  /** Ends the connection at once; what was written may be lost. Whoever waits for it finds that. */
  void abort() {
    if (!closed) {
      Runnable waiting = forget();
      ended = true;
      channel().close();
      waiting.run();
    }
  }

  /** {@link #abort}, unless it is closed within {@code patience}. */
  void abortAfter(Duration patience) {
    expiry = core.after(patience, this::abort);
  }

  /** Returns what wakes the actor. */
  private Runnable forget() {
    closed = true;
    core.cancel(expiry);
    queue.release();
    return wait.end();
  }

  /** Ready when there is any reason to look. */
  private final class Something implements Awaitable {
    @Override
    public boolean isReady() {
      return Link.this.isReady() || stirred || wait.isLate() || also.isReady();
    }

    @Override
    public void arm(Runnable wake) {
      wait.arm(wake);
      also.arm(wake);
    }
  }

  /** Ready when {@code condition} holds, which whatever happens to the connection may bring. */
  private final class When implements Awaitable {
    private final BooleanSupplier condition;

    When(BooleanSupplier condition) {
      this.condition = condition;
    }

    @Override
    public boolean isReady() {
      return condition.getAsBoolean();
    }

    @Override
    public void arm(Runnable wake) {
      wait.arm(wake);
    }
  }

  // What Netty reports, on the worker's thread, while it polls

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (closed) {
      ReferenceCountUtil.release(message);
      return;
    }
    queue.add(message);
    whole = isStream && isLast(message);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (!closed && queue.bytes() >= mostQueuedBytes && !paused) {
      paused = true;
      ctx.channel().config().setAutoRead(false);
    }
    stir();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    wait.wake();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    switch (event) {
      case ChannelInputShutdownEvent _ -> inputEnded(ctx);
      case ChannelOutputShutdownEvent _ -> outputEnded();
      case Http2ResetFrame reset -> broken(UnprocessedRequestException.ifReset(reset.errorCode()));
      case Http2GoAwayFrame _ -> broken(UnprocessedRequestException.goAway());
      default -> {} // of no interest
    }
    ReferenceCountUtil.release(event);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    inputEnded(ctx);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (cause instanceof IOException && !ctx.channel().config().isAutoClose()) {
      return; // one half has ended, as the next event says
    }
    if (!(cause instanceof Http2Exception)) {
      ctx.close(); // else the codec does that when it has said why
    }
    fail(cause);
  }

  private void broken(IOException cause) {
    if (failure == null) {
      failure = cause;
    }
    wait.wake();
  }

  private void outputEnded() {
    outputOver = true;
    wait.wake();
  }

  private void inputEnded(ChannelHandlerContext ctx) {
    ended = true;
    if (closed) {
      ctx.close();
    }
    wait.wake();
  }
}
