package lemnos.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
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
import lemnos.core.Core;
import lemnos.core.MaxTimer;

/** A connection of a client, for one exchange after the other. */
final class ClientConnection implements BodySource {
  private static final int MAX_LINE_BYTES = 8 * 1024;
  private static final int MAX_HEADER_BYTES = 32 * 1024;

  private final Pool pool;
  private final Origin origin;
  private final Link link;
  private boolean reused;
  private boolean keepAlive;
  private boolean ended = true;
  private final MaxTimer idle = new MaxTimer();
  private Duration timeout;
  private final Runnable expiry;

  private ClientConnection(Pool pool, Origin origin, Link link) {
    this.pool = pool;
    this.origin = origin;
    this.link = link;
    this.timeout = pool.setup().timeout();
    this.expiry = () -> pool.expire(this);
  }

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

  /** One for any number of exchanges: in the open a proxy passes each of them on. */
  static ClientConnection open(Pool pool, Origin origin) throws IOException {
    return open(pool, origin, origin.secure());
  }

  /** One that no pool knows, for a protocol other than HTTP: a proxy passes on whatever comes. */
  static ClientConnection openAlone(Pool pool, Origin origin) throws IOException {
    return open(pool, origin, true);
  }

  private static ClientConnection open(Pool pool, Origin origin, boolean tunnels)
      throws IOException {
    InetSocketAddress proxy = pool.setup().proxy();
    if (proxy == null) {
      // Connecting looks the name up, without blocking the worker.
      var server = InetSocketAddress.createUnresolved(origin.host(), origin.port());
      Link link = pool.connect(server, origin.secure());
      return new ClientConnection(pool, origin, link);
    }
    var connection = new ClientConnection(pool, origin, pool.connect(proxy, false));
    if (tunnels) {
      connection.tunnel();
    }
    return connection;
  }

  /** Has the proxy connect us to the origin, and begins TLS with that if it is secure. */
  private void tunnel() throws IOException {
    String target = origin.host() + ":" + origin.port();
    var connect =
        new DefaultFullHttpRequest(
            HttpVersion.HTTP_1_1, HttpMethod.CONNECT, target, Unpooled.EMPTY_BUFFER);
    connect.headers().set(HttpHeaderNames.HOST, target);
    try {
      send(connect);
      HttpResponse head = receive();
      if (head.status().codeClass() != HttpStatusClass.SUCCESS) {
        throw new IOException("the proxy refuses to connect to " + target + ": " + head.status());
      }
      new Body(link, this, 0, 0).discard(0);
      Channel channel = link.channel();
      channel.pipeline().replace(HttpClientCodec.class, null, codec());
      if (origin.secure()) {
        var server = InetSocketAddress.createUnresolved(origin.host(), origin.port());
        pool.setup().tls().start(channel, server).get();
      }
    } catch (Throwable t) {
      link.abort();
      throw t;
    }
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
    return ended && link.channel().isActive() && link.isEmpty() && !link.isEnded();
  }

  /** It served another exchange before, so the server may have closed it meanwhile. */
  boolean isReused() {
    return reused;
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
    link.abort();
  }

  // An exchange

  void begin(Duration timeout) {
    this.timeout = timeout;
    ended = false;
    keepAlive = false;
  }

  void send(Object message) throws IOException {
    link.write(message);
    link.awaitWritable(link.in(timeout));
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
    long deadline = link.in(timeout);
    while (true) {
      if (!link.await(deadline)) {
        if (link.isEnded()) {
          throw new EOFException("the server closed the connection before it answered");
        }
        if (link.core().now() >= deadline) {
          throw new SocketTimeoutException("no answer within " + timeout);
        }
        continue;
      }
      Object message = link.poll();
      if (!(message instanceof HttpResponse head)) {
        ReferenceCountUtil.release(message);
        continue; // the end of an informational response
      }
      if (head.decoderResult().isFailure()) {
        throw new IOException("not a response of HTTP", head.decoderResult().cause());
      }
      if (head.status().codeClass() != HttpStatusClass.INFORMATIONAL
          || head.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS)) {
        keepAlive = HttpUtil.isKeepAlive(head);
        return head;
      }
    }
  }

  Body body(HttpRequest request, HttpResponse head) {
    boolean isHead = request.method().equals(HttpMethod.HEAD);
    long length = isHead ? 0 : HttpUtil.getContentLength(head, -1L);
    return new Body(link, this, length, pool.setup().bodyBytes());
  }

  /** The exchange is over: whoever comes next may have the connection, if it is still good. */
  void finish() {
    if (ended && keepAlive) {
      pool.giveBack(this);
    } else {
      pool.drop(this);
    }
  }

  @Override
  public void wanted() {}

  @Override
  public void awaitPiece(Body body) throws IOException {
    long deadline = link.in(timeout);
    if (!link.await(deadline) && !link.isEnded() && link.core().now() >= deadline) {
      throw new SocketTimeoutException("nothing more of the body within " + timeout);
    }
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
