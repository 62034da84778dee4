package lemnos.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.ByteBuf;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import lemnos.net.Tls;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The client against our server, and against servers that behave badly. */
@Timeout(300)
final class HttpClientTest {
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private static HttpClient client(UnaryOperator<ClientSetup> change) throws IOException {
    return change.apply(HttpClient.setup().timeout(PATIENCE).connectTimeout(PATIENCE)).build();
  }

  private static String uri(Served served, String path) {
    return served.uri(path).toString();
  }

  private static void echo(Request request, Response response) throws IOException {
    for (ByteBuf piece = request.body().read(); piece != null; piece = request.body().read()) {
      response.write(piece);
    }
  }

  @Test
  void connectionsAreUsedAgain() throws Exception {
    List<InetSocketAddress> peers = new ArrayList<>();
    Handler handler =
        (request, response) -> {
          peers.add(request.remoteAddress());
          response.send(request.method() + " " + request.host());
        };
    try (var served = Served.by(handler)) {
      HttpClient client = client(setup -> setup);
      for (int i = 0; i < 3; i++) {
        String text = Asking.run(served, ctx -> client.get(uri(served, "/")).send(ctx).text());
        assertEquals("GET 127.0.0.1:" + served.port(), text);
      }
      assertThat(peers.stream().distinct()).hasSize(1);
    }
  }

  @Test
  void bodiesGoBothWays() throws Exception {
    try (var served = Served.by(HttpClientTest::echo)) {
      HttpClient client = client(setup -> setup);
      String text = "Grüße, ".repeat(100);
      assertEquals(
          text,
          Asking.run(served, ctx -> client.post(uri(served, "/")).body(text).send(ctx).text()));
      int size =
          Asking.run(
              served,
              ctx -> {
                try (var from = client.post(uri(served, "/")).body(new byte[50_000]).send(ctx)) {
                  return client.post(uri(served, "/")).body(from.body()).send(ctx).bytes().length;
                }
              });
      assertEquals(50_000, size);
    }
  }

  @Test
  void redirectsAreFollowedWithinReason() throws Exception {
    Handler handler =
        (request, response) -> {
          switch (request.path()) {
            case "/a" -> response.redirect("/b?x=1");
            case "/b" -> response.send(request.method() + " " + request.target());
            case "/away" ->
                response.redirect("http://localhost:" + request.host().split(":")[1] + "/whom");
            case "/whom" -> response.send(String.valueOf(request.header("authorization")));
            default -> response.status(307).redirect("/loop");
          }
        };
    try (var served = Served.by(handler)) {
      HttpClient client = client(setup -> setup);
      assertEquals(
          "GET /b?x=1",
          Asking.run(served, ctx -> client.post(uri(served, "/a")).body("x").send(ctx).text()));
      assertEquals(
          307,
          (int)
              Asking.run(
                  served,
                  ctx -> {
                    try (var response = client.get(uri(served, "/loop")).send(ctx)) {
                      return response.status();
                    }
                  }));
      assertEquals(
          "null",
          Asking.run(
              served,
              ctx ->
                  client.get(uri(served, "/away")).header("Authorization", "s").send(ctx).text()));
    }
  }

  /** What is sent again is what was sent first; what cannot be had again is not sent again. */
  @Test
  void aFileFollowsARedirectAndTheBodyOfAMessageDoesNot(@TempDir Path folder) throws Exception {
    Path file = Files.write(folder.resolve("file"), new byte[200_000]);
    Handler handler =
        (request, response) -> {
          int bytes = request.body().bytes().length;
          if (request.path().equals("/moved")) {
            response.status(308).redirect("/here");
          } else {
            response.send(request.method() + bytes);
          }
        };
    try (var served = Served.by(handler)) {
      HttpClient client = client(setup -> setup);
      String moved = uri(served, "/moved");
      String here = uri(served, "/here");
      Asking.run(
          served,
          ctx -> {
            ClientRequest put = client.request("PUT", moved).body(file);
            assertEquals("PUT200000", put.send(ctx).text());
            assertEquals("PUT200000", put.send(ctx).text());
            try (var from = client.get(here).send(ctx)) {
              ClientRequest post = client.post(moved).body(from.body());
              try (var response = post.send(ctx)) {
                assertEquals(308, response.status());
              }
              assertThatThrownBy(() -> post.send(ctx))
                  .isInstanceOf(IllegalStateException.class)
                  .hasMessageContaining("has been sent already");
            }
            assertThatThrownBy(() -> client.post(here).body(folder.resolve("none")).send(ctx))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("none");
            return 0;
          });
    }
  }

