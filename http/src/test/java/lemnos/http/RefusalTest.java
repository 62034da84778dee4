package lemnos.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a server refuses: requests that two parsers might understand differently, and whatever
 * exceeds a limit. Behind each malformed one stands another that must not be answered.
 */
@Timeout(300)
final class RefusalTest {
  private static final String POST = "POST / HTTP/1.1\r\nHost: x\r\n";
  private static final String CHUNKED = POST + "Transfer-Encoding: chunked\r\n\r\n";
  private static final String GET = "GET / HTTP/1.1\r\nHost: x\r\n";
  private static final String SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
  private static final AtomicInteger SMUGGLED_SEEN = new AtomicInteger();
  private static Served served;

  @BeforeAll
  static void start() throws IOException {
    served = Served.by(RefusalTest::answer);
  }

  @AfterAll
  static void stop() {
    served.close();
  }

  private static void answer(Request request, Response response) throws IOException {
    if (request.path().contains("smuggled")) {
      SMUGGLED_SEEN.incrementAndGet();
    }
    response.send("read " + request.body().text().length());
  }

  private record Case(String name, int status, String request) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Case bad(String name, String request) {
    return new Case(name, 400, request);
  }

  /** How long is the body? */
  static List<Case> ambiguousLengths() {
    return List.of(
        bad(
            "length and coding",
            POST + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        bad(
            "coding and length",
            POST + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n"),
        bad("coding in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        bad(
            "both in 1.0",
            "POST / HTTP/1.0\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        bad("two lengths", POST + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc"),
        bad("same length twice", POST + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"),
        bad("list of lengths", POST + "Content-Length: 3, 3\r\n\r\nabc"),
        bad("negative length", POST + "Content-Length: -1\r\n\r\n"),
        bad("signed length", POST + "Content-Length: +3\r\n\r\nabc"),
        bad("hexadecimal length", POST + "Content-Length: 0x3\r\n\r\nabc"),
        bad("length with text", POST + "Content-Length: 3 bytes\r\n\r\nabc"),
        bad("empty length", POST + "Content-Length: \r\n\r\n"),
        bad("huge length", POST + "Content-Length: 99999999999999999999\r\n\r\n"),
        bad("chunked not last", POST + "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"),
        bad("chunked twice", POST + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"),
        bad(
            "chunked in two lines",
            POST + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        bad("unknown coding", POST + "Transfer-Encoding: cow\r\n\r\n"),
        bad("identity", POST + "Transfer-Encoding: identity\r\n\r\n"),
        bad("quoted coding", POST + "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n"),
        bad("vertical tab in coding", POST + "Transfer-Encoding: \u000bchunked\r\n\r\n0\r\n\r\n"));
  }

  /** Heads that are no HTTP. */
  static List<Case> malformedHeads() {
    return List.of(
        bad("space before colon", POST + "Content-Length : 3\r\n\r\nabc"),
        bad("tab before colon", POST + "Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n"),
        bad("folded header", GET + "A: b\r\n c\r\n\r\n"),
        bad("folded with tab", GET + "A: b\r\n\tc\r\n\r\n"),
        bad("folded first header", "GET / HTTP/1.1\r\n Host: x\r\nHost: x\r\n\r\n"),
        bad("folded coding", POST + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"),
        bad("bare line feed", "GET / HTTP/1.1\nHost: x\n\n"),
        bad("bare line feed in headers", GET + "A: b\nC: d\r\n\r\n"),
        bad("bare line feed at the end", GET + "\n"),
        bad("bare return", GET + "A: b\rC: d\r\n\r\n"),
        bad("return in request line", "GET /\r HTTP/1.1\r\nHost: x\r\n\r\n"),
        bad("zero in a value", GET + "A: b\0c\r\n\r\n"),
        bad("zero in a name", GET + "A\0: b\r\n\r\n"),
        bad("no name", GET + ": b\r\n\r\n"),
        bad("no colon", GET + "Abc\r\n\r\n"),
        bad("space in a name", GET + "A b: c\r\n\r\n"),
        bad("brackets in a name", GET + "(A): c\r\n\r\n"),
        bad("no host", "GET / HTTP/1.1\r\n\r\n"),
        bad("two hosts", GET + "Host: y\r\n\r\n"),
        bad("host with a path", "GET / HTTP/1.1\r\nHost: x/y\r\n\r\n"),
        bad("host with a user", "GET / HTTP/1.1\r\nHost: a@x\r\n\r\n"),
        bad("host with a space", "GET / HTTP/1.1\r\nHost: x y\r\n\r\n"),
        bad("host with bytes", "GET / HTTP/1.1\r\nHost: \u00e9\r\n\r\n"),
        bad("space in target", "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n"),
        bad("no target", "GET  HTTP/1.1\r\nHost: x\r\n\r\n"),
        bad("no version", "GET /\r\nHost: x\r\n\r\n"),
        bad("fragment", "GET /#a HTTP/1.1\r\nHost: x\r\n\r\n"),
        bad("relative target", "GET a HTTP/1.1\r\nHost: x\r\n\r\n"),
        bad("star", "GET * HTTP/1.1\r\nHost: x\r\n\r\n"),
        bad("other scheme", "GET ftp://x/ HTTP/1.1\r\nHost: x\r\n\r\n"),
        bad("raw bytes in target", "GET /\u00e9 HTTP/1.1\r\nHost: x\r\n\r\n"),
        bad("bad method", "G(T / HTTP/1.1\r\nHost: x\r\n\r\n"),
        bad("lower-case version", "GET / http/1.1\r\nHost: x\r\n\r\n"),
        bad("binary", "\u0016\u0003\u0001\u0002\0\u0001\r\n\r\n"));
  }

  static List<Case> otherFaults() {
    return List.of(
        new Case("version 2.0", 505, "GET / HTTP/2.0\r\nHost: x\r\n\r\n"),
        new Case("version 0.9", 505, "GET / HTTP/0.9\r\nHost: x\r\n\r\n"),
        new Case("gzip, chunked", 501, POST + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
        new Case("expectation", 417, POST + "Expect: tea\r\nContent-Length: 0\r\n\r\n"),
        bad("chunk size", POST + "Transfer-Encoding: chunked\r\n\r\nx\r\nabc\r\n0\r\n\r\n"),
        bad("negative chunk", POST + "Transfer-Encoding: chunked\r\n\r\n-3\r\nabc\r\n0\r\n\r\n"),
        bad("0x chunk", POST + "Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n"),
        bad("huge chunk", POST + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff3\r\nabc\r\n"),
        bad("space before chunk size", CHUNKED + " 3\r\nabc\r\n0\r\n\r\n"),
        bad("plus before chunk size", CHUNKED + "+3\r\nabc\r\n0\r\n\r\n"),
        bad("return in extension", CHUNKED + "3;a\rb\r\nabc\r\n0\r\n\r\n"),
        bad("endless extension", CHUNKED + "3;" + "a".repeat(40_000) + "\r\nabc\r\n0\r\n\r\n"),
        bad("bare line feed before trailers", CHUNKED + "0\n\r\n"),
        bad("bare return in a trailer", CHUNKED + "0\r\nA: b\rc\r\n\r\n"),
        bad("bare line feed in a trailer", CHUNKED + "0\r\nA: b\nC: d\r\n\r\n"),
        bad("zero in a trailer", CHUNKED + "0\r\nA: b\0c\r\n\r\n"),
        bad("folded trailer", CHUNKED + "0\r\nA: b\r\n c\r\n\r\n"),
        bad("trailer folded with tab", CHUNKED + "3\r\nabc\r\n0\r\nA: b\r\n\tc: d\r\n\r\n"),
        bad("trailer folded once more", CHUNKED + "0\r\nA: b\r\nC: d\r\n \r\n\r\n"),
        bad("folded first trailer", CHUNKED + "0\r\n A: b\r\nC: d\r\n\r\n"),
        bad("no colon in a trailer", CHUNKED + "0\r\nAbc\r\n\r\n"),
        bad("endless trailers", CHUNKED + "0\r\n" + "A: bbbbbbbb\r\n".repeat(4_000) + "\r\n"),
        bad("empty chunk size", POST + "Transfer-Encoding: chunked\r\n\r\n\r\nabc\r\n0\r\n\r\n"),
        bad(
            "chunk longer than said",
            POST + "Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n"),
        bad(
            "chunk with bare line feed",
            POST + "Transfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n"),
        bad(
            "line feed in extension",
            POST + "Transfer-Encoding: chunked\r\n\r\n3;a\nb\r\nabc\r\n0\r\n\r\n"));
  }

  @ParameterizedTest
  @MethodSource({"ambiguousLengths", "malformedHeads", "otherFaults"})
  void isRefusedAndNothingBehindItIsAnswered(Case each) throws Exception {
    SMUGGLED_SEEN.set(0);
    String all = served.exchange(each.request + SMUGGLED);
    assertThat(all).startsWith("HTTP/1.1 " + each.status + " ");
    assertThat(all.split("HTTP/1.1 ", -1)).as("one answer: %s", all).hasSize(2);
    assertThat(all).contains("connection: close");
    assertEquals(0, SMUGGLED_SEEN.get());
  }

  @Test
  void malformedRequestsAreRefusedHoweverTheyAreCut() throws Exception {
    SMUGGLED_SEEN.set(0);
    String head = GET + "A: b\r\n c\r\n\r\n";
    String trailers = CHUNKED + "3\r\nabc\r\n0\r\nA: b\r\n c: d\r\n\r\n";
    for (String folded : List.of(head, trailers)) {
      for (int cut = 1; cut < folded.length(); cut++) {
        try (Socket socket = served.connect()) {
          socket.setTcpNoDelay(true);
          Served.send(socket, folded.substring(0, cut));
          Thread.yield();
          Served.send(socket, folded.substring(cut) + SMUGGLED);
          assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
              .as("cut after %d", cut)
              .startsWith("HTTP/1.1 400");
        }
      }
    }
    assertEquals(0, SMUGGLED_SEEN.get());
  }

  @Test
  void foldedLinesAreCountedAsWhatTheyAreIn() throws Exception {
    Map<Refusal, Long> before = served.server.refused();
    served.exchange(GET + "A: b\r\n c\r\n\r\n");
    served.exchange(CHUNKED + "0\r\nA: b\r\n c\r\n\r\n");
    Map<Refusal, Long> expected = new EnumMap<>(before);
    expected.merge(Refusal.MALFORMED, 1L, Long::sum);
    expected.merge(Refusal.MALFORMED_BODY, 1L, Long::sum);
    assertEquals(expected, served.server.refused());
  }

  static List<Case> tooLong() {
    String x = "x".repeat(20_000);
    return List.of(
        new Case("request line", 414, "GET /" + x + " HTTP/1.1\r\nHost: x\r\n\r\n"),
        new Case("endless request line", 414, "GET /" + x),
        new Case("header", 431, GET + "A: " + x + x + "\r\n\r\n"),
        new Case("endless header", 431, GET + "A: " + x + x),
        new Case("headers together", 431, GET + "A: xxxxxxxxxxxxxxxx\r\n".repeat(3_000) + "\r\n"),
        new Case("many headers", 431, GET + "A: x\r\n".repeat(101) + "\r\n"),
        new Case("length", 413, POST + "Content-Length: 10485761\r\n\r\n"),
        new Case(
            "expected length",
            413,
            POST + "Content-Length: 10485761\r\nExpect: 100-continue\r\n\r\n"),
        new Case(
            "chunks",
            413,
            POST
                + "Transfer-Encoding: chunked\r\n\r\n"
                + "4e20\r\n%s\r\n".formatted(x).repeat(600)));
  }

  @ParameterizedTest
  @MethodSource("tooLong")
  void isRefusedBecauseOfALimit(Case each) throws Exception {
    try (Socket socket = served.connect()) {
      Thread.ofVirtual().start(() -> pour(socket, each.request));
      assertThat(Served.readUntil(socket, "\r\n")).startsWith("HTTP/1.1 " + each.status);
    }
  }

  private static void pour(Socket socket, String text) {
    try {
      Served.send(socket, text);
    } catch (IOException e) {
      // the server has closed the connection before it took all: so it should
      assertThat(e).isNotNull();
    }
  }

  /** A client that loses its connection is none of the server's errors. */
  @Test
  void aBodyThatEndsEarlyIsTheClientsFault() throws Exception {
    for (String body :
        List.of("Content-Length: 10\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n5\r\nabc")) {
      try (Socket socket = served.connect()) {
        Served.send(socket, POST + body);
        socket.shutdownOutput();
        assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
            .startsWith("HTTP/1.1 400")
            .contains("connection: close")
            .endsWith("the body ended early\n");
      }
    }
  }

  @Test
  void aWholeUriSaysWhichHostIsMeant() throws Exception {
    Handler handler = (request, response) -> response.send(request.host());
    try (var hosts = Served.by(handler)) {
      String end = " HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n";
      assertThat(hosts.exchange("GET http://a:80/" + end)).endsWith("\r\n\r\na:80");
      assertThat(hosts.exchange("GET http://a?b" + end)).endsWith("\r\n\r\na");
      assertThat(hosts.exchange("GET //a/" + end)).endsWith("\r\n\r\nb");
      assertThat(hosts.exchange("GET /?http://a/" + end)).endsWith("\r\n\r\nb");
      assertThat(hosts.exchange("GET /" + end.replace("b", "[::1]:80"))).endsWith("[::1]:80");
    }
  }

  /** To the byte: 8 KiB of line, 100 headers of 32 KiB without their ends, 10 MiB of body. */
  @Test
  void whatIsJustWithinTheLimitsIsServed() throws Exception {
    String line = "GET /%s HTTP/1.1";
    assertStatus(200, line.formatted("x".repeat(8192 - line.length() + 2)) + "\r\nHost: x\r\n");
    assertStatus(414, line.formatted("x".repeat(8192 - line.length() + 3)) + "\r\nHost: x\r\n");
    String close = "Connection: close";
    assertStatus(200, GET + "A: x\r\n".repeat(98));
    assertStatus(431, GET + "A: x\r\n".repeat(99));
    int rest = 32 * 1024 - "Host: x".length() - close.length() - "A: ".length();
    assertStatus(200, GET + "A: " + "x".repeat(rest) + "\r\n");
    assertStatus(431, GET + "A: " + "x".repeat(rest + 1) + "\r\n");
    int half = rest / 2;
    String two = GET + "A: " + "x".repeat(half) + "\r\nB: " + "x".repeat(rest - half - 3);
    assertStatus(200, two + "\r\n");
    assertStatus(431, two + "x\r\n");
    String body = "x".repeat(10 * 1024 * 1024);
    String post = POST + "Connection: close\r\nContent-Length: 10485760\r\n\r\n" + body;
    assertThat(served.exchange(post)).endsWith("read 10485760");
  }

  /** The head ends with what makes it the last of its connection. */
  private static void assertStatus(int status, String head) throws IOException {
    assertThat(served.exchange(head + "Connection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 " + status);
  }

  /** What {@code text} is answered, if it takes some attempts until it is sent in time. */
  private static String answer(Served hasty, String text) throws IOException {
    String answer = "";
    while (answer.isEmpty()) {
      try {
        answer = hasty.exchange(text);
      } catch (IOException e) {
        assertThat(e).isNotNull(); // closed before it came
      }
    }
    return answer;
  }

  @Test
  void slowClientsAreCutOff() throws Exception {
    var hasty = Limits.standard().withTimeouts(Duration.ofMillis(100), Duration.ofMillis(300));
    try (var slow = Served.by(RefusalTest::answer, setup -> setup.limits(hasty))) {
      assertThat(answer(slow, "GET / HT")).startsWith("HTTP/1.1 408");
      assertThat(answer(slow, POST + "Content-Length: 100\r\n\r\nabc")).startsWith("HTTP/1.1 408");
      assertEquals("", slow.exchange(""), "who says nothing is told nothing");
      assertThat(answer(slow, GET + "\r\n")).as("and idle for too long").endsWith("read 0");
      assertEquals(1, slow.server.refused().get(Refusal.SLOW_HEAD));
      assertEquals(1, slow.server.refused().get(Refusal.SLOW_BODY));
    }
  }

  /** One byte after the other keeps nobody waiting for longer than the head may take. */
  @Test
  void aHeadThatDripsIsCutOff() throws Exception {
    var hasty = Limits.standard().withTimeouts(Duration.ofMillis(200), Duration.ofSeconds(60));
    try (var slow = Served.by(RefusalTest::answer, setup -> setup.limits(hasty))) {
      String answer = "";
      while (answer.isEmpty()) { // that means that the first drop was late
        answer = answerToDrops(slow);
      }
      assertThat(answer).startsWith("HTTP/1.1 408");
    }
  }

  private static String answerToDrops(Served slow) throws Exception {
    try (Socket socket = slow.connect()) {
      socket.setTcpNoDelay(true);
      var answered = new CountDownLatch(1);
      Thread drip = Thread.ofVirtual().start(() -> drip(socket, answered));
      try {
        return Served.readUntil(socket, "\r\n");
      } catch (IOException e) {
        return "";
      } finally {
        answered.countDown();
        drip.join();
      }
    }
  }

  private static void drip(Socket socket, CountDownLatch answered) {
    while (answered.getCount() > 0) {
      pour(socket, "x");
      LockSupport.parkNanos(5_000_000);
    }
  }

  @Test
  void moreConnectionsThanAllowedWaitUntilOthersEnd() throws Exception {
    var few = Limits.standard().withConnections(2);
    try (var small = Served.by(RefusalTest::answer, setup -> setup.limits(few));
        Socket first = small.connect();
        Socket second = small.connect();
        Socket third = small.connect()) {
      for (Socket socket : List.of(first, second)) {
        Served.send(socket, GET + "\r\n");
        Served.readUntil(socket, "read 0");
      }
      assertEquals(2, small.server.connections());
      Served.send(third, GET + "\r\n");
      first.shutdownOutput();
      Served.readUntil(third, "read 0");
    }
  }

  @Test
  void aResponseCannotBeSplit() throws Exception {
    Handler handler =
        (request, response) ->
            response.header("X", String.valueOf(request.query("v"))).send("not reached");
    try (var splitting = Served.by(handler)) {
      String all =
          splitting.exchange(
              "GET /?v=a%0d%0aSet-Cookie:%20b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
      assertThat(all).startsWith("HTTP/1.1 500").doesNotContain("Set-Cookie");
    }
  }
}
