package lemnos.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import io.netty.handler.codec.http.websocketx.extensions.compression.WebSocketServerCompressionHandler;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import lemnos.net.Tls;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** WebSockets that the client opens: to our server, to Netty's, and to one made by hand. */
@Timeout(300)
final class WebSocketClientTest {
  /** It does not ask whether somebody is there while the machine is slow. */
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private static Served served;
  private static ServerSocket byHand;
  private static HttpClient client;

  @BeforeAll
  static void start() throws IOException {
    var room = new WebSocket.Options(1 << 20, List.of(), List.of("chat.v2"), true);
    Handler routes =
        new Router()
            .get("/echo", (q, r) -> WebSocketTest.echo(WebSocket.accept(q, r, room)))
            .get("/header", (q, r) -> WebSocket.accept(q, r).send(q.header("x-name") + q.target()))
            .get("/silent", (q, r) -> q.context().sleep(PATIENCE));
    served = Served.by(routes);
    byHand = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    client = HttpClient.setup().timeout(PATIENCE).build();
  }

  @AfterAll
  static void stop() throws IOException {
    byHand.close();
    served.close();
  }

  private static String uri(Served to, String path) {
    return "ws://127.0.0.1:" + to.port() + path;
  }

  private static WebSocketRequest toHand() {
    return client.webSocket("ws://127.0.0.1:" + byHand.getLocalPort() + "/");
  }

  private static String text(WebSocket socket) throws IOException {
    return assertInstanceOf(WebSocket.Message.Text.class, socket.receive()).text();
  }

