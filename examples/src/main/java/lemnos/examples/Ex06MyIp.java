package lemnos.examples;

import io.netty.buffer.ByteBufUtil;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import lemnos.net.NettyPoller;
import lemnos.net.TcpServer;
import lemnos.net.TcpStream;
import lemnos.net.Transport;
import lemnos.runtime.ActorOptions;
import lemnos.runtime.Context;
import lemnos.runtime.Runtime;
import lemnos.runtime.RuntimeRef;
import lemnos.runtime.Signal;
import lemnos.runtime.Supervisor;

/**
 * Tells everybody who connects their address, on all cores, until a signal ends it: try {@code nc
 * localhost 7890}, then Ctrl-C. The argument, if any, is the port.
 *
 * <p>Source: heph-rt's example of that name.
 */
public final class Ex06MyIp {
  private Ex06MyIp() {}

  /** The actor of one connection. */
  private static void tellAddress(Context<Void> ctx, TcpStream stream) throws IOException {
    String address = stream.remoteAddress().getAddress().getHostAddress();
    stream.write(ByteBufUtil.writeUtf8(stream.alloc(), address + "\n"));
  }

  /** Waits for a signal, and then lets the server take no more connections. */
  private static void awaitSignal(Context<Signal> ctx, TcpServer<Void, TcpStream> server)
      throws IOException {
    ctx.runtime().receiveSignals(ctx.self());
    while (server.isListening()) {
      if (ctx.receiveNext().shouldStop()) {
        server.close();
        return;
      }
    }
  }

  private static void open(RuntimeRef ref, TcpServer<Void, TcpStream> server) {
    boolean isFirst = ref.workerId() == 1;
    Runnable listening = isFirst ? () -> System.out.println("On " + server.address()) : () -> {};
    server.listen(ref, listening::run);
    if (isFirst) {
      ref.spawnLocal(
          Supervisor.none(),
          (Context<Signal> ctx, TcpServer<Void, TcpStream> s) -> awaitSignal(ctx, s),
          server,
          ActorOptions.standard().withName("signals"));
    }
  }

  /** Runs the example, until a signal ends it. */
  public static void main(String[] args) throws Exception {
    int port = args.length == 0 ? 7890 : Integer.parseInt(args[0]);
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    TcpServer<Void, TcpStream> server =
        TcpServer.at(address, Ex06MyIp::tellAddress, ActorOptions.standard().withName("peer"));
    Runtime runtime =
        Runtime.setup().useAllCores().poller(NettyPoller.of(Transport.best())).build();
    runtime.runOnWorkers(ref -> open(ref, server));
    runtime.start();
    System.out.println("Closed.");
  }
}
