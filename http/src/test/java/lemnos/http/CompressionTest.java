package lemnos.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.Deflater;
import lemnos.runtime.ActorOptions;
import lemnos.runtime.Cancelled;
import lemnos.runtime.RuntimeRef;
import lemnos.runtime.SequentialActor;
import lemnos.runtime.Supervisor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What compresses and decompresses has memory outside the heap, which is given back with the
 * message, whatever becomes of that, and not when the collector finds it.
 */
@Timeout(300)
final class CompressionTest {
  private static final String TEXT = "All work and no play. ".repeat(500);

  private final List<Counted> made = Collections.synchronizedList(new ArrayList<>());
  private final CountDownLatch begun = new CountDownLatch(1);

  private static final class Counted extends Deflater {
    private final AtomicInteger ends = new AtomicInteger();

    Counted() {
      super(DEFAULT_COMPRESSION, true);
    }

    @Override
    public void end() {
      ends.getAndIncrement();
      super.end();
    }
  }

  private Compression compression() {
    return new Compression(
        () -> {
          var deflater = new Counted();
          made.add(deflater);
          return deflater;
        });
  }

  private void answer(Request request, Response response) throws IOException {
    response.type("text/plain");
    switch (request.path()) {
      case "/pieces" -> {
        response.write(TEXT);
        response.flush();
        response.write(TEXT);
      }
      case "/fails" -> {
        response.write(TEXT);
        throw new IOException("on purpose");
      }
      case "/endless" -> {
        response.write(TEXT);
        response.flush();
        begun.countDown();
        while (true) {
          response.write(TEXT);
          response.flush();
        }
      }
      default -> response.send(TEXT);
    }
  }

  private static String get(String path) {
    return "GET " + path + " HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n";
  }

  @Test
  void whatDeflatesEndsOnceWithTheResponse() throws Exception {
    Handler handler = this::answer;
    try (var served = Served.by(handler.with(compression()))) {
      String all =
          get("/") + "\r\n" + get("/pieces") + "\r\n" + get("/fails") + "Connection: close\r\n\r\n";
      assertThat(served.exchange(all)).contains("content-encoding: gzip");
    }
    assertThat(made).hasSize(3).allSatisfy(deflater -> assertEquals(1, deflater.ends.get()));
  }

  @Test
  void alsoIfTheClientGoesAway() throws Exception {
    Handler handler = this::answer;
    try (var served = Served.by(handler.with(compression()))) {
      try (Socket socket = served.connect()) {
        Served.send(socket, get("/endless") + "\r\n");
        begun.await();
      }
    }
    assertThat(made).hasSize(1).allSatisfy(deflater -> assertEquals(1, deflater.ends.get()));
  }

  /** Each piece is kept by what compresses, so it is {@code flush} alone that sends anything. */
  @Test
  void whoFlushesWaitsForAClientThatReadsNothing() throws Exception {
    var others = new CountDownLatch(1); // of the worker have a turn, since the handler waits
    var most = new AtomicLong();
    Handler handler =
        (request, response) -> {
          SequentialActor<Void, CountDownLatch> other = (_, latch) -> latch.countDown();
          RuntimeRef runtime = request.context().runtime();
          runtime.spawnLocal(Supervisor.stopping(), other, others, ActorOptions.standard());
          var random = new Random(1);
          byte[] piece = new byte[1000];
          response.type("text/plain");
          while (most.get() < 1_000_000) {
            for (int i = 0; i < piece.length; i++) {
              piece[i] = (byte) random.nextInt('a', 'q');
            }
            response.write(piece);
            response.flush();
            var unsent = response.link().channelWire().channel().unsafe().outboundBuffer();
            most.set(unsent == null ? 0 : Math.max(most.get(), unsent.totalPendingWriteBytes()));
          }
        };
    try (var served = Served.by(handler.with(compression()));
        Socket socket = served.connect()) {
      Served.send(socket, get("/") + "\r\n");
      others.await();
    }
    assertThat(most.get()).isLessThan(100_000);
  }

  @Test
  void alsoIfTheRuntimeEnds() throws Exception {
    Handler handler =
        (request, response) -> {
          try {
            response.type("text/plain").write(TEXT);
            begun.countDown();
            request.context().receiveNext();
          } catch (Cancelled e) {
            assertEquals(0, made.getFirst().ends.get(), "it may have something to say yet");
            throw e;
          }
        };
    try (var served = Served.by(handler.with(compression()));
        Socket socket = served.connect()) {
      Served.send(socket, get("/") + "\r\n");
      begun.await();
      served.runtime().stop();
    }
    assertThat(made).hasSize(1).allSatisfy(deflater -> assertEquals(1, deflater.ends.get()));
  }

  @Test
  void whoGetsNothingCompressedCostsNothing() throws Exception {
    Handler handler = this::answer;
    try (var served = Served.by(handler.with(compression()))) {
      served.exchange("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
      String head = get("/").replace("GET", "HEAD");
      assertThat(served.exchange(head + "Connection: close\r\n\r\n")).contains("gzip");
    }
    assertTrue(made.isEmpty());
  }

  @Test
  void whatInflatesEndsWithTheResponse() throws Exception {
    Handler handler = this::answer;
    try (var served = Served.by(handler.with(new Compression()))) {
      HttpClient client = HttpClient.setup().build();
      InputStream whole =
          Asking.run(
              served,
              ctx -> {
                ClientResponse response = client.get(served.uri("/").toString()).send(ctx);
                assertEquals(TEXT, response.text());
                return response.inputStream();
              });
      InputStream part =
          Asking.run(
              served,
              ctx -> {
                try (var response = client.get(served.uri("/").toString()).send(ctx)) {
                  assertEquals('A', response.inputStream().read());
                  return response.inputStream();
                }
              });
      for (InputStream stream : List.of(whole, part)) {
        assertThatThrownBy(stream::read)
            .isInstanceOf(IOException.class)
            .hasMessage("Stream closed");
      }
    }
  }
}
