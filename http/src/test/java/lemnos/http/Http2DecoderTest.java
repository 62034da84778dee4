package lemnos.http;

import static lemnos.http.Http2Peer.ACK;
import static lemnos.http.Http2Peer.DATA;
import static lemnos.http.Http2Peer.END_HEADERS;
import static lemnos.http.Http2Peer.END_STREAM;
import static lemnos.http.Http2Peer.GET;
import static lemnos.http.Http2Peer.GO_AWAY;
import static lemnos.http.Http2Peer.HEADERS;
import static lemnos.http.Http2Peer.OK;
import static lemnos.http.Http2Peer.PING;
import static lemnos.http.Http2Peer.POST;
import static lemnos.http.Http2Peer.RESET;
import static lemnos.http.Http2Peer.SETTINGS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import lemnos.http.Http2Peer.Frame;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What comes on streams that are over. */
@Timeout(300)
final class Http2DecoderTest {
  private static final int WHOLE = END_STREAM | END_HEADERS;
  private static final int PROTOCOL_ERROR = 1;
  private static final int STREAM_CLOSED = 5;
  private static final int REFUSED_STREAM = 7;

  private static void hello(Request request, Response response) throws IOException {
    response.send("hello");
  }

  /** Answers when {@code release} says so. */
  private static Handler waiting(CountDownLatch release) {
    return (request, response) -> {
      while (release.getCount() > 0) {
        request.context().sleep(Duration.ofMillis(1));
      }
      hello(request, response);
    };
  }

  /** The types of the frames that come before the answer to a ping, which is sent now. */
  private static List<Integer> untilNow(Http2Peer peer) throws IOException {
    peer.send(PING, 0, 0, new byte[8]);
    List<Integer> types = new ArrayList<>();
    Frame frame = peer.next();
    while (frame != null && !(frame.type() == PING && frame.flags() == ACK)) {
      types.add(frame.type());
      frame = peer.next();
    }
    assertNotNull(frame, "the other end closed");
    return types;
  }

  private static void assertReset(Http2Peer peer, int stream, int code) {
    Frame reset = peer.next(RESET);
    assertEquals(stream, reset.stream());
    assertEquals(code, reset.payload()[3]);
  }

  private static void assertEnds(Served served, Http2Peer peer, int code) {
    assertEquals(code, peer.next(GO_AWAY).payload()[7]);
    while (peer.next() != null) {
      // until it closes
    }
    assertEquals(1, served.server.refused().get(Refusal.HTTP2));
  }

  @Test
  void aStreamThatTheClientHasEndedBeginsNoSecondTime() throws Exception {
    var release = new CountDownLatch(1);
    try (var served = Served.by(waiting(release));
        var peer = Http2Peer.client(served)) {
      peer.send(HEADERS, WHOLE, 1, GET);
      peer.send(HEADERS, WHOLE, 1, GET);
      assertReset(peer, 1, STREAM_CLOSED);
      release.countDown();
      peer.send(HEADERS, WHOLE, 3, GET);
      assertEquals("hello", peer.body(3));
    }
  }

  @Test
  void aFaultyHeadIsNoSecondOne() throws Exception {
    byte[] withoutPath = {(byte) 0x82, (byte) 0x86, 0x41, 1, 'x'};
    try (var served = Served.by(Http2DecoderTest::hello);
        var peer = Http2Peer.client(served)) {
      peer.send(HEADERS, WHOLE, 1, withoutPath);
      assertReset(peer, 1, PROTOCOL_ERROR);
    }
  }

  @Test
  void aStreamThatIsClosedBeginsNoSecondTime() throws Exception {
    try (var served = Served.by(Http2DecoderTest::hello);
        var peer = Http2Peer.client(served)) {
      for (int stream = 1; stream <= 5; stream += 2) {
        peer.send(HEADERS, WHOLE, stream, GET);
        assertEquals("hello", peer.body(stream));
      }
      peer.send(HEADERS, WHOLE, 3, GET);
      assertEnds(served, peer, STREAM_CLOSED);
    }
  }

