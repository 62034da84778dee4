package lemnos.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
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

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import lemnos.http.Http2Peer.Frame;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a server refuses over HTTP/2: heads that would be two requests in HTTP/1, bodies of another
 * length than announced, and floods of whatever costs us more than the client.
 */
@Timeout(300)
final class Http2RefusalTest {
  private static final int WHOLE = END_STREAM | END_HEADERS;

  private static void hello(Request request, Response response) throws IOException {
    response.send("read " + request.body().bytes().length);
  }

  /** Fields of a head, none of them in a table. */
  private static byte[] head(String... fields) {
    var bytes = new ByteArrayOutputStream();
    for (int i = 0; i < fields.length; i += 2) {
      bytes.write(0);
      text(bytes, fields[i]);
      text(bytes, fields[i + 1]);
    }
    return bytes.toByteArray();
  }

  private static void text(ByteArrayOutputStream bytes, String text) {
    if (text.length() < 127) {
      bytes.write(text.length());
    } else {
      bytes.write(127);
      int rest = text.length() - 127;
      for (; rest >= 128; rest >>= 7) {
        bytes.write((rest & 127) | 128);
      }
      bytes.write(rest);
    }
    bytes.writeBytes(text.getBytes(ISO_8859_1));
  }

  private static byte[] get(String path, String... more) {
    var fields = new ArrayList<>(List.of(":method", "GET", ":scheme", "http", ":path", path));
    fields.addAll(List.of(":authority", "x"));
    fields.addAll(List.of(more));
    return head(fields.toArray(String[]::new));
  }

  record Case(String name, byte[] head, String body) {
    @Override
    public String toString() {
      return name;
    }
  }

  static List<Case> heads() {
    return List.of(
        new Case("line feed in a value", get("/", "a", "b\r\nx: y"), ""),
        new Case("return in a value", get("/", "a", "b\rc"), ""),
        new Case("zero in a value", get("/", "a", "b\0c"), ""),
        new Case("line feed in a name", get("/", "a\nb", "c"), ""),
        new Case("colon in a name", get("/", "a: b\r\nc", "d"), ""),
        new Case("space in a name", get("/", "a b", "c"), ""),
        new Case("upper case in a name", get("/", "Abc", "d"), ""),
        new Case("no name", get("/", "", "d"), ""),
        new Case("coding", get("/", "transfer-encoding", "chunked"), ""),
        new Case("connection", get("/", "connection", "close"), ""),
        new Case("upgrade", get("/", "upgrade", "websocket"), ""),
        new Case("two lengths", get("/", "content-length", "1", "content-length", "2"), "a"),
        new Case("signed length", get("/", "content-length", "+1"), "a"),
        new Case("length that is none", get("/", "content-length", "one"), "a"),
        new Case("space in the path", get("/ HTTP/1.1\r\nx: y"), ""),
        new Case("relative path", get("a"), ""),
        new Case("fragment", get("/#a"), ""),
        new Case("no path", get(""), ""),
        new Case("authority with a path", head(withAuthority("x/y")), ""),
        new Case("authority with a user", head(withAuthority("a@x")), ""),
        new Case("two hosts", get("/", "host", "y"), ""),
        new Case(
            "method with a space", head(":method", "GET /", ":scheme", "http", ":path", "/"), ""));
  }

  private static String[] withAuthority(String authority) {
    return new String[] {
      ":method", "GET", ":scheme", "http", ":path", "/", ":authority", authority
    };
  }

  @ParameterizedTest
  @MethodSource("heads")
  void aHeadThatIsTwoOrNoneIsRefused(Case each) throws Exception {
    var handled = new ConcurrentLinkedQueue<String>();
    Handler handler =
        (request, response) -> {
          request.body().bytes();
          handled.add(request.target());
          response.send("hello");
        };
    try (var served = Served.by(handler);
        var peer = Http2Peer.client(served)) {
      boolean hasBody = !each.body.isEmpty();
      peer.send(HEADERS, hasBody ? END_HEADERS : WHOLE, 1, each.head);
      if (hasBody) {
        peer.send(DATA, END_STREAM, 1, each.body.getBytes(ISO_8859_1));
      }
      assertRefused(peer);
      served.server.stop(Duration.ofMinutes(1));
      assertThat(handled).isEmpty();
    }
  }

