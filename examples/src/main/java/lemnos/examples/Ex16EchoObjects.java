package lemnos.examples;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import lemnos.core.Cx;
import lemnos.core.Outcome;
import lemnos.core.Ret;
import lemnos.net.Arrival;
import lemnos.net.NettyPoller;
import lemnos.net.Pending;
import lemnos.net.TcpOptions;
import lemnos.net.TcpServer;
import lemnos.net.TcpStream;
import lemnos.runtime.Runtime;
import lemnos.runtime.RuntimeFailure;

/** The network as object actors use it: what arrives is brought to a behaviour. */
public final class Ex16EchoObjects {
  private static final InetSocketAddress ANY_PORT =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  private Ex16EchoObjects() {}

  /** Echoes one connection, and ends with it. */
  static final class Connection {
    private final Cx<Connection> cx;
    private final TcpStream stream;

    Connection(Cx<Connection> cx, TcpStream stream) {
      this.cx = cx;
      this.stream = stream;
      stream.deliver(cx, Connection::received);
    }

    void received(Arrival<ByteBuf> arrival) {
      switch (arrival) {
        case Arrival.Item<ByteBuf>(ByteBuf data) -> {
          Pending<?> _ = stream.writing(data);
        }
        case Arrival.End<ByteBuf> _ -> cx.stop();
        case Arrival.Failure<ByteBuf>(IOException error) -> cx.fail(error);
      }
    }

    void draining(String message) {
      stream.writing(Unpooled.copiedBuffer(message, StandardCharsets.UTF_8));
      cx.stop(); // what was written is still sent
    }
  }

  /** Says one thing, has the server stop when it has come back, and ends with the connection. */
  static final class Client {
    private final Cx<Client> cx;
    private final TcpServer<String, TcpStream> server;

    Client(Cx<Client> cx, TcpServer<String, TcpStream> server) {
      this.cx = cx;
      this.server = server;
      TcpStream.connecting(cx, server.address(), TcpOptions.standard(), TcpStream.PROTOCOL)
          .deliver(cx, Client::connected);
    }

    void connected(Outcome<TcpStream> outcome) {
      if (outcome instanceof Outcome.Value<TcpStream>(TcpStream stream)) {
        stream.writing(Unpooled.copiedBuffer("hello", StandardCharsets.UTF_8));
        stream.readingExactly(stream.alloc().buffer(), 5).deliver(cx, Client::answered);
        stream.deliver(cx, Client::received);
      }
    }

    void answered(Outcome<ByteBuf> outcome) throws IOException {
      if (outcome instanceof Outcome.Value<ByteBuf>(ByteBuf data)) {
        System.out.println("Came back: " + data.toString(StandardCharsets.UTF_8));
        data.release();
        server.drain("goodbye", Duration.ofSeconds(1));
      }
    }

    void received(Arrival<ByteBuf> arrival) {
      if (arrival instanceof Arrival.Item<ByteBuf>(ByteBuf data)) {
        data.release();
      } else {
        cx.stop();
      }
    }
  }

  /** Runs the example. */
  public static void main(String[] args) throws IOException, RuntimeFailure {
    TcpServer<String, TcpStream> server =
        TcpServer.at(ANY_PORT, Connection::new, Connection::draining);
    Runtime runtime = Runtime.setup().poller(NettyPoller.best()).build();
    runtime.runOnWorkers(
        ref ->
            server.listen(
                ref,
                () -> {
                  var _ = ref.loop().actor(Client::new, server, Ret.nop());
                }));
    runtime.start();
    System.out.println("Closed.");
  }
}
