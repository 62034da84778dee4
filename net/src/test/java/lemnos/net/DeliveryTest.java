package lemnos.net;

import static lemnos.net.OnWorker.ANY;
import static lemnos.net.OnWorker.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import lemnos.core.Actor;
import lemnos.core.Cx;
import lemnos.core.Outcome;
import lemnos.core.Ret;
import lemnos.core.StopCause;
import lemnos.runtime.Runtime;
import lemnos.runtime.RuntimeRef;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;

/** Object actors on the network: a server, its connections and a client. */
@Timeout(300)
final class DeliveryTest {
  private final List<Runtime> runtimes = new ArrayList<>();

  @AfterEach
  void close() {
    runtimes.forEach(Runtime::close);
  }

  private interface Setup {
    void run(RuntimeRef ref) throws Exception;
  }

  private void onWorker(Transport transport, Setup setup) {
    Runtime runtime = Runtime.setup().signals(false).poller(NettyPoller.of(transport)).build();
    runtimes.add(runtime);
    runtime.runOnWorkers(setup::run);
  }

  /** Answers what it hears in capitals; "stop" ends the connection's actor, "all" the server. */
  static final class Server {
    private final Cx<Server> cx;
    private final CompletableFuture<InetSocketAddress> address;

    Server(Cx<Server> cx, CompletableFuture<InetSocketAddress> address) {
      this.cx = cx;
      this.address = address;
      TcpListener.binding(cx, ANY, TcpOptions.standard()).deliver(cx, Server::listening);
    }

    void listening(Outcome<TcpListener> outcome) {
      switch (outcome) {
        case Outcome.Value<TcpListener>(TcpListener listener) -> {
          listener.deliver(cx, Server::accepted);
          address.complete(listener.localAddress());
        }
        case Outcome.Failure<TcpListener>(Throwable error) -> address.completeExceptionally(error);
      }
    }

    void accepted(Arrival<TcpStream> arrival) {
      if (arrival instanceof Arrival.Item<TcpStream>(TcpStream stream)) {
        var _ =
            cx.child(Connection::new, stream, cx.self().<StopCause>ret(Server::connectionEnded));
      }
    }

    void connectionEnded(@Nullable StopCause cause) {
      if (cause instanceof StopCause.Failed) {
        cx.stop();
      }
    }
  }

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
        case Arrival.Item<ByteBuf>(ByteBuf buf) -> answer(buf);
        case Arrival.End<ByteBuf> _ -> cx.stop();
        case Arrival.Failure<ByteBuf>(IOException error) -> cx.fail(error);
      }
    }

    private void answer(ByteBuf buf) {
      String text = buf.toString(StandardCharsets.UTF_8);
      buf.release();
      switch (text) {
        case "stop" -> cx.stop();
        case "all" -> cx.fail("told to");
        default -> stream.writing(bytes(text.toUpperCase(java.util.Locale.ROOT)));
      }
    }
  }

  private static Socket connect(InetSocketAddress address) throws IOException {
    return new Socket(address.getAddress(), address.getPort());
  }

  private static void say(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String hear(Socket socket, int bytes) throws IOException {
    return new String(socket.getInputStream().readNBytes(bytes), StandardCharsets.UTF_8);
  }

  @EachTransport
  void aServerOfObjectActorsAnswersAndEndsWithItsActors(Transport transport) throws Exception {
    var address = new CompletableFuture<InetSocketAddress>();
    onWorker(
        transport,
        ref -> {
          var _ = ref.loop().actor(Server::new, address, Ret.nop());
        });
    try (Socket a = connect(address.get());
        Socket b = connect(address.get())) {
      say(a, "hello");
      assertEquals("HELLO", hear(a, 5));
      say(b, "you");
      assertEquals("YOU", hear(b, 3));
      say(a, "stop");
      assertEquals("", hear(a, 1)); // the connection ends with its actor
      say(b, "still");
      assertEquals("STILL", hear(b, 5));
      say(b, "all");
      assertEquals("", hear(b, 1));
    }
  }

  /** Connects, takes one piece, then no more until it is told to. */
  static final class Slow {
    record Plan(
        InetSocketAddress address, AtomicLong received, CompletableFuture<Actor<Slow>> paused) {}

    private final Cx<Slow> cx;
    private final Plan plan;
    private @Nullable Delivery<ByteBuf> delivery;

    Slow(Cx<Slow> cx, Plan plan) {
      this.cx = cx;
      this.plan = plan;
      TcpStream.connecting(cx, plan.address, TcpOptions.standard(), TcpStream.PROTOCOL)
          .deliver(cx, Slow::connected);
    }

    void connected(Outcome<TcpStream> outcome) {
      var value = assertInstanceOf(Outcome.Value.class, outcome);
      delivery = ((TcpStream) value.value()).deliver(cx, Slow::received);
    }

    void received(Arrival<ByteBuf> arrival) {
      if (arrival instanceof Arrival.Item<ByteBuf>(ByteBuf buf)) {
        plan.received.addAndGet(buf.readableBytes());
        buf.release();
        if (!plan.paused.isDone()) {
          Objects.requireNonNull(delivery).pause();
          plan.paused.complete(cx.self());
        }
      } else {
        cx.stop();
      }
    }

    void goOn() {
      Objects.requireNonNull(delivery).resume();
    }
  }

  @EachTransport
  void anActorThatPausesStopsItsPeer(Transport transport) throws Exception {
    long total = 64_000_000;
    var sent = new AtomicLong();
    var received = new AtomicLong();
    var paused = new CompletableFuture<Actor<Slow>>();
    var ended = new CountDownLatch(1);
    try (var server = new ServerSocket(0, 1, OnWorker.HERE)) {
      var plan =
          new Slow.Plan((InetSocketAddress) server.getLocalSocketAddress(), received, paused);
      onWorker(
          transport,
          ref -> {
            var _ = ref.loop().actor(Slow::new, plan, ref.loop().ret(_ -> ended.countDown()));
          });
      try (Socket peer = server.accept()) {
        Thread sender = Thread.ofVirtual().start(() -> send(peer, total, sent));
        Actor<Slow> slow = paused.get();
        assertTrue(OnWorker.stable(sent) < total / 2, "sent to an actor that paused: " + sent);
        assertTrue(received.get() < 1_000_000, "given to an actor that paused: " + received);
        slow.call(Slow::goOn);
        sender.join();
        ended.await();
        assertEquals(total, received.get());
      }
    }
  }

  private static void send(Socket peer, long total, AtomicLong sent) {
    byte[] piece = new byte[64_000];
    try {
      while (sent.get() < total) {
        peer.getOutputStream().write(piece);
        sent.addAndGet(piece.length);
      }
      peer.shutdownOutput();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** Ends before its connection is there. */
  static final class Hasty {
    Hasty(Cx<Hasty> cx, InetSocketAddress address) {
      TcpStream.connecting(cx, address, TcpOptions.standard(), TcpStream.PROTOCOL)
          .deliver(cx, Hasty::connected);
      cx.stop();
    }

    void connected(Outcome<TcpStream> outcome) {
      throw new AssertionError(outcome);
    }
  }

  @EachTransport
  void aConnectionWhoseActorIsGoneIsClosed(Transport transport) throws Exception {
    try (var server = new ServerSocket(0, 1, OnWorker.HERE)) {
      var address = (InetSocketAddress) server.getLocalSocketAddress();
      onWorker(
          transport,
          ref -> {
            var _ = ref.loop().actor(Hasty::new, address, Ret.nop());
          });
      try (Socket peer = server.accept()) {
        assertEquals(-1, peer.getInputStream().read());
      }
    }
  }
}
