package lemnos.net;

import static lemnos.net.OnWorker.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import lemnos.runtime.ActorOptions;
import lemnos.runtime.Context;
import lemnos.runtime.NewActor;
import lemnos.runtime.Runtime;
import lemnos.runtime.SequentialActor;
import lemnos.runtime.Supervisor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** What a server does at its limits and at its end. */
@Timeout(300)
final class TcpServerTest {
  private static Socket connect(LocalServer server) throws IOException {
    InetSocketAddress at = server.address();
    return new Socket(at.getAddress(), at.getPort());
  }

  private static void echo(Context<String> ctx, TcpStream stream) throws IOException {
    while (true) {
      ByteBuf buf = stream.receive();
      if (buf == null) {
        return;
      }
      stream.write(buf);
    }
  }

  private static String ask(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    return new String(socket.getInputStream().readNBytes(text.length()), StandardCharsets.UTF_8);
  }

  @EachTransport
  void theSystemKeepsConnectionsOverTheLimitWaiting(Transport transport) throws Exception {
    var two = TcpOptions.standard().withMaxConnections(2);
    try (LocalServer server = LocalServer.start(transport, two, TcpServerTest::echo)) {
      Socket first = connect(server);
      try (Socket second = connect(server);
          Socket third = connect(server)) {
        assertEquals("one", ask(first, "one"));
        assertEquals("two", ask(second, "two"));
        third.setSoTimeout(100);
        third.getOutputStream().write('3');
        assertFalse(isAnswered(third), "a third connection is served");
        first.close();
        third.setSoTimeout(0);
        assertEquals('3', third.getInputStream().read());
      }
    }
  }

  private static boolean isAnswered(Socket socket) throws IOException {
    try {
      return socket.getInputStream().read() >= 0;
    } catch (java.net.SocketTimeoutException _) {
      return false;
    }
  }

  @EachTransport
  void aConnectionThatFailsIsClosedAndNoOtherNotices(Transport transport) throws Exception {
    try (LocalServer server =
            LocalServer.start(
                transport,
                TcpOptions.standard(),
                (ctx, stream) -> {
                  ByteBuf buf = stream.alloc().buffer();
                  stream.readExactly(buf, 1);
                  byte first = buf.readByte();
                  buf.release();
                  if (first == '!') {
                    throw new IllegalStateException("told to");
                  }
                  stream.write(bytes("" + (char) first));
                  echo(ctx, stream);
                });
        Socket good = connect(server);
        Socket bad = connect(server)) {
      assertEquals("a", ask(good, "a"));
      bad.getOutputStream().write('!');
      assertEquals(-1, bad.getInputStream().read());
      assertEquals("still", ask(good, "still"));
    }
  }

  /** More often than connections may wait to be opened: else those that failed would count on. */
  @Test
  void aProtocolThatFailsCostsItsConnectionAndNoOther() throws Exception {
    int failures = Acceptor.MAX_WAITING + 1;
    var left = new AtomicInteger(failures);
    Protocol<TcpStream> failing =
        channel -> {
          if (left.getAndDecrement() > 0) {
            throw new IllegalStateException("told to");
          }
          return TcpStream.PROTOCOL.attach(channel);
        };
    var server =
        TcpServer.at(
            OnWorker.ANY,
            TcpOptions.standard(),
            failing,
            Supervisor::stopping,
            (Context<String> ctx, TcpStream stream) -> echo(ctx, stream),
            ActorOptions.standard());
    try (LocalServer local = LocalServer.start(Transport.best(), server)) {
      for (int i = 0; i < failures; i++) {
        try (Socket socket = connect(local)) {
          assertEquals(-1, socket.getInputStream().read());
        }
      }
      try (Socket socket = connect(local)) {
        assertEquals("well", ask(socket, "well"));
      }
    }
  }

