package lemnos.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What stands between the server and its handlers. */
@Timeout(300)
final class MiddlewareTest {
  private static String ask(Served served, String line, String... headers) throws IOException {
    var text = new StringBuilder(line + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n");
    for (String header : headers) {
      text.append(header).append("\r\n");
    }
    return served.exchange(text + "\r\n");
  }

  private static void api(Request request, Response response) throws IOException {
    switch (request.path()) {
      case "/missing" -> throw new HttpException(404, "nothing\n");
      case "/broken" -> throw new IllegalStateException("on purpose");
      default -> response.header("ETag", "\"1\"").send("hello");
    }
  }

  @Test
  void headersAreAddedToWhateverIsAnswered() throws Exception {
    Middleware named =
        (request, response, next) -> {
          response.beforeHead(r -> r.header("X-Seen", r.headers().get("X-Seen") + "!"));
          next.handle(request, response);
        };
    Middleware marked =
        (request, response, next) -> {
          response.beforeHead(r -> r.header("X-Seen", "status " + r.status()));
          next.handle(request, response);
        };
    Handler handler = MiddlewareTest::api;
    try (var served = Served.by(handler.with(named, marked))) {
      assertThat(ask(served, "GET /")).contains("X-Seen: status 200!\r\n", "ETag");
      assertThat(ask(served, "GET /missing")).contains("X-Seen: status 404!\r\n");
      assertThat(ask(served, "GET /broken")).contains("X-Seen: status 500!\r\n");
    }
    Handler streaming = (_, response) -> response.write("piece");
    try (var served = Served.by(streaming.with(named, marked))) {
      assertThat(ask(served, "GET /")).containsOnlyOnce("X-Seen: status 200!\r\n");
    }
  }

  @Test
  void whatAMiddlewareKnowsTheHandlerMayKnow() throws Exception {
    Middleware counted =
        (request, response, next) -> next.handle(request.attach(Integer.class, 7), response);
    Handler handler =
        (r, response) ->
            response.send(r.attachment(Integer.class) + " " + r.attachment(String.class));
    try (var served = Served.by(handler.with(counted))) {
      assertThat(ask(served, "GET /")).endsWith("\r\n\r\n7 null");
    }
  }

  @Test
  void aPasswordIsAskedFor() throws Exception {
    Handler handler = (r, response) -> response.send("hello " + r.attachment(BasicAuth.User.class));
    try (var served = Served.by(handler.with(BasicAuth.of("stock", "Ann", "pa:ß")))) {
      String challenge = "WWW-Authenticate: Basic realm=\"stock\", charset=\"UTF-8\"\r\n";
      for (String wrong :
          new String[] {
            "",
            "Bearer x",
            "Basic",
            "Basic ",
            "Basic !!!",
            "Basic QW5u", // no colon
            BasicAuth.credentials("Ann", "pa:s"),
            BasicAuth.credentials("Bob", "pa:ß"),
            BasicAuth.credentials("", "")
          }) {
        assertThat(ask(served, "GET /", "Authorization: " + wrong))
            .as(wrong)
            .startsWith("HTTP/1.1 401")
            .containsIgnoringCase(challenge);
      }
      String right = BasicAuth.credentials("Ann", "pa:ß");
      assertEquals("Basic QW5uOnBhOsOf", right);
      for (String said : new String[] {right, right.replace("Basic", "bASIC ")}) {
        assertThat(ask(served, "GET /", "Authorization: " + said))
            .startsWith("HTTP/1.1 200")
            .endsWith("hello User[name=Ann]");
      }
      var client = HttpClient.setup().build();
      String uri = served.uri("/").toString();
      assertEquals(
          "hello User[name=Ann]",
          Asking.run(served, ctx -> client.get(uri).basicAuth("Ann", "pa:ß").send(ctx).text()));
      assertThatThrownBy(() -> client.get(uri).basicAuth("A:b", "c"))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> BasicAuth.of("a\"b", "c", "d"))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  private static final String ORIGIN = "Origin: https://shop.example";
  private static final String ALLOWED = "access-control-allow-origin: https://shop.example\r\n";

  @Test
  void pagesOfNamedOriginsMayAsk() throws Exception {
    var cors =
        Cors.of("https://shop.example", "https://other.example")
            .methods("GET", "PUT")
            .headers("Content-Type")
            .exposed("ETag")
            .credentials()
            .maxAge(Duration.ofHours(1));
    Handler handler = MiddlewareTest::api;
    try (var served = Served.by(handler.with(cors))) {
      for (String path : new String[] {"/", "/missing", "/broken"}) {
        assertThat(ask(served, "GET " + path, ORIGIN))
            .contains(ALLOWED, "vary: origin\r\n")
            .contains("access-control-allow-credentials: true\r\n")
            .contains("access-control-expose-headers: ETag\r\n");
      }
      assertThat(ask(served, "GET /", "Origin: https://evil.example"))
          .startsWith("HTTP/1.1 200")
          .contains("vary: origin\r\n")
          .doesNotContain("access-control");
      assertThat(ask(served, "GET /")).contains("vary: origin").doesNotContain("access-control");
      String asks = "Access-Control-Request-Method: PUT";
      assertThat(ask(served, "OPTIONS /", ORIGIN, asks))
          .startsWith("HTTP/1.1 204")
          .contains(ALLOWED, "access-control-allow-methods: GET, PUT\r\n")
          .contains("access-control-allow-headers: Content-Type\r\n")
          .contains("access-control-max-age: 3600\r\n");
      assertThat(ask(served, "OPTIONS /", "Origin: null", asks))
          .startsWith("HTTP/1.1 403")
          .doesNotContain("access-control");
      assertThat(ask(served, "OPTIONS /", ORIGIN)).endsWith("hello"); // an ordinary one
    }
  }

  @Test
  void allPagesMayAskIfThatIsWanted() throws Exception {
    Handler handler = MiddlewareTest::api;
    try (var served = Served.by(handler.with(Cors.of("*")))) {
      assertThat(ask(served, "GET /", ORIGIN))
          .contains("access-control-allow-origin: *\r\n")
          .doesNotContain("vary");
    }
    assertThatThrownBy(() -> Cors.of("*").credentials()).hasMessageContaining("named origins");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/begun"})
  void whoWaitsForTooLongIsCutShort(String path) throws Exception {
    Handler handler =
        (request, response) -> {
          if (request.path().equals("/begun")) {
            response.write("beginning");
            response.flush();
          }
          request.context().receiveNext();
        };
    try (var served = Served.by(handler.with(new Deadline(Duration.ofMillis(20))));
        Socket socket = served.connect()) {
      Served.send(socket, "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
      if (path.equals("/")) {
        assertThat(Served.readUntil(socket, "no answer within 20 ms\n")).startsWith("HTTP/1.1 503");
      } else {
        Served.readUntil(socket, "beginning\r\n");
        assertThat(Http1ServerTest.readOrReset(socket)).isNegative();
      }
    }
  }

  @Test
  void whoIsInTimeIsNotCutShort() throws Exception {
    Handler handler = MiddlewareTest::api;
    try (var served = Served.by(handler.with(new Deadline(Duration.ofMinutes(10))))) {
      assertThat(ask(served, "GET /")).endsWith("hello");
      assertThat(ask(served, "GET /missing")).startsWith("HTTP/1.1 404");
    }
  }
}