  /** The stream is reset, the connection ends, or the answer is an error. */
  private static void assertRefused(Http2Peer peer) {
    Frame answer = peer.next();
    while (answer != null
        && answer.type() != RESET
        && answer.type() != GO_AWAY
        && !(answer.type() == HEADERS && answer.stream() == 1)) {
      answer = peer.next();
    }
    assertNotNull(answer, "closed without a word");
    if (answer.type() == HEADERS) {
      int status = answer.payload()[0] & 0xff; // by the static table: 200, ... 400
      assertThat(status == 0x8c || new String(answer.payload(), ISO_8859_1).contains("4"))
          .as("status in %s", java.util.Arrays.toString(answer.payload()))
          .isTrue();
    } else {
      int at = answer.type() == GO_AWAY ? 7 : 3;
      assertThat(answer.payload()[at]).as("code").isNotZero();
    }
  }

  @Test
  void aHostThatIsSaidTwiceIsOne() throws Exception {
    try (var served = Served.by((request, response) -> response.send(request.host()));
        var peer = Http2Peer.client(served)) {
      peer.send(HEADERS, WHOLE, 1, get("/", "host", "x"));
      assertEquals("x", peer.body(1));
    }
  }

  @Test
  void aBodyOfAnotherLengthThanAnnouncedIsRefused() throws Exception {
    try (var served = Served.by(Http2RefusalTest::hello);
        var peer = Http2Peer.client(served)) {
      for (int length : new int[] {2, 4}) {
        int stream = 2 * length + 1;
        peer.send(HEADERS, END_HEADERS, stream, get("/", "content-length", "3"));
        peer.send(DATA, END_STREAM, stream, new byte[length]);
        Frame reset = peer.next(RESET);
        assertEquals(stream, reset.stream());
        assertEquals(1, reset.payload()[3], "PROTOCOL_ERROR");
      }
    }
  }

  @Test
  void aTargetIsNoLongerThanARequestLine() throws Exception {
    int most = Limits.standard().requestLineBytes();
    try (var served = Served.by(Http2RefusalTest::hello);
        var peer = Http2Peer.client(served)) {
      peer.send(HEADERS, WHOLE, 1, get("/".repeat(most)));
      assertEquals("read 0", peer.body(1));
      peer.send(HEADERS, WHOLE, 3, get("/".repeat(most + 1)));
      assertThat(peer.body(3)).startsWith("414");
      peer.send(HEADERS, WHOLE, 5, get("/"));
      assertEquals("read 0", peer.body(5));
      assertEquals(1, served.server.refused().get(Refusal.REQUEST_LINE));
    }
  }

  @Test
  void moreThanAHundredHeadersAreRefused() throws Exception {
    var fields = new ArrayList<String>();
    for (int i = 0; i < 100; i++) {
      fields.addAll(List.of("a" + i, "b"));
    }
    try (var served = Served.by(Http2RefusalTest::hello);
        var peer = Http2Peer.client(served)) {
      peer.send(HEADERS, WHOLE, 1, get("/", fields.toArray(String[]::new)));
      assertThat(peer.body(1)).startsWith("431");
      fields.subList(0, 20).clear();
      peer.send(HEADERS, WHOLE, 3, get("/", fields.toArray(String[]::new)));
      assertEquals("read 0", peer.body(3));
    }
  }

  // Floods

  interface Wave {
    void send(Http2Peer peer, int number) throws IOException;
  }

  record Flood(String name, Handler handler, Wave begin, Wave wave) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static final Wave NOTHING = (_, _) -> {};

  /** So many that no buffer on the way holds all the answers. */
  private static Wave many(Frame frame) {
    Frame[] frames = new Frame[500];
    java.util.Arrays.fill(frames, frame);
    return (peer, _) -> peer.sendTogether(frames);
  }

