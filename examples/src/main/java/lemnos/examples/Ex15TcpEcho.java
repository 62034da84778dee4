package lemnos.examples;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import lemnos.net.NettyPoller;
import lemnos.net.TcpServer;
import lemnos.net.TcpStream;
import lemnos.runtime.ActorOptions;
import lemnos.runtime.Context;
import lemnos.runtime.Runtime;
import lemnos.runtime.RuntimeFailure;
import lemnos.runtime.Supervisor;

/** A TCP server on all cores, with an actor for each connection, and a client. */
public final class Ex15TcpEcho {
  private Ex15TcpEcho() {}

  /** Serves one connection: plain code, which waits where it must. */
  private static void echo(Context<String> ctx, TcpStream stream) throws IOException {
    stream.readTimeout(Duration.ofMinutes(1));
    stream.forEach(stream::write); // waits while the client takes less than it sends
  }

  /** Says something, and prints what comes back. */
  private static void ask(Context<Void> ctx, TcpServer<String, TcpStream> server)
      throws IOException {
    try (TcpStream stream = TcpStream.connect(ctx, server.address())) {
      byte[] question = "Who is there?".getBytes(StandardCharsets.UTF_8);
      stream.write(Unpooled.wrappedBuffer(question));
      ByteBuf answer = stream.alloc().buffer();
      stream.readExactly(answer, question.length);
      System.out.println("Echo: " + answer.toString(StandardCharsets.UTF_8));
      answer.release();
    }
    server.drain("closing", Duration.ofSeconds(1));
  }

  /** Runs the example. */
  public static void main(String[] args) throws IOException, RuntimeFailure {
    var anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    TcpServer<String, TcpStream> server =
        TcpServer.at(anyPort, Ex15TcpEcho::echo, ActorOptions.standard().withName("echo"));
    Runtime runtime = Runtime.setup().useAllCores().poller(NettyPoller.best()).build();
    runtime.runOnWorkers(
        ref -> {
          server.listen(ref, () -> {});
          if (ref.workerId() == 1) {
            ref.spawnLocal(
                Supervisor.stopping(), Ex15TcpEcho::ask, server, ActorOptions.standard());
          }
        });
    runtime.start();
    System.out.println("Closed.");
  }
}
