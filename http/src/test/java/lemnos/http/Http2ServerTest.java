package lemnos.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** HTTP/2 over plain sockets, frame by frame: what clients do, and what attackers do. */
@Timeout(60)
final class Http2ServerTest {
  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int RESET = 3;
  private static final int SETTINGS = 4;
  private static final int PING = 6;
  private static final int GO_AWAY = 7;
  private static final int WINDOW_UPDATE = 8;
  private static final int CONTINUATION = 9;
  private static final int END_STREAM = 1;
  private static final int END_HEADERS = 4;
  private static final int ACK = 1;

  /** By the static table of HPACK: GET, http, /, and an authority. */
  private static final byte[] GET = {(byte) 0x82, (byte) 0x86, (byte) 0x84, 0x41, 1, 'x'};

  private static final byte[] POST = {(byte) 0x83, (byte) 0x86, (byte) 0x84, 0x41, 1, 'x'};

  private record Frame(int type, int flags, int stream, byte[] payload) {
    boolean ends() {
      return (type == DATA || type == HEADERS) && (flags & END_STREAM) != 0;
    }
  }

  /** A client that does what it is told. */
  private static final class Peer implements AutoCloseable {
    final Socket socket;
    final DataInputStream in;

    Peer(Served served) throws IOException {
      socket = served.connect();
      in = new DataInputStream(socket.getInputStream());
      Served.send(socket, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
      send(SETTINGS, 0, 0);
    }

    void send(int type, int flags, int stream, byte... payload) throws IOException {
      var frame = new ByteArrayOutputStream();
      int length = payload.length;
      frame.writeBytes(new byte[] {(byte) (length >> 16), (byte) (length >> 8), (byte) length});
      frame.write(type);
      frame.write(flags);
      frame.writeBytes(
          new byte[] {
            (byte) (stream >> 24), (byte) (stream >> 16), (byte) (stream >> 8), (byte) stream
          });
      frame.writeBytes(payload);
      socket.getOutputStream().write(frame.toByteArray());
    }

    /** The next frame, or null if the server has closed. */
    @Nullable Frame next() {
      try {
        int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
        int type = in.readUnsignedByte();
        int flags = in.readUnsignedByte();
        int stream = in.readInt();
        return new Frame(type, flags, stream, in.readNBytes(length));
      } catch (IOException e) {
        return null;
      }
    }

    Frame next(int type) {
      Frame frame = next();
      while (frame != null && frame.type != type) {
        frame = next();
      }
      assertNotNull(frame, "the server closed before it sent a frame of type " + type);
      return frame;
    }

    /** The body that comes on {@code stream}. */
    String body(int stream) {
      var body = new ByteArrayOutputStream();
      Frame frame;
      do {
        frame = next();
        assertNotNull(frame, "the server closed");
        if (frame.type == DATA && frame.stream == stream) {
          body.writeBytes(frame.payload);
        }
      } while (frame.stream != stream || !frame.ends());
      return body.toString(StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  private static void hello(Request request, Response response) throws IOException {
    response.send("hello " + request.version() + " " + request.host());
  }

  private static byte[] number(int value) {
    return new byte[] {
      (byte) (value >> 24), (byte) (value >> 16), (byte) (value >> 8), (byte) value
    };
  }

  @Test
  void aRequestIsAnswered() throws Exception {
    try (var served = Served.by(Http2ServerTest::hello);
        var peer = new Peer(served)) {
      peer.send(HEADERS, END_STREAM | END_HEADERS, 1, GET);
      assertEquals("hello HTTP/2 x", peer.body(1));
    }
  }

  @Test
  void aSlowRequestDoesNotHoldUpOthers() throws Exception {
    var release = new CountDownLatch(1);
    Handler handler =
        (request, response) -> {
          while (request.method().equals("POST") && release.getCount() > 0) {
            request.context().sleep(Duration.ofMillis(1));
          }
          hello(request, response);
        };
    try (var served = Served.by(handler);
        var peer = new Peer(served)) {
      peer.send(HEADERS, END_STREAM | END_HEADERS, 1, POST);
      peer.send(HEADERS, END_STREAM | END_HEADERS, 3, GET);
      peer.body(3);
      release.countDown();
      peer.body(1);
    }
  }

  @Test
  void aHandlerThatDoesNotReadGetsNoMoreThanAWindow() throws Exception {
    var readOn = new CountDownLatch(1);
    Handler handler =
        (request, response) -> {
          while (readOn.getCount() > 0) {
            request.context().sleep(Duration.ofMillis(1));
          }
          response.send("read " + request.body().bytes().length);
        };
    try (var served = Served.by(handler);
        var peer = new Peer(served)) {
      peer.send(HEADERS, END_HEADERS, 1, POST);
      for (int sent = 0; sent < 65_535; sent += 13_107) {
        peer.send(DATA, 0, 1, new byte[13_107]);
      }
      peer.send(PING, 0, 0, new byte[8]);
      for (Frame frame = peer.next(); frame != null && frame.type != PING; frame = peer.next()) {
        assertThat(frame.type == WINDOW_UPDATE && frame.stream == 1)
            .as("asked for more though nobody reads")
            .isFalse();
      }
      readOn.countDown();
      while (peer.next(WINDOW_UPDATE).stream != 1) {
        // that of the connection
      }
      peer.send(DATA, END_STREAM, 1, new byte[10]);
      assertEquals("read 65545", peer.body(1));
    }
  }

  @Test
  void aResponseWaitsForTheClientsWindow() throws Exception {
    var pieces = new AtomicInteger();
    Handler handler =
        (_, response) -> {
          for (int i = 0; i < 100; i++) {
            response.write(new byte[10_000]);
            pieces.incrementAndGet();
          }
        };
    try (var served = Served.by(handler);
        var peer = new Peer(served)) {
      peer.send(HEADERS, END_STREAM | END_HEADERS, 1, GET);
      int got = 0;
      while (got < 65_535) {
        got += peer.next(DATA).payload.length;
      }
      assertEquals(65_535, got);
      assertThat(pieces.get()).isLessThan(50);
      peer.send(WINDOW_UPDATE, 0, 0, number(10_000_000));
      peer.send(WINDOW_UPDATE, 0, 1, number(10_000_000));
      assertEquals(1_000_000 - 65_535, peer.body(1).length());
    }
  }

  @Test
  void rapidResetsEndTheConnection() throws Exception {
    var handled = new AtomicInteger();
    Handler handler =
        (request, response) -> {
          handled.incrementAndGet();
          hello(request, response);
        };
    try (var served = Served.by(handler);
        var peer = new Peer(served)) {
      Thread flood = Thread.ofVirtual().start(() -> flood(peer));
      assertEquals(11, peer.next(GO_AWAY).payload[7], "ENHANCE_YOUR_CALM");
      while (peer.next() != null) {
        // until it closes
      }
      flood.join();
      served.server.stop(Duration.ofSeconds(30));
      assertThat(handled.get()).isLessThanOrEqualTo(2 * Http2Connection.MAX_RESETS);
      assertEquals(1, served.server.refused().get(Refusal.HTTP2));
    }
  }

  private static void flood(Peer peer) {
    try {
      for (int stream = 1; stream < 20_000; stream += 2) {
        peer.send(HEADERS, END_STREAM | END_HEADERS, stream, GET);
        peer.send(RESET, 0, stream, number(8));
      }
    } catch (IOException e) {
      assertNotNull(e); // closed, as it should be
    }
  }

  @Test
  void endlessContinuationsEndTheConnection() throws Exception {
    try (var served = Served.by(Http2ServerTest::hello);
        var peer = new Peer(served)) {
      Thread flood =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      peer.send(HEADERS, END_STREAM, 1, GET);
                      for (int i = 0; i < 20_000; i++) {
                        peer.send(CONTINUATION, 0, 1);
                      }
                    } catch (IOException e) {
                      assertNotNull(e);
                    }
                  });
      assertEquals(11, peer.next(GO_AWAY).payload[7], "ENHANCE_YOUR_CALM");
      flood.join();
    }
  }

