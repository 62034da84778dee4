package lemnos.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.DefaultFileRegion;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Consumer;
import lemnos.net.DiskFile;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a request, for the actor that handles it: first the status and headers, then either
 * the whole body by {@link #send}, or pieces of it by {@link #write}. What is written goes out at
 * the end of the actor's turn, when it waits for something, or with {@link #flush}; {@code write}
 * waits while the client reads more slowly than the actor writes.
 *
 * <p>The body is left out by itself where there must be none: for HEAD, 204 and 304.
 */
public final class Response {
  private enum State {
    /** Nothing is sent yet. */
    NEW,
    /** The head is sent, the body is on its way. */
    STREAMING,
    /** All is sent. */
    ENDED,
    /** The connection is no longer HTTP. */
    UPGRADED
  }

  private static final int FILE_PIECE_BYTES = 64 * 1024;

  private final ServerConnection connection;
  private final Request request;
  private final Headers headers = new Headers();
  private @Nullable Headers trailers;
  private State state = State.NEW;
  private int status = 200;
  private Consumer<? super Response> beforeHead = _ -> {};
  private boolean announced;
  private @Nullable Encoder encoder;
  private long written;

  Response(ServerConnection connection, Request request) {
    this.connection = connection;
    this.request = request;
  }

  public int status() {
    return status;
  }

  /**
   * @param status 200 to 599; default: 200
   */
  public Response status(int status) {
    checkNew();
    if (status < 200 || status > 599) {
      throw new IllegalArgumentException("status is " + status + "; it must be 200 to 599");
    }
    this.status = status;
    return this;
  }

  public Headers headers() {
    return headers;
  }

  /** Sets a header. */
  public Response header(CharSequence name, CharSequence value) {
    checkNew();
    headers.set(name, value);
    return this;
  }

  /** Sets the header {@code Content-Type}. */
  public Response type(CharSequence mediaType) {
    return header(HttpHeaderNames.CONTENT_TYPE, mediaType);
  }

  /** Has the client keep a cookie. */
  public Response cookie(Cookie cookie) {
    checkNew();
    headers.add(HttpHeaderNames.SET_COOKIE, cookie.toString());
    return this;
  }

  /** Fields that follow a body of pieces; lost on a client of HTTP/1.0. */
  public Headers trailers() {
    Headers t = trailers;
    if (t == null) {
      t = new Headers();
      trailers = t;
    }
    return t;
  }

  /**
   * Has {@code action} change the headers just before they are sent, whichever answer that is: a
   * handler's, or that of an exception. For {@link Middleware}; the last action comes first.
   */
  public Response beforeHead(Consumer<? super Response> action) {
    checkNew();
    Consumer<? super Response> later = beforeHead;
    beforeHead =
        response -> {
          action.accept(response);
          later.accept(response);
        };
    return this;
  }

  /** Whether the status and headers are on their way, and can no longer be changed. */
  public boolean isBegun() {
    return state != State.NEW;
  }

  /** How many bytes of the body were sent. */
  public long written() {
    return written;
  }

  private void checkNew() {
    if (state != State.NEW) {
      throw new IllegalStateException("the response has begun already: " + request);
    }
  }

  /** From now on the body goes through {@code encoder}. */
  void encode(Encoder encoder) {
    checkNew();
    this.encoder = encoder;
  }

  // The whole body

  /** Answers without a body. */
  public void send() throws IOException {
    send(Unpooled.EMPTY_BUFFER);
  }

  /** Answers with text in UTF-8; its type is {@code text/plain} unless another is set. */
  public void send(String text) throws IOException {
    if (!headers.contains(HttpHeaderNames.CONTENT_TYPE)) {
      headers.set(HttpHeaderNames.CONTENT_TYPE, ServerConnection.TEXT);
    }
    ByteBuf body = connection.link().alloc().buffer(ByteBufUtil.utf8MaxBytes(text));
    ByteBufUtil.writeUtf8(body, text);
    send(body);
  }

  public void send(byte[] body) throws IOException {
    send(Unpooled.wrappedBuffer(body));
  }

  /** Answers with {@code body}, which this releases. */
  public void send(ByteBuf body) throws IOException {
    if (state != State.NEW) {
      body.release();
      checkNew();
    }
    announce(body.readableBytes());
    if (encoder != null && body.isReadable()) {
      write(body);
      end();
      return;
    }
    written = isBodiless() ? 0 : body.readableBytes();
    state = State.ENDED;
    connection.link().write(whole(body));
    connection.link().awaitWritable(connection.writeDeadline());
  }

  private FullHttpResponse whole(ByteBuf body) {
    HttpHeaders fields = headers.fields();
    HttpResponseStatus code = HttpResponseStatus.valueOf(status);
    boolean bodiless = isBodiless();
    boolean hasLength = fields.contains(HttpHeaderNames.CONTENT_LENGTH);
    if (!bodiless && !hasLength && connection.isPlain(fields)) {
      return new WholeResponse(
          code, body, connection.persistence(fields), connection.desk().date());
    }
    if (!isWithoutLength() && !(bodiless && hasLength)) {
      fields.set(HttpHeaderNames.CONTENT_LENGTH, Integer.toString(body.readableBytes()));
    }
    ByteBuf content = body;
    if (bodiless) {
      body.release();
      content = Unpooled.EMPTY_BUFFER;
    }
    return new DefaultFullHttpResponse(
        HttpVersion.HTTP_1_1,
        code,
        content,
        connection.complete(fields),
        EmptyHttpHeaders.INSTANCE);
  }

  /** The head is about to be sent: those who want to look at it do so, once. */
  private void announce(long length) {
    if (announced) {
      return;
    }
    announced = true;
    beforeHead.accept(this);
    Encoder e = encoder;
    if (e != null) {
      encoder = e.begin(request, this, length) ? e : null;
    }
  }

  /** Answers with a file. */
  public void send(Path file) throws IOException {
    send(file, 0, connection.context().blocking(() -> Files.size(file)));
  }

  /** Answers with {@code length} bytes of a file. */
  void send(Path file, long offset, long length) throws IOException {
    checkNew();
    headers.set(HttpHeaderNames.CONTENT_LENGTH, Long.toString(length));
    announce(length);
    if (isBodiless() || encoder != null || link().isSecure() || connection.isStream()) {
      copy(file, offset, length);
      return;
    }
    FileChannel channel =
        connection.context().blocking(() -> FileChannel.open(file, StandardOpenOption.READ));
    begin();
    link().write(new DefaultFileRegion(channel, offset, length)); // which closes the channel
    written += length;
    end();
    link().awaitWritable(connection.writeDeadline());
  }

  private void copy(Path file, long offset, long length) throws IOException {
    if (isBodiless()) {
      begin();
      end();
      return;
    }
    try (DiskFile disk = DiskFile.opening(connection.context().core(), file).take()) {
      long at = offset;
      long end = offset + length;
      while (at < end) {
        ByteBuf piece = disk.reading(at, (int) Math.min(FILE_PIECE_BYTES, end - at)).take();
        int bytes = piece.readableBytes();
        if (bytes == 0) {
          piece.release();
          throw new EOFException(file + " became shorter while it was sent");
        }
        at += bytes;
        write(piece);
      }
    }
    end();
  }

  /** Sends the client elsewhere, with status 302 unless it was set to another. */
  public void redirect(String location) throws IOException {
    if (status / 100 != 3) {
      status(302);
    }
    header(HttpHeaderNames.LOCATION, location).send();
  }

  /** Responses of which not even the length of a body may be told. */
  private boolean isWithoutLength() {
    return status == 204 || status == 304;
  }

  private boolean isBodiless() {
    return isWithoutLength() || request.isHead();
  }

  // Pieces

  private void begin() throws IOException {
    announce(-1);
    HttpHeaders fields = headers.fields();
    if (!isBodiless() && !fields.contains(HttpHeaderNames.CONTENT_LENGTH)) {
      if (connection.isHttp10()) {
        connection.closeAfterResponse();
      } else {
        fields.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
      }
    }
    state = State.STREAMING;
    connection.link().write(head(connection.complete(fields)));
  }

  private HttpResponse head(HttpHeaders fields) {
    return new DefaultHttpResponse(
        HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status), fields);
  }

  /** Sends the next piece of the body, which this releases. */
  public void write(ByteBuf piece) throws IOException {
    if (state == State.NEW) {
      try {
        begin();
      } catch (Throwable t) {
        piece.release();
        throw t;
      }
    }
    if (state != State.STREAMING) {
      piece.release();
      throw new IllegalStateException("the response has ended already: " + request);
    }
    if (isBodiless()) {
      piece.release();
      return;
    }
    Encoder e = encoder;
    ByteBuf out = e == null ? piece : e.encode(piece);
    if (!out.isReadable()) {
      out.release();
      return;
    }
    checkLength(out);
    written += out.readableBytes();
    connection.link().write(new DefaultHttpContent(out));
    connection.link().awaitWritable(connection.writeDeadline());
  }

  /** More than was announced would be taken for the next response. */
  private void checkLength(ByteBuf piece) {
    String announced = headers.get(HttpHeaderNames.CONTENT_LENGTH);
    if (announced != null && written + piece.readableBytes() > Long.parseLong(announced)) {
      piece.release();
      throw new IllegalStateException("the body is longer than Content-Length says: " + announced);
    }
  }

  public void write(byte[] piece) throws IOException {
    write(Unpooled.copiedBuffer(piece));
  }

  /** Sends the next piece of the body, in UTF-8. */
  public void write(String piece) throws IOException {
    write(ByteBufUtil.writeUtf8(connection.link().alloc(), piece));
  }

  /**
   * Sends what was written now, even if the actor's turn goes on; waits while the client reads more
   * slowly.
   */
  public void flush() throws IOException {
    if (state == State.NEW) {
      begin();
    }
    Encoder e = encoder;
    if (e != null && state == State.STREAMING) {
      ByteBuf rest = e.flush();
      written += rest.readableBytes();
      connection.link().write(new DefaultHttpContent(rest));
    }
    connection.link().flushNow();
    connection.link().awaitWritable(connection.writeDeadline());
  }

  /** The body as a stream, for code that wants one; closing it ends the body. */
  public OutputStream outputStream() {
    return new PieceStream(this::write, this::flush, this::end);
  }

  /** Ends a body of pieces. Needless: the server does it when the handler returns. */
  public void end() throws IOException {
    if (state == State.NEW) {
      send();
      return;
    }
    if (state != State.STREAMING) {
      return;
    }
    state = State.ENDED;
    Encoder e = encoder;
    if (e != null && !isBodiless()) {
      ByteBuf rest = e.finish();
      written += rest.readableBytes();
      connection.link().write(new DefaultHttpContent(rest));
    }
    String announced = headers.get(HttpHeaderNames.CONTENT_LENGTH);
    if (announced != null && !isBodiless() && written != Long.parseLong(announced)) {
      connection.link().abort();
      throw new IOException("the body has " + written + " bytes; Content-Length: " + announced);
    }
    connection.link().write(last());
  }

  private LastHttpContent last() {
    Headers t = trailers;
    return t == null
        ? LastHttpContent.EMPTY_LAST_CONTENT
        : new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER, t.fields());
  }

  // For the server

  boolean isUpgraded() {
    return state == State.UPGRADED;
  }

  /** The connection speaks something else from now on, or an answer of its own was written. */
  void upgraded(int status) {
    checkNew();
    this.status = status;
    state = State.UPGRADED;
  }

  /** Throws away what was prepared, for an answer with {@code status}. */
  void reset(int status) {
    checkNew();
    headers.fields().clear();
    trailers = null;
    close();
    encoder = null;
    announced = false;
    this.status = status;
  }

  /** Nothing more is written, though the response may not be whole. */
  void close() {
    if (encoder != null) {
      encoder.close();
    }
  }

  Link link() {
    return connection.link();
  }
}
