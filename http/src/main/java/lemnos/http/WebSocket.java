package lemnos.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import lemnos.runtime.Awaitable;
import org.jspecify.annotations.Nullable;

/**
 * A WebSocket, for the actor that {@linkplain #accept accepted} it as a server or {@linkplain
 * WebSocketRequest#open opened} it as a client: messages go both ways in plain calls that wait. As
 * an {@link Awaitable}, beside the actor's own messages, it is ready when {@link #receive} has
 * something to return. Pings are answered by themselves, and a peer that is silent is asked whether
 * it is still there. When the handler of a server returns, its socket is closed; a client closes
 * its own.
 *
 * <p>Source of the protocol: RFC 6455, and RFC 7692 for compression.
 */
public final class WebSocket implements Awaitable, AutoCloseable {
  /** The code of an end as it should be. */
  public static final int NORMAL = 1000;

  /** The code of an end because the server stops. */
  public static final int GOING_AWAY = 1001;

  private static final int PROTOCOL_ERROR = 1002;
  private static final int BROKEN_OFF = 1006;
  private static final int NOT_UTF8 = 1007;
  private static final int TOO_BIG = 1009;

  /** The code that stands for none. */
  private static final int NO_CODE = 1005;

  /** What was said by the other side. */
  public sealed interface Message {
    record Text(String text) implements Message {}

    record Binary(byte[] bytes) implements Message {}
  }

  /**
   * @param maxMessageBytes the longest message, compressed or not
   * @param origins the pages that may open a socket besides those of the same host, as {@code
   *     https://example.org}; {@code *} for all; of no meaning for a client
   * @param protocols the subprotocols that are spoken, the best first; empty for none
   * @param compress whether messages are compressed if the peer can
   */
  public record Options(
      int maxMessageBytes, List<String> origins, List<String> protocols, boolean compress) {
    private static final Options STANDARD = new Options(1 << 20, List.of(), List.of(), true);

    /** Messages of 1 MiB, pages of the same host, no subprotocol, compression. */
    public static Options standard() {
      return STANDARD;
    }
  }

  private final Link link;
  private final Options options;
  private final Duration patience;
  private final String protocol;
  private final Consumer<String> onViolation;

  /** What has come of a message in several frames; null between messages. */
  private @Nullable ByteBuf fragments;

  private boolean isText;
  private Utf8 utf8 = new Utf8();
  private int closeCode = -1;
  private boolean closing;

  /**
   * @param patience how long the peer may read nothing of what is sent, or leave a close unanswered
   * @param onViolation is told how the peer broke the protocol
   */
  WebSocket(
      Link link,
      Options options,
      Duration patience,
      String protocol,
      Consumer<String> onViolation) {
    this.link = link;
    this.options = options;
    this.patience = patience;
    this.protocol = protocol;
    this.onViolation = onViolation;
  }

  /** Accepts a WebSocket with {@linkplain Options#standard standard} options. */
  public static WebSocket accept(Request request, Response response) throws IOException {
    return accept(request, response, Options.standard());
  }

  /**
   * Accepts a WebSocket; the request must ask for one.
   *
   * @throws HttpException 400 or 426 if it does not, 403 if it comes from a page of another host
   */
  public static WebSocket accept(Request request, Response response, Options options)
      throws IOException {
    return new WebSocketHandshake(request, response, options).accept();
  }

  /** The subprotocol that was agreed upon; empty if none was. */
  public String protocol() {
    return protocol;
  }

  @Override
  public boolean isReady() {
    return closing || link.isReady();
  }

  @Override
  public void arm(Runnable wake) {
    link.arm(wake);
  }

  /**
   * Waits for the next message.
   *
   * @return null if the socket was closed, by whichever side
   * @throws IOException if the connection is broken
   */
  public @Nullable Message receive() throws IOException {
    while (closeCode < 0) {
      WebSocketFrame frame = next();
      if (frame != null) {
        try {
          Message message = take(frame);
          if (message != null) {
            return message;
          }
        } finally {
          frame.release();
        }
      }
    }
    return null;
  }

