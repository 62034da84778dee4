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
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
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
 * A server that echoes messages, against frames made by hand, in the order of the chapters of
 * Autobahn's test suite, and against the JDK's client.
 */
@Timeout(60)
final class WebSocketTest {
  private static final String UPGRADE =
      "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
          + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

  private static Served served;

  @BeforeAll
  static void start() throws IOException {
    served = Served.by(WebSocketTest::echo);
  }

  @AfterAll
  static void stop() {
    served.close();
  }

  private static void echo(Request request, Response response) throws IOException {
    WebSocket socket = WebSocket.accept(request, response);
    for (var message = socket.receive(); message != null; message = socket.receive()) {
      switch (message) {
        case WebSocket.Message.Text(String text) -> socket.send(text);
        case WebSocket.Message.Binary(byte[] bytes) -> socket.send(bytes);
      }
    }
  }

  /** A client that sends any bytes it is told to. */
  private static final class Peer implements AutoCloseable {
    final Socket socket;
    final DataInputStream in;
    final String answer;

    Peer(Served served, String headers) throws IOException {
      socket = served.connect();
      in = new DataInputStream(socket.getInputStream());
      Served.send(socket, UPGRADE + headers + "\r\n");
      answer = Served.readUntil(socket, "\r\n\r\n");
    }

    /** A masked frame whose first byte is {@code first}. */
    static byte[] frame(int first, byte[] payload) {
      var out = new ByteArrayOutputStream();
      out.write(first);
      if (payload.length < 126) {
        out.write(128 | payload.length);
      } else if (payload.length < 65_536) {
        out.write(128 | 126);
        out.write(payload.length >> 8);
        out.write(payload.length);
      } else {
        out.write(128 | 127);
        for (int shift = 56; shift >= 0; shift -= 8) {
          out.write((int) ((long) payload.length >> shift));
        }
      }
      byte[] mask = {1, 2, 3, 4};
      out.writeBytes(mask);
      for (int i = 0; i < payload.length; i++) {
        out.write(payload[i] ^ mask[i & 3]);
      }
      return out.toByteArray();
    }

