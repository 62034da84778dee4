package lemnos.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpMessage;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.AsciiString;
import io.netty.util.ReferenceCountUtil;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import lemnos.runtime.ActorSteps;
import lemnos.runtime.Awaitable;
import lemnos.runtime.Cancelled;
import lemnos.runtime.Context;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The actor of an HTTP/1 connection, which handles its requests one after the other, or of one
 * stream of an HTTP/2 connection, which has one request.
 */
final class ServerConnection implements ActorSteps<Object>, BodySource {
  static final AsciiString TEXT = AsciiString.cached("text/plain; charset=utf-8");

  /** How much of a body that the handler did not want is read to keep the connection. */
  private static final int MAX_DISCARD_BYTES = 64 * 1024;

  private static final long SECOND_NANOS = 1_000_000_000;
  private static final Logger LOG = LoggerFactory.getLogger(HttpServer.class);

  private final Desk desk;
  private final Link link;
  private final InetSocketAddress remote;
  private final boolean stream;
  private final boolean secure;

  /** Null before the first step. */
  private @Nullable Context<Object> ctx;

  // Of the head that is waited for
  private boolean isFirst = true;
  private boolean waits;

  /** Part of it has come. */
  private boolean begun;

  private long deadline;

  // Of the request that is being handled.
  private boolean http10;
  private boolean keepAlive;
  private boolean expectsContinue;
  private long bodyWaitNanos;

  /** What the handler was told of a body that ended early. */
  private @Nullable EOFException cutOff;

  ServerConnection(Desk desk, Link link, InetSocketAddress remote, boolean stream) {
    this.desk = desk;
    this.link = link;
    this.remote = remote;
    this.stream = stream;
    this.secure = link.isSecure();
  }

  /** Handles what has come. */
  @Override
  public @Nullable Awaitable step(Context<Object> context) {
    ctx = context;
    try {
      while (link.look()) {
        HttpRequest head = nextHead();
        if (head == null || !exchange(head) || stream) {
          link.close();
          return null;
        }
      }
      if (isToWait()) {
        return link.until(deadline);
      }
      link.close();
    } catch (IOException e) {
      LOG.debug("connection of {} ended: {}", remote, e.toString());
    }
    return null;
  }

  @Override
  public void end() {
    link.abort(); // does nothing if it was closed
    if (!stream) {
      link.channelWire().whenSent(() -> desk.close(link));
    }
  }

  // Heads

  /** The head that has come, or null if it is something else, after which there will be none. */
  private @Nullable HttpRequest nextHead() throws IOException {
    waits = false;
    isFirst = false;
    Object message = link.poll();
    if (message instanceof HttpRequest head) {
      return head;
    }
    if (message instanceof Http2Connection http2) {
      http2.serve();
    } else {
      ReferenceCountUtil.release(message);
    }
    return null;
  }

  /** Whether a head, of which none is there, may yet come, and until when. */
  private boolean isToWait() throws IOException {
    if (link.isEnded()) {
      return false;
    }
    boolean partial = link.isPartial();
    if (waits && link.core().now() >= deadline) {
      timedOut();
      return false;
    }
    if (!waits || (partial && !begun)) {
      deadline = link.in(partial || isFirst ? limits().headTimeout() : limits().idleTimeout());
      waits = true;
      begun = partial;
    }
    return begun || !desk.isDraining();
  }

  /** A connection on which nothing came is closed without a word. */
  private void timedOut() throws IOException {
    if (begun) {
      refuse(Refusal.SLOW_HEAD, "the head of a request took longer than " + limits().headTimeout());
    }
  }

  private Limits limits() {
    return desk.limits();
  }

