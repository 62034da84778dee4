package lemnos.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.netty.pkitesting.CertificateBuilder;
import java.io.IOException;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import lemnos.http.Handler;
import lemnos.http.HttpServer;
import lemnos.http.WebSocket.Message;
import lemnos.net.Tls;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The examples that serve HTTP, asked by the JDK's client. */
@Timeout(300)
final class HttpExamplesTest {
  private static HttpServer serve(Handler handler) throws IOException {
    return HttpServer.setup(handler).port(0).start();
  }

  private static String ask(HttpClient client, HttpServer server, String method, String path)
      throws Exception {
    return ask(client, server, method, path, "");
  }

  private static String ask(
      HttpClient client, HttpServer server, String method, String path, String body)
      throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
            .method(method, BodyPublishers.ofString(body))
            .build();
    var response = client.send(request, BodyHandlers.ofString());
    return response.statusCode() + " " + response.body();
  }

  /** The program ends as it does for a signal when the thread that waits is interrupted. */
  @Test
  void helloIsSaid() throws Exception {
    int port;
    try (var free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    var ended = new CompletableFuture<Void>();
    Thread program = Thread.ofPlatform().start(() -> hello(port, ended));
    URI uri = URI.create("http://127.0.0.1:" + port);
    try (HttpClient client = HttpClient.newHttpClient()) {
      String said = null;
      while (said == null) {
        try {
          var request = HttpRequest.newBuilder(uri).build();
          said = client.send(request, BodyHandlers.ofString()).body();
        } catch (ConnectException e) {
          assertFalse(ended.isDone()); // it has not begun to listen
        }
      }
      assertEquals("Hello, world!\n", said);
    }
    program.interrupt();
    ended.get();
  }

  private static void hello(int port, CompletableFuture<Void> ended) {
    try {
      Ex20HttpHello.main(new String[] {Integer.toString(port)});
      ended.complete(null);
    } catch (Exception e) {
      ended.completeExceptionally(e);
    }
  }

  @Test
  void stockIsKept() throws Exception {
    try (HttpServer server = serve(Ex21JsonApi.api());
        HttpClient client = HttpClient.newHttpClient()) {
      assertEquals("204 ", ask(client, server, "PUT", "/stock/7", "12"));
      assertEquals("204 ", ask(client, server, "PUT", "/stock/8", "3"));
      assertEquals("200 {\"item\":7,\"amount\":12}\n", ask(client, server, "GET", "/stock/7"));
      assertEquals(
          "200 [{\"item\":7,\"amount\":12}]\n", ask(client, server, "GET", "/stock?least=5"));
      assertEquals("400 not an amount: 'many'\n", ask(client, server, "PUT", "/stock/8", "many"));
      assertEquals("404 there is no item 9\n", ask(client, server, "GET", "/stock/9"));
    }
  }

  @Test
  void aProxyPassesOn() throws Exception {
    try (HttpServer server = serve(Ex21JsonApi.api());
        HttpServer proxy = serve(Ex23Proxy.to("http://127.0.0.1:" + server.port()));
        HttpClient client = HttpClient.newHttpClient()) {
      assertEquals("204 ", ask(client, proxy, "PUT", "/stock/7", "12"));
      assertEquals("200 {\"item\":7,\"amount\":12}\n", ask(client, proxy, "GET", "/stock/7"));
      assertEquals("404 there is no item 1\n", ask(client, proxy, "GET", "/stock/1"));
    }
  }

  private static final class Visitor implements WebSocket.Listener {
    final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private final StringBuilder line = new StringBuilder();

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
      line.append(part);
      if (last) {
        lines.add(line.toString());
        line.setLength(0);
      }
      socket.request(1);
      return null;
    }
  }

  @Test
  void visitorsHearEachOther() throws Exception {
    try (HttpServer server = serve(Ex22Chat.rooms());
        HttpClient client = HttpClient.newHttpClient();
        AutoCloseable _ = client::shutdownNow) { // or it waits for Bob's WebSocket to end
      String room = "ws://127.0.0.1:" + server.port() + "/room/";
      var ann = new Visitor();
      var bob = new Visitor();
      var annsSocket =
          client.newWebSocketBuilder().buildAsync(URI.create(room + "Ann"), ann).join();
      assertEquals("Ann has come", ann.lines.take());
      var bobsSocket =
          client.newWebSocketBuilder().buildAsync(URI.create(room + "Bob"), bob).join();
      assertEquals("Bob has come", ann.lines.take());
      assertEquals("Bob has come", bob.lines.take());
      bobsSocket.sendText("Hello!", true).join();
      assertEquals("Bob: Hello!", ann.lines.take());
      assertEquals("Bob: Hello!", bob.lines.take()); // before Ann leaves: two actors tell Bob
      annsSocket.sendClose(WebSocket.NORMAL_CLOSURE, "").join();
      assertEquals("Ann has left", bob.lines.take());
    }
  }

  /** A program visits the room, by the client's WebSocket. */
  @Test
  void aProgramMayVisitToo() throws Exception {
    try (HttpServer server = serve(Ex22Chat.rooms())) {
      var client = lemnos.http.HttpClient.setup().build();
      String uri = "ws://127.0.0.1:" + server.port() + "/room/Eve";
      List<String> heard =
          Asked.by(
              ctx -> {
                List<String> lines = new ArrayList<>();
                try (var socket = client.webSocket(uri).open(ctx)) {
                  socket.send("Anybody here?");
                  while (lines.size() < 2) {
                    if (socket.receive() instanceof Message.Text(String line)) {
                      lines.add(line);
                    }
                  }
                }
                return lines;
              });
      assertEquals(List.of("Eve has come", "Eve: Anybody here?"), heard);
    }
  }

  @Test
  void filesGoOverTls(@TempDir Path folder) throws Exception {
    var bundle =
        new CertificateBuilder()
            .subject("CN=localhost")
            .ecp256()
            .setIsCertificateAuthority(true)
            .addSanDnsName("localhost")
            .buildSelfSigned();
    Path chain = Files.writeString(folder.resolve("chain.pem"), bundle.getCertificatePathPEM());
    Path key = Files.writeString(folder.resolve("key.pem"), bundle.getPrivateKeyPEM());
    Path site = Files.createDirectory(folder.resolve("site"));
    Files.writeString(site.resolve("index.html"), "<p>Welcome");
    try (HttpServer server =
        HttpServer.setup(Ex24TlsFiles.files(site)).port(0).tls(Tls.server(chain, key)).start()) {
      for (boolean http2 : new boolean[] {false, true}) {
        var trusting =
            lemnos.http.HttpClient.setup()
                .http2(http2)
                .tls(Tls.client().trust(bundle.getCertificate()))
                .build();
        String uri = "https://localhost:" + server.port() + "/";
        String page =
            Asked.by(
                ctx -> {
                  var response = trusting.get(uri).send(ctx);
                  return response.version() + " " + response.text();
                });
        assertEquals(http2 ? "HTTP/2 <p>Welcome" : "HTTP/1.1 <p>Welcome", page);
      }
    }
  }
}