  @Test
  void tooManyHeadersAreRefused() throws Exception {
    byte[] field = new byte[10_000];
    java.util.Arrays.fill(field, (byte) 'a');
    field[0] = 0; // a literal with a new name of 1 byte, and a value of 9,993
    field[1] = 1;
    field[2] = 'b';
    field[3] = 0x7f;
    field[4] = (byte) (((9_994 - 127) & 127) | 128);
    field[5] = (byte) ((9_994 - 127) >> 7);
    try (var served = Served.by(Http2ServerTest::hello);
        var peer = new Peer(served)) {
      peer.send(HEADERS, END_STREAM, 1, GET);
      for (int i = 0; i < 4; i++) {
        peer.send(CONTINUATION, i == 3 ? END_HEADERS : 0, 1, field);
      }
      Frame answer = peer.next();
      while (answer != null
          && answer.type != HEADERS
          && answer.type != GO_AWAY
          && answer.type != RESET) {
        answer = peer.next();
      }
      assertNotNull(answer);
      String text = new String(answer.payload, StandardCharsets.ISO_8859_1);
      assertThat(answer.type != HEADERS || text.contains("431")).isTrue();
    }
  }

  @Test
  void moreStreamsThanAllowedAreRefused() throws Exception {
    var release = new CountDownLatch(1);
    Handler handler =
        (request, response) -> {
          while (release.getCount() > 0) {
            request.context().sleep(Duration.ofMillis(1));
          }
          hello(request, response);
        };
    var two = Limits.standard().withStreams(2);
    try (var served = Served.by(handler, setup -> setup.limits(two));
        var peer = new Peer(served)) {
      peer.next(SETTINGS);
      peer.send(SETTINGS, ACK, 0);
      for (int stream = 1; stream <= 5; stream += 2) {
        peer.send(HEADERS, END_STREAM | END_HEADERS, stream, GET);
      }
      Frame reset = peer.next(RESET);
      assertEquals(5, reset.stream);
      assertEquals(7, reset.payload[3], "REFUSED_STREAM");
      release.countDown();
      peer.body(1);
    }
  }

