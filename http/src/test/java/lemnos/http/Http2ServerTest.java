package lemnos.http;

import static lemnos.http.Http2Peer.ACK;
import static lemnos.http.Http2Peer.CONTINUATION;
import static lemnos.http.Http2Peer.DATA;
import static lemnos.http.Http2Peer.END_HEADERS;
import static lemnos.http.Http2Peer.END_STREAM;
import static lemnos.http.Http2Peer.GET;
import static lemnos.http.Http2Peer.GO_AWAY;
import static lemnos.http.Http2Peer.HEADERS;
import static lemnos.http.Http2Peer.PING;
import static lemnos.http.Http2Peer.POST;
import static lemnos.http.Http2Peer.RESET;
import static lemnos.http.Http2Peer.SETTINGS;
import static lemnos.http.Http2Peer.WINDOW_UPDATE;
import static lemnos.http.Http2Peer.number;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import lemnos.http.Http2Peer.Frame;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** HTTP/2 over plain sockets, frame by frame: what clients do, and what attackers do. */
@Timeout(300)
final class Http2ServerTest {
  private static void hello(Request request, Response response) throws IOException {
    response.send("hello " + request.version() + " " + request.host());
  }

  @Test
  void aRequestIsAnswered() throws Exception {
    try (var served = Served.by(Http2ServerTest::hello);
        var peer = Http2Peer.client(served)) {
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
        var peer = Http2Peer.client(served)) {
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
        var peer = Http2Peer.client(served)) {
      peer.send(HEADERS, END_HEADERS, 1, POST);
      for (int sent = 0; sent < 65_535; sent += 13_107) {
        peer.send(DATA, 0, 1, new byte[13_107]);
        peer.send(PING, 0, 0, new byte[8]); // whose answer says that the data was read on its own
        for (Frame got = peer.next(); got != null && got.type() != PING; got = peer.next()) {
          assertThat(got.type() == WINDOW_UPDATE && got.stream() == 1)
              .as("asked for more though nobody reads")
              .isFalse();
        }
      }
      readOn.countDown();
      while (peer.next(WINDOW_UPDATE).stream() != 1) {
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
        var peer = Http2Peer.client(served)) {
      peer.send(HEADERS, END_STREAM | END_HEADERS, 1, GET);
      int got = 0;
      while (got < 65_535) {
        got += peer.next(DATA).payload().length;
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
        var peer = Http2Peer.client(served)) {
      Thread flood = Thread.ofVirtual().start(() -> flood(peer));
      assertEquals(11, peer.next(GO_AWAY).payload()[7], "ENHANCE_YOUR_CALM");
      while (peer.next() != null) {
        // until it closes
      }
      flood.join();
      served.server.stop(Duration.ofSeconds(30));
      assertThat(handled.get()).isLessThanOrEqualTo(2 * Http2Codec.MAX_RESETS);
      assertEquals(1, served.server.refused().get(Refusal.HTTP2));
    }
  }

  private static void flood(Http2Peer peer) {
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
        var peer = Http2Peer.client(served)) {
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
      assertEquals(11, peer.next(GO_AWAY).payload()[7], "ENHANCE_YOUR_CALM");
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
        var peer = Http2Peer.client(served)) {
      peer.send(HEADERS, END_STREAM, 1, GET);
      for (int i = 0; i < 4; i++) {
        peer.send(CONTINUATION, i == 3 ? END_HEADERS : 0, 1, field);
      }
      Frame answer = peer.next();
      while (answer != null
          && answer.type() != HEADERS
          && answer.type() != GO_AWAY
          && answer.type() != RESET) {
        answer = peer.next();
      }
      assertNotNull(answer);
      String text = new String(answer.payload(), StandardCharsets.ISO_8859_1);
      assertThat(answer.type() != HEADERS || text.contains("431")).isTrue();
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
        var peer = Http2Peer.client(served)) {
      peer.next(SETTINGS);
      peer.send(SETTINGS, ACK, 0);
      for (int stream = 1; stream <= 5; stream += 2) {
        peer.send(HEADERS, END_STREAM | END_HEADERS, stream, GET);
      }
      Frame reset = peer.next(RESET);
      assertEquals(5, reset.stream());
      assertEquals(7, reset.payload()[3], "REFUSED_STREAM");
      release.countDown();
      peer.body(1);
    }
  }

  @Test
  void aBodyThatIsTooLongIsRefused() throws Exception {
    var little = Limits.standard().withBodyBytes(10);
    Handler handler = (request, response) -> response.send(request.body().text());
    try (var served = Served.by(handler, setup -> setup.limits(little));
        var peer = Http2Peer.client(served)) {
      peer.send(HEADERS, END_HEADERS, 1, POST);
      peer.send(DATA, 0, 1, new byte[11]);
      assertThat(peer.body(1)).contains("413");
      Frame reset = peer.next(RESET);
      assertEquals(0, reset.payload()[3], "NO_ERROR: the answer stands");
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
        var peer = Http2Peer.client(served)) {
      peer.send(HEADERS, END_STREAM | END_HEADERS, 1, GET);
      running.await();
      Thread stop = Thread.ofVirtual().start(() -> served.server.stop(Duration.ofSeconds(60)));
      assertEquals(0, peer.next(GO_AWAY).payload()[7]);
      release.countDown();
      assertEquals("hello HTTP/2 x", peer.body(1));
      stop.join();
    }
  }
}
