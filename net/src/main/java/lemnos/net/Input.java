package lemnos.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What arrives on a stream. A read that was begun without waiting goes before whoever waits for the
 * stream: that one is to go on when the read is over.
 */
final class Input {
  private final ByteStream stream;
  private final Channel channel;
  private final int maxBytes;
  private final Unread unread = new Unread();
  private long timeoutNanos;

  /** How many pieces have arrived. */
  private long arrivals;

  /** Enough has arrived: the next read is to be asked for when the actor has taken some. */
  private boolean paused;

  /** There is nothing more to read: the peer has sent all, or we do not want it. */
  private boolean ended;

  /** The peer has sent all. */
  private boolean over;

  /** The read that was begun. */
  private @Nullable Begun<?> begun;

  Input(ByteStream stream, Channel channel) {
    this.stream = stream;
    this.channel = channel;
    this.maxBytes = TcpOptions.of(channel).unreadBytes();
  }

  void timeoutNanos(long nanos) {
    timeoutNanos = nanos;
  }

  long timeoutNanos() {
    return timeoutNanos;
  }

  long arrivals() {
    return arrivals;
  }

  boolean isReady() {
    return !isEmpty();
  }

  /** Whether more has to arrive before there is anything to say. */
  private boolean isEmpty() {
    return unread.bytes() == 0 && !ended && !stream.hasFailed();
  }

  boolean hasEnded() {
    return ended;
  }

  boolean isOver() {
    return over;
  }

  // Plain calls that wait

  /** Returns whether there is something to read; otherwise nothing more comes. */
  private boolean await() throws IOException {
    if (!Timed.await(stream, channel.eventLoop(), timeoutNanos)) {
      throw tooLate();
    }
    return isThere();
  }

  SocketTimeoutException tooLate() {
    return new SocketTimeoutException("nothing arrived in " + Duration.ofNanos(timeoutNanos));
  }

  /** {@link #await}, when there is nothing to wait for. */
  private boolean isThere() throws IOException {
    if (unread.bytes() > 0) {
      return true;
    }
    if (stream.hasFailed() || stream.isClosed()) {
      throw stream.failed();
    }
    return false;
  }

  @Nullable ByteBuf receive() throws IOException {
    ByteBuf buf = await() ? unread.poll() : null;
    readOn();
    return buf;
  }

  int read(ByteBuf into, int max) throws IOException {
    return await() ? take(into, max) : -1;
  }

  void readExactly(ByteBuf into, int bytes) throws IOException {
    for (int missing = bytes; missing > 0; ) {
      if (!await()) {
        throw cutShort(bytes, missing);
      }
      missing -= move(into, Math.min(missing, unread.bytes()));
    }
  }

  private static EOFException cutShort(int bytes, int missing) {
    return new EOFException("the peer ended; of " + bytes + " bytes, " + missing + " miss");
  }

  long readVectored(ByteBuf... into) throws IOException {
    return await() ? fill(into) : -1;
  }

  int peek(ByteBuf into) throws IOException {
    return await() ? unread.copyTo(into) : -1;
  }

  private int take(ByteBuf into, int max) {
    return move(into, Math.min(unread.bytes(), Math.min(max, into.maxWritableBytes())));
  }

  private long fill(ByteBuf... into) {
    long sum = 0;
    for (ByteBuf buf : into) {
      sum += move(buf, Math.min(buf.writableBytes(), unread.bytes()));
    }
    return sum;
  }

  private int move(ByteBuf into, int bytes) {
    unread.moveTo(into, bytes);
    readOn();
    return bytes;
  }

  /** Goes on taking from the socket if it was left alone and there is room again. */
  void readOn() {
    if (paused && unread.memory() < maxBytes && channel.isOpen()) {
      paused = false;
      channel.read();
    }
  }

  // Reads that are begun

  /** Takes what it wants of what has arrived; null if more has to arrive. */
  private interface Take<R> {
    @Nullable R take() throws IOException;
  }

  private record Begun<R>(Take<R> take, Pending<R> pending) {
    /** Returns whether it is over. */
    boolean goOn() {
      try {
        R taken = take.take();
        if (taken == null) {
          return false;
        }
        pending.complete(taken);
      } catch (IOException | RuntimeException e) { // such as that a buffer has no room
        pending.fail(e);
      }
      return true;
    }
  }

  private <R> Pending<R> begin(Take<R> take) {
    if (begun != null) {
      throw new IllegalStateException("a read is on its way: begin the next when it is over");
    }
    var pending = new Pending<R>();
    begun = new Begun<>(take, pending);
    goOn();
    return pending.within(channel.eventLoop(), timeoutNanos, this::giveUp);
  }

  private IOException giveUp() {
    begun = null;
    return tooLate();
  }

  /** Lets the read that was begun have what it can get now. */
  void goOn() {
    Begun<?> current = begun;
    if (current != null && current.goOn()) {
      begun = null;
    }
  }

  Pending<Integer> reading(ByteBuf into, int max) {
    return begin(() -> isEmpty() ? null : isThere() ? take(into, max) : -1);
  }

  Pending<Long> readingVectored(ByteBuf... into) {
    return begin(() -> isEmpty() ? null : isThere() ? fill(into) : -1L);
  }

  Pending<Integer> peeking(ByteBuf into) {
    return begin(() -> isEmpty() ? null : isThere() ? unread.copyTo(into) : -1);
  }

  Pending<ByteBuf> readingExactly(ByteBuf into, int bytes) {
    return begin(new Exactly(into, bytes));
  }

  private final class Exactly implements Take<ByteBuf> {
    private final ByteBuf into;
    private final int bytes;
    private int missing;

    Exactly(ByteBuf into, int bytes) {
      this.into = into;
      this.bytes = bytes;
      this.missing = bytes;
    }

    @Override
    public @Nullable ByteBuf take() throws IOException {
      while (missing > 0) {
        if (isEmpty()) {
          return null;
        }
        if (!isThere()) {
          throw cutShort(bytes, missing);
        }
        missing -= move(into, Math.min(missing, unread.bytes()));
      }
      return into;
    }
  }

  // What arrives

  void add(ByteBuf piece) {
    if (ended || !piece.isReadable()) {
      piece.release();
    } else {
      arrivals++;
      unread.add(piece);
    }
  }

  /** Nothing more has arrived for now; asks for more unless enough waits. */
  void askForMore() {
    paused = unread.memory() >= maxBytes;
    if (!paused && !over && channel.isOpen()) {
      channel.read();
    }
  }

  /** Nothing more is wanted: what the peer sends from now on is ignored. */
  void ignore() {
    ended = true;
    unread.release();
    readOn(); // or the peer would wait for ever
  }

  /** The peer has sent all. */
  void end() {
    ended = true;
    over = true;
  }
}
