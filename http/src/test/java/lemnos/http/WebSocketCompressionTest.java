package lemnos.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Compressed messages, made and read by the JDK's classes: what chapters 12 and 13 of Autobahn's
 * test suite ask, sizes and offers.
 */
@Timeout(300)
final class WebSocketCompressionTest {
  private static final byte[] TAIL = {0, 0, (byte) 0xff, (byte) 0xff};

  private static Served served;

  @BeforeAll
  static void start() throws IOException {
    served = Served.by((q, r) -> WebSocketTest.echo(WebSocket.accept(q, r)));
  }

  @AfterAll
  static void stop() {
    served.close();
  }

  /** One end, as it was agreed upon. */
  private static final class Codec implements AutoCloseable {
    final Deflater deflater = new Deflater(6, true);
    final Inflater inflater = new Inflater(true);
    final String agreed;

    Codec(String handshake) {
      agreed =
          handshake
              .lines()
              .filter(line -> line.startsWith("sec-websocket-extensions: "))
              .findFirst()
              .orElse("");
    }

    boolean isOn() {
      return !agreed.isEmpty();
    }

    byte[] compress(byte[] message) {
      if (agreed.contains("client_no_context_takeover")) {
        deflater.reset();
      }
      deflater.setInput(message);
      var out = new ByteArrayOutputStream();
      byte[] piece = new byte[8192];
      int bytes = piece.length;
      while (bytes == piece.length) {
        bytes = deflater.deflate(piece, 0, piece.length, Deflater.SYNC_FLUSH);
        out.write(piece, 0, bytes);
      }
      byte[] all = out.toByteArray();
      if (all.length == 0) {
        return new byte[1]; // nothing behind nothing: RFC 7692 (7.2.3.6)
      }
      assertThat(all).endsWith(TAIL);
      return Arrays.copyOf(all, all.length - TAIL.length);
    }

    byte[] decompress(byte[] payload) throws DataFormatException {
      if (agreed.contains("server_no_context_takeover")) {
        inflater.reset();
      }
      byte[] whole = Arrays.copyOf(payload, payload.length + TAIL.length);
      System.arraycopy(TAIL, 0, whole, payload.length, TAIL.length);
      inflater.setInput(whole);
      var out = new ByteArrayOutputStream();
      byte[] piece = new byte[8192];
      while (!inflater.needsInput()) {
        out.write(piece, 0, inflater.inflate(piece));
      }
      return out.toByteArray();
    }

    @Override
    public void close() {
      deflater.end();
      inflater.end();
    }
  }

  /** Text such as programs send to each other. */
  private static byte[] text(int bytes, SplittableRandom random) {
    var text = new StringBuilder("{");
    while (text.length() < bytes) {
      text.append("\"name").append(random.nextInt(20)).append("\": ").append(random.nextInt(100));
    }
    return text.substring(0, bytes).getBytes(UTF_8);
  }

  private static void write(Socket socket, byte[] bytes) {
    try {
      socket.getOutputStream().write(bytes);
    } catch (IOException e) {
      assertNotNull(e); // the reader finds that the answer is missing
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "permessage-deflate",
        "permessage-deflate; client_no_context_takeover",
        "permessage-deflate; server_no_context_takeover",
        "permessage-deflate; client_no_context_takeover; server_no_context_takeover",
        "permessage-deflate; client_max_window_bits",
        "permessage-deflate; client_max_window_bits=15; server_max_window_bits=15",
        "permessage-deflate; server_max_window_bits=9",
        "permessage-deflate; server_max_window_bits=9, permessage-deflate",
        "permessage-deflate; nonsense=1",
        "x-unknown, permessage-deflate; client_max_window_bits",
      })
  void eachOfferIsKeptTo(String offer) throws Exception {
    var random = new SplittableRandom(7);
    try (var peer = WebSocketPeer.client(served, "Sec-WebSocket-Extensions: " + offer + "\r\n");
        var codec = new Codec(peer.handshake)) {
      for (int size :
          new int[] {0, 16, 64, 256, 1024, 4096, 8192, 16_384, 32_768, 65_536, 131_072}) {
        for (int i = 0; i < 5; i++) {
          byte[] message = text(size, random);
          byte[] frame =
              codec.isOn() ? peer.frame(0xc2, codec.compress(message)) : peer.frame(0x82, message);
          Thread.ofVirtual().start(() -> write(peer.socket, frame));
          var answer = peer.nextFrame();
          assertNotNull(answer);
          assertEquals(codec.isOn() ? 0xc2 : 0x82, answer.first());
          assertThat(codec.isOn() ? codec.decompress(answer.payload()) : answer.payload())
              .isEqualTo(message);
        }
      }
    }
  }

  @Test
  void onlyTheFirstFragmentSaysThatAMessageIsCompressed() throws Exception {
    byte[] message = text(10_000, new SplittableRandom(7));
    try (var peer =
            WebSocketPeer.client(served, "Sec-WebSocket-Extensions: permessage-deflate\r\n");
        var codec = new Codec(peer.handshake)) {
      byte[] all = codec.compress(message);
      peer.send(0x41, Arrays.copyOf(all, 300));
      peer.send(0x89, new byte[0]);
      peer.send(0x00, Arrays.copyOfRange(all, 300, 310));
      peer.send(0x80, Arrays.copyOfRange(all, 310, all.length));
      assertEquals("8a ", peer.next());
      var answer = peer.nextFrame();
      assertNotNull(answer);
      assertThat(codec.decompress(answer.payload())).isEqualTo(message);
      peer.send(0x01, message);
      peer.send(0xc0, message);
      assertEquals("88 1002", peer.next());
    }
  }

  /** However a compressed message is cut: a piece may inflate to nothing, or be empty. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 7})
  void aFragmentMayInflateToNothing(int first) throws Exception {
    byte[] message = text(10_000, new SplittableRandom(7));
    try (var peer =
            WebSocketPeer.client(served, "Sec-WebSocket-Extensions: permessage-deflate\r\n");
        var codec = new Codec(peer.handshake)) {
      for (int i = 0; i < 3; i++) {
        byte[] all = codec.compress(message);
        peer.send(0x42, Arrays.copyOf(all, first));
        peer.send(0x00, new byte[0]);
        for (int at = first; at < first + 20; at++) {
          peer.send(0x00, new byte[] {all[at]});
        }
        peer.send(0x00, Arrays.copyOfRange(all, first + 20, all.length));
        peer.send(0x80, new byte[0]);
        var answer = peer.nextFrame();
        assertNotNull(answer);
        assertThat(codec.decompress(answer.payload())).isEqualTo(message);
      }
    }
  }

  @Test
  void whatIsNotCompressedAsItSaysEndsTheSocket() throws Exception {
    try (var peer =
        WebSocketPeer.client(served, "Sec-WebSocket-Extensions: permessage-deflate\r\n")) {
      peer.send(0xc1, new byte[] {(byte) 0xff, (byte) 0xff, (byte) 0xff, 1, 2, 3});
      assertThat(peer.next()).isIn("88 1002", "88 1007", "88 1009");
    }
  }
}
