package lemnos.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static lemnos.http.Http2Peer.DATA;
import static lemnos.http.Http2Peer.END_HEADERS;
import static lemnos.http.Http2Peer.END_STREAM;
import static lemnos.http.Http2Peer.GO_AWAY;
import static lemnos.http.Http2Peer.HEADERS;
import static lemnos.http.Http2Peer.OK;
import static lemnos.http.Http2Peer.RESET;
import static lemnos.http.Http2Peer.WINDOW_UPDATE;
import static lemnos.http.Http2Peer.number;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import lemnos.net.Tls;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The client over HTTP/2: against our server, Netty's codec, and a server made by hand. */
@Timeout(300)
final class Http2ClientTest {
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  /** The first stream of a client: 1 is kept for what an HTTP/1 connection was upgraded by. */
  private static final int FIRST = 3;

  private static final int REFUSED_STREAM = 7;

  /** SETTINGS_MAX_CONCURRENT_STREAMS is 1. */
  private static final byte[] ONE_STREAM = {0, 3, 0, 0, 0, 1};

  private static Served served;

  /** Each test has its own, so that no connection of another is used again. */
  private final ServerSocket byHand = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());

  private final HttpClient client =
      HttpClient.setup().http2PriorKnowledge(true).timeout(PATIENCE).build();

  Http2ClientTest() throws IOException {}

  @BeforeAll
  static void start() throws IOException {
    Handler routes =
        new Router()
            .get("/", (q, r) -> r.send(q.version() + " " + q.scheme() + " " + q.host()))
            .get("/much", (_, response) -> response.send(new byte[3_000_000]))
            .post("/count", (q, r) -> r.send(Integer.toString(q.body().bytes().length)))
            .post("/echo", Http2ClientTest::echo);
    served = Served.by(routes);
  }

  @AfterAll
  static void stop() {
    served.close();
  }

  @AfterEach
  void close() throws IOException {
    byHand.close();
  }

  private static void echo(Request request, Response response) throws IOException {
    for (ByteBuf piece = request.body().read(); piece != null; piece = request.body().read()) {
      response.write(piece);
    }
  }

  private static String uri(Served to, String path) {
    return to.uri(path).toString();
  }

  private String handUri() {
    return "http://127.0.0.1:" + byHand.getLocalPort() + "/";
  }

  @Test
  void tlsAgreesOnIt() throws Exception {
    X509Bundle bundle = Certificates.selfSigned();
    Handler handler = (q, r) -> r.send(q.version() + " " + q.scheme() + " " + q.target());
    try (var secure = Served.by(handler, setup -> Certificates.tls(setup, bundle))) {
      HttpClient trusting =
          HttpClient.setup().tls(Tls.client().trust(bundle.getCertificate())).build();
      String uri = "https://localhost:" + secure.port() + "/a?b";
      List<CompletableFuture<String>> all = new ArrayList<>();
      for (int i = 0; i < 30; i++) {
        all.add(
            Asking.begin(
                secure.runtime(),
                ctx -> {
                  var response = trusting.get(uri).send(ctx);
                  return response.version() + ": " + response.text();
                }));
      }
      for (var each : all) {
        assertEquals("HTTP/2: HTTP/2 https /a?b", each.get());
      }
      assertEquals(1, secure.server.connections());
    }
  }

  @Test
  void aServerThatKnowsOnlyTheFirstVersionIsSpokenToInThat() throws Exception {
    X509Bundle bundle = Certificates.selfSigned();
    Handler handler = (q, r) -> r.send(q.version());
    try (var old = Served.by(handler, setup -> Certificates.tls(setup, bundle).http2(false))) {
      HttpClient trusting =
          HttpClient.setup()
              .connectionsPerHost(3)
              .tls(Tls.client().trust(bundle.getCertificate()))
              .build();
      String uri = "https://localhost:" + old.port() + "/";
      List<CompletableFuture<String>> all = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        all.add(Asking.begin(old.runtime(), ctx -> trusting.get(uri).send(ctx).text()));
      }
      for (var each : all) {
        assertEquals("HTTP/1.1", each.get());
      }
      assertThat(old.server.connections()).isBetween(1, 3);
    }
  }

  @Test
  void whoKnowsBeforeNeedsNoTls() throws Exception {
    String text = Asking.run(served, ctx -> client.get(uri(served, "/")).send(ctx).text());
    assertEquals("HTTP/2 http 127.0.0.1:" + served.port(), text);
    int status =
        Asking.run(
            served,
            ctx -> {
              try (var response = client.request("HEAD", uri(served, "/none")).send(ctx)) {
                assertEquals(List.of(), response.headers().all("transfer-encoding"));
                assertNull(response.header("x-http2-stream-id"));
                return response.status();
              }
            });
    assertEquals(404, status);
  }

  @Test
  void bodiesFlowBothWays() throws Exception {
    byte[] small = new byte[50_000];
    String count =
        Asking.run(
            served,
            ctx -> {
              assertThat(client.post(uri(served, "/echo")).body(small).send(ctx).bytes())
                  .isEqualTo(small);
              try (var much = client.get(uri(served, "/much")).send(ctx)) {
                return client.post(uri(served, "/count")).body(much.body()).send(ctx).text();
              }
            });
    assertEquals("3000000", count);
  }

  @Test
  void noMoreStreamsThanTheServerAllowsAreOpened() throws Exception {
    var now = new AtomicInteger();
    var most = new AtomicInteger();
    Handler handler =
        (request, response) -> {
          most.accumulateAndGet(now.incrementAndGet(), Math::max);
          while (most.get() < 3) {
            request.context().sleep(Duration.ofMillis(1)); // until the others have come
          }
          request.context().sleep(Duration.ofMillis(3));
          now.decrementAndGet();
          response.send();
        };
    var three = Limits.standard().withStreams(3);
    try (var few = Served.by(handler, setup -> setup.limits(three))) {
      List<CompletableFuture<byte[]>> all = new ArrayList<>();
      for (int i = 0; i < 30; i++) {
        all.add(Asking.begin(few.runtime(), ctx -> client.get(uri(few, "/")).send(ctx).bytes()));
      }
      for (var each : all) {
        each.get();
      }
      assertEquals(3, most.get());
      assertEquals(1, few.server.connections());
    }
  }

  @Test
  void whoIsNotReadStopsAlone() throws Exception {
    var written = new AtomicInteger();
    Handler handler =
        (request, response) -> {
          if (request.path().equals("/quick")) {
            response.send("quick");
            return;
          }
          for (int i = 0; i < 200; i++) {
            response.write(new byte[10_000]);
            written.incrementAndGet();
          }
        };
    try (var other = Served.by(handler)) {
      int size =
          Asking.run(
              other,
              ctx -> {
                try (var slow = client.get(uri(other, "/slow")).send(ctx)) {
                  for (int i = 0; i < 20; i++) {
                    assertEquals("quick", client.get(uri(other, "/quick")).send(ctx).text());
                  }
                  assertThat(written.get()).isLessThan(100);
                  return slow.bytes().length;
                }
              });
      assertEquals(2_000_000, size);
    }
  }

  @Test
  void aBodyThatIsNotReadIsCalledOff() throws Exception {
    var calledOff = new CountDownLatch(1);
    Handler handler =
        (request, response) -> {
          try {
            while (true) {
              response.write(new byte[10_000]);
              response.flush();
            }
          } catch (IOException e) {
            calledOff.countDown();
            throw e;
          }
        };
    try (var endless = Served.by(handler)) {
      Asking.run(
          endless,
          ctx -> {
            client.get(uri(endless, "/")).send(ctx).close();
            return true;
          });
      assertThat(calledOff.await(60, TimeUnit.SECONDS)).isTrue();
      assertEquals(1, endless.server.connections(), "the others go on");
    }
  }

  // Against a server made by hand

  private CompletableFuture<String> asked(String method) {
    return Asking.begin(
        served.runtime(), ctx -> client.request(method, handUri()).body("a").send(ctx).text());
  }

  private static void answer(Http2Peer peer, int stream, String text) throws IOException {
    peer.send(HEADERS, END_HEADERS, stream, OK);
    peer.send(DATA, END_STREAM, stream, text.getBytes(UTF_8));
  }

  @Test
  void whatAServerThatLeavesHasNotLookedAtIsAskedAgain() throws Exception {
    var answer = asked("POST");
    try (var leaving = Http2Peer.server(byHand)) {
      leaving.next(HEADERS);
      leaving.send(GO_AWAY, 0, 0, new byte[8]); // the last stream that it looked at is 0
      try (var next = Http2Peer.server(byHand)) {
        assertEquals(FIRST, next.next(HEADERS).stream());
        answer(next, FIRST, "at last");
        assertEquals("at last", answer.get());
      }
    }
  }

  @Test
  void whatAServerThatLeavesHasTakenItFinishes() throws Exception {
    var answer = asked("POST");
    try (var leaving = Http2Peer.server(byHand)) {
      leaving.next(HEADERS);
      leaving.send(GO_AWAY, 0, 0, new byte[] {0, 0, 0, FIRST, 0, 0, 0, 0});
      var another = asked("GET");
      try (var next = Http2Peer.server(byHand)) {
        next.next(HEADERS);
        answer(leaving, FIRST, "first");
        answer(next, FIRST, "second");
        assertEquals("first", answer.get());
        assertEquals("second", another.get());
        while (leaving.next() != null) {
          // until it is closed
        }
      }
    }
  }

  @Test
  void aRefusedStreamIsAskedForAgain() throws Exception {
    var answer = asked("POST");
    try (var peer = Http2Peer.server(byHand)) {
      peer.next(HEADERS);
      peer.send(RESET, 0, FIRST, number(REFUSED_STREAM));
      assertEquals(FIRST + 2, peer.next(HEADERS).stream());
      answer(peer, FIRST + 2, "now");
      assertEquals("now", answer.get());
    }
  }

  /** What was written is nowhere kept, so the caller has to know. */
  @Test
  void whoeverWroteARefusedBodyIsToldThatNothingWasDone() throws Exception {
    var writing =
        Asking.begin(
            served.runtime(),
            ctx -> {
              try (var upload = client.post(handUri()).begin(ctx)) {
                upload.write("a");
                return upload.end().text();
              }
            });
    try (var peer = Http2Peer.server(byHand)) {
      peer.next(HEADERS);
      peer.send(RESET, 0, FIRST, number(REFUSED_STREAM));
      var e = assertThrows(ExecutionException.class, writing::get);
      assertThat(e.getCause())
          .isInstanceOf(UnprocessedRequestException.class)
          .hasMessageContaining("may be sent again");
    }
  }

  @Test
  void whatIsRefusedTwiceIsNotAskedForAThirdTime() throws Exception {
    var answer = asked("POST");
    try (var peer = Http2Peer.server(byHand)) {
      for (int stream = FIRST; stream <= FIRST + 2; stream += 2) {
        assertEquals(stream, peer.next(HEADERS).stream());
        peer.send(RESET, 0, stream, number(REFUSED_STREAM));
      }
      var e = assertThrows(ExecutionException.class, answer::get);
      assertThat(e.getCause()).isInstanceOf(UnprocessedRequestException.class);
      var next = asked("GET");
      assertEquals(FIRST + 4, peer.next(HEADERS).stream());
      answer(peer, FIRST + 4, "now");
      assertEquals("now", next.get());
    }
  }

  @Test
  void aResetIsAnErrorOfThatStreamAlone() throws Exception {
    var broken = asked("POST");
    try (var peer = Http2Peer.server(byHand)) {
      peer.next(HEADERS);
      peer.send(RESET, 0, FIRST, number(2));
      var e = assertThrows(ExecutionException.class, broken::get);
      assertThat(e.getCause())
          .isInstanceOf(IOException.class)
          .isNotInstanceOf(UnprocessedRequestException.class)
          .hasMessageContaining("INTERNAL");
      var next = asked("GET");
      assertEquals(FIRST + 2, peer.next(HEADERS).stream());
      peer.send(HEADERS, END_HEADERS, FIRST + 2, OK);
      peer.send(DATA, 0, FIRST + 2, new byte[5]);
      peer.send(RESET, 0, FIRST + 2, number(8));
      e = assertThrows(ExecutionException.class, next::get);
      assertThat(e.getCause()).isInstanceOf(IOException.class).hasMessageContaining("CANCEL");
    }
  }

  @Test
  void anAnswerMayComeBeforeTheRequestHasEnded() throws Exception {
    var answer =
        Asking.begin(
            served.runtime(),
            ctx -> client.post(handUri()).body(new byte[500_000]).send(ctx).text());
    try (var peer = Http2Peer.server(byHand)) {
      peer.next(HEADERS);
      answer(peer, FIRST, "enough");
      peer.send(RESET, 0, FIRST, number(0));
      assertEquals("enough", answer.get());
    }
  }

  @Test
  void whoIsLateIsCalledOff() throws Exception {
    var soon = Duration.ofMillis(50);
    var late =
        Asking.begin(served.runtime(), ctx -> client.get(handUri()).timeout(soon).send(ctx).text());
    try (var peer = Http2Peer.server(byHand)) {
      peer.next(HEADERS);
      assertEquals(8, peer.next(RESET).payload()[3], "CANCEL");
      var e = assertThrows(ExecutionException.class, late::get);
      assertThat(e.getCause()).isInstanceOf(SocketTimeoutException.class);
      var next = asked("GET");
      try (var fresh = Http2Peer.server(byHand)) {
        fresh.next(HEADERS);
        answer(fresh, FIRST, "here");
        assertEquals("here", next.get());
      }
    }
  }

  @Test
  void theNextWaitsUntilThereIsRoom() throws Exception {
    var first = asked("GET");
    try (var peer = Http2Peer.server(byHand, ONE_STREAM)) {
      peer.next(HEADERS);
      var second = asked("GET");
      peer.send(Http2Peer.PING, 0, 0, new byte[8]);
      for (var frame = peer.next(); frame != null && frame.type() != Http2Peer.PING; ) {
        assertThat(frame.type()).isNotEqualTo(HEADERS);
        frame = peer.next();
      }
      answer(peer, FIRST, "1");
      assertEquals("1", first.get());
      assertEquals(FIRST + 2, peer.next(HEADERS).stream());
      answer(peer, FIRST + 2, "3");
      assertEquals("3", second.get());
    }
  }

  @Test
  void aConnectionThatBreaksIsReplaced() throws Exception {
    var first = asked("GET");
    try (var peer = Http2Peer.server(byHand)) {
      peer.next(HEADERS);
      answer(peer, FIRST, "1");
      assertEquals("1", first.get());
      var second = asked("GET");
      peer.next(HEADERS);
      peer.socket.close();
      try (var next = Http2Peer.server(byHand)) {
        next.next(HEADERS);
        answer(next, FIRST, "again");
        assertEquals("again", second.get());
      }
    }
  }

  @Test
  void anUploadWaitsForTheServersWindow() throws Exception {
    var answer =
        Asking.begin(
            served.runtime(),
            ctx -> client.post(handUri()).body(new byte[200_000]).send(ctx).text());
    try (var peer = Http2Peer.server(byHand)) {
      int got = 0;
      while (got < 65_535) {
        got += peer.next(DATA).payload().length;
      }
      assertEquals(65_535, got);
      peer.send(WINDOW_UPDATE, 0, 0, number(1_000_000));
      peer.send(WINDOW_UPDATE, 0, FIRST, number(1_000_000));
      assertEquals(200_000 - 65_535, peer.body(FIRST).length());
      answer(peer, FIRST, "thanks");
      assertEquals("thanks", answer.get());
    }
  }

  @Test
  void whatIsNoHttp2IsAnError() throws Exception {
    var answer = asked("POST");
    try (var socket = byHand.accept()) {
      Served.send(socket, "HTTP/1.1 400 Bad Request\r\n\r\n");
      var e = assertThrows(ExecutionException.class, answer::get);
      assertThat(e.getCause()).isInstanceOf(IOException.class);
    }
  }

  // Against Netty

  private static final class NettyEcho extends SimpleChannelInboundHandler<FullHttpRequest> {
    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
      var response =
          new DefaultFullHttpResponse(
              HttpVersion.HTTP_1_1, HttpResponseStatus.OK, request.content().retain());
      response.headers().set("x-method", request.method() + " " + request.uri());
      ctx.writeAndFlush(response);
    }
  }

  @Test
  void theServerOfNettyIsUnderstood() throws Exception {
    EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    var stream =
        new ChannelInitializer<Channel>() {
          @Override
          protected void initChannel(Channel channel) {
            channel
                .pipeline()
                .addLast(
                    new Http2StreamFrameToHttpObjectCodec(true),
                    new HttpObjectAggregator(1 << 20),
                    new NettyEcho());
          }
        };
    var connection =
        new ChannelInitializer<Channel>() {
          @Override
          protected void initChannel(Channel channel) {
            channel
                .pipeline()
                .addLast(
                    Http2FrameCodecBuilder.forServer().build(), new Http2MultiplexHandler(stream));
          }
        };
    try {
      Channel server =
          new ServerBootstrap()
              .group(group)
              .channel(NioServerSocketChannel.class)
              .childHandler(connection)
              .bind(InetAddress.getLoopbackAddress(), 0)
              .sync()
              .channel();
      int port = ((InetSocketAddress) server.localAddress()).getPort();
      List<CompletableFuture<Integer>> all = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        byte[] body = new byte[i * 5_000];
        all.add(
            Asking.begin(
                served.runtime(),
                ctx -> {
                  var response =
                      client.post("http://127.0.0.1:" + port + "/a?b").body(body).send(ctx);
                  assertEquals("POST /a?b", response.header("x-method"));
                  return response.bytes().length;
                }));
      }
      for (int i = 0; i < 40; i++) {
        assertEquals(i * 5_000, all.get(i).get());
      }
    } finally {
      group.shutdownGracefully(0, 0, TimeUnit.SECONDS).sync();
    }
  }
}