  /** Sets what belongs to the request. Returns whether it is to be handled. */
  private boolean accept(HttpRequest head) throws IOException {
    Throwable failure = head.decoderResult().cause();
    if (failure != null) {
      return refuse(refusal(failure), String.valueOf(failure.getMessage()));
    }
    HttpHeaders fields = head.headers();
    HttpVersion version = head.protocolVersion();
    http10 = version.equals(HttpVersion.HTTP_1_0);
    if (!http10 && !version.equals(HttpVersion.HTTP_1_1)) {
      return refuse(Refusal.VERSION, version.text());
    }
    if (fields.size() > limits().headers()) {
      return refuse(Refusal.HEADERS, fields.size() + " header lines");
    }
    if (stream && head.uri().length() > limits().requestLineBytes()) { // else the decoder knows
      return refuse(Refusal.REQUEST_LINE, "a target of " + head.uri().length() + " bytes");
    }
    String fault = Target.fault(head.method().name(), head.uri());
    if (fault == null) {
      fault = hostFault(fields);
    }
    if (fault != null) {
      return refuse(Refusal.MALFORMED, fault);
    }
    if (fields.contains(HttpHeaderNames.TRANSFER_ENCODING) && !isChunked(fields)) {
      return refuse(
          Refusal.TRANSFER_CODING,
          String.join(", ", fields.getAll(HttpHeaderNames.TRANSFER_ENCODING)));
    }
    String expectation = http10 ? null : fields.get(HttpHeaderNames.EXPECT);
    expectsContinue = expectation != null;
    if (expectsContinue && !HttpHeaderValues.CONTINUE.contentEqualsIgnoreCase(expectation)) {
      return refuse(Refusal.EXPECTATION, String.valueOf(expectation));
    }
    keepAlive = HttpUtil.isKeepAlive(head);
    bodyWaitNanos = 0;
    return true;
  }

  /** Whether the body comes in chunks, and has been through nothing else. */
  private static boolean isChunked(HttpHeaders fields) {
    List<String> codings = fields.getAll(HttpHeaderNames.TRANSFER_ENCODING);
    return codings.size() == 1
        && HttpHeaderValues.CHUNKED.contentEqualsIgnoreCase(codings.getFirst());
  }

  private @Nullable String hostFault(HttpHeaders fields) {
    Iterator<? extends CharSequence> hosts = fields.valueCharSequenceIterator(HttpHeaderNames.HOST);
    if (!hosts.hasNext()) {
      return http10 || stream ? null : "no Host";
    }
    CharSequence host = hosts.next();
    if (!Target.isHost(host)) {
      return "Host is no host";
    }
    while (hosts.hasNext()) { // a stream may have one, and what took the place of Host, too
      if (!stream || !AsciiString.contentEquals(host, hosts.next())) {
        return "more than one Host";
      }
    }
    return null;
  }

  private static Refusal refusal(Throwable failure) {
    return switch (failure) {
      case TooLongHttpLineException _ -> Refusal.REQUEST_LINE;
      case TooLongHttpHeaderException _ -> Refusal.HEADERS;
      default -> Refusal.MALFORMED;
    };
  }

