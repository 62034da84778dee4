package lemnos.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import lemnos.runtime.Context;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies of requests that the caller writes. */
@Timeout(300)
final class RequestWriterTest {
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  /** Far more than all the buffers and windows between two ends hold. */
  private static final int MUCH = 64 * 1024 * 1024;

  private static final byte[] PIECE = new byte[16 * 1024];

  private static HttpClient client(boolean http2) throws IOException {
    return HttpClient.setup().http2PriorKnowledge(http2).timeout(PATIENCE).build();
  }

  /** What arrived: how long it was said to be, what it was, and what followed. */
  private static void tell(Request request, Response response) throws IOException {
    Body body = request.body();
    response.send(body.length() + " " + body.text() + " " + body.trailers().get("sum"));
  }

  private static void echo(Request request, Response response) throws IOException {
    response.flush();
    Body body = request.body().limit(Long.MAX_VALUE);
    for (ByteBuf piece = body.read(); piece != null; piece = body.read()) {
      response.write(piece);
      response.flush();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void piecesOfWhateverKindAreOneBody(boolean http2) throws Exception {
    HttpClient client = client(http2);
    try (var served = Served.by(RequestWriterTest::tell)) {
      for (int i = 0; i < 3; i++) {
        String text =
            Asking.run(
                served,
                ctx -> {
                  try (var upload = client.post(served.uri("/").toString()).begin(ctx)) {
                    upload.write("Grüße, ");
                    upload.write(new byte[0]);
                    upload.flush();
                    ctx.sleep(Duration.ofMillis(1));
                    upload.write("a ".getBytes(US_ASCII));
                    try (var writer = new OutputStreamWriter(upload.outputStream(), US_ASCII)) {
                      writer.write("stream");
                      upload.trailers().set("sum", "x");
                    }
                    assertEquals(17, upload.written());
                    assertFalse(upload.isWanted());
                    return upload.end().text();
                  }
                });
        assertEquals("-1 Grüße, a stream x", text);
      }
      assertEquals(1, served.server.connections());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"many", "-1", "1, 1", "99999999999999999999", ""})
  void aLengthThatIsNoNumberOfBytesIsRefused(String length) throws Exception {
    HttpClient client = client(false);
    try (var served = Served.by(RequestWriterTest::tell)) {
      String uri = served.uri("/").toString();
      String refused =
          Asking.run(
              served,
              ctx -> {
                ClientRequest request = client.post(uri).header("Content-Length", length);
                return assertThrows(IllegalArgumentException.class, () -> request.begin(ctx))
                    .getMessage();
              });
      assertEquals(
          "Content-Length is '%s'; it must be the number of bytes, or not be set".formatted(length),
          refused);
      assertEquals(0, served.server.connections());
    }
  }

  @Test
  void linesAreSentAsTheyAreMade() throws Exception {
    HttpClient client = client(false);
    try (var served = Served.by(RequestWriterTest::tell)) {
      String uri = served.uri("/").toString();
      var lines = List.of("one, ", "two");
      assertEquals("-1 one, two null", Asking.run(served, ctx -> sent(client, ctx, uri, lines)));
    }
  }

  private static String sent(HttpClient client, Context<?> ctx, String uri, List<String> lines)
      throws IOException {
    try (var upload = client.post(uri).begin(ctx)) {
      for (String line : lines) {
        upload.write(line);
      }
      return upload.end().text();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aBodyOfAnnouncedLengthHasThatLength(boolean http2) throws Exception {
    var cutOff = new CompletableFuture<Throwable>();
    Handler handler =
        (request, response) -> {
          try {
            tell(request, response);
          } catch (IOException e) {
            cutOff.complete(e);
            throw e;
          }
        };
    HttpClient client = client(http2);
    try (var served = Served.by(handler)) {
      ClientRequest request = client.post(served.uri("/").toString()).header("Content-Length", "4");
      assertEquals("4 abcd null", Asking.run(served, ctx -> written(request.begin(ctx), "abcd")));
      assertThat(Asking.failure(served, ctx -> written(request.begin(ctx), "abcde")))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("longer than Content-Length says: 4");
      assertThat(Asking.failure(served, ctx -> written(request.begin(ctx), "abc")))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("has 3 bytes; Content-Length: 4");
      assertNotNull(cutOff.get());
    }
  }

  private static String written(RequestWriter upload, String body) throws IOException {
    try (upload) {
      upload.write(body);
      upload.flush();
      return upload.end().text();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anEmptyBodyIsOne(boolean http2) throws Exception {
    HttpClient client = client(http2);
    try (var served = Served.by(RequestWriterTest::tell)) {
      String uri = served.uri("/").toString();
      String told = Asking.run(served, ctx -> written(client.post(uri).begin(ctx), ""));
      assertThat(told).endsWith("  null");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whoWritesFasterThanTheServerReadsWaits(boolean http2) throws Exception {
    var mayRead = new CountDownLatch(1);
    Handler handler =
        (request, response) -> {
          request.context().blocking(() -> mayRead.await(5, TimeUnit.MINUTES));
          Body body = request.body().limit(Long.MAX_VALUE);
          assertTrue(body.discard(MUCH));
          response.send(Long.toString(body.received()));
        };
    HttpClient client = client(http2);
    try (var served = Served.by(handler)) {
      String uri = served.uri("/").toString();
      Asking.run(
          served,
          ctx -> {
            try (var upload = client.post(uri).begin(ctx)) {
              while (ctx.await(Duration.ofMillis(300), upload) && upload.written() < MUCH) {
                upload.write(PIECE);
              }
              assertThat(upload.written()).isLessThan(MUCH);
              mayRead.countDown();
              upload.write(PIECE);
              long written = upload.written();
              assertEquals(Long.toString(written), upload.end().text());
              return written;
            }
          });
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void bothBodiesGoOnAtTheSameTime(boolean http2) throws Exception {
    HttpClient client = client(http2);
    try (var served = Served.by(RequestWriterTest::echo)) {
      String uri = served.uri("/").toString();
      Asking.run(
          served,
          ctx -> {
            try (var upload = client.post(uri).begin(ctx);
                var response = upload.response()) {
              for (int i = 0; i < 100; i++) {
                upload.write("line " + i);
                ByteBuf piece = response.body().read();
                assertNotNull(piece);
                assertEquals("line " + i, piece.toString(US_ASCII));
                piece.release();
              }
              assertEquals(response, upload.end());
              assertEquals(null, response.body().read());
              return 0;
            }
          });
    }
  }

  /** One actor writes while there is room and reads what there is: neither blocks the other. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anEchoOfAnyLengthIsReadWhileItIsWritten(boolean http2) throws Exception {
    HttpClient client = client(http2);
    try (var served = Served.by(RequestWriterTest::echo)) {
      String uri = served.uri("/").toString();
      long total = 500L * PIECE.length;
      long came =
          Asking.run(
              served,
              ctx -> {
                try (var upload = client.post(uri).begin(ctx);
                    var response = upload.response()) {
                  Body body = response.body();
                  while (!body.isEnded()) {
                    if (upload.written() == total) {
                      upload.end();
                      body.await();
                    } else {
                      ctx.await(upload, body);
                      if (upload.isReady()) {
                        upload.write(PIECE);
                      }
                    }
                    while (body.isReady() && !body.isEnded()) {
                      ByteBuf piece = body.read();
                      if (piece != null) {
                        piece.release();
                      }
                    }
                  }
                  return body.received();
                }
              });
      assertEquals(total, came);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whoIsRefusedStopsAndReadsWhy(boolean http2) throws Exception {
    var few = Limits.standard().withBodyBytes(100_000);
    HttpClient client = client(http2);
    try (var served = Served.by(RequestWriterTest::tell, setup -> setup.limits(few))) {
      String uri = served.uri("/").toString();
      for (int i = 0; i < 3; i++) {
        String answer =
            Asking.run(
                served,
                ctx -> {
                  try (var upload = client.post(uri).begin(ctx)) {
                    while (upload.isWanted()) {
                      upload.write(PIECE);
                    }
                    upload.write("into the void");
                    var response = upload.end();
                    return response.status() + response.text();
                  }
                });
        assertEquals("413413 Request Entity Too Large\n", answer);
      }
    }
  }

  @Test
  void aServerThatGoesWithoutAWordIsAnError() throws Exception {
    try (var served = Served.by(RequestWriterTest::tell);
        var rude = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      Thread.ofVirtual().start(() -> leave(rude));
      HttpClient client = client(false);
      String uri = "http://127.0.0.1:" + rude.getLocalPort() + "/";
      assertThat(
              Asking.failure(
                  served,
                  ctx -> {
                    try (var upload = client.post(uri).begin(ctx)) {
                      while (true) {
                        upload.write(PIECE);
                      }
                    }
                  }))
          .isInstanceOf(IOException.class);
    }
  }

  private static void leave(ServerSocket server) {
    try (Socket socket = server.accept()) {
      Served.readUntil(socket, "\r\n\r\n");
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void aServerThatNeverAnswersIsGivenUp() throws Exception {
    try (var served = Served.by(RequestWriterTest::tell);
        var silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      String uri = "http://127.0.0.1:" + silent.getLocalPort() + "/";
      HttpClient client = HttpClient.setup().build();
      ClientRequest request = client.post(uri).timeout(Duration.ofMillis(50));
      assertThat(Asking.failure(served, ctx -> written(request.begin(ctx), "hello")))
          .isInstanceOf(SocketTimeoutException.class);
    }
  }

  /** A body that nobody has any more is not sent again; a request without one is. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void redirectsThatNeedTheBodyAgainAreTheCallers(boolean http2) throws Exception {
    var asked = new ConcurrentLinkedQueue<String>();
    Handler handler =
        (request, response) -> {
          asked.add(request.method() + request.path() + request.body().text());
          switch (request.path()) {
            case "/see" -> response.status(303).redirect("/end");
            case "/again" -> response.status(307).redirect("/end");
            default -> response.send("the end");
          }
        };
    HttpClient client = client(http2);
    try (var served = Served.by(handler)) {
      String see = served.uri("/see").toString();
      String again = served.uri("/again").toString();
      assertEquals("the end", Asking.run(served, ctx -> written(client.post(see).begin(ctx), "a")));
      int status =
          Asking.run(
              served,
              ctx -> {
                try (var upload = client.post(again).begin(ctx)) {
                  upload.write("b");
                  try (var response = upload.end()) {
                    return response.status();
                  }
                }
              });
      assertEquals(307, status);
      assertThat(asked).containsExactly("POST/seea", "GET/end", "POST/againb");
      assertEquals(1, served.server.connections());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whoClosesBeforeTheEndBreaksOff(boolean http2) throws Exception {
    var begun = new CountDownLatch(1);
    var ended = new CompletableFuture<Boolean>();
    Handler handler =
        (request, response) -> {
          Body body = request.body();
          ByteBuf first = body.read();
          assertNotNull(first);
          first.release();
          begun.countDown();
          try {
            body.discard(MUCH);
          } finally {
            ended.complete(body.isEnded() && body.received() > 5);
          }
        };
    HttpClient client = client(http2);
    try (var served = Served.by(handler)) {
      String uri = served.uri("/").toString();
      Asking.run(
          served,
          ctx -> {
            try (var upload = client.post(uri).begin(ctx)) {
              upload.write("hello");
              ctx.blocking(() -> begun.await(5, TimeUnit.MINUTES));
            }
            return 0;
          });
      assertFalse(ended.get());
      assertEquals(
          "ok",
          Asking.run(
              served,
              ctx -> {
                var upload = client.post(uri).begin(ctx);
                upload.close();
                assertThatThrownBy(() -> upload.write("x"))
                    .isInstanceOf(IllegalStateException.class);
                return "ok";
              }));
    }
  }
}
