package lemnos.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Objects;
import lemnos.core.Core;
import lemnos.core.MaxTimer;
import lemnos.net.Protocol;
import lemnos.net.Tls;
import lemnos.runtime.Awaitable;
import org.jspecify.annotations.Nullable;

/**
 * A connection of a client, for one exchange after the other; or a stream of an HTTP/2 connection,
 * for one.
 */
final class ClientConnection implements BodySource {
  private static final int MAX_LINE_BYTES = 8 * 1024;
  static final int MAX_HEADER_BYTES = 32 * 1024;

  private final Pool pool;
  private final Origin origin;
  private final Link link;

  /** What this is a stream of; null if it is a connection. */
  private final @Nullable Http2ClientConnection http2;

  private boolean reused;
  private boolean keepAlive;
  private boolean ended = true;

  /** What is still to be sent of the request; null if that is whole. */
  private @Nullable Upload upload;

  /** When the head of the response is due, unless the server takes more of the request. */
  private long answerBy;

  private final MaxTimer idle = new MaxTimer();
  private Duration timeout;
  private final Runnable expiry;

  private ClientConnection(
      Pool pool, Origin origin, Link link, @Nullable Http2ClientConnection http2) {
    this.pool = pool;
    this.origin = origin;
    this.link = link;
    this.http2 = http2;
    this.timeout = pool.setup().timeout();
    this.expiry = () -> pool.expire(this);
  }

  /** Puts HTTP/1 on top of a connection. */
  static Link attach(Core core, Channel channel) {
    var link = new Link(core);
    channel.pipeline().addLast(codec(), link);
    channel.config().setAutoRead(true);
    return link;
  }

  private static HttpClientCodec codec() {
    var config =
        new HttpDecoderConfig()
            .setMaxInitialLineLength(MAX_LINE_BYTES)
            .setMaxHeaderSize(MAX_HEADER_BYTES)
            .setMaxChunkSize(Link.MAX_QUEUED_BYTES);
    return new HttpClientCodec(config, true, false);
  }

  /**
   * One for any number of exchanges, which a proxy passes on one by one unless they are secret; or
   * the first stream of a connection that was adopted by the pool.
   */
  static ClientConnection open(Pool pool, Origin origin) throws IOException {
    return switch (connect(pool, origin)) {
      case Http2ClientConnection http2 -> {
        pool.adopt(origin, http2);
        yield stream(pool, origin, http2);
      }
      case Link link -> new ClientConnection(pool, origin, link, null);
      case AutoCloseable other -> throw new IllegalStateException("no protocol: " + other);
    };
  }

  private static AutoCloseable connect(Pool pool, Origin origin) throws IOException {
    ClientSetup setup = pool.setup();
    Tls tls = origin.secure() ? setup.http2Tls() : null;
    if (setup.proxy() == null) {
      return pool.connect(address(origin), tls, pool::attach);
    }
    return origin.secure() ? tunnel(pool, origin, tls, pool::attach) : toProxy(pool);
  }

  /** A stream of a connection that has room for one. */
  static ClientConnection stream(Pool pool, Origin origin, Http2ClientConnection http2)
      throws IOException {
    Link link = http2.open();
    link.awaitOpen();
    return new ClientConnection(pool, origin, link, http2);
  }

  /** One of HTTP/1 that no pool knows, and that may go over to another protocol. */
  static ClientConnection openAlone(Pool pool, Origin origin) throws IOException {
    Tls tls = origin.secure() ? pool.setup().http1Tls() : null;
    Link link =
        pool.setup().proxy() == null
            ? pool.connect(address(origin), tls, pool::attachHttp1)
            : tunnel(pool, origin, tls, pool::attachHttp1);
    return new ClientConnection(pool, origin, link, null);
  }

  /** Connecting looks its name up, without blocking the worker. */
  private static InetSocketAddress address(Origin origin) {
    return InetSocketAddress.createUnresolved(origin.host(), origin.port());
  }

  private static Link toProxy(Pool pool) throws IOException {
    InetSocketAddress proxy = Objects.requireNonNull(pool.setup().proxy());
    return pool.connect(proxy, null, pool::attachHttp1);
  }

  /** Has the proxy connect us to the origin, and agrees with that on {@code protocol}. */
  private static <S extends AutoCloseable> S tunnel(
      Pool pool, Origin origin, @Nullable Tls tls, Protocol<S> protocol) throws IOException {
    Link link = toProxy(pool);
    try {
      new ClientConnection(pool, origin, link, null).askForTunnel();
      Channel channel = link.channel();
      channel.config().setAutoRead(false);
      channel.pipeline().remove(HttpClientCodec.class);
      channel.pipeline().remove(link);
      return tls == null
          ? protocol.attach(channel)
          : tls.start(channel, address(origin), protocol).take();
    } catch (Throwable t) {
      link.abort();
      throw t;
    }
  }

  private void askForTunnel() throws IOException {
    String target = origin.host() + ":" + origin.port();
    var connect =
        new DefaultFullHttpRequest(
            HttpVersion.HTTP_1_1, HttpMethod.CONNECT, target, Unpooled.EMPTY_BUFFER);
    connect.headers().set(HttpHeaderNames.HOST, target);
    send(connect);
    HttpResponse head = receive();
    if (head.status().codeClass() != HttpStatusClass.SUCCESS) {
      throw new IOException("the proxy refuses to connect to " + target + ": " + head.status());
    }
    new Body(link, this, 0, 0).discard(0);
  }

  Link link() {
    return link;
  }

  Origin origin() {
    return origin;
  }

  long bodyBytes() {
    return pool.setup().bodyBytes();
  }

