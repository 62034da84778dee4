package lemnos.net;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.junit.jupiter.api.Timeout;

/** What becomes of connections when their worker ends, and nobody is left who would close them. */
@Timeout(600)
final class WorkerEndTest {
  private static final int BUFFER = 16 * 1024; // the system's

  private static final int MUCH = 64 * BUFFER; // more than it takes

  /** A server whose connections take little of what nobody reads. */
  private static ServerSocket server(int backlog) throws IOException {
    var server = new ServerSocket();
    server.setReceiveBufferSize(BUFFER);
    server.bind(OnWorker.ANY, backlog);
    return server;
  }

  private static Supplier<NettyPoller> poller(Transport transport, Duration ending) {
    return NettyPoller.of(transport, List.of(), ending);
  }

  /** Has an actor connect {@code count} times, write much, close and end. */
  private static CompletableFuture<Boolean> writeAndEnd(
      Supplier<NettyPoller> poller, ServerSocket server, int count, Runnable closed) {
    var address = (InetSocketAddress) server.getLocalSocketAddress();
    var options = TcpOptions.standard().withSystemBuffers(0, BUFFER);
    return OnWorker.begin(
        poller,
        ctx -> {
          ByteBuf much = Unpooled.directBuffer(MUCH).writeZero(MUCH);
          for (int i = 0; i < count; i++) {
            TcpStream stream = TcpStream.connect(ctx, address, options);
            stream.channel().closeFuture().addListener(_ -> closed.run());
            Pending<?> _ = stream.writing(much.retainedDuplicate());
            stream.close();
          }
          much.release();
          return true;
        });
  }

  @EachTransport
  void whatWasWrittenIsSentBeforeTheWorkerEnds(Transport transport) throws Exception {
    try (var server = server(1)) {
      var ended = writeAndEnd(poller(transport, Duration.ofDays(1)), server, 1, () -> {});
      try (Socket peer = server.accept()) {
        OnWorker.outcome(ended); // so nobody is left but the worker that ends
        assertEquals(MUCH, peer.getInputStream().readAllBytes().length);
      }
    }
  }

  /** Twenty times, since an io_uring that ends too soon leaves sockets open one time in three. */
  @EachTransport
  void aPeerThatTakesNothingIsCutOffForGoodWhenTheWorkerEnds(Transport transport) throws Exception {
    for (int i = 0; i < 20; i++) {
      takeNothing(poller(transport, Duration.ofMillis(1)));
    }
  }

  private static void takeNothing(Supplier<NettyPoller> poller) throws Exception {
    var closed = new CountDownLatch(2);
    try (var server = server(2)) {
      var _ = writeAndEnd(poller, server, 2, closed::countDown);
      try (Socket one = server.accept();
          Socket other = server.accept()) {
        closed.await();
        untilCut(one);
        untilCut(other);
      }
    }
  }

  /** Reads to the end, which must come: a socket that was left open has none. */
  private static void untilCut(Socket peer) throws IOException {
    peer.setSoTimeout(60_000);
    try {
      peer.getInputStream().readAllBytes();
    } catch (SocketTimeoutException e) {
      throw new AssertionError("the connection is still there", e);
    } catch (IOException e) {
      // it was reset
    }
  }
}