    /** What comes next: the first byte in hex, and the payload as text, or a code of closing. */
    @Nullable String next() {
      try {
        int first = in.readUnsignedByte();
        long length = in.readUnsignedByte();
        length = length == 126 ? in.readUnsignedShort() : length == 127 ? in.readLong() : length;
        byte[] payload = in.readNBytes((int) length);
        if (first == 0x88) {
          return "88 " + (payload.length < 2 ? "" : ((payload[0] & 255) << 8) | (payload[1] & 255));
        }
        return "%02x ".formatted(first) + new String(payload, StandardCharsets.UTF_8);
      } catch (IOException e) {
        return null;
      }
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  /**
   * @param sent frames: the first byte in hex, a space and the payload; {@code x} begins a payload
   *     in hex
   * @param got what comes back, in the same form
   */
  private record Case(String name, List<String> sent, List<String> got) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Case of(String name, List<String> sent, String... got) {
    return new Case(name, sent, List.of(got));
  }

  static List<Case> framing() {
    String k = "*".repeat(65_536);
    return List.of(
        of("1.1.1 empty text", List.of("81 "), "81 "),
        of("1.1.2 125", List.of("81 " + "*".repeat(125)), "81 " + "*".repeat(125)),
        of("1.1.3 126", List.of("81 " + "*".repeat(126)), "81 " + "*".repeat(126)),
        of("1.1.5 128", List.of("81 " + "*".repeat(128)), "81 " + "*".repeat(128)),
        of("1.1.6 65535", List.of("81 " + "*".repeat(65_535)), "81 " + "*".repeat(65_535)),
        of("1.1.7 65536", List.of("81 " + k), "81 " + k),
        of("1.2.1 empty binary", List.of("82 "), "82 "),
        of("1.2.7 binary 65536", List.of("82 " + k), "82 " + k),
        of("2.1 ping", List.of("89 "), "8a "),
        of("2.2 ping with payload", List.of("89 Hello"), "8a Hello"),
        of("2.4 ping of 125", List.of("89 " + "x".repeat(125)), "8a " + "x".repeat(125)),
        of("2.5 ping of 126", List.of("89 " + "x".repeat(126)), "88 1002"),
        of("2.7 pong nobody asked for", List.of("8a ", "81 a"), "81 a"),
        of("2.10 ten pings", List.of("89 1", "89 2", "89 3"), "8a 1", "8a 2", "8a 3"),
        of("3.1 reserved bit 3", List.of("91 a"), "88 1002"),
        of("3.2 reserved bit 2", List.of("81 a", "a1 b"), "81 a", "88 1002"),
        of("3.4 reserved bit 1", List.of("81 a", "c1 b"), "81 a", "88 1002"),
        of("3.5 reserved bits of a ping", List.of("d9 a"), "88 1002"),
        of("4.1.1 opcode 3", List.of("83 "), "88 1002"),
        of("4.1.5 opcode 7", List.of("81 a", "87 b"), "81 a", "88 1002"),
        of("4.2.1 opcode 11", List.of("8b "), "88 1002"),
        of("4.2.5 opcode 15", List.of("8f "), "88 1002"),
        of("5.1 fragmented ping", List.of("09 a", "80 b"), "88 1002"),
        of("5.2 fragmented pong", List.of("0a a", "80 b"), "88 1002"),
        of("5.3 two fragments", List.of("01 frag", "80 ment"), "81 fragment"),
        of("5.6 ping between", List.of("01 a", "89 p", "80 b"), "8a p", "81 ab"),
        of("5.9 continuation of nothing", List.of("80 b", "81 a"), "88 1002"),
        of("5.12 continuation not last", List.of("00 b", "81 a"), "88 1002"),
        of("5.15 continuation after end", List.of("01 a", "80 b", "00 c"), "81 ab", "88 1002"),
        of("5.18 two beginnings", List.of("01 a", "81 b"), "88 1002"),
        of(
            "5.19 five fragments",
            List.of("01 1", "00 2", "89 p", "00 3", "80 4"),
            "8a p",
            "81 1234"),
        of("6.1.2 empty fragments", List.of("01 ", "00 ", "80 "), "81 "),
        of("6.2.1 text", List.of("81 Hello-µ@ßöäüàá-UTF-8!!"), "81 Hello-µ@ßöäüàá-UTF-8!!"),
        of("6.2.4 split in a letter", List.of("01 xceba", "80 xe1bdb9"), "81 \u03ba\u1f79"),
        of("6.3.1 surrogate", List.of("81 xcebae1bdb9cf83eda080"), "88 1007"),
        of("6.4.1 beyond Unicode", List.of("01 xf4908080", "80 a"), "88 1007"),
        of("6.6.1 incomplete", List.of("81 xce"), "88 1007"),
        of("6.12 overlong", List.of("81 xc080"), "88 1007"),
        of("6.20 lone continuation", List.of("81 x80"), "88 1007"),
        of("6.21 ff", List.of("81 xff"), "88 1007"),
        of("6 zero is a letter", List.of("81 x00"), "81 \0"));
  }

  static List<Case> closing() {
    return List.of(
        of("7.1.1 close", List.of("81 a", "88 x03e8"), "81 a", "88 1000"),
        of("7.1.2 two closes", List.of("88 x03e8", "88 x03e8"), "88 1000"),
        of("7.1.4 text after close", List.of("88 x03e8", "81 a"), "88 1000"),
        of("7.3.1 empty", List.of("88 "), "88 1000"),
        of("7.3.2 one byte", List.of("88 a"), "88 1002"),
        of("7.3.4 reason", List.of("88 x03e8616263"), "88 1000"),
        of("7.3.6 too long", List.of("88 x03e8" + "61".repeat(124)), "88 1002"),
        of("7.5.1 malformed reason", List.of("88 x03e8cebae1bdb9eda080"), "88 1007"),
        of("7.7.1 code 1001", List.of("88 x03e9"), "88 1001"),
        of("7.7.9 code 1011", List.of("88 x03f3"), "88 1011"),
        of("7.7.10 code 3000", List.of("88 x0bb8"), "88 3000"),
        of("7.7.13 code 4999", List.of("88 x1387"), "88 4999"),
        of("7.9.1 code 0", List.of("88 x0000"), "88 1002"),
        of("7.9.2 code 999", List.of("88 x03e7"), "88 1002"),
        of("7.9.3 code 1004", List.of("88 x03ec"), "88 1002"),
        of("7.9.4 code 1005", List.of("88 x03ed"), "88 1002"),
        of("7.9.5 code 1006", List.of("88 x03ee"), "88 1002"),
        of("7.9.7 code 1015", List.of("88 x03f7"), "88 1002"),
        of("7.9.9 code 2999", List.of("88 x0bb7"), "88 1002"),
        of("9 more than a message may have", List.of("82 " + "x".repeat((1 << 20) + 1)), "88 1009"),
        of(
            "9 fragments that are too long together",
            List.of("02 " + "x".repeat(600_000), "80 " + "x".repeat(600_000)),
            "88 1009"));
  }

  private static byte[] bytes(String frame) {
    String text = frame.substring(3);
    byte[] payload =
        text.startsWith("x") && text.length() % 2 == 1 && !text.startsWith("xx")
            ? HexFormat.of().parseHex(text.substring(1))
            : text.getBytes(StandardCharsets.UTF_8);
    return Peer.frame(Integer.parseInt(frame.substring(0, 2), 16), payload);
  }

  @ParameterizedTest
  @MethodSource({"framing", "closing"})
  void isAnsweredAsItShould(Case each) throws Exception {
    try (var peer = new Peer(served, "")) {
      var all = new ByteArrayOutputStream();
      each.sent.forEach(frame -> all.writeBytes(bytes(frame)));
      Thread.ofVirtual().start(() -> pour(peer.socket, all.toByteArray()));
      for (String expected : each.got) {
        assertEquals(expected, peer.next());
      }
      if (each.got.getLast().startsWith("88")) {
        assertNull(peer.next(), "nothing follows the end");
      }
    }
  }

  private static void pour(Socket socket, byte[] bytes) {
    try {
      for (byte b : bytes.length < 100 ? bytes : new byte[0]) {
        socket.getOutputStream().write(b); // every cut of a frame is tried
      }
      if (bytes.length >= 100) {
        socket.getOutputStream().write(bytes);
      }
    } catch (IOException e) {
      assertNotNull(e); // the server has seen enough
    }
  }

  @Test
  void frameWithoutMaskIsRefused() throws Exception {
    try (var peer = new Peer(served, "")) {
      peer.socket.getOutputStream().write(new byte[] {(byte) 0x81, 1, 'a'});
      assertEquals("88 1002", peer.next());
    }
  }

  @Test
  void theHandshakeIsThatOfTheStandard() throws Exception {
    try (var peer = new Peer(served, "")) {
      assertThat(peer.answer)
          .startsWith("HTTP/1.1 101 Switching Protocols\r\n")
          .contains("sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n");
    }
    String get = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    assertThat(served.exchange(get)).startsWith("HTTP/1.1 426");
    assertThat(served.exchange(UPGRADE.replace("13", "8") + "Connection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 426");
    assertThat(served.exchange(UPGRADE.replace("dGhl", "!!!!") + "Connection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 400");
  }

  @Test
  void aPageOfAnotherHostIsRefused() throws Exception {
    try (var peer = new Peer(served, "Origin: http://evil.example\r\n")) {
      assertThat(peer.answer).startsWith("HTTP/1.1 403");
    }
    try (var peer = new Peer(served, "Origin: https://x\r\n")) {
      assertThat(peer.answer).startsWith("HTTP/1.1 101");
    }
  }

  @Test
  void messagesAreCompressedIfTheClientCan() throws Exception {
    try (var peer = new Peer(served, "Sec-WebSocket-Extensions: permessage-deflate\r\n")) {
      assertThat(peer.answer).contains("sec-websocket-extensions: permessage-deflate");
      // "Hello" as RFC 7692 (7.2.3.1) shows it.
      byte[] hello = {(byte) 0xf2, 0x48, (byte) 0xcd, (byte) 0xc9, (byte) 0xc9, 0x07, 0x00};
      peer.socket.getOutputStream().write(Peer.frame(0xc1, hello));
      assertThat(peer.next()).startsWith("c1 ");
      peer.socket
          .getOutputStream()
          .write(Peer.frame(0x81, "plain".getBytes(StandardCharsets.UTF_8)));
      assertThat(peer.next()).startsWith("c1 ");
      peer.socket.getOutputStream().write(Peer.frame(0xa1, hello));
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
    try (var peer = new Peer(served, "Sec-WebSocket-Extensions: permessage-deflate\r\n")) {
      peer.socket.getOutputStream().write(Peer.frame(0xc1, java.util.Arrays.copyOf(bomb, length)));
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
        var peer = new Peer(other, "")) {
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
