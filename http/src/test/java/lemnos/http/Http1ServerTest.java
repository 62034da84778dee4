package lemnos.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOption;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** HTTP/1.1 and 1.0 as plain sockets and the JDK's client see it. */
@Timeout(300)
final class Http1ServerTest {
  private static final String GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  private static final String LAST = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

  private static void hello(Request request, Response response) throws IOException {
    response.send("hello " + request.path());
  }

  private static void echo(Request request, Response response) throws IOException {
    for (ByteBuf piece = request.body().read(); piece != null; piece = request.body().read()) {
      response.write(piece);
    }
  }

  @Test
  void aWholeResponseHasItsLength() throws Exception {
    try (var served = Served.by(Http1ServerTest::hello)) {
      String all = served.exchange(LAST);
      assertThat(all)
          .containsPattern("date: \\w{3}, \\d\\d \\w{3} \\d{4} \\d\\d:\\d\\d:\\d\\d GMT");
      assertEquals(
          "HTTP/1.1 200 OK\r\ncontent-type: text/plain; charset=utf-8\r\nconnection: close\r\n"
              + "content-length: 7\r\n\r\nhello /",
          Served.withoutDate(all));
    }
  }

  private static List<String> fields(Handler handler) throws Exception {
    try (var served = Served.by(handler)) {
      String head = served.exchange(LAST).split("\r\n\r\n", 2)[0];
      return head.lines().skip(1).sorted().toList();
    }
  }

  @Test
  void whatAHandlerSaysOfDateAndLengthIsSaidOnce() throws Exception {
    assertEquals(
        List.of("connection: close", "content-length: 2", "date: then"),
        fields((_, response) -> response.header("date", "then").send(new byte[2])));
    assertEquals(
        List.of("connection: close", "content-length: 2", "date: then"),
        fields(
            (_, response) ->
                response.header("date", "then").header("content-length", "9").send(new byte[2])));
    assertEquals(
        List.of("connection: close", "content-length: 2"),
        fields((_, response) -> response.header("content-length", "9").send(new byte[2])).stream()
            .filter(field -> !field.startsWith("date"))
            .toList());
    assertEquals(
        List.of("connection: close", "content-length: 2000", "date: then"),
        fields((_, response) -> response.header("date", "then").send(new byte[2000])));
  }

  @Test
  void aConnectionIsKeptForTheNextRequest() throws Exception {
    try (var served = Served.by(Http1ServerTest::hello);
        Socket socket = served.connect()) {
      for (int i = 0; i < 3; i++) {
        Served.send(socket, GET);
        assertThat(Served.readUntil(socket, "hello /")).startsWith("HTTP/1.1 200");
      }
      Served.send(socket, LAST);
      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
          .contains("connection: close");
    }
  }

  @Test
  void pipelinedRequestsAreAnsweredInOrder() throws Exception {
    try (var served = Served.by(Http1ServerTest::hello)) {
      var requests = new StringBuilder();
      for (int i = 0; i < 500; i++) {
        requests.append("GET /").append(i).append(" HTTP/1.1\r\nHost: x\r\n\r\n");
      }
      String all = served.exchange(requests + LAST);
      List<String> paths = new ArrayList<>();
      all.lines().filter(line -> line.startsWith("hello")).forEach(paths::add);
      assertEquals(501, all.split("hello", -1).length - 1);
      for (int i = 0; i < 500; i++) {
        assertThat(paths.get(i)).startsWith("hello /" + i);
      }
    }
  }