  @Test
  void aStreamThatWasPassedOverDoesNotBegin() throws Exception {
    try (var served = Served.by(Http2DecoderTest::hello);
        var peer = Http2Peer.client(served)) {
      peer.send(HEADERS, WHOLE, 5, GET);
      assertEquals("hello", peer.body(5));
      peer.send(HEADERS, WHOLE, 3, GET);
      assertEnds(served, peer, PROTOCOL_ERROR);
    }
  }

  @Test
  void whatComesBehindAFaultIsNotHandled() throws Exception {
    var handled = new ConcurrentLinkedQueue<String>();
    Handler handler =
        (request, response) -> {
          handled.add(request.method());
          hello(request, response);
        };
    try (var served = Served.by(handler);
        var peer = Http2Peer.client(served)) {
      peer.send(HEADERS, WHOLE, 5, GET);
      assertEquals("hello", peer.body(5));
      peer.sendTogether(new Frame(HEADERS, WHOLE, 3, GET), new Frame(HEADERS, WHOLE, 7, POST));
      assertEnds(served, peer, PROTOCOL_ERROR);
      served.server.stop(Duration.ofMinutes(1));
      assertThat(handled).containsExactly("GET");
    }
  }

  @Test
  void whatWasOnItsWayWhenWeEndedAStreamIsIgnored() throws Exception {
    var little = Limits.standard().withBodyBytes(10);
    Handler handler =
        (request, response) -> {
          request.body().bytes();
          hello(request, response);
        };
    try (var served = Served.by(handler, setup -> setup.limits(little));
        var peer = Http2Peer.client(served)) {
      for (int stream = 1; stream <= 5; stream += 2) {
        peer.send(HEADERS, END_HEADERS, stream, POST);
        peer.send(DATA, 0, stream, new byte[11]);
        assertThat(peer.body(stream)).contains("413");
        assertEquals(stream, peer.next(RESET).stream());
      }
      for (int stream = 1; stream <= 5; stream += 2) {
        peer.send(DATA, 0, stream, new byte[100]);
        peer.send(HEADERS, WHOLE, stream, new byte[] {0, 1, 'a', 1, 'b'});
      }
      assertThat(untilNow(peer)).doesNotContain(RESET, GO_AWAY);
      peer.send(HEADERS, WHOLE, 7, GET);
      assertEquals("hello", peer.body(7));
    }
  }

  @Test
  void whatBelongsToARefusedStreamIsIgnored() throws Exception {
    var release = new CountDownLatch(1);
    var one = Limits.standard().withStreams(1);
    try (var served = Served.by(waiting(release), setup -> setup.limits(one));
        var peer = Http2Peer.client(served)) {
      peer.next(SETTINGS);
      peer.send(SETTINGS, ACK, 0);
      peer.send(HEADERS, WHOLE, 1, GET);
      peer.send(HEADERS, END_HEADERS, 3, POST);
      assertReset(peer, 3, REFUSED_STREAM);
      release.countDown();
      peer.body(1);
      peer.send(HEADERS, WHOLE, 5, GET);
      assertEquals("hello", peer.body(5));
      peer.send(DATA, END_STREAM, 3, new byte[100]);
      assertThat(untilNow(peer)).doesNotContain(RESET, GO_AWAY);
    }
  }

  @Test
  void whatWasOnItsWayWhenAClientLeftAStreamIsIgnored() throws Exception {
    HttpClient client = HttpClient.setup().http2PriorKnowledge(true).bodyBytes(10).build();
    try (var served = Served.by(Http2DecoderTest::hello);
        var byHand = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      String uri = "http://127.0.0.1:" + byHand.getLocalPort() + "/";
      var left =
          Asking.begin(
              served.runtime(),
              ctx -> {
                try (var response = client.get(uri).send(ctx)) {
                  return assertThrows(IOException.class, response::text).getMessage();
                }
              });
      try (var peer = Http2Peer.server(byHand)) {
        int stream = peer.next(HEADERS).stream();
        peer.send(HEADERS, END_HEADERS, stream, OK);
        peer.send(DATA, 0, stream, new byte[11]);
        assertEquals(stream, peer.next(RESET).stream());
        for (int i = 0; i < 4; i++) {
          peer.send(DATA, 0, stream, new byte[10]);
        }
        assertThat(untilNow(peer)).doesNotContain(RESET, GO_AWAY);
        assertThat(left.get()).contains("more than 10 bytes");
      }
    }
  }
}
