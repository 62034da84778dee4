package lemnos.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.handler.codec.http2.HttpConversionUtil;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A stream of a server's HTTP/2 connection. The peer's window for it opens as the actor takes what
 * has come, so that no more than a window waits; and it can take more as long as less than {@value
 * #MAX_UNSENT_BYTES} bytes wait for the window that the peer gives, or for room in the connection.
 */
final class ServerStream implements Wire {
  /** How much of a response may wait to be sent. */
  static final int MAX_UNSENT_BYTES = 64 * 1024;

  private final Http2Connection connection;
  private final Http2Stream stream;
  private final Link link;

  /** The end of the request has come. */
  private boolean whole;

  /** The end of the response; null until it is written. */
  private @Nullable ChannelFuture lastWrite;

  private int unsentBytes;

  /** Ends it, if the peer takes too long. */
  private long expiry;

  private boolean over;

  ServerStream(Http2Connection connection, Http2Stream stream, Link link) {
    this.connection = connection;
    this.stream = stream;
    this.link = link;
    link.attach(this);
  }

  Link link() {
    return link;
  }

  /** The place of the connection's codec. */
  ChannelHandlerContext context() {
    return connection.context();
  }

  // What comes

  void request(Http2Headers headers, boolean isWhole) throws Http2Exception {
    RequestHead head = Http2Heads.request(stream.id(), headers);
    head.isWhole = isWhole;
    whole = isWhole;
    link.receive(head);
  }

  void trailers(Http2Headers headers) throws Http2Exception {
    HttpHeaders fields = Http2Heads.trailers(stream.id(), headers);
    whole = true;
    link.receive(new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER, fields));
    link.stir();
  }

  /** Returns how much of it need not be taken any more. */
  int data(ByteBuf data, int padding, boolean isLast) {
    whole = isLast;
    if (link.isClosed()) {
      return data.readableBytes() + padding;
    }
    ByteBuf content = data.retain();
    link.receive(isLast ? new DefaultLastHttpContent(content) : new DefaultHttpContent(content));
    link.stir();
    return padding;
  }

  @Override
  public void taken(Object message, int queuedBytes) {
    if (message instanceof HttpContent content && content.content().isReadable()) {
      connection.open(stream, content.content().readableBytes());
    }
  }

  /** Neither side will send anything more. */
  void ended() {
    over = true;
    link.core().cancel(expiry);
    link.inputEnded();
  }

  // What goes

  @Override
  public ByteBufAllocator alloc() {
    return context().alloc();
  }

  @Override
  public boolean isStream() {
    return true;
  }

  @Override
  public boolean isSecure() {
    return connection.isSecure();
  }

  @Override
  public boolean isActive() {
    return !over;
  }

  /** Whether other streams keep the connection busy is nothing to this one. */
  @Override
  public boolean isWritable() {
    return unsentBytes < MAX_UNSENT_BYTES;
  }

  @Override
  public void write(Object message) {
    switch (message) {
      case HttpResponse head -> head(head);
      case LastHttpContent last when last.trailingHeaders().isEmpty() -> data(last.content(), true);
      case LastHttpContent last -> {
        data(last.content(), false);
        headers(HttpConversionUtil.toHttp2Headers(last.trailingHeaders(), true), true);
      }
      case HttpContent piece -> data(piece.content(), false);
      default -> throw new IllegalArgumentException("no part of a response: " + message);
    }
    connection.written();
  }

  /** A response that has come to its end, one that goes on, or one that says to go on. */
  private void head(HttpResponse response) {
    Http2Headers fields = HttpConversionUtil.toHttp2Headers(response, true);
    boolean isInterim = response.status().codeClass() == HttpStatusClass.INFORMATIONAL;
    if (response instanceof FullHttpResponse all && !isInterim) {
      boolean isReadable = all.content().isReadable();
      headers(fields, !isReadable);
      if (isReadable) {
        data(all.content(), true);
      } else {
        all.release();
      }
    } else {
      headers(fields, false);
    }
  }

  private void headers(Http2Headers fields, boolean isLast) {
    ChannelHandlerContext ctx = context();
    ChannelFuture sent =
        connection.encoder().writeHeaders(ctx, stream.id(), fields, 0, isLast, ctx.newPromise());
    if (isLast) {
      lastWrite = sent;
    }
  }

  /** The end is not waited for unless it is long: nothing is written behind it. */
  private void data(ByteBuf data, boolean isLast) {
    ChannelHandlerContext ctx = context();
    int bytes = data.readableBytes();
    if (bytes == 0 && !isLast) {
      data.release();
      return;
    }
    ChannelPromise sent = ctx.newPromise();
    if (!isLast || bytes >= MAX_UNSENT_BYTES) {
      unsentBytes += bytes;
      sent.addListener(_ -> sent(bytes));
    }
    if (isLast) {
      lastWrite = sent;
    }
    connection.encoder().writeData(ctx, stream.id(), data, 0, isLast, sent);
  }

  private void sent(int bytes) {
    unsentBytes -= bytes;
    link.wake();
  }

  @Override
  public void flush() {
    connection.flush();
  }

  // The end

  /**
   * If the peer has not sent all, it is told to stop, and that nothing is wrong. It must make room
   * for what was written within the idle timeout.
   */
  @Override
  public void close() {
    ChannelFuture last = lastWrite;
    if (over) {
      return;
    }
    if (last == null) {
      abort();
      return;
    }
    if (!whole) {
      last.addListener(_ -> reset(Http2Error.NO_ERROR));
    }
    connection.ending(this);
  }

  /** {@link #abort}, unless it has ended by then. */
  void expireAfter(Duration patience) {
    if (!over) {
      expiry = link.core().after(patience, this::abort);
    }
  }

  @Override
  public void abort() {
    reset(Http2Error.CANCEL);
  }

  private void reset(Http2Error error) {
    if (!over) {
      connection.reset(stream.id(), error);
    }
  }
}
