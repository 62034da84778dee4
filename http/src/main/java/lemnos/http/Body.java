package lemnos.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpMessage;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import lemnos.runtime.Awaitable;
import org.jspecify.annotations.Nullable;

/**
 * The body of a request or a response, as it comes. It can be read once, by the actor that has the
 * message, piece by piece or as a whole; whoever does not read it stops the peer. A body that is
 * longer than its {@linkplain #limit limit} is an error before more is read than that.
 *
 * <p>As an {@link Awaitable} it is ready when {@link #read} need not wait.
 */
public final class Body implements Awaitable {
  private final Link link;
  private final BodySource source;
  private final long length;
  private long limit;
  private long received;
  private boolean wanted;
  private boolean ended;
  private HttpHeaders trailers = EmptyHttpHeaders.INSTANCE;

  /**
   * @param length what the head says, or -1
   */
  Body(Link link, BodySource source, long length, long limit) {
    this.link = link;
    this.source = source;
    this.length = length;
    this.limit = limit;
  }

  /** There is none. */
  Body(Link link, BodySource source) {
    this(link, source, 0, Long.MAX_VALUE);
    ended = true;
    source.ended();
  }

  /** A message that came whole gives its content at once. */
  Body(Link link, BodySource source, FullHttpMessage message, long limit) {
    this(link, source, message.content().readableBytes(), limit);
    ended = true;
    source.ended();
    message.release();
  }

  /** How many bytes the sender has announced; -1 if it has not. */
  public long length() {
    return length;
  }

  /** Changes how many bytes are accepted at most. */
  public Body limit(long bytes) {
    limit = bytes;
    return this;
  }

  /** How many bytes have been read so far. */
  public long received() {
    return received;
  }

  /** Whether all of it has been read. */
  public boolean isEnded() {
    return ended;
  }

  /** The fields that followed it; none before its end. */
  public Headers trailers() {
    return new Headers(trailers);
  }

  /** Whether anybody has asked for it. */
  boolean isWanted() {
    return wanted;
  }

  /**
   * The next piece, which the caller releases. Waits until there is one.
   *
   * @return null at the end
   * @throws IOException if the connection breaks first, or the peer ends it
   * @throws HttpException in a server, if the body is too long (413), comes too slowly (408) or is
   *     malformed (400)
   */
  public @Nullable ByteBuf read() throws IOException {
    if (ended) {
      return null;
    }
    want();
    while (true) {
      ByteBuf piece = readOne();
      if (piece.isReadable()) {
        return piece;
      }
      piece.release();
      if (ended) {
        return null;
      }
    }
  }

  @Override
  public boolean isReady() {
    return ended || link.isReady() || (!wanted && length > limit);
  }

  @Override
  public void arm(Runnable wake) {
    link.arm(wake);
    if (!ended && !wanted && length <= limit) {
      try {
        want();
      } catch (IOException e) {
        wake.run(); // the link is broken, as whoever reads it finds
      }
    }
  }

  /**
   * Waits until there is a piece or the end, or until {@code also} is ready.
   *
   * @return whether {@link #read} need not wait
   */
  boolean await(Awaitable also) throws IOException {
    if (!ended) {
      want();
      if (!link.isReady()) {
        source.awaitPiece(this, also);
      }
    }
    return ended || link.isReady();
  }

  private void want() throws IOException {
    if (!wanted) {
      if (length > limit) {
        throw failed(source.tooLong(limit));
      }
      wanted = true;
      source.wanted();
    }
  }

  private ByteBuf readOne() throws IOException {
    Object message = link.poll();
    while (message == null) {
      source.awaitPiece(this, Never.READY);
      message = link.poll();
      if (message == null && link.isEnded()) {
        ended = true;
        throw failed(source.cutOff());
      }
    }
    if (!(message instanceof HttpContent content)) {
      ReferenceCountUtil.release(message);
      throw new IllegalStateException("not a part of a body: " + message);
    }
    if (content.decoderResult().isFailure()) {
      content.release();
      throw failed(source.malformed(content.decoderResult().cause()));
    }
    received += content.content().readableBytes();
    if (received > limit) {
      content.release();
      throw failed(source.tooLong(limit));
    }
    if (content instanceof LastHttpContent last) {
      ended = true;
      trailers = last.trailingHeaders();
      source.ended();
    }
    return content.content();
  }

  private static IOException failed(Exception cause) throws IOException {
    switch (cause) {
      case IOException e -> throw e;
      case RuntimeException e -> throw e;
      default -> throw new IllegalStateException(cause);
    }
  }

  /** All of it, up to the limit. */
  public byte[] bytes() throws IOException {
    ByteBuf all = buffer();
    try {
      return ByteBufUtil.getBytes(all);
    } finally {
      all.release();
    }
  }

  /** All of it as text in UTF-8; malformed bytes become U+FFFD. */
  public String text() throws IOException {
    ByteBuf all = buffer();
    try {
      return all.toString(StandardCharsets.UTF_8);
    } finally {
      all.release();
    }
  }

  /** All of it, up to the limit, in one buffer, which the caller releases. */
  public ByteBuf buffer() throws IOException {
    ByteBuf first = read();
    if (first == null) {
      return Unpooled.EMPTY_BUFFER;
    }
    if (ended) {
      return first;
    }
    CompositeByteBuf all = link.alloc().compositeBuffer(1024).addComponent(true, first);
    try {
      for (ByteBuf piece = read(); piece != null; piece = read()) {
        all.addComponent(true, piece);
      }
      return all;
    } catch (Throwable t) {
      all.release();
      throw t;
    }
  }

  /** Reads up to {@code bytes} more and forgets them. Returns whether the body has ended then. */
  boolean discard(long bytes) throws IOException {
    long most = received + bytes;
    while (!ended && received <= most) {
      ByteBuf piece = read();
      if (piece != null) {
        piece.release();
      }
    }
    return ended;
  }

  /** It as a stream, for code that wants one. For the same actor. */
  public InputStream inputStream() {
    return new Stream();
  }

  /** Keeps the piece that is being read. */
  private final class Stream extends InputStream {
    private ByteBuf piece = Unpooled.EMPTY_BUFFER;

    private boolean isAtEnd() throws IOException {
      if (!piece.isReadable()) {
        close();
        ByteBuf next = Body.this.read();
        if (next == null) {
          return true;
        }
        piece = next;
      }
      return false;
    }

    @Override
    public int read() throws IOException {
      return isAtEnd() ? -1 : piece.readUnsignedByte();
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      if (isAtEnd()) {
        return -1;
      }
      int bytes = Math.min(length, piece.readableBytes());
      piece.readBytes(into, offset, bytes);
      return bytes;
    }

    @Override
    public int available() {
      return piece.readableBytes();
    }

    @Override
    public void close() {
      piece.release();
      piece = Unpooled.EMPTY_BUFFER;
    }
  }
}
