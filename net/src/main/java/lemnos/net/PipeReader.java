package lemnos.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.Semaphore;
import lemnos.core.Behaviour;
import lemnos.core.Core;
import lemnos.core.Cx;
import lemnos.runtime.Awaitable;
import org.jspecify.annotations.Nullable;

/**
 * The end of a pipe that yields what the other end is given: a pipe of our own, or the output of a
 * {@link ChildProcess}. A thread of its own reads ahead by one piece of at most {@value
 * #PIECE_BYTES} bytes; while nobody takes that, the writer has to wait. Confined to the worker.
 */
public final class PipeReader implements Awaitable, AutoCloseable {
  /** How much is read at a time. */
  public static final int PIECE_BYTES = 16 * 1024;

  private final Core core;
  private final NettyPoller poller;
  private final InputStream in;

  /** One for each piece that the thread may read. */
  private final Semaphore demand = new Semaphore(1);

  /** Read by the thread, which then ends. */
  private volatile boolean closed;

  private @Nullable ByteBuf piece;
  private boolean eof;
  private @Nullable IOException failure;
  private Runnable waker = () -> {};

  PipeReader(Core core, String name, InputStream in) {
    this.core = core;
    this.in = in;
    this.poller = NettyPoller.of(core);
    poller.opened(this);
    Offload.start(core, name, this::run, this::fail);
  }

  // The thread

  private void run() {
    try (in) {
      byte[] buf = new byte[PIECE_BYTES];
      while (true) {
        demand.acquireUninterruptibly();
        int bytes = closed ? -1 : in.read(buf);
        if (bytes < 0) {
          break;
        }
        ByteBuf next = Unpooled.copiedBuffer(buf, 0, bytes);
        core.execute(() -> arrived(next));
      }
      core.execute(() -> ended(null));
    } catch (Throwable t) { // else whoever waits would never know
      fail(t);
    }
  }

  private void fail(Throwable cause) {
    Parcel.discard(in); // there may have been no thread to do it
    core.execute(() -> ended(Failures.io(cause)));
  }

  // The worker

  private void arrived(ByteBuf next) {
    if (closed) {
      next.release();
    } else {
      piece = next;
      waker.run();
    }
  }

  private void ended(@Nullable IOException error) {
    poller.ended(this);
    eof = true;
    failure = error;
    waker.run();
  }

  @Override
  public boolean isReady() {
    return piece != null || eof || closed;
  }

  @Override
  public void arm(Runnable wake) {
    waker = wake;
  }

  /**
   * The next piece of what was written. Waits until there is one.
   *
   * @return null if nothing comes any more
   * @throws IOException if the pipe is broken
   */
  public @Nullable ByteBuf receive() throws IOException {
    await();
    ByteBuf next = piece;
    if (next != null) {
      piece = null;
      demand.release();
    } else if (failure != null && !closed) {
      throw Failures.rethrown(failure);
    }
    return next;
  }

  /**
   * Appends to {@code into} what has arrived, waiting until that is something.
   *
   * @return how many bytes, or -1 if nothing comes any more
   * @throws IOException if the pipe is broken
   */
  public int read(ByteBuf into) throws IOException {
    ByteBuf next = receive();
    if (next == null) {
      return -1;
    }
    int bytes = next.readableBytes();
    try {
      into.writeBytes(next);
    } finally {
      next.release();
    }
    return bytes;
  }

  /**
   * Appends at least {@code bytes} to {@code into}, waiting until they have arrived.
   *
   * @throws EOFException if the writer ends before that; what came is in {@code into}
   * @throws IOException if the pipe is broken
   */
  public void readAtLeast(ByteBuf into, int bytes) throws IOException {
    for (int missing = bytes; missing > 0; ) {
      int more = read(into);
      if (more < 0) {
        throw new EOFException("the pipe ended; of " + bytes + " bytes, " + missing + " miss");
      }
      missing -= more;
    }
  }

  /** Has what arrives brought to a behaviour of the object actor that calls this. */
  public <A> Delivery<ByteBuf> deliver(
      Cx<A> cx, Behaviour.Of1<? super A, ? super Arrival<ByteBuf>> behaviour) {
    return Delivery.start(
        new Delivery.Source<>(this, this::receive, () -> closed, this::close), cx, behaviour);
  }

  /**
   * Reads no more. The pipe itself is closed as soon as its thread, which may be in the middle of
   * reading, has something or is at the end.
   */
  @Override
  public void close() {
    poller.ended(this);
    closed = true;
    if (piece != null) {
      piece.release();
      piece = null;
    }
    demand.release();
    waker.run();
  }
}