  @Test
  void compressedAnswersAreRead() throws Exception {
    String text = "All work and no play. ".repeat(1000);
    Handler handler = (_, response) -> response.send(text);
    try (var served = Served.by(handler.with(new Compression()))) {
      HttpClient client = client(setup -> setup);
      assertEquals(text, Asking.run(served, ctx -> client.get(uri(served, "/")).send(ctx).text()));
      HttpClient small = client(setup -> setup.bodyBytes(1000));
      assertThat(Asking.failure(served, ctx -> small.get(uri(served, "/")).send(ctx).text()))
          .hasMessageContaining("more than 1000 bytes");
    }
  }

  @Test
  void noMoreConnectionsThanAllowedAreMade() throws Exception {
    var now = new AtomicInteger();
    var most = new AtomicInteger();
    Handler handler =
        (request, response) -> {
          most.accumulateAndGet(now.incrementAndGet(), Math::max);
          while (most.get() < 2) {
            request.context().sleep(Duration.ofMillis(1)); // until the other has come
          }
          request.context().sleep(Duration.ofMillis(5));
          now.decrementAndGet();
          response.send();
        };
    try (var served = Served.by(handler)) {
      HttpClient client = client(setup -> setup.connectionsPerHost(2));
      List<CompletableFuture<byte[]>> all = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        all.add(
            Asking.begin(served.runtime(), ctx -> client.get(uri(served, "/")).send(ctx).bytes()));
      }
      for (var each : all) {
        each.get();
      }
      assertEquals(2, most.get());
    }
  }

  @Test
  void aConnectionThatTheServerHasClosedIsReplaced() throws Exception {
    var hasty = Limits.standard().withTimeouts(Duration.ofSeconds(10), Duration.ofMillis(50));
    try (var served =
        Served.by((_, response) -> response.send("ok"), setup -> setup.limits(hasty))) {
      HttpClient client = client(setup -> setup);
      for (int i = 0; i < 3; i++) {
        assertEquals(
            "ok",
            Asking.run(
                served,
                ctx -> {
                  String text = client.get(uri(served, "/")).send(ctx).text();
                  ctx.sleep(Duration.ofMillis(100));
                  return text;
                }));
      }
    }
  }

  @Test
  void whoDoesNotAnswerIsGivenUp() throws Exception {
    try (var served = Served.by((_, response) -> response.send());
        var silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      HttpClient client = client(setup -> setup.timeout(Duration.ofMillis(50)));
      String uri = "http://127.0.0.1:" + silent.getLocalPort() + "/";
      assertThat(Asking.failure(served, ctx -> client.get(uri).send(ctx)))
          .isInstanceOf(java.net.SocketTimeoutException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whoLeavesAnAnswerThatDoesNotEndDoesNotWait(boolean http2) throws Exception {
    var left = new CountDownLatch(1);
    Handler handler =
        (request, response) -> {
          response.write("the beginning");
          while (left.getCount() > 0) {
            request.context().sleep(Duration.ofMillis(1));
          }
        };
    HttpClient client = client(setup -> setup.http2PriorKnowledge(http2));
    try (var served = Served.by(handler)) {
      int status =
          Asking.run(
              served,
              ctx -> {
                var response = client.get(uri(served, "/")).send(ctx);
                response.close();
                return response.status();
              });
      assertEquals(200, status);
      left.countDown();
    }
  }

  @Test
  void whatIsNoHttpIsAnError() throws Exception {
    List<String> answers =
        List.of(
            "",
            "nonsense\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA: b\n\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
            "HTTP/1.1 200 OK\r\nA: " + "x".repeat(40_000) + "\r\n\r\n");
    try (var served = Served.by((_, response) -> response.send());
        var bad = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      HttpClient client = client(setup -> setup);
      for (String answer : answers) {
        Thread.ofVirtual().start(() -> answer(bad, answer));
        String uri = "http://127.0.0.1:" + bad.getLocalPort() + "/";
        assertThat(Asking.failure(served, ctx -> client.post(uri).send(ctx).text()))
            .as(answer)
            .isInstanceOf(IOException.class);
      }
    }
  }

  private static void answer(ServerSocket server, String answer) {
    try (Socket socket = server.accept()) {
      Served.readUntil(socket, "\r\n\r\n");
      Served.send(socket, answer);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void aProxyIsAskedForTheWholeUri() throws Exception {
    Handler proxy =
        (request, response) ->
            response
                .status(request.method().equals("CONNECT") ? 403 : 200)
                .send("proxied " + request.target());
    try (var served = Served.by(proxy)) {
      var address = new InetSocketAddress("127.0.0.1", served.port());
      HttpClient client = client(setup -> setup.proxy(address));
      assertEquals(
          "proxied http://far.example/a?b",
          Asking.run(served, ctx -> client.get("http://far.example/a?b").send(ctx).text()));
      assertThat(Asking.failure(served, ctx -> client.get("https://far.example/").send(ctx)))
          .hasMessageContaining("refuses to connect");
    }
  }

  @Test
  void aTunnelIsAskedForByAProxy() throws Exception {
    X509Bundle bundle = Certificates.selfSigned();
    Handler handler =
        (request, response) ->
            response.send(request.version() + " " + request.scheme() + request.target());
    try (var served = Served.by(handler, setup -> Certificates.tls(setup, bundle));
        var proxy = new TunnelProxy()) {
      String target = "localhost:" + served.port();
      for (boolean http2 : new boolean[] {false, true}) {
        HttpClient client =
            client(
                s ->
                    s.proxy(proxy.address())
                        .http2(http2)
                        .tls(Tls.client().trust(bundle.getCertificate())));
        String answer = (http2 ? "HTTP/2" : "HTTP/1.1") + " https/a";
        for (int i = 0; i < 3; i++) {
          String uri = "https://" + target + "/a";
          assertEquals(answer, Asking.run(served, ctx -> client.get(uri).send(ctx).text()));
        }
      }
      assertEquals(List.of(target, target), proxy.asked());
    }
  }

  @Test
  void tlsProtectsBothVersions() throws Exception {
    X509Bundle bundle = Certificates.selfSigned();
    Handler handler =
        (request, response) -> response.send(request.version() + " " + request.scheme());
    try (var served = Served.by(handler, setup -> Certificates.tls(setup, bundle))) {
      String uri = "https://localhost:" + served.port() + "/";
      HttpClient trusting =
          client(s -> s.http2(false).tls(Tls.client().trust(bundle.getCertificate())));
      assertEquals("HTTP/1.1 https", Asking.run(served, ctx -> trusting.get(uri).send(ctx).text()));
      HttpClient wary = client(setup -> setup);
      assertThat(Asking.failure(served, ctx -> wary.get(uri).send(ctx)))
          .isInstanceOf(IOException.class);
      try (var jdk = java.net.http.HttpClient.newBuilder().sslContext(trust(bundle)).build()) {
        var request = HttpRequest.newBuilder(java.net.URI.create(uri)).build();
        assertEquals("HTTP/2 https", jdk.send(request, BodyHandlers.ofString()).body());
      }
    }
  }

  /** The JDK's client as an independent peer: many requests and big bodies over one connection. */
  @Test
  void theClientOfTheJdkSpeaksHttp2WithUs() throws Exception {
    X509Bundle bundle = Certificates.selfSigned();
    Handler handler = (request, response) -> response.send(request.body().bytes());
    try (var served = Served.by(handler, setup -> Certificates.tls(setup, bundle));
        var jdk = java.net.http.HttpClient.newBuilder().sslContext(trust(bundle)).build()) {
      var uri = java.net.URI.create("https://localhost:" + served.port() + "/");
      jdk.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()); // connects
      List<CompletableFuture<Integer>> all = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        var body = HttpRequest.BodyPublishers.ofByteArray(new byte[i * 4_000]);
        var request = HttpRequest.newBuilder(uri).POST(body).build();
        all.add(jdk.sendAsync(request, BodyHandlers.ofByteArray()).thenApply(r -> r.body().length));
      }
      for (int i = 0; i < 40; i++) {
        assertEquals(i * 4_000, all.get(i).get());
      }
      assertEquals(1, served.server.connections());
    }
  }

  static SSLContext trust(X509Bundle bundle) throws Exception {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null);
    store.setCertificateEntry("here", bundle.getCertificate());
    var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, factory.getTrustManagers(), null);
    return context;
  }
}
