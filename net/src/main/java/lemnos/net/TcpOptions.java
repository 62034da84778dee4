package lemnos.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.SocketChannelConfig;
import io.netty.util.AttributeKey;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How TCP connections are to be. Immutable: each {@code with…} gives other options. What a
 * connection holds in memory is bounded by {@link #withUnreadBytes} and {@link #withUnsentBytes},
 * and by what the system keeps for its socket.
 */
public final class TcpOptions {
  /** How many bytes wait to be read at most, unless another bound is given. */
  public static final int DEFAULT_UNREAD_BYTES = 256 * 1024;

  /** How many bytes wait to be sent at most, unless another bound is given. */
  public static final int DEFAULT_UNSENT_BYTES = 64 * 1024;

  /** How many connections a listener has at most, unless another bound is given. */
  public static final int DEFAULT_MAX_CONNECTIONS = 100_000;

  /** How long connecting may take, unless another time is given. */
  public static final Duration DEFAULT_CONNECT_TIMEOUT = Duration.ofSeconds(10);

  /** How long a closed connection may take to send what was written, unless another is given. */
  public static final Duration DEFAULT_CLOSE_TIMEOUT = Duration.ofSeconds(60);

  private static final TcpOptions STANDARD = new TcpOptions();
  private static final AttributeKey<TcpOptions> KEY = AttributeKey.valueOf("lemnos.TcpOptions");

  private boolean noDelay = true;
  private boolean keepAlive;
  private int receiveBuffer;
  private int sendBuffer;
  private int unreadBytes = DEFAULT_UNREAD_BYTES;
  private int unsentBytes = DEFAULT_UNSENT_BYTES;
  private int maxConnections = DEFAULT_MAX_CONNECTIONS;
  private Duration connectTimeout = DEFAULT_CONNECT_TIMEOUT;
  private Duration closeTimeout = DEFAULT_CLOSE_TIMEOUT;
  private @Nullable Tls tls;

  private TcpOptions() {}

  /** No delay, the system's buffers, the default bounds, no TLS. */
  public static TcpOptions standard() {
    return STANDARD;
  }

  private TcpOptions copy() {
    var copy = new TcpOptions();
    copy.noDelay = noDelay;
    copy.keepAlive = keepAlive;
    copy.receiveBuffer = receiveBuffer;
    copy.sendBuffer = sendBuffer;
    copy.unreadBytes = unreadBytes;
    copy.unsentBytes = unsentBytes;
    copy.maxConnections = maxConnections;
    copy.connectTimeout = connectTimeout;
    copy.closeTimeout = closeTimeout;
    copy.tls = tls;
    return copy;
  }

  /** Whether small pieces are sent at once, without waiting for more. Default: yes. */
  public TcpOptions withNoDelay(boolean on) {
    TcpOptions copy = copy();
    copy.noDelay = on;
    return copy;
  }

  /** Whether the system probes a peer that has long been silent. Default: no. */
  public TcpOptions withKeepAlive(boolean on) {
    TcpOptions copy = copy();
    copy.keepAlive = on;
    return copy;
  }

  /** The system's buffers for what arrives and what is sent. Default: 0, as the system likes. */
  public TcpOptions withSystemBuffers(int receiveBytes, int sendBytes) {
    TcpOptions copy = copy();
    copy.receiveBuffer = atLeast(0, receiveBytes, "receiveBytes");
    copy.sendBuffer = atLeast(0, sendBytes, "sendBytes");
    return copy;
  }

  /**
   * How many bytes may wait to be read: at that many the socket is left alone, so that the sender
   * has to wait. One receive buffer may come on top. Each piece in which they arrive, but the first
   * of those that wait, counts 256 more than it has, for what holds it.
   */
  public TcpOptions withUnreadBytes(int bytes) {
    TcpOptions copy = copy();
    copy.unreadBytes = atLeast(1, bytes, "bytes");
    return copy;
  }

  /** How many bytes may wait to be sent: with more, the writer has to wait. */
  public TcpOptions withUnsentBytes(int bytes) {
    TcpOptions copy = copy();
    copy.unsentBytes = atLeast(1, bytes, "bytes");
    return copy;
  }

  /** How many connections a listener has at a time; the system lets others wait. */
  public TcpOptions withMaxConnections(int connections) {
    TcpOptions copy = copy();
    copy.maxConnections = atLeast(1, connections, "connections");
    return copy;
  }

  /**
   * How long looking up the name may take; then connecting, to each of its addresses; and then, on
   * both sides, agreeing on TLS.
   */
  public TcpOptions withConnectTimeout(Duration timeout) {
    TcpOptions copy = copy();
    copy.connectTimeout = inRange(timeout);
    return copy;
  }

  /**
   * How long a connection that has been closed goes on sending what was written to a peer that
   * takes it slowly; then it is cut.
   */
  public TcpOptions withCloseTimeout(Duration timeout) {
    TcpOptions copy = copy();
    copy.closeTimeout = inRange(timeout);
    return copy;
  }

  private static Duration inRange(Duration timeout) {
    if (timeout.toMillis() < 1 || timeout.toMillis() > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "timeout is " + timeout + "; it must be 1 millisecond to 24 days");
    }
    return timeout;
  }

  /** How connections are encrypted; null if they are not. */
  public TcpOptions withTls(@Nullable Tls tls) {
    TcpOptions copy = copy();
    copy.tls = tls;
    return copy;
  }

  private static int atLeast(int least, int value, String name) {
    if (value < least) {
      throw new IllegalArgumentException(name + " is " + value + "; it must be at least " + least);
    }
    return value;
  }

  int unreadBytes() {
    return unreadBytes;
  }

  int maxConnections() {
    return maxConnections;
  }

  Duration connectTimeout() {
    return connectTimeout;
  }

  Duration closeTimeout() {
    return closeTimeout;
  }

  @Nullable Tls tls() {
    return tls;
  }

  // On channels

  /** The options that a channel was made with. */
  static TcpOptions of(Channel channel) {
    TcpOptions options = channel.attr(KEY).get();
    return options == null ? STANDARD : options;
  }

  /** Before it is connected, or when it has been accepted. */
  void applyTo(Channel channel) {
    channel.attr(KEY).set(this);
    ChannelConfig config = channel.config();
    config.setAutoRead(
        false); // what is read is asked for, piece by piece: so a peer can be stopped
    config.setConnectTimeoutMillis((int) connectTimeout.toMillis());
    config.setWriteBufferWaterMark(new WriteBufferWaterMark((unsentBytes + 1) / 2, unsentBytes));
    config.setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
    config.setRecvByteBufAllocator(ReceiveBuffers.OF_STREAMS);
    if (channel instanceof SocketChannel tcp) {
      applyTo(tcp.config());
    }
  }

  private void applyTo(SocketChannelConfig config) {
    config.setTcpNoDelay(noDelay);
    config.setKeepAlive(keepAlive);
    if (receiveBuffer > 0) {
      config.setReceiveBufferSize(receiveBuffer);
    }
    if (sendBuffer > 0) {
      config.setSendBufferSize(sendBuffer);
    }
  }

  /** The system takes the size of its receive buffers from the listening socket. */
  void applyToListener(Channel channel) {
    if (receiveBuffer > 0) {
      channel.config().setOption(ChannelOption.SO_RCVBUF, receiveBuffer);
    }
  }
}
