package lemnos.http;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.pkitesting.X509Bundle;
import java.io.InputStream;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import lemnos.net.NettyPoller;
import lemnos.runtime.Runtime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server that begins, and one that ends: what it has accepted it answers, whole. */
@Timeout(300)
final class StartAndStopTest {
  private static final Duration PATIENCE = Duration.ofMinutes(4);

  private static final int BYTES = 4 * 1024 * 1024;
  private static final int PIECE = 16 * 1024;

  @Test
  void aRuntimeThatHasEndedStartsNoServer() throws Exception {
    Runtime ended = Runtime.setup().signals(false).poller(NettyPoller.best()).build();
    ended.close();
    var setup = HttpServer.setup((_, response) -> response.send()).port(0);
    assertThatThrownBy(() -> setup.start(ended)).isInstanceOf(IllegalStateException.class);
  }

  /** The last of it still has to be sent when the server has nothing more to do with it. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whoReadsSlowlyGetsAllOfIt(boolean secure) throws Exception {
    X509Bundle bundle = Certificates.selfSigned();
    var begun = new CountDownLatch(1);
    Handler handler =
        (_, response) -> {
          begun.countDown();
          response.send(new byte[BYTES]);
        };
    try (var served =
            Served.by(handler, setup -> secure ? Certificates.tls(setup, bundle) : setup);
        Socket plain = served.connect();
        Socket socket = secure ? secured(bundle, plain) : plain) {
      Served.send(socket, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      assertTrue(begun.await(4, TimeUnit.MINUTES));
      var stopped = CompletableFuture.supplyAsync(() -> stopAll(served));
      Served.readUntil(socket, "\r\n\r\n");
      InputStream in = socket.getInputStream();
      for (int left = BYTES; left > 0; left -= PIECE) {
        assertEquals(PIECE, in.readNBytes(PIECE).length);
        Thread.yield();
      }
      assertEquals(-1, in.read());
      assertTrue(stopped.get());
    }
  }

  private static boolean stopAll(Served served) {
    boolean done = served.server.stop(PATIENCE);
    served.runtime().close();
    return done;
  }

  private static Socket secured(X509Bundle bundle, Socket plain) throws Exception {
    var factory = HttpClientTest.trust(bundle).getSocketFactory();
    var socket = (SSLSocket) factory.createSocket(plain, "localhost", plain.getPort(), true);
    socket.startHandshake();
    return socket;
  }
}
