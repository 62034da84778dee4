package lemnos.net;

import static lemnos.net.OnWorker.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.netty.buffer.ByteBuf;
import io.netty.handler.ssl.SslProvider;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import lemnos.core.Actor;
import lemnos.core.Behaviour;
import lemnos.core.Cx;
import lemnos.core.Init;
import lemnos.core.StopCause;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;

/** A TCP server that has an object actor for each connection. */
@Timeout(300)
final class ObjectServerTest {
  /** Answers in capitals, fails when told to, and says "last words" before it ends. */
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
          String text = data.toString(StandardCharsets.UTF_8);
          data.release();
          if (text.startsWith("!")) {
            throw new IllegalStateException("told to");
          }
          say(text.toUpperCase(Locale.ROOT));
        }
        case Arrival.End<ByteBuf> _ -> cx.stop();
        case Arrival.Failure<ByteBuf>(IOException error) -> cx.fail(error);
      }
    }

    void say(String text) {
      Pending<?> _ = stream.writing(bytes(text));
    }

    void draining(String message) {
      say("last words: " + message);
      cx.stop();
    }
  }

  /** Does nothing with its connection, and does not end. */
  static final class Deaf {
    Deaf(Cx<Deaf> cx, TcpStream stream) throws IOException {
      if (stream.remoteAddress().getPort() == 0) {
        throw new IOException("a connection from nowhere");
      }
      Pending<?> _ = stream.writing(bytes("?"));
    }

    void draining(String message) {
      assertEquals("stop", message);
    }
  }

  /** Fails before it has done anything with its connection. */
  static final class Stillborn {
    Stillborn(Cx<Stillborn> cx, TcpStream stream) throws IOException {
      throw new IOException("no use for " + stream.remoteAddress());
    }
  }

  private final BlockingQueue<StopCause> ended = new LinkedBlockingQueue<>();

  private <A> TcpServer<String, TcpStream> server(
      TcpOptions options, Init.Of1<A, TcpStream> connection, Behaviour.Of1<A, String> draining)
      throws IOException {
    return TcpServer.at(
        OnWorker.ANY, options, TcpStream.PROTOCOL, connection, draining, ended::add);
  }

  private LocalServer answering(Transport transport, TcpOptions options) throws Exception {
    return LocalServer.start(transport, server(options, Connection::new, Connection::draining));
  }

  private static String ask(Socket socket, String question) throws IOException {
    socket.getOutputStream().write(question.getBytes(StandardCharsets.UTF_8));
    return hear(socket, question.length());
  }

  private static String hear(Socket socket, int bytes) throws IOException {
    return new String(socket.getInputStream().readNBytes(bytes), StandardCharsets.UTF_8);
  }

  @EachTransport
  void eachConnectionHasItsActor(Transport transport) throws Exception {
    try (LocalServer server = answering(transport, TcpOptions.standard());
        Socket good = server.connect();
        Socket bad = server.connect()) {
      assertEquals("A", ask(good, "a"));
      bad.getOutputStream().write('!');
      assertEquals(-1, bad.getInputStream().read());
      var failed = assertInstanceOf(StopCause.Failed.class, ended.take());
      assertEquals("told to", failed.error().getMessage());
      assertEquals("B", ask(good, "b"));
      good.shutdownOutput();
      assertEquals(-1, good.getInputStream().read());
      assertInstanceOf(StopCause.Stopped.class, ended.take());
    }
  }

  @EachTransport
  void theConnectionOfAnActorThatCannotBeMadeIsClosed(Transport transport) throws Exception {
    var stillborn =
        TcpServer.at(
            OnWorker.ANY,
            Stillborn::new,
            (Stillborn _, String _) -> {}); // and what is the end of it is logged
    try (LocalServer server = LocalServer.start(transport, stillborn);
        Socket socket = server.connect()) {
      assertEquals(-1, socket.getInputStream().read());
    }
  }

  @EachTransport
  void drainingLetsConnectionsFinish(Transport transport) throws Exception {
    LocalServer server = answering(transport, TcpOptions.standard());
    try (Socket socket = server.connect()) {
      assertEquals("A", ask(socket, "a"));
      server.server().drain("stop", Duration.ofMinutes(5));
      assertEquals("last words: stop", hear(socket, 100));
    }
    server.join();
    assertFalse(server.server().isListening());
    assertThrows(ConnectException.class, server::connect);
  }

  /** When the listening actor has ended, and before it has connections drained. */
  private static TcpServer.Watch atTheEnd(CountDownLatch listening, Runnable then) {
    return new TcpServer.Watch() {
      @Override
      public void listening() {
        listening.countDown();
      }

      @Override
      public void ended(@Nullable Throwable failure) {
        then.run();
      }
    };
  }

  @EachTransport
  void drainingIsToldToWhoHasCallsUpToItsLimit(Transport transport) throws Exception {
    var actor = new CompletableFuture<Actor<Connection>>();
    Init.Of1<Connection, TcpStream> limited =
        (cx, stream) -> {
          cx.limit(1);
          actor.complete(cx.self());
          return new Connection(cx, stream);
        };
    var listening = new CountDownLatch(1);
    LocalServer server =
        LocalServer.start(
            transport,
            server(TcpOptions.standard(), limited, Connection::draining),
            atTheEnd(listening, () -> actor.join().call(Connection::say, "a call, ")));
    listening.await();
    try (Socket socket = server.connect()) {
      assertEquals("A", ask(socket, "a"));
      server.server().drain("stop", Duration.ofMinutes(5));
      assertEquals("a call, last words: stop", hear(socket, 100));
    }
    server.join();
  }

  @EachTransport
  void whoDoesNotFinishIsCutOffAfterAWhile(Transport transport) throws Exception {
    LocalServer server =
        LocalServer.start(transport, server(TcpOptions.standard(), Deaf::new, Deaf::draining));
    try (Socket socket = server.connect()) {
      assertEquals("?", hear(socket, 1));
      server.server().drain("stop", Duration.ofMillis(50));
      assertEquals(-1, socket.getInputStream().read());
      var killed = assertInstanceOf(StopCause.Killed.class, ended.take());
      assertEquals("the server cut the connection off", killed.error().getMessage());
    }
    server.join();
  }

  @EachTransport
  void anObjectActorServesTls(Transport transport) throws Exception {
    var authority = new Certificates("ours");
    X509Bundle here = authority.here();
    X509Bundle alice = authority.named("alice");
    Tls tls =
        Certificates.setup(here)
            .provider(SslProvider.JDK)
            .trust(authority.authority())
            .protocols("capitals")
            .build();
    Tls client =
        Tls.client()
            .provider(SslProvider.JDK)
            .trust(authority.authority())
            .identity(alice.getKeyPair().getPrivate(), alice.getCertificatePath())
            .protocols("capitals")
            .build();
    LocalServer server = answering(transport, options(tls));
    String answer =
        OnWorker.run(
            transport,
            ctx -> {
              var with = options(client);
              try (TcpStream stream = TcpStream.connect(ctx, server.address(), with)) {
                stream.write(bytes("a"));
                ByteBuf one = stream.alloc().buffer();
                stream.readExactly(one, 1);
                server.server().drain("stop", Duration.ofMinutes(5));
                String rest = OnWorker.readAll(stream);
                return stream.applicationProtocol() + " " + (char) one.readByte() + " " + rest;
              }
            });
    assertEquals("capitals A last words: stop", answer);
    server.join();
  }

  private static TcpOptions options(Tls tls) {
    return TcpOptions.standard().withTls(tls).withConnectTimeout(Duration.ofMinutes(5));
  }
}
