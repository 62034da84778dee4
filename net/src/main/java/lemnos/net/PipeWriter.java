package lemnos.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import lemnos.core.Core;
import lemnos.core.Outcome;
import lemnos.runtime.Awaitable;
import org.jspecify.annotations.Nullable;

/**
 * The end of a pipe that one writes to: of a pipe of our own, or the input of a {@link
 * ChildProcess}. A thread of its own writes; whoever gives it more than {@value #UNSENT_BYTES}
 * bytes waits until the reader has taken them. Confined to the worker.
 */
public final class PipeWriter implements AutoCloseable {
  /** How many bytes may wait to be written before a writer waits. */
  public static final int UNSENT_BYTES = 64 * 1024;

  /** Ends the thread. */
  private static final ByteBuf END = Unpooled.unreleasableBuffer(Unpooled.buffer(0, 0));

  private final Core core;
  private final NettyPoller poller;
  private final OutputStream out;
  private final BlockingQueue<ByteBuf> queue = new LinkedBlockingQueue<>();
  private final Awaitable room = new Room();
  private final Writers<PipeWriter> writers = new Writers<>();
  private long unsent;
  private boolean closed;
  private @Nullable IOException failure;
  private Runnable waker = () -> {};

  PipeWriter(Core core, String name, OutputStream out) {
    this.core = core;
    this.out = out;
    this.poller = NettyPoller.of(core);
    poller.opened(this);
    Offload.start(core, name, this::run, this::broken);
  }

  // The thread

  private void run() {
    try (out) {
      for (ByteBuf next = queue.take(); next != END; next = queue.take()) {
        int bytes = next.readableBytes();
        try {
          next.readBytes(out, bytes);
          out.flush();
        } finally {
          next.release();
        }
        core.execute(() -> written(bytes));
      }
    } catch (Throwable t) { // else whoever waits would never know
      broken(t);
      return;
    }
    poller.ended(this);
  }

  private void broken(Throwable cause) {
    Parcel.discard(out); // there may have been no thread to do it
    poller.ended(this);
    core.execute(() -> fail(Failures.io(cause)));
  }

  // The worker

  private void written(int bytes) {
    unsent -= bytes;
    waker.run();
    if (unsent <= UNSENT_BYTES) {
      writers.tell(new Outcome.Value<>(this));
    }
  }

  private void fail(IOException e) {
    failure = e;
    for (var left = queue.poll(); left != null; left = queue.poll()) {
      left.release();
    }
    waker.run();
    writers.tell(new Outcome.Failure<>(e));
  }

  /**
   * Writes all of {@code data}, which this releases. Returns when the pipe can take more; the data
   * may still be on its way then.
   *
   * @throws IOException if nobody reads any more
   */
  public void write(ByteBuf data) throws IOException {
    if (failure != null || closed) {
      data.release();
      throw failed();
    }
    unsent += data.readableBytes();
    queue.add(data);
    room.await();
    if (failure != null) {
      throw failed();
    }
  }

  /**
   * Writes all of {@code data}, which this releases, without waiting: for object actors. Whoever
   * goes on writing before the pipe can take more is refused at {@value
   * ByteStream#MAX_UNSENT_BYTES} bytes.
   *
   * @return this end, when the pipe can take more; a failure if nobody reads any more, or if too
   *     much waits
   */
  public Pending<PipeWriter> writing(ByteBuf data) {
    var pending = new Pending<PipeWriter>();
    if (failure != null || closed) {
      data.release();
      pending.fail(failed());
    } else if (unsent > ByteStream.MAX_UNSENT_BYTES) {
      data.release();
      pending.fail(new IOException(unsent + " bytes wait to be written; wait for writing"));
    } else {
      unsent += data.readableBytes();
      queue.add(data);
      if (unsent <= UNSENT_BYTES) {
        pending.complete(this);
      } else {
        writers.add(pending);
      }
    }
    return pending;
  }

  private IOException failed() {
    return failure == null ? new IOException("the pipe is closed") : Failures.rethrown(failure);
  }

  /**
   * Tells the reader, after all that was written, that nothing more comes. Does not wait. If the
   * worker ends meanwhile, what was written is still written, for at most {@link
   * NettyPoller#ENDING}.
   */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      queue.add(END);
    }
  }

  /** Ready when the pipe can take more, or will take nothing any more. */
  private final class Room implements Awaitable {
    @Override
    public boolean isReady() {
      return unsent <= UNSENT_BYTES || failure != null;
    }

    @Override
    public void arm(Runnable wake) {
      waker = wake;
    }
  }
}
