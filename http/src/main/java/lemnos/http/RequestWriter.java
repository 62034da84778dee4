package lemnos.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.IOException;
import java.io.OutputStream;
import lemnos.runtime.Awaitable;
import org.jspecify.annotations.Nullable;

/**
 * A request whose body the caller writes, piece by piece, and the way to its response. For the
 * actor that {@linkplain ClientRequest#begin began} it, which closes it; what is written goes out
 * at the end of the actor's turn, when it waits for something, or with {@link #flush}. {@code
 * write} waits while the server reads more slowly than the actor writes.
 *
 * {@snippet :
 * try (RequestWriter upload = client.post("https://example.org/log").begin(ctx)) {
 *   for (String line : lines) {
 *     upload.write(line);
 *   }
 *   upload.end().close();
 * }
 * }
 *
 * <p>A server may answer before it has the whole body: {@link #response} gives its answer, and both
 * bodies go on. If it takes no more, say because it refuses the request, then what is still written
 * is thrown away, and its answer is there to be read; {@link #isWanted} tells. What the caller has
 * written is nowhere kept, so it is never sent again: see {@link ClientRequest}.
 *
 * <p>As an {@link Awaitable} it is ready when {@code write} need not wait for room.
 */
public final class RequestWriter implements Awaitable, AutoCloseable {
  private final Exchange exchange;
  private final long length;
  private ClientConnection connection;
  private @Nullable Headers trailers;
  private @Nullable ClientResponse response;
  private long written;
  private boolean ended;

  /** The head of an answer was asked for, and has come. */
  private boolean answered;

  /**
   * @param length how many bytes the body must have, or -1
   */
  RequestWriter(Exchange exchange, long length) throws IOException {
    this.exchange = exchange;
    this.length = length;
    this.connection = exchange.begin();
  }

  /** How many bytes were written so far. */
  public long written() {
    return written;
  }

  /** Whether the server takes more of the body, as far as is known. */
  public boolean isWanted() {
    return !ended && connection.isTaking();
  }

  @Override
  public boolean isReady() {
    return !isWanted() || connection.link().isWritable();
  }

  @Override
  public void arm(Runnable wake) {
    connection.link().arm(wake);
  }

  /**
   * Sends the next piece of the body, which this releases; waits until the server takes it.
   *
   * @throws IOException if the connection breaks and the server has said nothing
   * @throws IllegalStateException if the body has ended, or would be longer than was announced
   */
  public void write(ByteBuf piece) throws IOException {
    try {
      check(piece.readableBytes());
      if (piece.isReadable() && awaitTaking()) {
        written += piece.readableBytes();
        connection.write(piece.retain());
      }
    } finally {
      piece.release();
    }
  }

  /** Sends a copy of the next piece of the body; otherwise as {@link #write(ByteBuf)}. */
  public void write(byte[] piece) throws IOException {
    write(Unpooled.copiedBuffer(piece));
  }

  /** Sends the next piece of the body, in UTF-8; otherwise as {@link #write(ByteBuf)}. */
  public void write(String piece) throws IOException {
    write(ByteBufUtil.writeUtf8(connection.link().alloc(), piece));
  }

  private void check(int bytes) {
    if (ended) {
      throw new IllegalStateException("the body has ended already: " + exchange);
    }
    if (length >= 0 && written + bytes > length) {
      throw new IllegalStateException("the body is longer than Content-Length says: " + length);
    }
  }

  /** Waits until the server takes more; false if there is an answer and it takes no more. */
  private boolean awaitTaking() throws IOException {
    boolean takes = connection.awaitTaking();
    if (!takes && connection.isExpectationRefused()) {
      connection = exchange.beginAgain(connection);
      takes = connection.awaitTaking();
    }
    if (!takes) {
      connection.receive();
    }
    return takes;
  }

  /** Sends what was written now, even if the actor's turn goes on. */
  public void flush() {
    connection.link().flushNow();
  }

  /** Fields that follow the body, unless its length was announced to a server of HTTP/1. */
  public Headers trailers() {
    Headers t = trailers;
    if (t == null) {
      t = new Headers();
      trailers = t;
    }
    return t;
  }

  /** The body as a stream, for code that wants one; closing it ends the body. */
  public OutputStream outputStream() {
    return new PieceStream(this::write, this::flush, this::endBody);
  }

  /**
   * Ends the body and waits for the head of the response, which may be that of another place if the
   * server sends us there. Whoever does not read the response to its end closes it.
   *
   * @throws IOException if no response came, or if fewer bytes were written than were announced
   */
  public ClientResponse end() throws IOException {
    endBody();
    return response();
  }

  private void endBody() throws IOException {
    if (ended) {
      return;
    }
    if (awaitTaking()) {
      if (written < length) {
        connection.end();
        throw new IOException("the body has " + written + " bytes; Content-Length: " + length);
      }
      Headers t = trailers;
      connection.writeEnd(
          t == null
              ? LastHttpContent.EMPTY_LAST_CONTENT
              : new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER, t.fields()));
    }
    ended = true;
  }

  /**
   * Waits for the head of the response, while the body may go on: for servers that answer what they
   * have read so far. The others answer after {@link #end}.
   *
   * @throws IOException if no response came
   */
  public ClientResponse response() throws IOException {
    ClientResponse r = response;
    if (r == null) {
      if (answered) {
        throw new IllegalStateException("there is no response, as you were told: " + exchange);
      }
      connection.awaitsAnswer();
      ClientResponse first = exchange.response(connection);
      answered = true;
      r = exchange.follow(first);
      response = r;
    }
    return r;
  }

  /** Gives the request up, unless its body has ended and its response was given to the caller. */
  @Override
  public void close() {
    if (!answered) {
      exchange.giveUp(connection);
    } else if (!ended && response != null) {
      response.close();
    }
    ended = true;
  }

  @Override
  public String toString() {
    return exchange.toString();
  }
}
