package lemnos.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Routes, files, forms, cookies, compression, events: what stands above the protocol. */
@Timeout(300)
final class ContentTest {
  private static String get(Served served, String target, String... headers) throws IOException {
    var text = new StringBuilder("GET " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n");
    for (String header : headers) {
      text.append(header).append("\r\n");
    }
    return served.exchange(text + "\r\n");
  }

  private static String body(String response) {
    return response.substring(response.indexOf("\r\n\r\n") + 4);
  }

  @Test
  void routesAreChosenByMethodAndPath() throws Exception {
    var id = Param.ofInt("id");
    Handler here = (_, response) -> response.send("here");
    var router =
        new Router()
            .get("/", here)
            .get("/users/{id}", (request, response) -> response.send("user " + request.path(id)))
            .get("/users/me", (_, response) -> response.send("me"))
            .post("/users/{id}", (_, response) -> response.status(201).send())
            .get("/users/{id}/posts/{post}", (r, response) -> response.send(r.path("post")))
            .get("/files/{rest...}", (r, response) -> response.send("[" + r.path("rest") + "]"))
            .any("/any", here);
    try (var served = Served.by(router)) {
      assertEquals("here", body(get(served, "/")));
      assertEquals("user 7", body(get(served, "/users/7")));
      assertEquals("me", body(get(served, "/users/me")));
      assertEquals(
          "a/b ü",
          new String(
              body(get(served, "/users/1/posts/a%2Fb%20%C3%BC"))
                  .getBytes(StandardCharsets.ISO_8859_1),
              StandardCharsets.UTF_8));
      assertEquals("[a/b/]", body(get(served, "/files/a/b/")));
      assertEquals("[]", body(get(served, "/files/")));
      assertThat(get(served, "/users/seven")).startsWith("HTTP/1.1 404");
      assertThat(get(served, "/users/")).startsWith("HTTP/1.1 404");
      assertThat(get(served, "/nowhere")).startsWith("HTTP/1.1 404");
      assertThat(get(served, "/users/%zz")).startsWith("HTTP/1.1 400");
      assertThat(get(served, "http://x/users/9")).endsWith("user 9");
      assertThat(get(served, "/users/7").replace("GET", "DELETE")).contains("200");
      String delete = "DELETE /users/7 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
      assertThat(served.exchange(delete))
          .startsWith("HTTP/1.1 405")
          .contains("Allow: GET, HEAD, OPTIONS, POST");
      assertThat(served.exchange(delete.replace("DELETE", "OPTIONS"))).startsWith("HTTP/1.1 204");
      assertThat(served.exchange(delete.replace("DELETE", "HEAD"))).startsWith("HTTP/1.1 200");
      assertThat(served.exchange(delete.replace("/users/7", "/any"))).endsWith("here");
    }
  }

  @Test
  void aQueryIsReadByTypedParameters() throws Exception {
    var limit = Param.ofInt("limit");
    Handler handler =
        (request, response) -> response.send(request.query(limit) + " " + request.query("q"));
    try (var served = Served.by(handler)) {
      assertEquals("5 a b", body(get(served, "/?limit=5&q=a+b")));
      assertEquals("null null", body(get(served, "/")));
      assertThat(get(served, "/?limit=x")).startsWith("HTTP/1.1 400");
    }
  }

  @Test
  void middlewareSeesARequestInItsOrder() throws Exception {
    List<String> order = new ArrayList<>();
    Middleware first =
        (request, response, next) -> {
          order.add("first");
          next.handle(request, response);
          order.add("first again");
        };
    Middleware guard =
        (request, response, next) -> {
          if (request.header("authorization") == null) {
            throw new HttpException(401, "who are you?\n");
          }
          next.handle(request, response);
        };
    Handler handler = (_, response) -> response.send("secret");
    try (var served = Served.by(handler.with(first, guard))) {
      assertThat(get(served, "/")).startsWith("HTTP/1.1 401");
      assertThat(get(served, "/", "Authorization: x")).endsWith("secret");
      assertEquals(List.of("first", "first", "first again"), order);
    }
  }

  @Test
  void cookiesGoBothWays() throws Exception {
    Handler handler =
        (request, response) ->
            response
                .cookie(new Cookie("a", "b").withMaxAge(Duration.ofHours(1)).withSecure())
                .send(String.valueOf(request.cookie("seen")));
    try (var served = Served.by(handler)) {
      assertThat(get(served, "/", "Cookie: x=y; seen=\"before\"; seen=after"))
          .contains("set-cookie: a=b; Path=/; Max-Age=3600; Secure; HttpOnly; SameSite=Lax\r\n")
          .endsWith("before");
    }
    assertThat(List.of("a b", "a;b", "a\r\nb"))
        .allSatisfy(
            value ->
                org.assertj.core.api.Assertions.assertThatThrownBy(() -> new Cookie("a", value))
                    .isInstanceOf(IllegalArgumentException.class));
  }

  @Test
  void formsAreRead() throws Exception {
    Handler handler = (request, response) -> response.send(request.form().fields().toString());
    String form = "a=1&a=2&b=%C3%BC+x";
    String head =
        "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: " + form.length();
    try (var served = Served.by(handler)) {
      String all =
          served.exchange(
              head + "\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n" + form);
      assertEquals("{a=[1, 2], b=[Ã¼ x]}", body(all));
      assertThat(served.exchange(head + "\r\n\r\n" + form)).startsWith("HTTP/1.1 415");
    }
  }

  private static final String PARTS =
      "preamble\r\n--b\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nHello\r\n--b\r\n"
          + "Content-Disposition: form-data; name=\"f\"; filename=\"C:\\\\dir\\\\a;b.txt\"\r\n"
          + "Content-Type: text/plain\r\n\r\nline\r\n--xb\r\n-- b\r\n\r\n--b\r\n"
          + "Content-Disposition: form-data; name=\"empty\"\r\n\r\n\r\n--b--\r\nepilogue";

  private static void list(Request request, Response response) throws IOException {
    var parts = request.multipart();
    var text = new StringBuilder();
    for (var part = parts.next(); part != null; part = parts.next()) {
      text.append(part.name()).append('/').append(part.fileName()).append('=');
      text.append(part.text().replace("\r\n", "|")).append('\n');
    }
    response.send(text.toString());
  }

  @Test
  void partsOfAMultipartBodyAreReadHoweverTheyAreCut() throws Exception {
    String head =
        "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            + "Content-Type: multipart/form-data; boundary=b\r\n";
    String expected = "title/null=Hello\nf/a;b.txt=line|--xb|-- b|\nempty/null=\n";
    long seed = new Random().nextLong();
    var random = new Random(seed);
    try (var served = Served.by(ContentTest::list)) {
      String whole = head + "Content-Length: " + PARTS.length() + "\r\n\r\n" + PARTS;
      assertEquals(expected, body(served.exchange(whole)));
      for (int run = 0; run < 50; run++) {
        var chunks = new StringBuilder();
        int at = 0;
        while (at < PARTS.length()) {
          int end = Math.min(PARTS.length(), at + 1 + random.nextInt(run < 25 ? 4 : 60));
          chunks.append(Integer.toHexString(end - at)).append("\r\n");
          chunks.append(PARTS, at, end).append("\r\n");
          at = end;
        }
        String all =
            served.exchange(head + "Transfer-Encoding: chunked\r\n\r\n" + chunks + "0\r\n\r\n");
        assertThat(body(all)).as("seed %d", seed).isEqualTo(expected);
      }
      for (int cut = 20; cut < PARTS.length() - 15; cut += 7) {
        String part = PARTS.substring(0, cut);
        assertThat(served.exchange(head + "Content-Length: " + part.length() + "\r\n\r\n" + part))
            .as("cut at %d", cut)
            .startsWith("HTTP/1.1 400");
      }
    }
  }

  @Test
  void textIsCompressedForThoseWhoAccept() throws Exception {
    String text = "All work and no play. ".repeat(500);
    Handler handler =
        (request, response) -> {
          if (request.path().equals("/stream")) {
            response.type("text/plain");
            for (int i = 0; i < 500; i++) {
              response.write("All work and no play. ");
            }
          } else {
            response.send(request.path().equals("/short") ? "short" : text);
          }
        };
    try (var served = Served.by(handler.with(new Compression()))) {
      for (String path : List.of("/", "/stream")) {
        String all = get(served, path, "Accept-Encoding: br, gzip;q=0.5");
        assertThat(all).contains("content-encoding: gzip", "vary: accept-encoding");
        assertThat(all.length()).isLessThan(1_000);
      }
      assertThat(get(served, "/"))
          .doesNotContain("content-encoding")
          .contains("vary")
          .endsWith(text);
      assertThat(get(served, "/", "Accept-Encoding: gzip;q=0")).endsWith(text);
      assertThat(get(served, "/short", "Accept-Encoding: gzip")).endsWith("short");
      try (HttpClient client = HttpClient.newHttpClient()) {
        HttpResponse<byte[]> response =
            client.send(
                HttpRequest.newBuilder(served.uri("/stream"))
                    .header("accept-encoding", "*")
                    .build(),
                BodyHandlers.ofByteArray());
        var unzipped = new GZIPInputStream(new ByteArrayInputStream(response.body()));
        assertEquals(text, new String(unzipped.readAllBytes(), StandardCharsets.UTF_8));
      }
    }
  }

  @Test
  void filesAreServedAndNothingElseIs(@TempDir Path folder) throws Exception {
    Path root = Files.createDirectory(folder.resolve("root"));
    Files.writeString(root.resolve("a.txt"), "0123456789");
    Files.writeString(root.resolve("index.html"), "<p>index");
    Files.writeString(root.resolve(".secret"), "secret");
    Files.writeString(folder.resolve("outside"), "secret");
    Files.createSymbolicLink(root.resolve("link"), folder.resolve("outside"));
    Files.createDirectory(root.resolve("sub"));
    var router = new Router().get("/{file...}", StaticFiles.in(root));
    try (var served = Served.by(router)) {
      String all = get(served, "/a.txt");
      assertThat(all)
          .contains("content-type: text/plain", "nosniff")
          .endsWith("\r\n\r\n0123456789");
      String tag = all.replaceAll("(?s).*etag: ([^\r]*)\r.*", "$1");
      String date = all.replaceAll("(?s).*last-modified: ([^\r]*)\r.*", "$1");
      assertThat(get(served, "/")).contains("text/html").endsWith("<p>index");
      assertThat(get(served, "/a.txt", "Range: bytes=2-4"))
          .startsWith("HTTP/1.1 206")
          .contains("content-range: bytes 2-4/10")
          .endsWith("\r\n234");
      assertThat(get(served, "/a.txt", "Range: bytes=-3")).endsWith("\r\n789");
      assertThat(get(served, "/a.txt", "Range: bytes=7-")).endsWith("\r\n789");
      assertThat(get(served, "/a.txt", "Range: bytes=0-1", "If-Range: \"old\"")).endsWith("6789");
      assertThat(get(served, "/a.txt", "Range: bytes=10-"))
          .startsWith("HTTP/1.1 416")
          .contains("bytes */10");
      assertThat(get(served, "/a.txt", "If-None-Match: " + tag)).startsWith("HTTP/1.1 304");
      assertThat(get(served, "/a.txt", "If-Modified-Since: " + date)).startsWith("HTTP/1.1 304");
      assertThat(get(served, "/a.txt", "If-Match: \"other\"")).startsWith("HTTP/1.1 412");
      for (String path :
          List.of(
              "/../outside",
              "/%2e%2e/outside",
              "/..%2foutside",
              "/sub/%2e%2e/%2e%2e/outside",
              "/.secret",
              "/link",
              "//etc/passwd",
              "/a.txt%00",
              "/a.txt/",
              "/..\\outside",
              "/sub/",
              "/%5c..%5coutside",
              "/nothing")) {
        assertThat(get(served, path))
            .as(path)
            .matches("(?s)HTTP/1.1 40[04].*")
            .doesNotContain("secret");
      }
      assertThat(get(served, "/sub")).startsWith("HTTP/1.1 301").contains("location: /sub/");
    }
  }

  @Test
  void rangesAreReadWithCare() {
    assertThat(StaticFiles.range("bytes=0-0", 10)).containsExactly(0, 1);
    assertThat(StaticFiles.range("bytes=5-99999999", 10)).containsExactly(5, 10);
    assertThat(StaticFiles.range("bytes=-99", 10)).containsExactly(0, 10);
    for (String odd :
        List.of(
            "bytes=",
            "bytes=-",
            "bytes=a-b",
            "bytes=5-2",
            "bytes=1-2,4-5",
            "lines=1-2",
            "bytes=1",
            "bytes=--1",
            "bytes=9999999999999999999999-")) {
      assertNull(StaticFiles.range(odd, 10), odd);
    }
  }

  @Test
  void eventsComeWhenTheyHappen() throws Exception {
    var more = new CountDownLatch(1);
    Handler handler =
        (request, response) -> {
          var events = EventStream.begin(response);
          events.send("tick", "one\ntwo", "7");
          while (more.getCount() > 0) {
            request.context().sleep(Duration.ofMillis(1));
          }
          events.send("last");
        };
    try (var served = Served.by(handler.with(new Compression()));
        Socket socket = served.connect()) {
      Served.send(socket, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(Served.readUntil(socket, "event: tick\nid: 7\ndata: one\ndata: two\n\n"))
          .contains("content-type: text/event-stream");
      more.countDown();
      Served.readUntil(socket, "data: last\n\n\r\n0\r\n\r\n");
    }
  }

  @Test
  void forwardedHeadersCountOnlyIfTheyComeFromATrustedProxy() throws Exception {
    Handler handler =
        (request, response) ->
            response.send(request.clientAddress() + " " + request.scheme() + " " + request.host());
    String[] headers = {
      "X-Forwarded-For: 6.6.6.6, 1.2.3.4, 10.0.0.7",
      "X-Forwarded-Proto: https",
      "X-Forwarded-Host: shop"
    };
    try (var served = Served.by(handler)) {
      assertEquals("127.0.0.1 http x", body(get(served, "/", headers)));
    }
    try (var served = Served.by(handler, s -> s.trustedProxies("127.0.0.0/8", "10.0.0.0/8"))) {
      assertEquals("1.2.3.4 https shop", body(get(served, "/", headers)));
      assertEquals("127.0.0.1 http x", body(get(served, "/")));
    }
  }
}
