package lemnos.examples;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import lemnos.core.Cx;
import lemnos.core.Outcome;
import lemnos.core.Ret;
import lemnos.net.Arrival;
import lemnos.net.NettyPoller;
import lemnos.net.Pending;
import lemnos.net.TcpListener;
import lemnos.net.TcpOptions;
import lemnos.net.TcpStream;
import lemnos.runtime.Runtime;
import lemnos.runtime.RuntimeFailure;

/** The network as object actors use it: what arrives is brought to a behaviour. */
public final class Ex16EchoObjects {
  private static final InetSocketAddress ANY_PORT =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  private Ex16EchoObjects() {}

  /** Has a child for each connection; here the first one that ends is the end of all. */
  static final class Server {
    private final Cx<Server> cx;

    Server(Cx<Server> cx) {
      this.cx = cx;
      TcpListener.binding(cx, ANY_PORT, TcpOptions.standard()).deliver(cx, Server::listening);
    }

    void listening(Outcome<TcpListener> outcome) {
      switch (outcome) {
        case Outcome.Value<TcpListener>(TcpListener listener) -> {
          listener.deliver(cx, Server::accepted);
          var _ = cx.child(Client::new, listener.localAddress(), Ret.nop());
        }
        case Outcome.Failure<TcpListener>(Throwable error) -> cx.fail(error);
      }
    }

    void accepted(Arrival<TcpStream> arrival) {
      if (arrival instanceof Arrival.Item<TcpStream>(TcpStream stream)) {
        var _ = cx.child(Connection::new, stream, cx.self().ret((server, _) -> cx.stop()));
      }
    }
  }

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
  }

  /** Says one thing and ends when it has come back. */
  static final class Client {
    private final Cx<Client> cx;

    Client(Cx<Client> cx, InetSocketAddress server) {
      this.cx = cx;
      TcpStream.connecting(cx, server, TcpOptions.standard(), TcpStream.PROTOCOL)
          .deliver(cx, Client::connected);
    }

    void connected(Outcome<TcpStream> outcome) {
      if (outcome instanceof Outcome.Value<TcpStream>(TcpStream stream)) {
        stream.deliver(cx, Client::received);
        stream.writing(Unpooled.copiedBuffer("hello", StandardCharsets.UTF_8));
      }
    }

    void received(Arrival<ByteBuf> arrival) {
      if (arrival instanceof Arrival.Item<ByteBuf>(ByteBuf data)) {
        System.out.println("Came back: " + data.toString(StandardCharsets.UTF_8));
        data.release();
        cx.stop(); // and with it the stream
      }
    }
  }

  /** Runs the example. */
  public static void main(String[] args) throws RuntimeFailure {
    Runtime runtime = Runtime.setup().poller(NettyPoller.best()).build();
    runtime.runOnWorkers(
        ref -> {
          var _ = ref.loop().actor(Server::new, Ret.nop());
        });
    runtime.start();
    System.out.println("Closed.");
  }
}
