package lemnos.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that send a body only to a server that wants it: RFC 9110 (10.1.1). */
@Timeout(300)
final class ExpectContinueTest {
  private static final Duration PATIENCE = Duration.ofMinutes(10);
  private static final ConcurrentLinkedQueue<String> ASKED = new ConcurrentLinkedQueue<>();
  private static Served served;

  private final ServerSocket byHand = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());

  ExpectContinueTest() throws IOException {}

  @BeforeAll
  static void start() throws IOException {
    Handler routes =
        new Router()
            .post("/take", (q, r) -> r.send(q.header("expect") + " " + q.body().text()))
            .post("/refuse", (_, r) -> r.status(403).send("no"))
            .post("/needless", (_, r) -> r.send("enough"))
            .post("/away", (_, r) -> r.status(307).redirect("/take"));
    Handler handler =
        (request, response) -> {
          routes.handle(request, response);
          ASKED.add(request.path() + " " + request.body().received());
        };
    served = Served.by(handler);
  }

  @AfterAll
  static void stop() {
    served.close();
  }

  @AfterEach
  void close() throws IOException {
    ASKED.clear();
    byHand.close();
  }

  private static HttpClient client(boolean http2, Duration patience) throws IOException {
    return HttpClient.setup()
        .http2PriorKnowledge(http2)
        .timeout(PATIENCE)
        .continueTimeout(patience)
        .build();
  }

  private static String uri(String path) {
    return served.uri(path).toString();
  }

  private String handUri() {
    return "http://127.0.0.1:" + byHand.getLocalPort() + "/";
  }

  private static String post(HttpClient client, String uri) throws Exception {
    return Asking.run(
        served,
        ctx -> {
          var response = client.post(uri).body("the body").expectContinue().send(ctx);
          return response.status() + " " + response.text();
        });
  }

  private static String write(HttpClient client, String uri) throws Exception {
    return Asking.run(
        served,
        ctx -> {
          try (var upload = client.post(uri).expectContinue().begin(ctx)) {
            upload.write("the ");
            upload.write("body");
            var response = upload.end();
            return response.status() + " " + response.text() + " " + upload.written();
          }
        });
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aServerThatWantsTheBodyGetsIt(boolean http2) throws Exception {
    HttpClient client = client(http2, PATIENCE);
    for (int i = 0; i < 3; i++) {
      assertEquals("200 100-continue the body", post(client, uri("/take")));
      assertEquals("200 100-continue the body 8", write(client, uri("/take")));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aServerThatRefusesGetsNoBody(boolean http2) throws Exception {
    HttpClient client = client(http2, PATIENCE);
    assertEquals("403 no", post(client, uri("/refuse")));
    assertEquals("403 no 0", write(client, uri("/refuse")));
    assertEquals("200 enough", post(client, uri("/needless")));
    assertEquals("200 100-continue the body", post(client, uri("/take")));
    assertThat(ASKED).containsExactly("/refuse 0", "/refuse 0", "/needless 0", "/take 8");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whoIsSentElsewhereSendsTheBodyThere(boolean http2) throws Exception {
    assertEquals("200 100-continue the body", post(client(http2, PATIENCE), uri("/away")));
    assertThat(ASKED).containsExactly("/away 0", "/take 8");
  }

  /** A proxy that passes the expectation on sends no body that nobody wants. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anExpectationIsPassedOn(boolean http2) throws Exception {
    HttpClient client = client(http2, PATIENCE);
    Handler onward =
        (q, r) -> {
          var request = client.post(uri(q.path())).body(q.body()).expectContinue();
          try (var answer = request.send(q.context())) {
            r.status(answer.status()).send(answer.text());
          }
          ASKED.add("proxy " + q.body().received());
        };
    try (var proxy = Served.by(onward)) {
      assertEquals("403 no", post(client, proxy.uri("/refuse").toString()));
      assertEquals("200 100-continue the body", post(client, proxy.uri("/take").toString()));
    }
    assertThat(ASKED).containsExactly("/refuse 0", "proxy 0", "/take 8", "proxy 8");
  }

  @Test
  void withoutABodyNothingIsExpected() throws Exception {
    String header =
        Asking.run(
            served,
            ctx -> client(false, PATIENCE).post(uri("/take")).expectContinue().send(ctx).text());
    assertEquals("null ", header);
  }

  // Servers made by hand

  private interface Answering {
    void to(Socket socket) throws IOException;
  }

  private CompletableFuture<Void> serve(Answering... clients) {
    return CompletableFuture.runAsync(
        () -> {
          for (Answering client : clients) {
            try (Socket socket = byHand.accept()) {
              socket.setSoTimeout(60_000);
              client.to(socket);
            } catch (IOException e) {
              throw new java.io.UncheckedIOException(e);
            }
          }
        });
  }

  @Test
  void otherWordsThan100DoNotCount() throws Exception {
    HttpClient client = client(false, PATIENCE);
    Answering refusing =
        socket -> {
          hint(socket);
          Served.send(socket, "HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno");
          assertEquals(-1, socket.getInputStream().read());
        };
    Answering wanting =
        socket -> {
          hint(socket);
          Served.send(socket, "HTTP/1.1 100 Continue\r\n\r\n");
          assertEquals("the body", Served.readUntil(socket, "body"));
          Served.send(socket, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        };
    var done = serve(refusing, wanting);
    assertEquals("403 no", post(client, handUri()));
    assertEquals("200 ok", post(client, handUri()));
    done.get();
  }

  private static void hint(Socket socket) throws IOException {
    assertThat(Served.readUntil(socket, "\r\n\r\n")).contains("100-continue");
    Served.send(socket, "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n");
    Served.send(socket, "HTTP/1.1 102 Processing\r\n\r\n");
  }

  @Test
  void aServerThatSaysNothingGetsTheBodyInTheEnd() throws Exception {
    HttpClient client = client(false, Duration.ofNanos(1));
    Answering silent =
        socket -> {
          Served.readUntil(socket, "\r\n\r\n");
          Served.readUntil(socket, "body");
          Served.send(socket, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nok");
        };
    var done = serve(silent, silent);
    assertEquals("200 ok", post(client, handUri()));
    assertEquals(
        "200 ok",
        Asking.run(
            served,
            ctx -> {
              var request = client.post(handUri()).header("Content-Length", "4");
              try (var upload = request.expectContinue().begin(ctx)) {
                upload.write("body");
                var response = upload.end();
                return response.status() + " " + response.text();
              }
            }));
    done.get();
  }

  @Test
  void nothingIsSentAfterARefusal() throws Exception {
    HttpClient client = client(false, PATIENCE);
    Answering refusing =
        socket -> {
          Served.readUntil(socket, "\r\n\r\n");
          Served.send(socket, "HTTP/1.1 401 Who?\r\nContent-Length: 3\r\n\r\nwho");
          assertEquals(-1, socket.getInputStream().read());
        };
    var done = serve(refusing, refusing);
    assertEquals("401 who", post(client, handUri()));
    assertEquals("401 who 0", write(client, handUri()));
    done.get();
  }

  @Test
  void aServerThatKnowsNoExpectationsIsAskedWithout() throws Exception {
    HttpClient client = client(false, PATIENCE);
    Answering old =
        socket -> {
          assertThat(Served.readUntil(socket, "\r\n\r\n")).contains("100-continue");
          Served.send(socket, "HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n");
          assertEquals(-1, socket.getInputStream().read());
        };
    Answering again =
        socket -> {
          assertThat(Served.readUntil(socket, "\r\n\r\n")).doesNotContain("100-continue");
          Served.readUntil(socket, "body");
          Served.send(socket, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nok");
        };
    var done = serve(old, again, old, again);
    assertEquals("200 ok", post(client, handUri()));
    assertEquals("200 ok 8", write(client, handUri()));
    done.get();
  }

  @Test
  void aServerThatLeavesInsteadIsAnError() throws Exception {
    HttpClient client = client(false, PATIENCE);
    var done = serve(socket -> Served.readUntil(socket, "\r\n\r\n"));
    assertThat(
            Asking.failure(
                served, ctx -> client.post(handUri()).body("the body").expectContinue().send(ctx)))
        .isInstanceOf(IOException.class);
    done.get();
  }

  // The same over HTTP/2

  /** The status of an answer, in HPACK: a literal whose name is that of entry 8. */
  private static byte[] status(String code) {
    byte[] digits = code.getBytes(StandardCharsets.US_ASCII);
    return new byte[] {8, 3, digits[0], digits[1], digits[2]};
  }

  @Test
  void overHttp2TheBodyWaitsToo() throws Exception {
    HttpClient client = client(true, PATIENCE);
    var text =
        Asking.begin(
            served.runtime(),
            ctx -> client.post(handUri()).body("the body").expectContinue().send(ctx).status());
    try (var peer = Http2Peer.server(byHand)) {
      int stream = peer.next(Http2Peer.HEADERS).stream();
      peer.send(Http2Peer.HEADERS, Http2Peer.END_HEADERS, stream, status("103"));
      peer.send(Http2Peer.PING, 0, 0, new byte[8]);
      Http2Peer.Frame frame = peer.next();
      while (frame != null && frame.type() != Http2Peer.PING) {
        assertThat(frame.type()).isNotEqualTo(Http2Peer.DATA);
        frame = peer.next();
      }
      peer.send(Http2Peer.HEADERS, Http2Peer.END_HEADERS, stream, status("100"));
      assertEquals("the body", peer.body(stream));
      peer.send(
          Http2Peer.HEADERS, Http2Peer.END_HEADERS | Http2Peer.END_STREAM, stream, status("204"));
      assertEquals(204, text.get());
    }
  }

  @Test
  void overHttp2ARefusalEndsTheStream() throws Exception {
    HttpClient client = client(true, PATIENCE);
    var text =
        Asking.begin(
            served.runtime(),
            ctx -> {
              try (var r = client.post(handUri()).body("the body").expectContinue().send(ctx)) {
                return r.status();
              }
            });
    try (var peer = Http2Peer.server(byHand)) {
      int stream = peer.next(Http2Peer.HEADERS).stream();
      peer.send(
          Http2Peer.HEADERS, Http2Peer.END_HEADERS | Http2Peer.END_STREAM, stream, status("403"));
      assertEquals(403, text.get());
      Http2Peer.Frame frame = peer.next();
      while (frame != null && frame.type() != Http2Peer.RESET) {
        assertThat(frame.type()).isNotEqualTo(Http2Peer.DATA);
        frame = peer.next();
      }
      assertEquals(stream, frame == null ? -1 : frame.stream());
    }
  }
}
