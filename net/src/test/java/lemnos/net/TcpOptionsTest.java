package lemnos.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.ChannelOption;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.SocketChannelConfig;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Timeout;

/** What is asked of a connection's socket, and what the system has for it then. */
@Timeout(300)
final class TcpOptionsTest {
  private static final int RECEIVE_BYTES = 30_000;
  private static final int SEND_BYTES = 50_000;

  /** What the system has. */
  private record Had(boolean noDelay, boolean keepAlive, int receiveBytes, int sendBytes) {
    static Had by(TcpStream stream) {
      SocketChannelConfig config = ((SocketChannel) stream.channel()).config();
      return new Had(
          config.isTcpNoDelay(),
          config.isKeepAlive(),
          config.getReceiveBufferSize(),
          config.getSendBufferSize());
    }
  }

  /** By the end that connects and the one that accepts. */
  private static List<Had> hadByBothEnds(Transport transport, TcpOptions options) throws Exception {
    var accepted = new CompletableFuture<Had>();
    LocalServer server =
        LocalServer.start(
            transport,
            options,
            (_, stream) -> {
              accepted.complete(Had.by(stream));
              OnWorker.readAll(stream);
            });
    try (server) {
      Had connected =
          OnWorker.run(
              transport,
              ctx -> {
                try (TcpStream stream = TcpStream.connect(ctx, server.address(), options)) {
                  return Had.by(stream);
                }
              });
      return List.of(connected, accepted.get());
    }
  }

  @EachTransport
  void switchesAreThoseOfTheSocket(Transport transport) throws Exception {
    for (boolean on : new boolean[] {true, false}) {
      TcpOptions options = TcpOptions.standard().withNoDelay(on).withKeepAlive(!on);
      for (Had had : hadByBothEnds(transport, options)) {
        assertEquals(on, had.noDelay);
        assertEquals(!on, had.keepAlive);
      }
    }
  }

  @EachTransport
  void smallPiecesAreSentAtOnceAndNobodyIsProbedUnlessAskedFor(Transport transport)
      throws Exception {
    for (Had had : hadByBothEnds(transport, TcpOptions.standard())) {
      assertTrue(had.noDelay);
      assertFalse(had.keepAlive);
    }
  }

  @EachTransport
  void theSystemsBuffersAreAsLongAsAskedFor(Transport transport) throws Exception {
    TcpOptions options = TcpOptions.standard().withSystemBuffers(RECEIVE_BYTES, SEND_BYTES);
    for (Had had : hadByBothEnds(transport, options)) {
      assertBytes(RECEIVE_BYTES, had.receiveBytes);
      assertBytes(SEND_BYTES, had.sendBytes);
    }
  }

  /** From which a connection has it that nobody has accepted yet. */
  @EachTransport
  void aListenersReceiveBufferIsAsLongAsAskedForToo(Transport transport) throws Exception {
    TcpOptions options = TcpOptions.standard().withSystemBuffers(RECEIVE_BYTES, SEND_BYTES);
    int had =
        OnWorker.run(
            transport,
            ctx -> {
              try (TcpListener listener = TcpListener.bind(ctx, OnWorker.ANY, options)) {
                return listener.acceptor.channel().config().getOption(ChannelOption.SO_RCVBUF);
              }
            });
    assertBytes(RECEIVE_BYTES, had);
  }

  /** Linux doubles what it is asked for, as room for its own accounts. */
  private static void assertBytes(int asked, int had) {
    assertTrue(had == asked || had == 2 * asked, "asked for " + asked + ", had " + had);
  }
}
