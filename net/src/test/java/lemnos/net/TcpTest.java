package lemnos.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.buffer.ByteBuf;
import io.netty.channel.epoll.Epoll;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.HashSet;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import lemnos.runtime.ActorOptions;
import lemnos.runtime.Context;
import lemnos.runtime.Runtime;
import org.junit.jupiter.api.Timeout;

/** An echo server of sequential actors, over each transport that the machine has. */
@Timeout(300)
final class TcpTest {
  private static final InetSocketAddress ANY =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  private static void echo(Context<Void> ctx, TcpStream stream) throws IOException {
    while (true) {
      ByteBuf buf = stream.alloc().buffer();
      if (stream.read(buf) < 0) {
        buf.release();
        return;
      }
      stream.write(buf);
    }
  }

  /** Workers that listen when this returns. */
  private static Runtime twoWorkers(Transport transport, TcpServer<?, ?> server) throws Exception {
    Runtime runtime =
        Runtime.setup().workers(2).signals(false).poller(NettyPoller.of(transport)).build();
    var listening = new CountDownLatch(2);
    runtime.runOnWorkers(ref -> server.listen(ref, listening::countDown));
    listening.await();
    return runtime;
  }

  private static Socket connect(TcpServer<?, ?> server) throws IOException {
    return new Socket(ANY.getAddress(), server.address().getPort());
  }

  private static void tellTheWorker(Context<Void> ctx, TcpStream stream) throws IOException {
    stream.write(stream.alloc().buffer(1).writeByte(ctx.runtime().workerId()));
  }

  /** Linux chooses by a hash of the two addresses: of so many, no worker gets none. */
  @EachTransport
  void eachWorkerGetsItsPartOfTheConnections(Transport transport) throws Exception {
    assumeTrue(Epoll.isAvailable(), "only Linux spreads the connections to a shared port");
    var server = TcpServer.at(ANY, TcpTest::tellTheWorker, ActorOptions.standard());
    Runtime runtime = twoWorkers(transport, server);
    var workers = new HashSet<Integer>();
    for (int i = 0; i < 200; i++) {
      try (Socket socket = connect(server)) {
        workers.add(socket.getInputStream().read());
      }
    }
    server.close();
    runtime.start();
    assertEquals(2, workers.size(), () -> "connections went to " + workers);
    assertFalse(workers.contains(-1), "a connection ended before its worker was told");
  }

  @EachTransport
  void everythingThatIsSentComesBack(Transport transport) throws Exception {
    var server = TcpServer.at(ANY, TcpTest::echo, ActorOptions.standard());
    Runtime runtime = twoWorkers(transport, server);
    byte[] sent = new byte[3_000_000];
    new Random(1).nextBytes(sent);
    for (int i = 0; i < 4; i++) {
      try (Socket socket = connect(server)) {
        byte[] back = new byte[sent.length];
        Thread writer = Thread.ofVirtual().start(() -> write(socket, sent));
        new DataInputStream(socket.getInputStream()).readFully(back);
        writer.join();
        assertArrayEquals(sent, back);
        socket.shutdownOutput();
        assertEquals(-1, socket.getInputStream().read());
      }
    }
    server.close();
    runtime.start();
  }

  private static void write(Socket socket, byte[] data) {
    try {
      socket.getOutputStream().write(data);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
