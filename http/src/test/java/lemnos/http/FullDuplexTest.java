package lemnos.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests whose answers come before they are sent whole. */
@Timeout(300)
final class FullDuplexTest {
  /** Far more than all the buffers and windows between two ends hold. */
  private static final int BYTES = 8 * 1024 * 1024;

  private static final byte[] MUCH = new byte[BYTES];

  static {
    new Random(5).nextBytes(MUCH);
  }

  private static HttpClient client(boolean http2) throws IOException {
    return HttpClient.setup().http2PriorKnowledge(http2).build();
  }

  private static void echo(Request request, Response response) throws IOException {
    Body body = request.body().limit(Long.MAX_VALUE);
    for (ByteBuf piece = body.read(); piece != null; piece = body.read()) {
      response.write(piece);
    }
  }

  private static byte[] post(Served to, HttpClient client, String path) throws Exception {
    return Asking.run(to, ctx -> client.post(to.uri(path).toString()).body(MUCH).send(ctx).bytes());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anEchoOfAnyLengthComesBack(boolean http2) throws Exception {
    try (var served = Served.by(FullDuplexTest::echo)) {
      assertArrayEquals(MUCH, post(served, client(http2), "/"));
      assertEquals(1, served.server.connections());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anEchoIsPassedOn(boolean http2) throws Exception {
    HttpClient client = client(http2);
    try (var served = Served.by(FullDuplexTest::echo)) {
      String origin = served.uri("/").toString();
      Handler onward =
          (request, response) -> {
            Body body = request.body().limit(Long.MAX_VALUE);
            try (var answer = client.post(origin).body(body).send(request.context())) {
              for (ByteBuf p = answer.body().read(); p != null; p = answer.body().read()) {
                response.write(p);
              }
            }
          };
      try (var proxy = Served.by(onward)) {
        assertArrayEquals(MUCH, post(proxy, client, "/"));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anAnswerToARequestThatIsRefusedIsRead(boolean http2) throws Exception {
    HttpClient client = client(http2);
    Handler handler = (request, response) -> response.send(request.body().bytes());
    var few = Limits.standard().withBodyBytes(100_000);
    try (var served = Served.by(handler, setup -> setup.limits(few))) {
      String uri = served.uri("/").toString();
      for (int i = 0; i < 3; i++) {
        String answer =
            Asking.run(
                served,
                ctx -> {
                  var response = client.post(uri).body(MUCH).send(ctx);
                  return response.status() + response.text();
                });
        assertEquals("413413 Request Entity Too Large\n", answer);
        assertEquals(
            "short", Asking.run(served, ctx -> client.post(uri).body("short").send(ctx).text()));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anAnswerThatNeedsNoBodyIsRead(boolean http2) throws Exception {
    try (var served = Served.by((_, response) -> response.send("No, thanks"))) {
      HttpClient client = client(http2);
      for (int i = 0; i < 3; i++) {
        assertEquals("No, thanks", new String(post(served, client, "/"), US_ASCII));
      }
    }
  }

  /** It closes with input unread, so that the next write fails. */
  @Test
  void theLastWordOfAServerThatListensNoMoreIsHeard() throws Exception {
    try (var served = Served.by(FullDuplexTest::echo);
        var rude = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      HttpClient client = client(false);
      String uri = "http://127.0.0.1:" + rude.getLocalPort() + "/";
      for (int i = 0; i < 10; i++) {
        var refused = CompletableFuture.runAsync(() -> refuse(rude));
        assertEquals(
            413, (int) Asking.run(served, ctx -> status(client.post(uri).body(MUCH).send(ctx))));
        refused.get();
      }
    }
  }

  @Test
  void aServerThatTakesNothingIsGivenUp() throws Exception {
    try (var served = Served.by(FullDuplexTest::echo);
        var idle = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      HttpClient client = HttpClient.setup().timeout(Duration.ofMillis(50)).build();
      String uri = "http://127.0.0.1:" + idle.getLocalPort() + "/";
      assertThat(Asking.failure(served, ctx -> client.post(uri).body(MUCH).send(ctx)))
          .isInstanceOf(SocketTimeoutException.class);
    }
  }

  private static int status(ClientResponse response) {
    try (response) {
      return response.status();
    }
  }

  private static void refuse(ServerSocket server) {
    try (Socket socket = server.accept()) {
      Served.readUntil(socket, "\r\n\r\n");
      Served.send(socket, "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