  /** Answers that the request is refused, which ends the connection. Always false. */
  private boolean refuse(Refusal refusal, String detail) throws IOException {
    count(refusal, detail);
    keepAlive = false;
    HttpResponseStatus status = HttpResponseStatus.valueOf(refusal.status);
    ByteBuf body = ByteBufUtil.writeAscii(link.alloc(), status + "\n");
    var response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, body);
    response
        .headers()
        .set(HttpHeaderNames.CONTENT_TYPE, TEXT)
        .setInt(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes());
    complete(response.headers());
    link.write(response);
    return false;
  }

  // Exchanges

  /** Whether another request may follow. */
  private boolean exchange(HttpRequest head) throws IOException {
    if (!accept(head)) {
      ReferenceCountUtil.release(head);
      return false;
    }
    long begin = link.core().now();
    var request = new Request(this, head, body(head));
    var response = new Response(this, request);
    try {
      handle(request, response);
    } finally {
      response.close();
      desk.served(request, response, begin);
    }
    return !response.isUpgraded() && keepAlive && isDrained(request.body());
  }

  private Body body(HttpRequest head) {
    long most = limits().bodyBytes();
    if (head instanceof FullHttpMessage whole) {
      return new Body(link, this, whole, most);
    }
    if (head instanceof RequestHead whole && whole.isWhole) {
      return new Body(link, this);
    }
    return new Body(link, this, HttpUtil.getContentLength(head, -1L), most);
  }

  private void handle(Request request, Response response) throws IOException {
    try {
      desk.handler().handle(request, response);
      response.end();
      if (response.isUpgraded()) {
        link.drain(); // a WebSocket that its handler has left open
      }
    } catch (Cancelled e) {
      throw e;
    } catch (HttpException e) {
      fail(response, e.status(), String.valueOf(e.getMessage()), e);
    } catch (StackOverflowError | Exception e) {
      if (e instanceof IOException io && !link.isActive()) {
        throw io; // the client has gone
      }
      if (e == cutOff) {
        fail(response, 400, "the body ended early\n", e);
        return;
      }
      LOG.error("handling {} failed", request, e);
      fail(response, 500, "internal server error\n", e);
    }
  }

  /** A response that has begun cannot be taken back: it breaks off, for the client to notice. */
  private void fail(Response response, int status, String text, Throwable cause)
      throws IOException {
    if (response.isBegun()) {
      link.abort();
      throw new IOException("the handler failed in the middle of its response", cause);
    }
    response.reset(status);
    response.send(text);
  }

  /** Whether what the handler left of the body is out of the way. */
  private boolean isDrained(Body body) throws IOException {
    if (body.isEnded()) {
      return true;
    }
    if (expectsContinue && !body.isWanted()) {
      return false; // the client may send it or not: there is no telling where the next one begins
    }
    body.limit(Long.MAX_VALUE);
    try {
      return body.discard(MAX_DISCARD_BYTES);
    } catch (HttpException e) {
      return false; // has been counted; the response is out
    }
  }

  /** Whether date and length, of which {@code fields} has none yet, can be left to the encoder. */
  boolean isPlain(HttpHeaders fields) {
    return !stream
        && !fields.contains(HttpHeaderNames.DATE)
        && !fields.contains(HttpHeaderNames.TRANSFER_ENCODING);
  }

  /** Adds to a response's fields the date and those of the connection. */
  HttpHeaders complete(HttpHeaders fields) {
    if (!fields.contains(HttpHeaderNames.DATE)) {
      fields.add(HttpHeaderNames.DATE, desk.date().value());
    }
    return persistence(fields);
  }

  /** Adds to a response's fields whether the connection stays. */
  HttpHeaders persistence(HttpHeaders fields) {
    if (!stream) {
      keepAlive &= !desk.isDraining();
      if (HttpHeaderValues.CLOSE.contentEqualsIgnoreCase(fields.get(HttpHeaderNames.CONNECTION))) {
        keepAlive = false;
      } else if (!keepAlive) {
        fields.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
      } else if (http10) {
        fields.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
      }
    }
    return fields;
  }

  void closeAfterResponse() {
    keepAlive = false;
  }

  long writeDeadline() {
    return link.in(limits().idleTimeout());
  }

  // The body

  @Override
  public void wanted() throws IOException {
    if (expectsContinue) {
      link.write(
          new DefaultFullHttpResponse(
              HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER));
    }
  }

  @Override
  public void awaitPiece(Body body, Awaitable also) throws IOException {
    Duration idle = limits().idleTimeout();
    long begin = link.core().now();
    long patience = idle.toNanos();
    int rate = limits().minBodyRate();
    if (rate > 0) {
      long earned = body.received() * (SECOND_NANOS / rate);
      patience = Math.min(patience, limits().headTimeout().toNanos() + earned - bodyWaitNanos);
    }
    boolean came = link.await(begin + patience, also);
    long now = link.core().now();
    bodyWaitNanos += now - begin;
    if (!came && !link.isEnded() && now - begin >= patience) {
      throw refused(Refusal.SLOW_BODY, "after " + body.received() + " bytes");
    }
  }

  @Override
  public Exception tooLong(long limit) {
    return refused(Refusal.BODY, "more than " + limit + " bytes");
  }

  @Override
  public Exception malformed(Throwable cause) {
    return refused(Refusal.MALFORMED_BODY, String.valueOf(cause.getMessage()));
  }

  /** Clients lose their connections; that is no attack, nor an error of the handler. */
  @Override
  public Exception cutOff() {
    keepAlive = false;
    cutOff = new EOFException("the body ended early");
    return cutOff;
  }

  @Override
  public void ended() {}

  private HttpException refused(Refusal refusal, String detail) {
    count(refusal, detail);
    keepAlive = false;
    return new HttpException(refusal.status, HttpResponseStatus.valueOf(refusal.status) + "\n");
  }

  // For requests and responses

  void count(Refusal refusal, String detail) {
    desk.count(refusal, remote, detail);
  }

  Link link() {
    return link;
  }

  Desk desk() {
    return desk;
  }

  Context<Object> context() {
    return Objects.requireNonNull(ctx, "no request has come");
  }

  InetSocketAddress remoteAddress() {
    return remote;
  }

  Forwarded forwarded() {
    return desk.forwarded();
  }

  boolean isStream() {
    return stream;
  }

  boolean isSecure() {
    return secure;
  }

  boolean isHttp10() {
    return http10;
  }

  boolean isKeptAlive() {
    return keepAlive;
  }
}
