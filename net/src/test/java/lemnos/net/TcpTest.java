package lemnos.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.ByteBuf;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
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

  @EachTransport
  void everythingThatIsSentComesBack(Transport transport) throws Exception {
    Runtime runtime =
        Runtime.setup().workers(2).signals(false).poller(NettyPoller.of(transport)).build();
    var server = TcpServer.at(ANY, TcpTest::echo, ActorOptions.standard());
    var listening = new CountDownLatch(2);
    runtime.runOnWorkers(ref -> server.listen(ref, listening::countDown));
    listening.await();
    byte[] sent = new byte[3_000_000];
    new Random(1).nextBytes(sent);
    for (int i = 0; i < 4; i++) {
      try (var socket = new Socket(ANY.getAddress(), server.address().getPort())) {
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
