package lemnos.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import lemnos.runtime.Awaitable;
import org.jspecify.annotations.Nullable;

/**
 * A WebSocket at the server's end, for the actor that accepted it: messages go both ways in plain
 * calls that wait. As an {@link Awaitable}, beside the actor's own messages, it is ready when
 * {@link #receive} has something to return. Pings are answered by themselves, and a peer that is
 * silent is asked whether it is still there. When the handler returns, the socket is closed.
 *
 * <p>Source of the protocol: RFC 6455, and RFC 7692 for compression.
 */
public final class WebSocket implements Awaitable {
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
   *     https://example.org}; {@code *} for all
   * @param protocols the subprotocols that are spoken, the best first; empty for none
   * @param compress whether messages are compressed if the client can
   */
  public record Options(
      int maxMessageBytes, List<String> origins, List<String> protocols, boolean compress) {
    private static final Options STANDARD = new Options(1 << 20, List.of(), List.of(), true);

    /** Messages of 1 MiB, pages of the same host, no subprotocol, compression. */
    public static Options standard() {
      return STANDARD;
    }
  }

  private final ServerConnection connection;
  private final Link link;
  private final Options options;
  private final Duration patience;
  private final String protocol;
  private int closeCode = -1;
  private boolean closing;

  WebSocket(ServerConnection connection, Options options, Duration patience, String protocol) {
    this.connection = connection;
    this.link = connection.link();
    this.options = options;
    this.patience = patience;
    this.protocol = protocol;
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
    ByteBuf whole = null;
    boolean isText = false;
    try {
      while (closeCode < 0) {
        WebSocketFrame frame = next();
        if (frame == null) {
          return null;
        }
        isText |= frame instanceof TextWebSocketFrame;
        if (whole == null && frame.isFinalFragment()) {
          whole = frame.content();
        } else {
          whole = whole == null ? link.alloc().buffer() : whole;
          whole.writeBytes(frame.content());
          frame.release();
        }
        if (whole.readableBytes() > options.maxMessageBytes) {
          return violated(TOO_BIG, "more than " + options.maxMessageBytes + " bytes");
        }
        if (frame.isFinalFragment()) {
          return message(whole, isText);
        }
      }
      return null;
    } finally {
      ReferenceCountUtil.release(whole);
    }
  }

  /** The next frame of a message; null if the socket is closed. */
  private @Nullable WebSocketFrame next() throws IOException {
    while (!link.await(Long.MAX_VALUE)) {
      if (link.isEnded()) {
        closeCode = BROKEN_OFF;
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

  private @Nullable Message message(ByteBuf whole, boolean isText) throws IOException {
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

  private @Nullable Message violated(int code, String reason) throws IOException {
    connection.count(Refusal.WEBSOCKET, reason);
    close(code, "");
    closeCode = code;
    return null;
  }

  private void closed(CloseWebSocketFrame close) throws IOException {
    int code = close.statusCode() < 0 ? NO_CODE : close.statusCode();
    close.release();
    close(code == NO_CODE ? NORMAL : code, "");
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

  /** Closes it: nothing can be sent any more. Does not wait. */
  public void close() throws IOException {
    close(NORMAL, "");
  }

  /**
   * Closes it with a code of RFC 6455 (7.4), 1000 or 3000 to 4999 for a program's own, and a reason
   * of 123 bytes at most.
   */
  public void close(int code, String reason) throws IOException {
    if (!closing) {
      closing = true;
      link.write(new CloseWebSocketFrame(true, 0, code, reason));
    }
  }

  /** The server stops: whoever waits for the peer's messages gets to know when it has answered. */
  void drain() {
    try {
      close(GOING_AWAY, "");
    } catch (IOException e) {
      link.abort(); // it was broken already
    }
  }
}
