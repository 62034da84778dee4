package lemnos.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import lemnos.core.Core;
import lemnos.core.Outcome;
import lemnos.runtime.Awaitable;
import org.jspecify.annotations.Nullable;

/** What a stream gives, which is read beside the worker, because it may block; only once. */
final class UploadStream implements Upload.Source, Awaitable {
  private final InputStream in;
  private @Nullable Core core;

  /** The thread that reads the next piece, or closes the stream; null if none does. */
  private @Nullable Thread thread;

  /** What it has read; no bytes at the end. */
  private @Nullable Outcome<ByteBuf> next;

  private boolean ended;
  private Runnable waker = () -> {};

  UploadStream(InputStream in) {
    this.in = in;
  }

  @Override
  public boolean isAtHand() {
    return core == null;
  }

  @Override
  public void begin(Core core) {
    this.core = core;
  }

  @Override
  public long length() {
    return -1;
  }

  @Override
  public boolean isReady() {
    return next != null;
  }

  @Override
  public void arm(Runnable wake) {
    waker = wake;
  }

  @Override
  public boolean await(Awaitable also) {
    if (next == null) {
      if (thread == null) {
        read();
      }
      new Either(this, also).await();
    }
    return next != null;
  }

  private void read() {
    Core home = home();
    thread =
        home.world()
            .start(
                "read body",
                true,
                () -> {
                  Outcome<ByteBuf> outcome = readPiece();
                  home.execute(() -> came(outcome));
                });
  }

  private Core home() {
    return Objects.requireNonNull(core, "begun");
  }

  /** On a thread of its own. */
  private Outcome<ByteBuf> readPiece() {
    ByteBuf piece = ByteBufAllocator.DEFAULT.buffer(PIECE_BYTES, PIECE_BYTES);
    try {
      piece.writeBytes(in, PIECE_BYTES);
      return new Outcome.Value<>(piece);
    } catch (Throwable t) {
      piece.release();
      return new Outcome.Failure<>(t);
    }
  }

  private void came(Outcome<ByteBuf> outcome) {
    thread = null;
    if (ended) {
      release(outcome);
      close();
    } else {
      next = outcome;
      waker.run();
    }
  }

  private static void release(@Nullable Outcome<ByteBuf> outcome) {
    if (outcome instanceof Outcome.Value<ByteBuf>(ByteBuf piece)) {
      piece.release();
    }
  }

  @Override
  public @Nullable ByteBuf next() throws IOException {
    Outcome<ByteBuf> outcome = next;
    next = null;
    return switch (outcome) {
      case Outcome.Value<ByteBuf>(ByteBuf piece) when piece.isReadable() -> piece;
      case Outcome.Failure<ByteBuf>(Throwable error) ->
          throw new IOException("the body cannot be read: " + error, error);
      case null, default -> {
        release(outcome);
        yield null;
      }
    };
  }

  @Override
  public void end() {
    if (ended || core == null) {
      return;
    }
    ended = true;
    release(next);
    next = null;
    if (thread == null) {
      close();
    } else {
      thread.interrupt(); // and closes it when it has noticed
    }
  }

  /** That may block, too. */
  private void close() {
    home()
        .world()
        .start(
            "close body",
            true,
            () -> {
              try {
                in.close();
              } catch (IOException e) {
                LOG.debug("closing the stream of a body failed", e);
              }
            });
  }
}