  /** The message that ends with {@code frame}; null if none does. */
  private @Nullable Message take(WebSocketFrame frame) {
    ByteBuf content = frame.content();
    if (fragments == null) {
      isText = frame instanceof TextWebSocketFrame;
      if (frame.isFinalFragment()) {
        return message(content);
      }
      fragments = Unpooled.buffer(); // on the heap: a deadline may come between two fragments
      utf8 = new Utf8();
    }
    if (fragments.readableBytes() + content.readableBytes() > options.maxMessageBytes) {
      return tooBig();
    }
    if (isText && content.forEachByte(utf8) >= 0) {
      return violated(NOT_UTF8, "not UTF-8");
    }
    fragments.writeBytes(content);
    if (!frame.isFinalFragment()) {
      return null;
    }
    ByteBuf whole = fragments;
    fragments = null;
    return message(whole);
  }

  /** The next frame of a message; null if the socket is closed. */
  private @Nullable WebSocketFrame next() throws IOException {
    while (!link.await(Long.MAX_VALUE)) {
      if (link.isEnded()) {
        ended(BROKEN_OFF);
        return null;
      }
    }
    switch (link.poll()) {
      case CloseWebSocketFrame close -> closed(close);
      case WebSocketFrame frame -> {
        if (frame.rsv() == 0) {
          return frame;
        }
        frame.release();
        violated(PROTOCOL_ERROR, "reserved bits");
      }
      case WebSocketControl.Violation(WebSocketCloseStatus status, String reason) ->
          violated(status.code(), reason);
      case null, default -> throw new IOException("not a frame of a WebSocket");
    }
    return null;
  }

  private @Nullable Message message(ByteBuf whole) {
    if (whole.readableBytes() > options.maxMessageBytes) {
      return tooBig();
    }
    if (!isText) {
      return new Message.Binary(ByteBufUtil.getBytes(whole));
    }
    try {
      return new Message.Text(
          StandardCharsets.UTF_8.newDecoder().decode(whole.nioBuffer()).toString());
    } catch (CharacterCodingException e) {
      return violated(NOT_UTF8, "not UTF-8");
    }
  }

  private @Nullable Message tooBig() {
    return violated(TOO_BIG, "more than " + options.maxMessageBytes + " bytes");
  }

  private @Nullable Message violated(int code, String fault) {
    onViolation.accept(fault);
    close(code, "");
    ended(code);
    return null;
  }

  private void closed(CloseWebSocketFrame close) {
    int code = close.statusCode() < 0 ? NO_CODE : close.statusCode();
    close.release();
    close(code == NO_CODE ? NORMAL : code, "");
    ended(code);
  }

  private void ended(int code) {
    closeCode = code;
    link.close();
  }

  /** Why it was closed: a code of RFC 6455 (7.4); -1 while it is open. */
  public int closeCode() {
    return closeCode;
  }

  /** Sends text, and waits while the peer reads more slowly than this is sent. */
  public void send(String text) throws IOException {
    send(new TextWebSocketFrame(ByteBufUtil.writeUtf8(link.alloc(), text)));
  }

  /** Sends bytes, and waits while the peer reads more slowly than this is sent. */
  public void send(byte[] bytes) throws IOException {
    send(new BinaryWebSocketFrame(Unpooled.copiedBuffer(bytes)));
  }

  private void send(WebSocketFrame frame) throws IOException {
    if (closing) {
      frame.release();
      throw new IOException("the WebSocket is closed");
    }
    link.write(frame);
    link.awaitWritable(link.in(patience));
  }

  /**
   * Closes it: nothing can be sent any more. Does not wait; what the peer has still sent can be
   * received until it answers.
   */
  @Override
  public void close() {
    close(NORMAL, "");
  }

  /**
   * Closes it with a code of RFC 6455 (7.4), 1000 or 3000 to 4999 for a program's own, and a reason
   * of 123 bytes at most.
   */
  public void close(int code, String reason) {
    if (closing) {
      return;
    }
    var frame = new CloseWebSocketFrame(true, 0, code, reason);
    closing = true;
    try {
      link.write(frame);
      link.abortAfter(patience); // if the peer does not answer, or nobody listens
    } catch (IOException e) {
      link.abort(); // it was broken already
    }
  }
}