  @Test
  void aBodyThatIsTooLongIsRefused() throws Exception {
    var little = Limits.standard().withBodyBytes(10);
    Handler handler = (request, response) -> response.send(request.body().text());
    try (var served = Served.by(handler, setup -> setup.limits(little));
        var peer = new Peer(served)) {
      peer.send(HEADERS, END_HEADERS, 1, POST);
      peer.send(DATA, 0, 1, new byte[11]);
      assertThat(peer.body(1)).contains("413");
      Frame reset = peer.next(RESET);
      assertEquals(0, reset.payload[3], "NO_ERROR: the answer stands");
    }
  }

  @Test
  void aStoppingServerSaysGoodBye() throws Exception {
    var running = new CountDownLatch(1);
    var release = new CountDownLatch(1);
    Handler handler =
        (request, response) -> {
          running.countDown();
          while (release.getCount() > 0) {
            request.context().sleep(Duration.ofMillis(1));
          }
          for (ByteBuf b = request.body().read(); b != null; b = request.body().read()) {
            b.release();
          }
          hello(request, response);
        };
    try (var served = Served.by(handler);
        var peer = new Peer(served)) {
      peer.send(HEADERS, END_STREAM | END_HEADERS, 1, GET);
      running.await();
      Thread stop = Thread.ofVirtual().start(() -> served.server.stop(Duration.ofSeconds(60)));
      assertEquals(0, peer.next(GO_AWAY).payload[7]);
      release.countDown();
      assertEquals("hello HTTP/2 x", peer.body(1));
      stop.join();
    }
  }
}
