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
  private boolean over;

  /**
   * How far the body of a request is. It is EXPECTING until the server wants it (100), which makes
   * it GOING_ON as the lapse of {@link #continueBy} does; a final answer before that makes it
   * GIVEN_UP, and its end WHOLE.
   */
  private enum Sending {
    EXPECTING,
    GOING_ON,
    GIVEN_UP,
    WHOLE
  }

  private Sending sending = Sending.WHOLE;

  /** What the rest of the body comes from; null if there is none, or if the caller writes it. */
  private Upload.@Nullable Source upload;

  /** When the body is sent to a server that does not say whether it wants it. */
  private long continueBy;

  /** When the head of the response is due, unless the server takes more of the request. */
  private long answerBy;

  /** When the body of the response is due, whatever comes of it meanwhile. */
  private long bodyBy;

  /** The head of the final response, once it has come. */
  private @Nullable HttpResponse answer;

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
    channel.pipeline().addLast(codec(), new ChannelWire(link));
    channel.config().setAutoRead(true);
    return link;
  }

  private static HttpClientCodec codec() {
    var config =
        new HttpDecoderConfig()
            .setMaxInitialLineLength(MAX_LINE_BYTES)
            .setMaxHeaderSize(MAX_HEADER_BYTES)
            .setMaxChunkSize(ChannelWire.MAX_QUEUED_BYTES);
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
      Channel channel = link.channelWire().channel();
      channel.config().setAutoRead(false);
      channel.pipeline().remove(HttpClientCodec.class);
      channel.pipeline().remove(link.channelWire());
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
    pool.setup().authorize(connect.headers());
    send(connect);
    HttpResponse head = receive();
    pool.setup().checkAuthorized(head.status());
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

  /** Whether {@link #end} was called. */
  boolean isOver() {
    return over;
  }

  /** Ends it for good. */
  void end() {
    over = true;
    idle.cancel();
    endUpload();
    if (http2 == null) {
      link.abort();
    } else {
      link.channelWire().cancelStream();
    }
  }

  // An exchange

  void begin(Duration timeout) {
    this.timeout = timeout;
    ended = false;
    keepAlive = false;
    answer = null;
    bodyBy = Long.MAX_VALUE;
  }

  /** Sends a request that is whole. */
  void send(FullHttpRequest request) throws IOException {
    link.write(request);
    answerBy = link.in(timeout);
  }

  /**
   * Sends the head of a request; its body goes on being sent while the response is waited for and
   * read, or is written by the caller.
   *
   * @param expects whether the server is to say first that it wants the body
   */
  void send(HttpRequest head, Upload body, boolean expects) throws IOException {
    upload = body instanceof Upload.Source source ? source : null;
    sending = expects ? Sending.EXPECTING : Sending.GOING_ON;
    link.write(head);
    answerBy = link.in(timeout);
    continueBy = Math.min(answerBy, link.in(pool.setup().continueTimeout()));
    if (http2 == null) {
      link.channelWire().hearOut(true);
    }
  }

  /**
   * Waits until there is something of the response, until {@code also} is ready, or until {@code
   * deadline}; what the server takes of the request meanwhile moves the deadline.
   */
  private void await(long deadline, Awaitable also, String what) throws IOException {
    long by = deadline;
    while (hasToSend() && !link.isBroken() && !link.isReady() && !also.isReady()) {
      if (sending == Sending.EXPECTING) {
        awaitContinue(also);
      } else {
        sendOn(Objects.requireNonNull(upload), also);
      }
      by = Math.max(by, answerBy);
    }
    if (!link.await(by, also) && !link.isEnded() && !also.isReady() && link.core().now() >= by) {
      throw late(what);
    }
  }

  private boolean hasToSend() {
    return sending == Sending.EXPECTING || (sending == Sending.GOING_ON && upload != null);
  }

  /** Waits until the server says something; if it does not, goes on without that. */
  private void awaitContinue(Awaitable also) throws IOException {
    boolean came = link.await(continueBy, also);
    if (!came && !link.isEnded() && link.core().now() >= continueBy) {
      goOn();
    }
  }

  private void goOn() {
    sending = Sending.GOING_ON;
    answerBy = link.in(timeout);
  }

  /** Sends the next piece, or waits until that can be done or there is a reason not to. */
  private void sendOn(Upload.Source rest, Awaitable also) throws IOException {
    if (!link.isWritable()) {
      awaitRoom(also);
    } else if (rest.await(new Either(link, also)) && !link.isReady()) {
      ByteBuf piece = rest.next();
      if (piece == null) {
        writeEnd(LastHttpContent.EMPTY_LAST_CONTENT);
      } else {
        write(piece);
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
    return sending != Sending.WHOLE;
  }

  private void endUpload() {
    if (upload != null) {
      upload.end();
      upload = null;
    }
  }

  // For a caller who writes the body

  /**
   * Waits until the server takes a piece of the body.
   *
   * @return whether it does: not if it has answered and wants no more, or is gone
   */
  boolean awaitTaking() throws IOException {
    while (isTaking()) {
      if (answer == null && !link.isEmpty()) {
        take(Objects.requireNonNull(link.poll()));
      } else if (sending == Sending.EXPECTING) {
        awaitContinue(Never.READY);
      } else if (link.isWritable()) {
        return true;
      } else if (answer == null) {
        awaitRoom(Never.READY);
      } else {
        link.awaitWritable(link.in(timeout));
      }
    }
    return false;
  }

  /** Whether the server may take more of the request. */
  boolean isTaking() {
    return (sending == Sending.EXPECTING || sending == Sending.GOING_ON)
        && !ended
        && !link.isEnded()
        && !link.isBroken();
  }

  void write(ByteBuf piece) throws IOException {
    link.write(new DefaultHttpContent(piece));
    answerBy = link.in(timeout);
  }

  void writeEnd(LastHttpContent last) throws IOException {
    link.write(last);
    answerBy = link.in(timeout);
    sending = Sending.WHOLE;
    endUpload();
    if (http2 == null) {
      link.channelWire().hearOut(false);
    }
  }

  /** Whether the server has refused to say whether it wants the body, of which it has nothing. */
  boolean isExpectationRefused() {
    return sending == Sending.GIVEN_UP
        && answer != null
        && answer.status().equals(HttpResponseStatus.EXPECTATION_FAILED);
  }

  // The response

  /** The caller waits for an answer from now on. */
  void awaitsAnswer() {
    answerBy = Math.max(answerBy, link.in(timeout));
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
    while (answer == null) {
      await(answerBy, Never.READY, "no answer");
      Object message = link.poll();
      if (message != null) {
        take(message);
      } else if (link.isEnded()) {
        throw new EOFException("the server closed the connection before it answered");
      }
    }
    return answer;
  }

  /** Looks at what comes before the body of the response. */
  private void take(Object message) throws IOException {
    if (!(message instanceof HttpResponse head)) {
      ReferenceCountUtil.release(message); // the end of an informational response
      return;
    }
    if (head.decoderResult().isFailure()) {
      throw new IOException("not a response of HTTP", head.decoderResult().cause());
    }
    HttpResponseStatus status = head.status();
    if (status.codeClass() == HttpStatusClass.INFORMATIONAL
        && !status.equals(HttpResponseStatus.SWITCHING_PROTOCOLS)) {
      ReferenceCountUtil.release(head);
      if (sending == Sending.EXPECTING && status.equals(HttpResponseStatus.CONTINUE)) {
        goOn();
      }
      return;
    }
    keepAlive = http2 == null && HttpUtil.isKeepAlive(head);
    answer = http2 == null ? head : Http2ClientConnection.withoutExtensions(head);
    if (sending == Sending.EXPECTING) {
      sending = Sending.GIVEN_UP;
      endUpload();
    }
  }

  Body body(boolean isHead, HttpResponse head) {
    if (head instanceof FullHttpResponse whole) {
      return new Body(link, this, whole, pool.setup().bodyBytes());
    }
    long length = isHead ? 0 : HttpUtil.getContentLength(head, -1L);
    return new Body(link, this, length, pool.setup().bodyBytes());
  }

  /** The rest of the body has to come within {@code patience}. */
  void hurry(Duration patience) {
    bodyBy = link.in(patience);
  }

  /** The exchange is over: whoever comes next may have the connection, if it is still good. */
  void finish() {
    answer = null;
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
    await(Math.min(bodyBy, link.in(timeout)), also, "nothing more of the body");
  }

  /** Whoever is late may be gone: others need not wait for the same. */
  private SocketTimeoutException late(String what) {
    if (http2 != null && bodyBy == Long.MAX_VALUE) {
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
  public Exception cutOff() {
    return new EOFException("the connection ended in the middle of a body");
  }

  @Override
  public void ended() {
    ended = true;
  }
}
