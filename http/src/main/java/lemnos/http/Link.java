package lemnos.http;

import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import lemnos.core.Core;
import lemnos.runtime.Awaitable;
import org.jspecify.annotations.Nullable;

/**
 * An actor's end of a {@link Wire} on which HTTP is spoken: messages wait here until the actor
 * takes them, and what it writes goes out when its turn ends, all at once. Everything happens on
 * one worker.
 *
 * <p>Back-pressure both ways: the wire brings only so much more than was taken; and {@link
 * #awaitWritable} waits while the peer reads more slowly than we write.
 */
final class Link implements Awaitable, AutoCloseable {
  private final Core core;
  private final MessageQueue queue = new MessageQueue();
  private final Awaitable writable = new When(this::isRoomOrNone);
  private final Awaitable something = new Something();
  private final Wait wait;

  /** Null until it has one. */
  private @Nullable Wire wire;

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

  Link(Core core) {
    this.core = core;
    this.wait = new Wait(core);
  }

  /** From now on it is the end of {@code wire}. */
  void attach(Wire wire) {
    this.wire = wire;
  }

  Wire wire() {
    Wire w = wire;
    if (w == null) {
      throw new IllegalStateException("the link has no channel yet");
    }
    return w;
  }

  /** The channel that it has to itself, which a stream of a server is without. */
  ChannelWire channelWire() {
    return (ChannelWire) wire();
  }

  Core core() {
    return core;
  }

  ByteBufAllocator alloc() {
    return wire().alloc();
  }

  boolean isSecure() {
    return wire().isSecure();
  }

  /** It will have no channel, for this reason. */
  void fail(Throwable cause) {
    broken(cause instanceof IOException e ? e : new IOException(cause.toString(), cause));
  }

  /** Waits until it has a channel. */
  void awaitOpen() throws IOException {
    while (wire == null && failure == null) {
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
    if (message != null && !closed) {
      wire().taken(message, queue.bytes());
    }
    return message;
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
    wire().write(message);
  }

  void flushNow() {
    wire().flush();
  }

  /**
   * Waits until the connection can take more.
   *
   * @throws IOException if it is broken, or takes nothing until {@code deadlineNanos}
   */
  void awaitWritable(long deadlineNanos) throws IOException {
    if (isWritable()) {
      return;
    }
    wire().flush();
    wait.until(deadlineNanos);
    try {
      writable.await();
    } finally {
      wait.over();
    }
    if (isBroken()) {
      throw brokenPipe();
    }
    if (!isWritable()) {
      abort();
      throw new IOException("the peer reads too slowly; the connection was aborted");
    }
  }

  boolean isActive() {
    return wire().isActive();
  }

  /** Whether nothing can be written any more. */
  boolean isBroken() {
    return failure != null || closed || outputOver || !wire().isActive();
  }

  /** Ready when the peer is gone: a stream is broken, and a connection sends nothing more. */
  Awaitable departure() {
    return new When(() -> isBroken() || (ended && !wire().isStream()));
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
    return wire().isWritable();
  }

  private IOException brokenPipe() {
    return failure == null
        ? new IOException("the connection is closed")
        : UnprocessedRequestException.again(failure);
  }

  // The end

  /** Ends it. What was written is still sent, for which the peer has a certain time. */
  @Override
  public void close() {
    if (!closed) {
      forget();
      wire().close();
    }
  }

  boolean isClosed() {
    return closed;
  }

  /** Ends the connection at once; what was written may be lost. Whoever waits for it finds that. */
  void abort() {
    if (!closed) {
      Runnable waiting = forget();
      ended = true;
      wire().abort();
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

  // What the wire reports, while the worker polls

  /** Takes {@code message}; {@link #stir} tells the actor of it. */
  void receive(Object message) {
    if (closed) {
      ReferenceCountUtil.release(message);
    } else {
      queue.add(message);
    }
  }

  /** How much waits to be taken. */
  int queuedBytes() {
    return queue.bytes();
  }

  /** There may be room again for what is written. */
  void wake() {
    wait.wake();
  }

  /** It will neither bring nor take anything more. */
  void broken(IOException cause) {
    if (failure == null) {
      failure = cause;
    }
    wait.wake();
  }

  /** The peer takes nothing more. */
  void outputEnded() {
    outputOver = true;
    wait.wake();
  }

  /** Nothing more will come. */
  void inputEnded() {
    ended = true;
    wait.wake();
  }
}
