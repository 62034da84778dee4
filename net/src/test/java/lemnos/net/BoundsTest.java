package lemnos.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import lemnos.runtime.Context;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a connection holds at most, and for how long, when its peer does not do its part. */
@Timeout(300)
final class BoundsTest {
  private static final int BOUND = 10_000;

  /** What Netty reads at most at a time. */
  private static final int RECEIVE_BUFFER = 64 * 1024;

  private interface Body<R extends @Nullable Object> {
    R run(Context<Void> ctx, TcpStream stream) throws Exception;
  }

  private interface Peer {
    void run(Socket socket) throws Exception;
  }

  private static <R extends @Nullable Object> R with(
      Transport transport, TcpOptions options, Peer peer, Body<R> body) throws Exception {
    try (var server = new ServerSocket(0, 1, OnWorker.HERE)) {
      var address = (InetSocketAddress) server.getLocalSocketAddress();
      var result =
          OnWorker.begin(
              transport,
              ctx -> {
                try (TcpStream stream = TcpStream.connect(ctx, address, options)) {
                  return body.run(ctx, stream);
                }
              });
      try (Socket socket = server.accept()) {
        peer.run(socket);
      }
      return OnWorker.outcome(result);
    }
  }

  @EachTransport
  void noMoreThanTheBoundWaitsToBeRead(Transport transport) throws Exception {
    int total = 8_000_000;
    int waiting =
        with(
            transport,
            TcpOptions.standard().withUnreadBytes(BOUND),
            socket -> socket.getOutputStream().write(new byte[total]),
            (ctx, stream) -> {
              ByteBuf seen = Unpooled.buffer(total, total);
              var waits = new AtomicLong(-1);
              for (int same = 0; same < 20; ) { // the worker polls while this sleeps
                ctx.sleep(Duration.ofMillis(10));
                stream.peek(seen.clear());
                same = waits.getAndSet(seen.readableBytes()) == seen.readableBytes() ? same + 1 : 0;
              }
              stream.readExactly(Unpooled.buffer(), total); // so the rest had waited elsewhere
              return waits.intValue();
            });
    assertTrue(waiting >= BOUND && waiting < BOUND + RECEIVE_BUFFER, "waiting: " + waiting);
  }

  @EachTransport
  void whoWritesWaitsWhenMoreThanTheBoundWaitsToBeSent(Transport transport) throws Exception {
    var done = new CountDownLatch(1);
    int piece = 1000;
    long waiting =
        with(
            transport,
            TcpOptions.standard().withUnsentBytes(BOUND),
            _ -> done.await(),
            (ctx, stream) -> {
              try {
                Pending<?> last = stream.writing(Unpooled.EMPTY_BUFFER);
                for (int same = 0; same < 20; same++) { // until the system takes no more
                  while (last.isReady()) {
                    last = stream.writing(stream.alloc().buffer(piece).writeZero(piece));
                    same = 0;
                  }
                  ctx.sleep(Duration.ofMillis(10));
                }
                return stream.channel().unsafe().outboundBuffer().totalPendingWriteBytes();
              } finally {
                done.countDown();
                stream.abort();
              }
            });
    assertTrue(waiting > BOUND && waiting < BOUND + 2 * piece, "waiting: " + waiting);
  }

  @EachTransport
  void whatAPeerDoesNotTakeIsKeptForTheCloseTimeoutOnly(Transport transport) throws Exception {
    var closed = new CountDownLatch(1);
    with(
        transport,
        TcpOptions.standard().withCloseTimeout(Duration.ofMillis(50)),
        socket -> {
          closed.await();
          assertThrows(IOException.class, () -> readAll(socket));
        },
        (_, stream) -> {
          stream.channel().closeFuture().addListener(_ -> closed.countDown());
          int much = ByteStream.MAX_UNSENT_BYTES;
          Pending<?> _ = stream.writing(stream.alloc().buffer(much).writeZero(much));
          stream.close();
          return true;
        });
  }

  /** Throws if not all of it comes. */
  private static void readAll(Socket socket) throws IOException {
    int bytes = socket.getInputStream().readAllBytes().length;
    if (bytes < ByteStream.MAX_UNSENT_BYTES) {
      throw new IOException("the end after " + bytes + " bytes");
    }
  }

  @Test
  void aPeerThatDoesNotCloseIsWaitedForAShortWhileOnly() throws Exception {
    var closed = new CountDownLatch(1);
    with(
        Transport.best(),
        TcpOptions.standard(),
        socket -> {
          assertEquals(-1, socket.getInputStream().read()); // that all was sent
          closed.await(); // though this end is open
        },
        (_, stream) -> {
          stream.channel().closeFuture().addListener(_ -> closed.countDown());
          return true;
        });
  }
}
