package lemnos.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.stream.ChunkedWriteHandler;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.time.Duration;
import lemnos.core.Outcome;
import lemnos.runtime.Awaitable;
import org.jspecify.annotations.Nullable;

/** What a stream sends, and who waits until it can take more. */
final class Output {
  private final ByteStream stream;
  private final Channel channel;
  private final Awaitable room = new Room();
  private final Writers<ByteStream> writers = new Writers<>();
  private long timeoutNanos;

  /** What a write comes to that need not wait; null until there is one. */
  private @Nullable Pending<ByteStream> written;

  /** Our end was shut down. */
  private boolean ended;

  /** That is on its way, after all else. */
  private boolean done;

  /** How many files are being copied, piece by piece. */
  private int copies;

  /** How many bytes wait behind these files at most, where the channel does not count them. */
  private long bytesBehind;

  Output(ByteStream stream, Channel channel) {
    this.stream = stream;
    this.channel = channel;
  }

  void timeoutNanos(long nanos) {
    timeoutNanos = nanos;
  }

  boolean hasEnded() {
    return ended;
  }

  boolean isDone() {
    return done;
  }

  private boolean isShut() {
    return ended || stream.isClosed() || stream.isBroken();
  }

  /** Releases {@code data} if it cannot be written. */
  private boolean refuses(ByteBuf data) {
    boolean refuses = isShut();
    if (refuses) {
      data.release();
    }
    return refuses;
  }

  // Plain calls that wait

  void write(ByteBuf data) throws IOException {
    if (refuses(data)) {
      throw stream.failed();
    }
    countBehind(data);
    channel.writeAndFlush(data, channel.voidPromise());
    awaitRoom();
  }

  void write(ByteBuf... data) throws IOException {
    if (!put(data)) {
      throw stream.failed();
    }
    awaitRoom();
  }

  /** Returns whether {@code data} is on its way; releases what is not. */
  private boolean put(ByteBuf... data) {
    boolean refused = isShut();
    for (ByteBuf buf : data) {
      if (refused) {
        buf.release();
      } else {
        countBehind(buf);
        channel.write(buf, channel.voidPromise());
      }
    }
    channel.flush();
    return !refused;
  }

  private boolean hasRoom() {
    return channel.isWritable()
        && (bytesBehind == 0 || bytesBehind <= channel.config().getWriteBufferHighWaterMark());
  }

  private void awaitRoom() throws IOException {
    if (hasRoom()) {
      return;
    }
    if (!Timed.await(room, channel.eventLoop(), timeoutNanos)) {
      throw tooLate();
    }
    if (stream.isBroken()) {
      throw stream.failed();
    }
  }

  private SocketTimeoutException tooLate() {
    return new SocketTimeoutException(
        "the peer took too little in " + Duration.ofNanos(timeoutNanos));
  }

  /** Ready when the connection can take more, or will take nothing any more. */
  private final class Room implements Awaitable {
    @Override
    public boolean isReady() {
      return hasRoom() || stream.isBroken();
    }

    @Override
    public void arm(Runnable wake) {
      stream.arm(wake);
    }
  }

  // Writes that are begun

  Pending<ByteStream> writing(ByteBuf data) {
    if (refuses(data)) {
      return failed(stream.failed());
    }
    if (isFull()) {
      data.release();
      return full();
    }
    countBehind(data);
    channel.writeAndFlush(data, channel.voidPromise());
    return whenThereIsRoom();
  }

  Pending<ByteStream> writing(ByteBuf... data) {
    if (isFull()) {
      for (ByteBuf buf : data) {
        buf.release();
      }
      return full();
    }
    return put(data) ? whenThereIsRoom() : failed(stream.failed());
  }

  private boolean isFull() {
    var waiting = channel.unsafe().outboundBuffer();
    return waiting != null
        && waiting.totalPendingWriteBytes() + bytesBehind > ByteStream.MAX_UNSENT_BYTES;
  }

  private static Pending<ByteStream> full() {
    return failed(
        new IOException(ByteStream.MAX_UNSENT_BYTES + " bytes wait to be sent; wait for writing"));
  }

  private static Pending<ByteStream> failed(IOException error) {
    var pending = new Pending<ByteStream>();
    pending.fail(error);
    return pending;
  }

  private void countBehind(ByteBuf data) {
    if (copies > 0) {
      bytesBehind += data.readableBytes();
    }
  }

  private Pending<ByteStream> whenThereIsRoom() {
    if (hasRoom()) {
      return written();
    }
    var pending = new Pending<ByteStream>();
    writers.add(pending);
    return pending.within(channel.eventLoop(), timeoutNanos, this::tooLate);
  }

  private Pending<ByteStream> written() {
    if (written == null) {
      written = new Pending<>();
      written.complete(stream);
    }
    return written;
  }

  /** Tells those who wait, if the channel can take more or never will. */
  void wake() {
    if (!writers.isEmpty() && (hasRoom() || stream.isBroken())) {
      writers.tell(
          stream.isBroken()
              ? new Outcome.Failure<>(stream.failed())
              : new Outcome.Value<ByteStream>(stream));
    }
  }

  Pending<ByteStream> sendingFile(Path file, long position, long count) {
    if (isShut()) {
      return failed(stream.failed());
    }
    try {
      return sending(FilePart.open(file, position, count));
    } catch (IOException e) {
      return failed(e);
    }
  }

  private Pending<ByteStream> sending(FilePart part) {
    ChannelPipeline pipeline = channel.pipeline();
    ChannelHandlerContext tls = pipeline.context(SslHandler.class);
    if (tls == null) {
      return sending(part, part.region());
    }
    if (pipeline.get(ChunkedWriteHandler.class) == null) {
      pipeline.addAfter(tls.name(), null, new ChunkedWriteHandler());
    }
    copies++;
    return sending(part, new FileCopy(part));
  }

  /**
   * @param content is released when it has been sent or cannot be
   */
  private Pending<ByteStream> sending(FilePart part, Object content) {
    var sent = new Pending<ByteStream>();
    channel
        .writeAndFlush(content)
        .addListener(
            future -> {
              fileEnded(part, future.cause(), sent);
              if (content instanceof FileCopy && --copies == 0) {
                bytesBehind = 0;
                stream.wakeWriter();
              }
            });
    return sent.within(channel.eventLoop(), timeoutNanos, this::tooLate);
  }

  /** Of a file that was not sent as a whole, the peer would take what is behind it for the rest. */
  private void fileEnded(FilePart part, @Nullable Throwable error, Pending<ByteStream> sent) {
    if (error != null && !(error instanceof ClosedChannelException)) {
      stream.abort(part.failure(error));
    }
    Parcel.discard(part);
    if (error == null) {
      sent.complete(stream);
    } else {
      sent.fail(stream.failed());
    }
  }

  // The end

  void shutdown() {
    if (!ended) {
      ended = true;
      afterWrites(
          () -> {
            SslHandler tls = channel.pipeline().get(SslHandler.class);
            if (tls == null) {
              end();
            } else {
              tls.closeOutbound().addListener(_ -> end());
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
  private void end() {
    done = true;
    ((DuplexChannel) channel).shutdownOutput();
    stream.outputDone();
  }
}