  @Test
  void anAnswerDoesNotWaitForThePipelinedRequestBehindIt() throws Exception {
    var release = new CountDownLatch(1);
    Handler handler =
        (request, response) -> {
          while (request.path().equals("/slow") && release.getCount() > 0) {
            request.context().sleep(Duration.ofMillis(1));
          }
          hello(request, response);
        };
    try (var served = Served.by(handler);
        Socket socket = served.connect()) {
      Served.send(socket, GET + "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
      Served.readUntil(socket, "hello /");
      release.countDown();
      Served.readUntil(socket, "hello /slow");
    }
  }

  @Test
  void oldClientsGetWhatTheyUnderstand() throws Exception {
    try (var served = Served.by(Http1ServerTest::echo)) {
      String all = served.exchange("POST / HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc");
      assertThat(all).endsWith("\r\n\r\nabc").doesNotContain("chunked");
      all = served.exchange("POST / HTTP/1.0\r\nContent-Length: 0\r\n\r\n");
      assertThat(all).contains("content-length: 0");
    }
    try (var served = Served.by(Http1ServerTest::hello);
        Socket socket = served.connect()) {
      Served.send(socket, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
      assertThat(Served.readUntil(socket, "hello /")).contains("connection: keep-alive");
      Served.send(socket, "GET / HTTP/1.0\r\n\r\n");
      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
          .endsWith("hello /");
    }
  }

  @Test
  void bodiesStreamBothWaysInChunks() throws Exception {
    try (var served = Served.by(Http1ServerTest::echo)) {
      String all =
          served.exchange(
              "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
                  + "Connection: close\r\n\r\n"
                  + "3;ext=1\r\nabc\r\n4\r\ndefg\r\n0\r\nX-Trailer: y\r\n\r\n");
      assertThat(all).contains("transfer-encoding: chunked").endsWith("0\r\n\r\n");
      assertThat(all.replaceAll("(?s).*\r\n\r\n([37]\r\n)", "$1")).contains("abc").contains("defg");
    }
  }

  @Test
  void aBigBodyArrivesUnchanged() throws Exception {
    long seed = new Random().nextLong();
    byte[] body = new byte[9_000_000];
    new Random(seed).nextBytes(body);
    // That client reads nothing before it has sent all, so an echo would have it wait for ever.
    try (var served = Served.by((asked, response) -> response.send(asked.body().bytes()));
        HttpClient client = HttpClient.newHttpClient()) {
      var request =
          HttpRequest.newBuilder(served.uri("/")).POST(BodyPublishers.ofByteArray(body)).build();
      byte[] back = client.send(request, BodyHandlers.ofByteArray()).body();
      assertThat(back).as("seed %d", seed).isEqualTo(body);
    }
  }

  @Test
  void aClientThatExpectsToContinueIsToldSoOnlyIfItsBodyIsWanted() throws Exception {
    String head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n";
    try (var served = Served.by((request, response) -> response.send(request.body().text()));
        Socket socket = served.connect()) {
      Served.send(socket, head);
      assertEquals("HTTP/1.1 100 Continue\r\n\r\n", Served.readUntil(socket, "\r\n\r\n"));
      Served.send(socket, "abc");
      assertThat(Served.readUntil(socket, "abc")).startsWith("HTTP/1.1 200");
    }
    try (var served = Served.by((_, response) -> response.status(403).send("no"))) {
      assertThat(served.exchange(head)).startsWith("HTTP/1.1 403").endsWith("no");
    }
  }

  @Test
  void headTellsWhatGetWouldSend() throws Exception {
    try (var served = Served.by(Http1ServerTest::hello)) {
      String all = served.exchange(LAST.replace("GET", "HEAD"));
      assertThat(all).contains("content-length: 7").endsWith("\r\n\r\n");
    }
    try (var served = Served.by((_, response) -> response.write("piece"))) {
      assertThat(served.exchange(LAST.replace("GET", "HEAD"))).endsWith("\r\n\r\n");
    }
    try (var served = Served.by((_, response) -> response.status(204).send())) {
      assertThat(served.exchange(LAST)).startsWith("HTTP/1.1 204").doesNotContain("content-length");
    }
  }

  @Test
  void aBodyThatNobodyReadDoesNotHarmTheNextRequest() throws Exception {
    String post = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n12345";
    try (var served = Served.by((_, response) -> response.send("done"))) {
      assertEquals(3, served.exchange(post + post + LAST).split("done", -1).length - 1);
      String huge = post.replace("Length: 5", "Length: 500000") + "x".repeat(499_995);
      assertThat(served.exchange(huge)).startsWith("HTTP/1.1 200").endsWith("done");
    }
  }

  @Test
  void afterHalfACloseTheAnswerStillArrives() throws Exception {
    try (var served = Served.by(Http1ServerTest::hello);
        Socket socket = served.connect()) {
      Served.send(socket, GET);
      socket.shutdownOutput();
      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
          .endsWith("hello /");
    }
  }

  @Test
  void aFailingHandlerIsAnErrorOfTheServerAndNothingElse() throws Exception {
    Handler handler =
        (request, response) -> {
          switch (request.path()) {
            case "/throws" -> throw new IllegalStateException("on purpose");
            case "/teapot" -> throw new HttpException(418, "short and stout\n");
            case "/late" -> {
              response.write("beginning");
              response.flush();
              throw new IllegalStateException("on purpose");
            }
            default -> deeper(1);
          }
        };
    try (var served = Served.by(handler);
        Socket socket = served.connect()) {
      for (String path : List.of("/throws", "/deep")) {
        Served.send(socket, "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
        assertThat(Served.readUntil(socket, "internal server error\n"))
            .startsWith("HTTP/1.1 500")
            .doesNotContain("on purpose");
      }
      Served.send(socket, "GET /teapot HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(Served.readUntil(socket, "stout\n")).startsWith("HTTP/1.1 418");
      Served.send(socket, "GET /late HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(Served.readUntil(socket, "beginning\r\n")).startsWith("HTTP/1.1 200");
      assertEquals(-1, readOrReset(socket), "the body must not end well");
    }
  }

  static int readOrReset(Socket socket) {
    try {
      return socket.getInputStream().read();
    } catch (IOException e) {
      return -1;
    }
  }

  @SuppressWarnings("InfiniteRecursion")
  private static int deeper(int depth) {
    return depth + deeper(depth + 1);
  }

  @Test
  void aClientThatDoesNotReadStopsTheHandler() throws Exception {
    var written = new AtomicLong();
    Handler handler =
        (_, response) -> {
          for (int i = 0; i < 2_000; i++) {
            response.write(Unpooled.wrappedBuffer(new byte[64 * 1024]));
            written.addAndGet(64 * 1024);
          }
        };
    try (var served = Served.by(handler);
        Socket socket = served.connect()) {
      Served.send(socket, LAST);
      assertThat(stable(written)).isLessThan(1_000L * 64 * 1024);
      socket.getInputStream().readAllBytes();
      assertEquals(2_000L * 64 * 1024, written.get());
    }
  }

  @Test
  void aHandlerThatDoesNotReadStopsTheClient() throws Exception {
    var readOn = new CountDownLatch(1);
    long total = 100_000_000;
    Handler handler =
        (request, response) -> {
          request.body().limit(total);
          while (readOn.getCount() > 0) {
            request.context().sleep(Duration.ofMillis(1));
          }
          long sum = 0;
          for (ByteBuf b = request.body().read(); b != null; b = request.body().read()) {
            sum += b.readableBytes();
            b.release();
          }
          response.send(sum + "\n");
        };
    try (var served = Served.by(handler);
        Socket socket = served.connect()) {
      Served.send(socket, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + total + "\r\n\r\n");
      var sent = new AtomicLong();
      var sender = CompletableFuture.runAsync(() -> pour(socket, total, sent));
      assertThat(stable(sent)).isLessThan(total / 2);
      readOn.countDown();
      assertThat(Served.readUntil(socket, "\n\r\n" + total + "\n".substring(1))).isNotEmpty();
      sender.get(60, TimeUnit.SECONDS);
    }
  }

  private static void pour(Socket socket, long total, AtomicLong sent) {
    byte[] piece = new byte[50_000];
    try {
      while (sent.get() < total) {
        socket.getOutputStream().write(piece);
        sent.addAndGet(piece.length);
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** The value once it has stopped to change for a while, whatever the speed of the machine. */
  private static long stable(AtomicLong value) {
    long last = -1;
    for (int same = 0; same < 20; ) {
      LockSupport.parkNanos(10_000_000);
      long now = value.get();
      same = now == last && now > 0 ? same + 1 : 0;
      last = now;
    }
    return last;
  }

  @Test
  void aStoppingServerAnswersWhatItHasGot() throws Exception {
    var running = new CountDownLatch(1);
    var release = new CountDownLatch(1);
    Handler handler =
        (request, response) -> {
          if (request.path().equals("/slow")) {
            running.countDown();
            while (release.getCount() > 0) {
              request.context().sleep(Duration.ofMillis(1));
            }
          }
          hello(request, response);
        };
    try (var served = Served.by(handler);
        Socket busy = served.connect();
        Socket idle = served.connect()) {
      Served.send(idle, GET);
      Served.readUntil(idle, "hello /"); // so it was accepted
      Served.send(busy, "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
      running.await();
      var stopped = CompletableFuture.supplyAsync(() -> served.server.stop(Duration.ofSeconds(60)));
      assertEquals(-1, idle.getInputStream().read(), "an idle connection ends at once");
      release.countDown();
      String answer = new String(busy.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(answer).contains("connection: close").endsWith("hello /slow");
      assertTrue(stopped.get(), "drained");
    }
  }

  @Test
  void aStoppingServerDoesNotWaitForEver() throws Exception {
    var running = new CountDownLatch(1);
    Handler handler =
        (request, _) -> {
          running.countDown();
          request.context().receiveNext();
        };
    try (var served = Served.by(handler);
        Socket busy = served.connect()) {
      Served.send(busy, GET);
      running.await();
      assertThat(served.server.stop(Duration.ofMillis(50))).isFalse();
      assertEquals(-1, readOrReset(busy));
      served.runtime().close();
    }
  }

  @Test
  void eachAnswerIsInTheAccessLog() throws Exception {
    var log = new CompletableFuture<Access>();
    try (var served = Served.by(Http1ServerTest::hello, setup -> setup.accessLog(log::complete))) {
      served.exchange(
          "GET /a?b HTTP/1.1\r\nHost: x\r\nUser-Agent: \"x\"\r\nConnection: close\r\n\r\n");
      assertThat(log.get().toString())
          .startsWith("127.0.0.1 - - [")
          .endsWith("] \"GET /a?b HTTP/1.1\" 200 8 \"-\" \"\\u0022x\\u0022\"");
    }
  }

  @Test
  void whoTakesItsTimeGetsTheWholeOfTheLastResponse() throws Exception {
    int size = 60_000; // more than the system's buffers hold, and few enough not to be waited for
    Handler handler =
        (request, response) -> {
          request
              .connection()
              .link()
              .channelWire()
              .channel()
              .config()
              .setOption(ChannelOption.SO_SNDBUF, 4_000);
          response.send(new byte[size]);
        };
    try (var served = Served.by(handler);
        var socket = new Socket()) {
      socket.setReceiveBufferSize(4_000);
      socket.connect(new InetSocketAddress("localhost", served.port()));
      Served.send(socket, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
      Served.readUntil(socket, "\r\n\r\n");
      assertFalse(new CountDownLatch(1).await(ChannelWire.LINGER_SECONDS + 1, TimeUnit.SECONDS));
      assertEquals(size, socket.getInputStream().readAllBytes().length);
    }
  }
}