  /** Each actor is made with its connection, or not at all. */
  @Test
  void whoseActorCannotBeMadeIsCutOffAndNoOther() throws Exception {
    var made = new AtomicInteger();
    NewActor<String, TcpStream> maker =
        (_, stream) -> {
          if (made.incrementAndGet() == 1) {
            throw new IOException("no actor today");
          }
          return ctx -> {
            try (stream) {
              echo(ctx, stream);
            }
          };
        };
    try (LocalServer server = LocalServer.start(Transport.NIO, making(maker));
        Socket bad = connect(server);
        Socket good = connect(server)) {
      assertEquals(-1, bad.getInputStream().read());
      assertEquals("good", ask(good, "good"));
      assertEquals(2, made.get());
    }
  }

  private static TcpServer<String, TcpStream> making(NewActor<String, TcpStream> maker)
      throws IOException {
    return TcpServer.making(
        OnWorker.ANY,
        TcpOptions.standard(),
        TcpStream.PROTOCOL,
        Supervisor::stopping,
        maker,
        ActorOptions.standard());
  }

  @EachTransport
  void drainingLetsConnectionsFinish(Transport transport) throws Exception {
    var started = new CompletableFuture<LocalServer>();
    LocalServer server =
        LocalServer.start(
            transport,
            TcpOptions.standard(),
            (ctx, stream) -> {
              stream.write(bytes("?"));
              String message = ctx.receiveNext();
              ctx.sleep(Duration.ofMillis(20)); // for which there is time
              assertTrue(started.get().server().isListening(), "nobody waits for us");
              stream.write(bytes("last words: " + message));
            });
    started.complete(server);
    try (Socket socket = connect(server)) {
      assertEquals('?', socket.getInputStream().read());
      server.server().drain("stop", ChronoUnit.FOREVER.getDuration());
      assertEquals(
          "last words: stop",
          new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
    }
    server.join();
    assertFalse(server.server().isListening());
    assertThrows(ConnectException.class, () -> connect(server));
  }

  @EachTransport
  void whoDoesNotFinishIsCutOffAfterAWhile(Transport transport) throws Exception {
    assertCutOffAfter(Duration.ofMillis(50), transport);
    assertCutOffAfter(Duration.ZERO, transport);
  }

  private static void assertCutOffAfter(Duration grace, Transport transport) throws Exception {
    var ended = new CountDownLatch(1);
    LocalServer server =
        LocalServer.start(
            transport,
            TcpOptions.standard(),
            (ctx, stream) -> {
              try {
                stream.write(bytes("?"));
                echo(ctx, stream);
              } finally {
                ended.countDown();
              }
            });
    try (Socket socket = connect(server)) {
      assertEquals('?', socket.getInputStream().read());
      server.server().drain("stop", grace);
      ended.await();
      assertEquals(-1, socket.getInputStream().read());
    }
    server.join();
  }

  @EachTransport
  void connectionsThatNobodyTakesAreBounded(Transport transport) throws Exception {
    List<Socket> sockets = new ArrayList<>();
    var connected = new CountDownLatch(1);
    try {
      int accepted =
          OnWorker.outcome(
              OnWorker.begin(
                  transport,
                  ctx -> {
                    try (var listener =
                        TcpListener.bind(ctx, OnWorker.ANY, TcpOptions.standard())) {
                      var at = listener.localAddress();
                      Thread.ofVirtual().start(() -> connectMany(at, sockets, 400, connected));
                      OnWorker.await(ctx, connected);
                      List<TcpStream> taken = new ArrayList<>();
                      for (var next = listener.tryAccept(); next != null; ) {
                        taken.add(next);
                        next = listener.tryAccept();
                      }
                      int waiting = taken.size();
                      while (taken.size() < 400) { // those that are taken make room, though open
                        taken.add(Objects.requireNonNull(listener.accept()));
                      }
                      taken.forEach(TcpStream::close);
                      return waiting;
                    }
                  }));
      assertTrue(accepted <= 2 * Acceptor.MAX_WAITING, "waiting: " + accepted);
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  /** How many of {@code count} connections are accepted while nobody takes one. */
  private static long accepted(Transport transport, TcpOptions options, int count)
      throws Exception {
    List<Socket> sockets = new ArrayList<>();
    var connected = new CountDownLatch(1);
    try {
      return OnWorker.run(
          transport,
          ctx -> {
            long before = OnWorker.openFiles();
            try (var listener = TcpListener.bind(ctx, OnWorker.ANY, options)) {
              InetSocketAddress at = listener.localAddress();
              Thread.ofVirtual().start(() -> connectMany(at, sockets, count, connected));
              OnWorker.await(ctx, connected);
              NettyPoller poller = NettyPoller.of(ctx.core());
              for (long until = poller.polls() + 2L * count; poller.polls() < until; ) {
                ctx.sleep(Duration.ofMillis(1)); // io_uring accepts one a poll
              }
              return OnWorker.openFiles() - before - count; // of the clients
            }
          });
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  @EachTransport
  @EnabledOnOs(OS.LINUX)
  void whatIsOverTheLimitIsLeftToTheSystem(Transport transport) throws Exception {
    long accepted = accepted(transport, TcpOptions.standard().withMaxConnections(2), 100);
    assertTrue(accepted < 50, "accepted: " + accepted); // a round of accepting may be over it
  }

  @EachTransport
  @EnabledOnOs(OS.LINUX)
  void connectionsThatAreLongInAgreeingOnTlsAreBounded(Transport transport) throws Exception {
    Tls tls = Certificates.server(new Certificates("ours").here());
    var options = TcpOptions.standard().withTls(tls).withConnectTimeout(Duration.ofMinutes(5));
    long accepted = accepted(transport, options, 3 * Acceptor.MAX_WAITING);
    assertTrue(accepted < 2 * Acceptor.MAX_WAITING, "accepted: " + accepted);
  }

  @EachTransport
  void whoWaitsForAConnectionLearnsThatTheListenerWasClosed(Transport transport) throws Exception {
    TcpStream none =
        OnWorker.run(
            transport,
            ctx -> {
              var listener = TcpListener.bind(ctx, OnWorker.ANY, TcpOptions.standard());
              ctx.runtime()
                  .spawnLocal(
                      Supervisor.<TcpListener>stopping(),
                      (Context<Void> other, TcpListener closing) -> {
                        other.sleep(Duration.ofMillis(1)); // till the first waits
                        closing.close();
                      },
                      listener,
                      ActorOptions.standard());
              return listener.accept();
            });
    assertNull(none);
  }

  /** The system keeps those that we have closed for a while, and with them the port. */
  @EachTransport
  void aPortThatHasBeenUsedCanBeHadAgain(Transport transport) throws Exception {
    OnWorker.run(
        transport,
        ctx -> {
          boolean again = false;
          for (int i = 0; i < 5 && !again; i++) { // another program may take a port meanwhile
            again = isHadAgain(ctx, use(ctx, OnWorker.ANY));
          }
          assertTrue(again);
          return true;
        });
  }

  private static boolean isHadAgain(Context<?> ctx, InetSocketAddress at) throws Exception {
    try {
      return use(ctx, at).equals(at);
    } catch (IOException e) {
      return false;
    }
  }

  /** Listens, and closes a connection first. Returns where. */
  private static InetSocketAddress use(Context<?> ctx, InetSocketAddress at) throws Exception {
    try (var listener = TcpListener.bind(ctx, at, TcpOptions.standard());
        TcpStream client = TcpStream.connect(ctx, listener.localAddress())) {
      Objects.requireNonNull(listener.accept()).close();
      assertEquals("", OnWorker.readAll(client));
      return listener.localAddress();
    }
  }

  private static void connectMany(
      InetSocketAddress at, List<Socket> sockets, int count, CountDownLatch connected) {
    try {
      for (int i = 0; i < count; i++) {
        sockets.add(new Socket(at.getAddress(), at.getPort()));
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } finally {
      connected.countDown();
    }
  }

  /** Reads to the end, which must come: the system may reset what nobody has accepted. */
  private static void assertEnds(Socket socket) throws IOException {
    socket.setSoTimeout(60_000);
    try {
      assertEquals(-1, socket.getInputStream().read());
    } catch (SocketTimeoutException e) {
      throw new AssertionError("the connection is still there", e);
    } catch (IOException e) {
      assertTrue(String.valueOf(e.getMessage()).contains("reset"), e.toString());
    }
  }

  private static void assertEnd(List<Socket> sockets, CompletableFuture<Boolean> ended) {
    try {
      for (Socket socket : sockets) {
        assertEnds(socket);
      }
      ended.complete(true);
    } catch (Throwable t) {
      ended.completeExceptionally(t);
    }
  }

  /** That is one that waits to be taken, and some that the system may have given us too many. */
  @EachTransport
  void whatNobodyHasTakenEndsWithTheListener(Transport transport) throws Exception {
    List<Socket> sockets = new ArrayList<>();
    try {
      OnWorker.run(
          transport,
          ctx -> {
            TcpOptions one = TcpOptions.standard().withMaxConnections(1);
            try (var listener = TcpListener.bind(ctx, OnWorker.ANY, one)) {
              var at = listener.localAddress();
              connectMany(at, sockets, 5, new CountDownLatch(1)); // before the worker polls
              listener.await();
            }
            var ended = new CompletableFuture<Boolean>();
            Thread.ofVirtual().start(() -> assertEnd(sockets, ended));
            while (!ended.isDone()) { // before the worker does
              ctx.sleep(Duration.ofMillis(1));
            }
            return OnWorker.outcome(ended);
          });
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  /** No connection is made, since the system keeps the port of one for a while. */
  private static void assertPortIsGivenBack(Transport transport, Stop stop) throws Exception {
    LocalServer server = LocalServer.start(transport, TcpOptions.standard(), TcpServerTest::echo);
    stop.stop(server.server());
    server.join();
    try (var other = new ServerSocket()) {
      other.setReuseAddress(false);
      other.bind(server.address());
    }
  }

  private interface Stop {
    void stop(TcpServer<String, TcpStream> server) throws IOException;
  }

  @EachTransport
  void aServerThatHasStoppedGivesItsPortBack(Transport transport) throws Exception {
    assertPortIsGivenBack(transport, TcpServer::close);
    assertPortIsGivenBack(transport, server -> server.drain("stop", Duration.ofMinutes(1)));
  }

  @Test
  void aPortInUseIsAnErrorThatNamesIt() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, OnWorker.HERE)) {
      var address = (InetSocketAddress) taken.getLocalSocketAddress();
      SequentialActor<Void, TcpStream> nothing = (_, _) -> {};
      var e =
          assertThrows(
              IOException.class, () -> TcpServer.at(address, nothing, ActorOptions.standard()));
      assertTrue(e.toString().contains(address.toString()), e.toString());
    }
  }

  /** Somebody else has taken the port since. */
  @Test
  void whoCannotListenSaysSo() throws Exception {
    var server =
        TcpServer.at(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            TcpServerTest::echo,
            ActorOptions.standard());
    server.close();
    try (var other = new ServerSocket();
        var runtime = Runtime.setup().signals(false).poller(NettyPoller.best()).build()) {
      other.bind(server.address());
      var ended = new CompletableFuture<String>();
      runtime.runOnWorkers(ref -> server.listen(ref, new Ended(ended)));
      assertEquals("cannot listen on " + server.address(), ended.get());
      runtime.stop();
    }
  }

  private record Ended(CompletableFuture<String> message) implements TcpServer.Watch {
    @Override
    public void listening() {
      message.complete("listening");
    }

    @Override
    public void ended(@Nullable Throwable failure) {
      message.complete(failure == null ? "stopped" : String.valueOf(failure.getMessage()));
    }
  }
}
