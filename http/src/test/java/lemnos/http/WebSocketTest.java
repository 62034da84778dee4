package lemnos.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A server that echoes messages, against frames made by hand, those of Autobahn's test suite, and
 * against the JDK's client.
 */
@Timeout(300)
final class WebSocketTest {
  private static Served served;

  @BeforeAll
  static void start() throws IOException {
    // No server of these tests asks whether somebody is there while the machine is slow.
    var patient = Limits.standard().withTimeouts(Duration.ofSeconds(10), Duration.ofMinutes(10));
    served = Served.by(WebSocketTest::echo, setup -> setup.limits(patient));
  }

  @AfterAll
  static void stop() {
    served.close();
  }

  private static void echo(Request request, Response response) throws IOException {
    echo(WebSocket.accept(request, response));
  }

  /** Sends back what comes, until the end. */
  static void echo(WebSocket socket) throws IOException {
    for (var message = socket.receive(); message != null; message = socket.receive()) {
      switch (message) {
        case WebSocket.Message.Text(String text) -> socket.send(text);
        case WebSocket.Message.Binary(byte[] bytes) -> socket.send(bytes);
      }
    }
  }

  static List<WebSocketCase> cases() {
    return WebSocketCase.all();
  }

  /** At once, and each byte in a segment of its own. */
  private static void pour(Socket socket, byte[] bytes, boolean byByte) {
    try {
      int step = byByte ? 1 : bytes.length;
      for (int at = 0; at < bytes.length; at += step) {
        socket.getOutputStream().write(bytes, at, step);
      }
    } catch (IOException e) {
      assertNotNull(e); // the server has seen enough
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void isAnsweredAsItShould(WebSocketCase each) throws Exception {
    byte[] bytes = each.bytes(true);
    for (boolean byByte : bytes.length < 200 ? new boolean[] {false, true} : new boolean[1]) {
      try (var peer = WebSocketPeer.client(served, "")) {
        Thread.ofVirtual().start(() -> pour(peer.socket, bytes, byByte));
        for (String expected : each.got()) {
          assertEquals(expected, peer.next());
        }
        if (each.ends()) {
          assertNull(peer.next(), "nothing follows the end");
        }
      }
    }
  }

  /** Chapter 9: big messages, in few frames or many, and many messages. */
  @Test
  void loadIsBorne() throws Exception {
    var big = new WebSocket.Options(16 << 20, List.of(), List.of(), true);
    try (var other = Served.by((q, r) -> echo(WebSocket.accept(q, r, big)));
        var peer = WebSocketPeer.client(other, "")) {
      echoes(peer, "81", "*".repeat(16 << 20), 16 << 20);
      echoes(peer, "82", "*".repeat(4 << 20), 4 << 20);
      echoes(peer, "81", "*".repeat(1 << 20), 64);
      echoes(peer, "82", "*".repeat(1 << 20), 4096);
      for (int size : new int[] {0, 16, 1024, 4096}) {
        for (int i = 0; i < 200; i++) {
          echoes(peer, "81", "*".repeat(size), 1 + size);
        }
      }
    }
  }

  private static void echoes(WebSocketPeer peer, String first, String text, int size) {
    String begin = text.length() > size ? first.replace('8', '0') : first;
    List<String> frames =
        text.isEmpty() ? List.of(first + " ") : WebSocketCase.pieces(begin, text, size);
    var all = new ByteArrayOutputStream();
    frames.forEach(frame -> all.writeBytes(WebSocketCase.bytes(frame, true)));
    Thread.ofVirtual().start(() -> pour(peer.socket, all.toByteArray(), false));
    assertEquals(first + " " + text, peer.next());
  }

  @Test
  void tooBigIsRefused() throws Exception {
    byte[] half = new byte[600_000];
    try (var peer = WebSocketPeer.client(served, "")) {
      byte[] whole = peer.frame(0x82, new byte[(1 << 20) + 1]);
      Thread.ofVirtual().start(() -> pour(peer.socket, whole, false));
      assertEquals("88 1009", peer.next());
    }
    try (var peer = WebSocketPeer.client(served, "")) {
      peer.send(0x02, half);
      byte[] rest = peer.frame(0x80, half);
      Thread.ofVirtual().start(() -> pour(peer.socket, rest, false));
      assertEquals("88 1009", peer.next());
    }
  }

  @Test
  void frameWithoutMaskIsRefused() throws Exception {
    try (var peer = WebSocketPeer.client(served, "")) {
      peer.socket.getOutputStream().write(new byte[] {(byte) 0x81, 1, 'a'});
      assertEquals("88 1002", peer.next());
    }
  }

  @Test
  void theHandshakeIsThatOfTheStandard() throws Exception {
    try (var peer = WebSocketPeer.client(served, "")) {
      assertThat(peer.handshake)
          .startsWith("HTTP/1.1 101 Switching Protocols\r\n")
          .contains("sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n");
    }
    String get = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    assertThat(served.exchange(get)).startsWith("HTTP/1.1 426");
    assertThat(
            served.exchange(WebSocketPeer.UPGRADE.replace("13", "8") + "Connection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 426");
    assertThat(
            served.exchange(
                WebSocketPeer.UPGRADE.replace("dGhl", "!!!!") + "Connection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 400");
  }

  @Test
  void aPageOfAnotherHostIsRefused() throws Exception {
    try (var peer = WebSocketPeer.client(served, "Origin: http://evil.example\r\n")) {
      assertThat(peer.handshake).startsWith("HTTP/1.1 403");
    }
    try (var peer = WebSocketPeer.client(served, "Origin: https://x\r\n")) {
      assertThat(peer.handshake).startsWith("HTTP/1.1 101");
    }
  }

  @Test
  void messagesAreCompressedIfTheClientCan() throws Exception {
    try (var peer =
        WebSocketPeer.client(served, "Sec-WebSocket-Extensions: permessage-deflate\r\n")) {
      assertThat(peer.handshake).contains("sec-websocket-extensions: permessage-deflate");
      // "Hello" as RFC 7692 (7.2.3.1) shows it.
      byte[] hello = {(byte) 0xf2, 0x48, (byte) 0xcd, (byte) 0xc9, (byte) 0xc9, 0x07, 0x00};
      peer.send(0xc1, hello);
      assertThat(peer.next()).startsWith("c1 ");
      peer.send(0x81, "plain".getBytes(StandardCharsets.UTF_8));
      assertThat(peer.next()).startsWith("c1 ");
      peer.send(0xa1, hello);
      assertEquals("88 1002", peer.next());
    }
  }

  @Test
  void aCompressedMessageThatWouldBeTooBigEndsTheSocket() throws Exception {
    var deflater = new java.util.zip.Deflater(9, true);
    deflater.setInput(new byte[50_000_000]);
    deflater.finish();
    byte[] bomb = new byte[100_000];
    int length = deflater.deflate(bomb);
    deflater.end();
    try (var peer =
        WebSocketPeer.client(served, "Sec-WebSocket-Extensions: permessage-deflate\r\n")) {
      peer.send(0xc1, java.util.Arrays.copyOf(bomb, length));
      String next = peer.next();
      assertThat(next == null || next.startsWith("88 ")).isTrue();
    }
  }

  /** Collects what comes to the JDK's client. */
  private static final class Listener implements java.net.http.WebSocket.Listener {
    final StringBuilder text = new StringBuilder();
    final CompletableFuture<String> whole = new CompletableFuture<>();
    final CompletableFuture<Integer> code = new CompletableFuture<>();

    @Override
    public @Nullable CompletionStage<?> onText(
        java.net.http.WebSocket socket, CharSequence part, boolean last) {
      text.append(part);
      if (last) {
        whole.complete(text.toString());
      }
      socket.request(1);
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(
        java.net.http.WebSocket socket, int status, String reason) {
      code.complete(status);
      return null;
    }
  }

  private static java.net.http.WebSocket open(HttpClient client, Served to, Listener listener) {
    URI uri = URI.create("ws://127.0.0.1:" + to.port() + "/");
    return client.newWebSocketBuilder().buildAsync(uri, listener).join();
  }

  @Test
  void theClientOfTheJdkIsUnderstood() throws Exception {
    var listener = new Listener();
    try (HttpClient client = HttpClient.newHttpClient()) {
      var socket = open(client, served, listener);
      socket.sendText("Grüße, ".repeat(5_000), false).join();
      socket.sendText("end", true).join();
      assertEquals("Grüße, ".repeat(5_000) + "end", listener.whole.get());
      socket.sendClose(4000, "enough").join();
      assertEquals(4000, listener.code.get());
    }
  }

  @Test
  void aStoppingServerSaysSo() throws Exception {
    var listener = new Listener();
    try (var other = Served.by(WebSocketTest::echo);
        HttpClient client = HttpClient.newHttpClient()) {
      var socket = open(client, other, listener);
      socket.sendText("a", true).join();
      listener.whole.get();
      var stopped = CompletableFuture.supplyAsync(() -> other.server.stop(Duration.ofSeconds(30)));
      assertEquals(WebSocket.GOING_AWAY, listener.code.get());
      assertThat(stopped.get()).isTrue();
    }
  }

  @Test
  void aSilentPeerIsAskedAndThenGivenUp() throws Exception {
    var hasty = Limits.standard().withTimeouts(Duration.ofSeconds(10), Duration.ofMillis(200));
    try (var other = Served.by(WebSocketTest::echo, setup -> setup.limits(hasty));
        var peer = WebSocketPeer.client(other, "")) {
      assertEquals("89 ", peer.next());
      assertNull(peer.next());
    }
  }

  @Test
  void whoPingsWithoutReadingGetsNoAnswersUntilThereIsRoom() {
    var channel = new EmbeddedChannel(new WebSocketControl(Duration.ofMinutes(1)));
    ChannelOutboundBuffer room = channel.unsafe().outboundBuffer();
    room.setUserDefinedWritability(1, false);
    var lost = new PingWebSocketFrame(Unpooled.copiedBuffer(new byte[125]));
    channel.writeInbound(lost);
    assertNull(channel.readOutbound());
    assertEquals(0, lost.refCnt());
    room.setUserDefinedWritability(1, true);
    channel.writeInbound(new PingWebSocketFrame());
    Object pong = channel.readOutbound();
    assertThat(pong).isInstanceOf(PongWebSocketFrame.class);
    channel.finishAndReleaseAll();
  }
}