  /** What costs the client some bytes each, and us an answer or a stream. */
  static List<Flood> floods() {
    Handler waiting = (request, _) -> request.context().receiveNext();
    Handler quick = (_, response) -> response.send("hello");
    return List.of(
        new Flood("pings", quick, NOTHING, many(new Frame(PING, 0, 0, new byte[8]))),
        new Flood("settings", quick, NOTHING, many(new Frame(SETTINGS, 0, 0, new byte[0]))),
        new Flood(
            "empty data",
            waiting,
            (peer, _) -> peer.send(HEADERS, END_HEADERS, 1, POST),
            (peer, _) -> peer.send(DATA, 0, 1)),
        new Flood(
            "resets that we are provoked to by an empty window",
            waiting,
            NOTHING,
            (peer, i) -> {
              peer.send(HEADERS, END_HEADERS, 2 * i + 1, POST);
              peer.send(WINDOW_UPDATE, 0, 2 * i + 1, number(0));
            }),
        new Flood(
            "resets that we are provoked to by a second head",
            waiting,
            NOTHING,
            (peer, i) -> {
              peer.send(HEADERS, WHOLE, 2 * i + 1, GET);
              peer.send(HEADERS, WHOLE, 2 * i + 1, GET);
            }),
        new Flood(
            "resets that we are provoked to by malformed heads",
            quick,
            NOTHING,
            (peer, i) -> peer.send(HEADERS, WHOLE, 2 * i + 1, head("x", "y"))),
        new Flood(
            "continuations of one byte",
            quick,
            (peer, _) -> peer.send(HEADERS, END_STREAM, 1, GET),
            (peer, i) -> peer.send(CONTINUATION, 0, 1, (byte) 0x82)));
  }

  /** Nothing is read by the client before all is sent, so our answers pile up. */
  @ParameterizedTest
  @MethodSource("floods")
  void aFloodEndsTheConnection(Flood each) throws Exception {
    try (var served = Served.by(each.handler);
        var peer = Http2Peer.client(served)) {
      peer.send(SETTINGS, ACK, 0);
      flood(peer, each);
      while (peer.next() != null) {
        // until it closes
      }
      while (served.server.connections() > 0) { // or the test takes too long
        Thread.yield();
      }
      assertThat(served.server.refused().get(Refusal.HTTP2)).isPositive();
    }
  }

  private static void flood(Http2Peer peer, Flood each) {
    try {
      each.begin.send(peer, 0);
      for (int i = 0; i < 20_000; i++) {
        each.wave.send(peer, i);
      }
    } catch (IOException e) {
      assertNotNull(e); // closed, as it should be
    }
  }

  // Idleness

  /** Neither pings nor half a head make a connection of any use. */
  @Test
  void aConnectionWithoutRequestsEndsWhateverItSays() throws Exception {
    var hasty = Limits.standard().withTimeouts(Duration.ofMinutes(10), Duration.ofMillis(100));
    for (boolean pings : new boolean[] {true, false}) {
      try (var served = Served.by(Http2RefusalTest::hello, setup -> setup.limits(hasty));
          var peer = Http2Peer.client(served)) {
        var ended = new CountDownLatch(1);
        Thread alive = Thread.ofVirtual().start(() -> keepAlive(peer, pings, ended));
        assertEquals(0, peer.next(GO_AWAY).payload()[7], "NO_ERROR");
        ended.countDown();
        alive.join();
      }
    }
  }

  private static void keepAlive(Http2Peer peer, boolean pings, CountDownLatch ended) {
    try {
      byte[] drops = {0, 0x40, 0, HEADERS, 0, 0, 0, 0, 1};
      for (int i = 0; ended.getCount() > 0; i++) {
        if (pings) {
          peer.send(PING, 0, 0, new byte[8]);
        } else {
          peer.socket.getOutputStream().write(i < drops.length ? drops[i] : 0);
        }
        java.util.concurrent.locks.LockSupport.parkNanos(5_000_000);
      }
    } catch (IOException e) {
      assertNotNull(e); // closed, as it should be
    }
  }

  @Test
  void aHandlerThatFailsInTheMiddleResetsItsStreamAlone() throws Exception {
    Handler handler =
        (request, response) -> {
          response.write("beginning");
          response.flush();
          if (request.method().equals("POST")) {
            throw new IllegalStateException("on purpose");
          }
        };
    try (var served = Served.by(handler);
        var peer = Http2Peer.client(served)) {
      peer.send(HEADERS, WHOLE, 1, POST);
      Frame reset = peer.next();
      while (reset != null && reset.type() != RESET) {
        assertThat(reset.stream() == 1 && reset.ends()).as("it must not end well").isFalse();
        reset = peer.next();
      }
      assertNotNull(reset);
      assertEquals(1, reset.stream());
      peer.send(HEADERS, WHOLE, 3, GET);
      assertEquals("beginning", peer.body(3));
    }
  }
}
