package lemnos.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.netty.buffer.ByteBuf;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Forms, files and streams as bodies of requests. */
@Timeout(300)
final class UploadTest {
  private static final Duration PATIENCE = Duration.ofMinutes(10);
  private static final String ODD = "Grüße & \"mehr\"=100%\r\n+;\\";

  private static HttpClient client(boolean http2) throws IOException {
    return HttpClient.setup().http2PriorKnowledge(http2).timeout(PATIENCE).build();
  }

  private static String uri(Served served, String path) {
    return served.uri(path).toString();
  }

  @Test
  void aFormIsReadAsItWasSent() throws Exception {
    var fields = new LinkedHashMap<String, String>();
    fields.put("a b", ODD);
    fields.put(ODD, "");
    fields.put("c", "d");
    Handler handler =
        (request, response) ->
            response.send(request.method() + new TreeMap<>(request.form().fields()));
    HttpClient client = client(false);
    try (var served = Served.by(handler)) {
      String answer =
          Asking.run(
              served, ctx -> client.post(uri(served, "/")).body(Form.of(fields)).send(ctx).text());
      assertEquals("POST" + new TreeMap<>(Form.of(fields).fields()), answer);
    }
  }

  /** What came, part by part. */
  private static void list(Request request, Response response) throws IOException {
    var parts = new ArrayList<String>();
    Multipart form = request.multipart();
    for (var part = form.next(); part != null; part = form.next()) {
      String type = part.headers().get("content-type");
      parts.add(part.name() + "|" + part.fileName() + "|" + type + "|" + part.text().hashCode());
    }
    response.send(request.body().length() >= 0 ? String.join("\n", parts) : "no length");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aFormWithFilesIsReadAsItWasSent(boolean http2, @TempDir Path folder) throws Exception {
    long seed = 7;
    byte[] much = new byte[300_000];
    new Random(seed).nextBytes(much);
    String text = "-".repeat(100_000) + "\r\n--";
    Path file = Files.writeString(folder.resolve("a b.txt"), text);
    Path bytes = Files.write(folder.resolve("bytes"), much);
    var form =
        new MultipartBody()
            .field("title", ODD)
            .file("text", file)
            .file("bytes", "x.bin", "image/png", bytes)
            .file("in \"memory\"", "a\r\nb", "text/plain", "short".getBytes(UTF_8))
            .field("empty", "");
    Handler handler =
        new Router()
            .post("/", UploadTest::list)
            .post(
                "/moved",
                (request, response) -> {
                  request.body().bytes();
                  response.status(308).redirect("/");
                });
    HttpClient client = client(http2);
    try (var served = Served.by(handler)) {
      for (String path : List.of("/", "/moved", "/")) {
        String answer =
            Asking.run(served, ctx -> client.post(uri(served, path)).body(form).send(ctx).text());
        assertThat(answer.lines())
            .containsExactly(
                "title|null|null|" + ODD.hashCode(),
                "text|a b.txt|application/octet-stream|" + text.hashCode(),
                "bytes|x.bin|image/png|" + new String(much, UTF_8).hashCode(),
                "in %22memory%22|a%0D%0Ab|text/plain|" + "short".hashCode(),
                "empty|null|null|0");
      }
    }
  }

  @Test
  void aFormWithAFileThatIsNotThereIsNotSent(@TempDir Path folder) throws Exception {
    Path there = Files.writeString(folder.resolve("there"), "x");
    var form = new MultipartBody().file("a", there).file("b", folder.resolve("none"));
    HttpClient client = client(false);
    try (var served = Served.by(UploadTest::list)) {
      assertThat(
              Asking.failure(
                  served, ctx -> client.post(uri(served, "/")).body(form).send(ctx).text()))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("none");
    }
    assertThatThrownBy(() -> new MultipartBody().file("a", "b", "x/y\r\nEvil: 1", there))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("must be a media type");
  }

  private static void echo(Request request, Response response) throws IOException {
    response.flush();
    for (ByteBuf piece = request.body().read(); piece != null; piece = request.body().read()) {
      response.write(piece);
      response.flush();
    }
  }

  /** Gives the lines that it is given, and waits for the next meanwhile. */
  private static final class Lines extends InputStream {
    final LinkedBlockingQueue<String> lines = new LinkedBlockingQueue<>();
    final CountDownLatch interrupted = new CountDownLatch(1);
    final CountDownLatch closed = new CountDownLatch(1);

    @Override
    public int read() {
      throw new UnsupportedOperationException("in pieces");
    }

    /** An empty line is the end. */
    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      try {
        byte[] line = lines.take().getBytes(UTF_8);
        System.arraycopy(line, 0, into, offset, line.length);
        return line.length == 0 ? -1 : line.length;
      } catch (InterruptedException e) {
        interrupted.countDown();
        throw new InterruptedIOException("left");
      }
    }

    @Override
    public void close() {
      closed.countDown();
    }
  }

  /** Each line comes back before the next is in the stream. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aStreamIsSentAsItComes(boolean http2) throws Exception {
    HttpClient client = client(http2);
    try (var served = Served.by(UploadTest::echo);
        var stream = new Lines()) {
      Asking.run(
          served,
          ctx -> {
            var request = client.post(uri(served, "/")).body(stream);
            try (var response = request.send(ctx)) {
              for (int i = 0; i < 20; i++) {
                String line = "line " + i + ";";
                stream.lines.add(line);
                var came = new StringBuilder();
                while (came.length() < line.length()) {
                  ByteBuf piece = response.body().read();
                  assertNotNull(piece);
                  came.append(piece.toString(UTF_8));
                  piece.release();
                }
                assertEquals(line, came.toString());
              }
              stream.lines.add("");
              assertEquals("", response.body().text());
            }
            assertThatThrownBy(() -> request.send(ctx))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("has been sent already");
            return true;
          });
      stream.closed.await();
    }
  }

  @Test
  void aStreamOfAnyLengthIsSentWhole() throws Exception {
    byte[] much = new byte[3_000_000];
    new Random(5).nextBytes(much);
    HttpClient client = client(false);
    try (var served = Served.by(UploadTest::echo)) {
      byte[] answer =
          Asking.run(
              served,
              ctx ->
                  client
                      .post(uri(served, "/"))
                      .body(new ByteArrayInputStream(much))
                      .send(ctx)
                      .bytes());
      assertThat(answer).isEqualTo(much);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aStreamThatFailsBreaksTheRequestOff(boolean http2) throws Exception {
    var failing =
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw new IOException("the tape is torn");
          }
        };
    HttpClient client = client(http2);
    try (var served = Served.by((q, r) -> r.send(q.body().text()))) {
      assertThat(
              Asking.failure(
                  served, ctx -> client.post(uri(served, "/")).body(failing).send(ctx).text()))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("the tape is torn");
      assertEquals(
          "next",
          Asking.run(served, ctx -> client.post(uri(served, "/")).body("next").send(ctx).text()));
    }
  }

  /** The server answers, though there is nothing to read in the stream. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aStreamThatNobodyWantsIsLeft(boolean http2) throws Exception {
    Handler refusing = (_, response) -> response.status(403).send("no");
    HttpClient client = client(http2);
    try (var served = Served.by(refusing);
        var silent = new Lines()) {
      String answer =
          Asking.run(
              served,
              ctx -> {
                try (var response = client.post(uri(served, "/")).body(silent).send(ctx)) {
                  return response.status() + response.text();
                }
              });
      assertEquals("403no", answer);
      silent.interrupted.await();
      silent.closed.await();
    }
  }
}