  boolean isUsable() {
    return ended && !link.isBroken() && link.isEmpty() && !link.isEnded();
  }

  /** It served another exchange before, so the server may have closed it meanwhile. */
  boolean isReused() {
    return http2 == null ? reused : http2.isReused();
  }

  /** Whether it is a stream of HTTP/2. */
  boolean isStream() {
    return http2 != null;
  }

  void reused() {
    reused = true;
  }

  /** Has the pool end it if nobody uses it for so long from now. */
  void expireAfter(Duration timeout) {
    Core core = pool.core();
    idle.set(core, core.now() + timeout.toNanos(), expiry);
  }

  /** Ends it for good. */
  void end() {
    idle.cancel();
    if (http2 == null) {
      link.abort();
    } else {
      link.cancelStream();
    }
  }

  // An exchange

  void begin(Duration timeout) {
    this.timeout = timeout;
    ended = false;
    keepAlive = false;
  }

  /** Sends a request that is whole. */
  void send(FullHttpRequest request) throws IOException {
    link.write(request);
    answerBy = link.in(timeout);
  }

  /** Sends a request; its body goes on being sent while the response is waited for and read. */
  void send(HttpRequest head, Upload body) throws IOException {
    link.write(head);
    answerBy = link.in(timeout);
    upload = body;
    if (http2 == null) {
      link.hearOut(true);
    }
  }

  /**
   * Waits until there is something of the response, until {@code also} is ready, or until {@code
   * deadline}; what the server takes of the request meanwhile moves the deadline.
   */
  private void await(long deadline, Awaitable also, String what) throws IOException {
    long by = deadline;
    while (upload != null && !link.isBroken() && !link.isReady() && !also.isReady()) {
      sendOn(upload, also);
      by = Math.max(by, answerBy);
    }
    if (!link.await(by, also) && !link.isEnded() && !also.isReady() && link.core().now() >= by) {
      throw late(what);
    }
  }

  /** Sends the next piece, or waits until that can be done or there is a reason not to. */
  private void sendOn(Upload rest, Awaitable also) throws IOException {
    if (!link.isWritable()) {
      awaitRoom(also);
    } else if (rest.await(new Either(link, also)) && !link.isReady()) {
      ByteBuf piece = rest.next();
      link.write(
          piece == null ? LastHttpContent.EMPTY_LAST_CONTENT : new DefaultHttpContent(piece));
      answerBy = link.in(timeout);
      if (piece == null) {
        uploaded();
      }
    }
  }

  private void awaitRoom(Awaitable also) throws IOException {
    long deadline = link.in(timeout);
    var room = new Either(link.room(), also);
    link.flushNow();
    if (!link.await(deadline, room) && !room.isReady() && link.core().now() >= deadline) {
      throw late("the server took nothing more of the request");
    }
  }

  /** Whether the request has not been sent whole: then the connection serves no other. */
  boolean isUploading() {
    return upload != null;
  }

  private void uploaded() {
    upload = null;
    if (http2 == null) {
      link.hearOut(false);
    }
  }

  /** Waits for the head of the final response. */
  HttpResponse receive() throws IOException {
    HttpResponse head = receiveUpgrade();
    if (head.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS)) {
      throw new IOException("the server switched protocols, which nobody had asked for");
    }
    return head;
  }

  /** Waits for the head of the final response, which may agree to another protocol. */
  HttpResponse receiveUpgrade() throws IOException {
    while (true) {
      await(answerBy, Link.NOTHING, "no answer");
      Object message = link.poll();
      if (message == null) {
        if (link.isEnded()) {
          throw new EOFException("the server closed the connection before it answered");
        }
        continue;
      }
      if (!(message instanceof HttpResponse head)) {
        ReferenceCountUtil.release(message);
        continue; // the end of an informational response
      }
      if (head.decoderResult().isFailure()) {
        throw new IOException("not a response of HTTP", head.decoderResult().cause());
      }
      if (head.status().codeClass() != HttpStatusClass.INFORMATIONAL
          || head.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS)) {
        keepAlive = http2 == null && HttpUtil.isKeepAlive(head);
        return http2 == null ? head : Http2Connection.withoutExtensions(head);
      }
      ReferenceCountUtil.release(head);
    }
  }

  Body body(HttpRequest request, HttpResponse head) {
    if (head instanceof FullHttpResponse whole) {
      return new Body(link, this, whole, pool.setup().bodyBytes());
    }
    boolean isHead = request.method().equals(HttpMethod.HEAD);
    long length = isHead ? 0 : HttpUtil.getContentLength(head, -1L);
    return new Body(link, this, length, pool.setup().bodyBytes());
  }

  /** The exchange is over: whoever comes next may have the connection, if it is still good. */
  void finish() {
    if (ended && keepAlive && !isUploading()) {
      pool.giveBack(this);
    } else {
      pool.drop(this);
    }
  }

  @Override
  public void wanted() {}

  @Override
  public void awaitPiece(Body body, Awaitable also) throws IOException {
    await(link.in(timeout), also, "nothing more of the body");
  }

  /** Whoever is late may be gone: others need not wait for the same. */
  private SocketTimeoutException late(String what) {
    if (http2 != null) {
      http2.retire();
    }
    return new SocketTimeoutException(what + " within " + timeout);
  }

  @Override
  public Exception tooLong(long limit) {
    return new IOException("the body of the response has more than " + limit + " bytes");
  }

  @Override
  public Exception malformed(Throwable cause) {
    return new IOException("the body of the response is no HTTP", cause);
  }

  @Override
  public void ended(LastHttpContent last) {
    ended = true;
  }
}