  /** Sends text and bytes, short and long, and gets them back. */
  private static void talk(WebSocket socket) throws IOException {
    String longText = "Grüße, ".repeat(20_000);
    byte[] bytes = new byte[300_000];
    bytes[7] = 7;
    socket.send("a");
    socket.send(longText);
    socket.send(bytes);
    assertEquals("a", text(socket));
    assertEquals(longText, text(socket));
    var binary = assertInstanceOf(WebSocket.Message.Binary.class, socket.receive());
    assertArrayEquals(bytes, binary.bytes());
    socket.close(4001, "enough");
    assertNull(socket.receive());
    assertEquals(4001, socket.closeCode());
    assertThrows(IOException.class, () -> socket.send("too late"));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void messagesGoBothWays(boolean compress) throws Exception {
    var options = new WebSocket.Options(1 << 20, List.of(), List.of("x", "chat.v2"), compress);
    String protocol =
        Asking.run(
            served,
            ctx -> {
              var request = client.webSocket(uri(served, "/echo")).options(options);
              try (WebSocket socket = request.open(ctx)) {
                talk(socket);
                return socket.protocol();
              }
            });
    assertEquals("chat.v2", protocol);
  }

  @Test
  void theHandshakeCarriesHeadersAndQuery() throws Exception {
    assertEquals(
        "Ann/header?a=b",
        Asking.run(
            served,
            ctx -> {
              var request = client.webSocket(uri(served, "/header?a=b")).header("X-Name", "Ann");
              try (WebSocket socket = request.open(ctx)) {
                String text = text(socket);
                assertNull(socket.receive());
                assertEquals(WebSocket.GOING_AWAY, socket.closeCode(), "its handler has returned");
                return text;
              }
            }));
  }

  @Test
  void aRefusalTellsTheStatus() {
    String uri = uri(served, "/nowhere");
    var e =
        assertInstanceOf(
            WebSocketHandshakeException.class,
            Asking.failure(served, ctx -> client.webSocket(uri).open(ctx)));
    assertEquals(404, e.status());
    assertThat(e).hasMessage(uri + " answered 404 Not Found and opened no WebSocket");
    assertThrows(IllegalArgumentException.class, () -> client.webSocket("http://x/"));
  }

  @Test
  void whoDoesNotAnswerIsGivenUp() {
    var soon = Duration.ofMillis(50);
    assertThat(
            Asking.failure(
                served, ctx -> client.webSocket(uri(served, "/silent")).timeout(soon).open(ctx)))
        .isInstanceOf(java.net.SocketTimeoutException.class);
  }

  @Test
  void tlsProtectsIt() throws Exception {
    X509Bundle bundle = Certificates.selfSigned();
    try (var secure =
        Served.by(
            (q, r) -> WebSocketTest.echo(WebSocket.accept(q, r)),
            setup -> Certificates.tls(setup, bundle))) {
      HttpClient trusting =
          HttpClient.setup().tls(Tls.client().trust(bundle.getCertificate())).build();
      String uri = "wss://localhost:" + secure.port() + "/";
      Asking.run(
          secure,
          ctx -> {
            try (WebSocket socket = trusting.webSocket(uri).open(ctx)) {
              talk(socket);
            }
            return true;
          });
      assertThat(Asking.failure(secure, ctx -> client.webSocket(uri).open(ctx)))
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void aTunnelIsAskedForByAProxy() throws Exception {
    try (var proxy = new TunnelProxy()) {
      HttpClient proxied = HttpClient.setup().proxy(proxy.address()).build();
      Asking.run(
          served,
          ctx -> {
            try (WebSocket socket = proxied.webSocket(uri(served, "/echo")).open(ctx)) {
              talk(socket);
            }
            return true;
          });
      assertEquals(List.of("127.0.0.1:" + served.port()), proxy.asked());
    }
  }

  @Test
  void theServerOfNettyIsUnderstood() throws Exception {
    EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    try {
      Channel server =
          new ServerBootstrap()
              .group(group)
              .channel(NioServerSocketChannel.class)
              .childHandler(new NettyEcho())
              .bind(InetAddress.getLoopbackAddress(), 0)
              .sync()
              .channel();
      int port = ((InetSocketAddress) server.localAddress()).getPort();
      Asking.run(
          served,
          ctx -> {
            try (WebSocket socket = client.webSocket("ws://127.0.0.1:" + port + "/").open(ctx)) {
              talk(socket);
            }
            return true;
          });
    } finally {
      group.shutdownGracefully(0, 0, java.util.concurrent.TimeUnit.SECONDS).sync();
    }
  }

  private static final class NettyEcho extends ChannelInitializer<Channel> {
    @Override
    protected void initChannel(Channel channel) {
      channel
          .pipeline()
          .addLast(
              new HttpServerCodec(),
              new HttpObjectAggregator(1024),
              new WebSocketServerCompressionHandler(0),
              new WebSocketServerProtocolHandler("/", null, true, 1 << 20),
              new SimpleChannelInboundHandler<WebSocketFrame>() {
                @Override
                protected void channelRead0(ChannelHandlerContext ctx, WebSocketFrame frame) {
                  ctx.writeAndFlush(frame.retain());
                }
              });
    }
  }

  // Against a server made by hand

  /** Has an actor open a socket, and echo until its end; gives how it ended. */
  private static CompletableFuture<Integer> echoing() {
    return Asking.begin(
        served.runtime(),
        ctx -> {
          try (WebSocket socket = toHand().open(ctx)) {
            WebSocketTest.echo(socket);
            return socket.closeCode();
          }
        });
  }

  static List<WebSocketCase> cases() {
    return WebSocketCase.all();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void framesAreAnsweredAsTheyShould(WebSocketCase each) throws Exception {
    byte[] bytes = each.bytes(false);
    var code = echoing();
    try (var peer = WebSocketPeer.server(byHand, "")) {
      Thread.ofVirtual().start(() -> pour(peer.socket, bytes));
      for (String expected : each.got()) {
        assertEquals(expected, peer.next());
      }
      if (each.ends()) {
        assertNull(peer.next(), "nothing follows the end");
        String close = each.sent().getFirst().equals("88 ") ? "88 1005" : each.got().getLast();
        assertEquals(close, "88 " + code.get());
      }
    }
  }

  private static void pour(Socket socket, byte[] bytes) {
    try {
      socket.getOutputStream().write(bytes);
    } catch (IOException e) {
      assertNotNull(e); // the client has seen enough
    }
  }

  @Test
  void framesMayComeWithTheAnswer() throws Exception {
    var first = Asking.begin(served.runtime(), ctx -> text(toHand().open(ctx)));
    byte[] hello = WebSocketCase.bytes("81 hello", false);
    try (var peer = WebSocketPeer.server(byHand, "", hello)) {
      assertEquals("hello", first.get());
      assertThat(peer.handshake)
          .contains("GET / HTTP/1.1\r\n")
          .containsIgnoringCase("sec-websocket-version: 13\r\n")
          .containsIgnoringCase("sec-websocket-extensions: permessage-deflate");
    }
  }

  @Test
  void aMaskedFrameOfAServerIsRefused() throws Exception {
    var code = echoing();
    try (var peer = WebSocketPeer.server(byHand, "")) {
      pour(peer.socket, WebSocketCase.bytes("81 a", true));
      assertEquals("88 1002", peer.next());
      assertEquals(1002, code.get());
    }
  }

  @Test
  void noTwoFramesHaveTheSameMask() throws Exception {
    var done =
        Asking.begin(
            served.runtime(),
            ctx -> {
              var plain = new WebSocket.Options(100, List.of(), List.of(), false);
              WebSocket socket = toHand().options(plain).open(ctx);
              socket.send("aaaa");
              socket.send("aaaa");
              return true;
            });
    try (var peer = WebSocketPeer.server(byHand, "")) {
      byte[] both = peer.in.readNBytes(20);
      assertNotEquals(
          List.of(both[2], both[3], both[4], both[5]),
          List.of(both[12], both[13], both[14], both[15]));
      assertEquals(true, done.get());
    }
  }

  @Test
  void anEndWithoutAWordIsToldFromAClose() throws Exception {
    var code = echoing();
    WebSocketPeer.server(byHand, "").close();
    assertEquals(1006, code.get());
  }

  /** Closing does not wait, and a server that does not answer keeps nothing open. */
  @Test
  void aServerThatDoesNotAnswerACloseIsCutOff() throws Exception {
    Duration patience = Duration.ofMillis(100);
    while (!isCutOff(patience)) {
      patience = patience.multipliedBy(2); // the handshake was late
    }
  }

  private static boolean isCutOff(Duration patience) throws Exception {
    var code =
        Asking.begin(
            served.runtime(),
            ctx -> {
              WebSocket socket = toHand().timeout(patience).open(ctx);
              socket.close();
              return socket.receive() == null ? socket.closeCode() : 0;
            });
    try (var peer = WebSocketPeer.server(byHand, "")) {
      String first = peer.next();
      if (first == null) {
        return false;
      }
      assertEquals("88 1000", first);
      for (String next = peer.next(); next != null; next = peer.next()) {
        assertEquals("89 ", next, "it may ask whether we are there");
      }
      assertEquals(1006, code.get());
      return true;
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Sec-WebSocket-Accept: bm90aGluZw==",
        "Sec-WebSocket-Protocol: unasked",
        "Sec-WebSocket-Extensions: x-unasked",
        "Sec-WebSocket-Extensions: permessage-deflate, permessage-deflate",
        "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=99"
      })
  void whatWasNotAskedForIsRefused(String header) throws Exception {
    var opened = Asking.begin(served.runtime(), ctx -> toHand().open(ctx).protocol());
    try (var peer = WebSocketPeer.server(byHand, header + "\r\n")) {
      assertNull(peer.nextFrame());
      var e = assertThrows(java.util.concurrent.ExecutionException.class, opened::get);
      assertThat(e.getCause())
          .isInstanceOf(WebSocketHandshakeException.class)
          .hasMessageContaining(header.substring(header.indexOf(": ") + 2));
    }
  }
}
