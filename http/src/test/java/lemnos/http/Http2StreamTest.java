package lemnos.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static lemnos.http.Http2Peer.DATA;
import static lemnos.http.Http2Peer.END_HEADERS;
import static lemnos.http.Http2Peer.END_STREAM;
import static lemnos.http.Http2Peer.GET;
import static lemnos.http.Http2Peer.HEADERS;
import static lemnos.http.Http2Peer.PADDED;
import static lemnos.http.Http2Peer.POST;
import static lemnos.http.Http2Peer.RESET;
import static lemnos.http.Http2Peer.SETTINGS;
import static lemnos.http.Http2Peer.WINDOW_UPDATE;
import static lemnos.http.Http2Peer.number;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import lemnos.http.Http2Peer.Frame;
import lemnos.runtime.Awaitable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What an HTTP/2 stream of a server gives to its handler, and what it sends of it. */
@Timeout(300)
final class Http2StreamTest {
  private static final int WHOLE = END_STREAM | END_HEADERS;
  private static final int CANCEL = 8;

  /** A field that is in no table. */
  private static byte[] field(String name, String value) {
    return ("\0" + (char) name.length() + name + (char) value.length() + value)
        .getBytes(ISO_8859_1);
  }

  private static byte[] joined(byte[]... parts) {
    var all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private static final class Flushes extends ChannelOutboundHandlerAdapter {
    private final AtomicInteger flushes;

    Flushes(AtomicInteger flushes) {
      this.flushes = flushes;
    }

    @Override
    public void flush(ChannelHandlerContext ctx) {
      flushes.incrementAndGet();
      ctx.flush();
    }
  }

  /** Lets all who wait at it go at once. Of one worker. */
  private static final class Gate implements Awaitable {
    private final List<Runnable> waiting = new ArrayList<>();
    private boolean open;

    @Override
    public boolean isReady() {
      return open;
    }

    @Override
    public void arm(Runnable wake) {
      waiting.add(wake);
    }

    void open() {
      open = true;
      waiting.forEach(Runnable::run);
    }
  }

  /** Each flush is a call of the system. */
  @Test
  void whatTheStreamsOfAConnectionAnswerInARoundIsSentTogether() throws Exception {
    int streams = 50;
    var flushes = new AtomicInteger();
    var gate = new Gate();
    Handler handler =
        (request, response) -> {
          if (request.method().equals("POST")) {
            while (gate.waiting.size() < streams) {
              request.context().sleep(Duration.ofMillis(1));
            }
            var stream = (ServerStream) request.connection().link().wire();
            stream.context().pipeline().addFirst(new Flushes(flushes));
            gate.open();
          } else {
            gate.await();
          }
          response.send("hello");
        };
    try (var served = Served.by(handler);
        var peer = Http2Peer.client(served)) {
      for (int i = 0; i < streams; i++) {
        peer.send(HEADERS, WHOLE, 1 + 2 * i, GET);
      }
      peer.send(HEADERS, WHOLE, 1 + 2 * streams, POST);
      for (int answers = 0; answers <= streams; ) {
        Frame got = peer.next();
        assertNotNull(got, "the other end closed");
        answers += got.ends() ? 1 : 0;
      }
      assertThat(flushes.get()).isBetween(1, streams / 5);
    }
  }

  @Test
  void fieldsBehindABodyAreKnownAtItsEnd() throws Exception {
    Handler handler =
        (request, response) -> {
          String text = request.body().text();
          response.send(text + " " + request.body().trailers().get("sum"));
        };
    try (var served = Served.by(handler);
        var peer = Http2Peer.client(served)) {
      peer.send(HEADERS, END_HEADERS, 1, POST);
      peer.send(DATA, 0, 1, "abc".getBytes(ISO_8859_1));
      peer.send(HEADERS, WHOLE, 1, field("sum", "294"));
      assertEquals("abc 294", peer.body(1));
    }
  }

  @Test
  void whatBelongsToAHeadDoesNotStandBehindABody() throws Exception {
    Handler handler = (request, response) -> response.send(request.body().text());
    try (var served = Served.by(handler);
        var peer = Http2Peer.client(served)) {
      peer.send(HEADERS, END_HEADERS, 1, POST);
      peer.send(HEADERS, WHOLE, 1, field(":path", "/other"));
      assertEquals(1, peer.next(RESET).payload()[3], "PROTOCOL_ERROR");
      assertEquals(1, served.server.refused().get(Refusal.HTTP2));
    }
  }

  @Test
  void aCookieMayComeInPieces() throws Exception {
    Handler handler = (request, response) -> response.send(request.header("cookie") + "");
    byte[] head = joined(GET, field("cookie", "a=b"), field("x", "y"), field("cookie", "c=d"));
    try (var served = Served.by(handler);
        var peer = Http2Peer.client(served)) {
      peer.send(HEADERS, WHOLE, 1, head);
      assertEquals("a=b; c=d", peer.body(1));
    }
  }

  @Test
  void fieldsBehindAResponseEndIt() throws Exception {
    Handler handler =
        (_, response) -> {
          response.write("abc");
          response.trailers().set("Sum", "294");
        };
    try (var served = Served.by(handler);
        var peer = Http2Peer.client(served)) {
      peer.send(HEADERS, WHOLE, 1, GET);
      Frame data = peer.next(DATA);
      assertEquals("abc", new String(data.payload(), ISO_8859_1));
      assertThat(data.ends()).isFalse();
      Frame trailers = peer.next(HEADERS);
      assertThat(trailers.ends()).isTrue();
      assertThat(trailers.payload()).isNotEmpty();
    }
  }

  /** Padding counts as content, but nobody takes it. */
  @Test
  void paddingDoesNotUseUpTheWindow() throws Exception {
    var readOn = new CountDownLatch(1);
    Handler handler =
        (request, response) -> {
          while (readOn.getCount() > 0) {
            request.context().sleep(Duration.ofMillis(1));
          }
          response.send("read " + request.body().bytes().length);
        };
    byte[] padded = new byte[257];
    padded[0] = (byte) 255;
    try (var served = Served.by(handler);
        var peer = Http2Peer.client(served)) {
      peer.send(HEADERS, END_HEADERS, 1, POST);
      for (int i = 0; i < 200; i++) {
        peer.send(DATA, PADDED, 1, padded);
      }
      while (peer.next(WINDOW_UPDATE).stream() != 1) {
        // that of the connection
      }
      readOn.countDown();
      peer.send(DATA, END_STREAM, 1);
      assertEquals("read 200", peer.body(1));
    }
  }

  @Test
  void aClientThatMakesNoRoomForAResponseIsGivenUp() throws Exception {
    var hasty = Limits.standard().withTimeouts(Duration.ofSeconds(10), Duration.ofMillis(500));
    Handler handler = (_, response) -> response.send(new byte[10]);
    try (var served = Served.by(handler, setup -> setup.limits(hasty));
        var peer = Http2Peer.client(served)) {
      peer.send(SETTINGS, 0, 0, joined(new byte[] {0, 4}, number(9))); // of a stream's window
      peer.send(HEADERS, WHOLE, 1, GET);
      assertEquals(9, peer.next(DATA).payload().length);
      assertEquals(CANCEL, peer.next(RESET).payload()[3]);
    }
  }

  /** A window that is filled to the last byte does not stop who has nothing more to say. */
  @Test
  void aResponseThatFillsTheWindowEnds() throws Exception {
    Handler handler =
        (_, response) -> {
          response.write(new byte[65_535]);
          response.trailers().set("x", "y");
        };
    try (var served = Served.by(handler);
        var peer = Http2Peer.client(served)) {
      peer.send(HEADERS, WHOLE, 1, GET);
      assertEquals(65_535, peer.body(1).length());
    }
  }

  /**
   * Other streams may keep the connection full for long; who says little need not wait for them.
   */
  @Test
  void aStreamDoesNotWaitForRoomInTheConnectionUntilItHasWrittenMuch() throws Exception {
    Handler handler =
        (request, response) -> {
          var stream = (ServerStream) request.connection().link().wire();
          var buffer = stream.context().channel().unsafe().outboundBuffer();
          buffer.setUserDefinedWritability(1, false);
          response.write("abc");
          buffer.setUserDefinedWritability(1, true);
          response.write("def");
        };
    try (var served = Served.by(handler);
        var peer = Http2Peer.client(served)) {
      peer.send(HEADERS, WHOLE, 1, GET);
      assertEquals("abcdef", peer.body(1));
    }
  }
}
