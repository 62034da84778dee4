package lemnos.net;

import static lemnos.net.OnWorker.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import lemnos.core.Cx;
import lemnos.runtime.ActorOptions;
import lemnos.runtime.Context;
import lemnos.runtime.SequentialActor;
import lemnos.runtime.Supervisor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;

/** What becomes, at a server's stop, of what had reached it and of what is said about it. */
@Timeout(300)
final class ServerStopTest {
  private static final Duration GRACE = Duration.ofMinutes(5);

  /** Keeps a server's worker from doing anything until it is closed. */
  private record Held(CountDownLatch release) implements AutoCloseable {
    static Held of(LocalServer server) throws InterruptedException {
      var held = new CountDownLatch(1);
      var release = new CountDownLatch(1);
      server
          .runtime()
          .runOnWorkers(
              _ -> {
                held.countDown();
                release.await();
              });
      held.await();
      return new Held(release);
    }

    @Override
    public void close() {
      release.countDown();
    }
  }

  private static String hearAll(Socket socket) throws IOException {
    return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  private static void waitForTheEnd(Context<String> ctx, TcpStream stream) throws IOException {
    stream.write(bytes("last words: " + ctx.receiveNext()));
  }

  /** Says the same as {@link #waitForTheEnd}. */
  static final class Waiting {
    private final Cx<Waiting> cx;
    private final TcpStream stream;

    Waiting(Cx<Waiting> cx, TcpStream stream) {
      this.cx = cx;
      this.stream = stream;
    }

    void draining(String message) {
      Pending<?> _ = stream.writing(bytes("last words: " + message));
      cx.stop();
    }
  }

  private static void whoeverHadConnectedIsServed(LocalServer server) throws Exception {
    List<Socket> sockets = new ArrayList<>();
    try (Held _ = Held.of(server)) {
      for (int i = 0; i < 20; i++) {
        sockets.add(server.connect()); // that is, the system has it
      }
      server.server().drain("stop", GRACE);
    }
    for (Socket socket : sockets) {
      assertEquals("last words: stop", hearAll(socket));
      socket.close();
    }
    server.join();
    assertThrows(ConnectException.class, server::connect);
  }

  @EachTransport
  void whoeverHadConnectedIsServedBySequentialActors(Transport transport) throws Exception {
    whoeverHadConnectedIsServed(
        LocalServer.start(transport, TcpOptions.standard(), ServerStopTest::waitForTheEnd));
  }

  @EachTransport
  void whoeverHadConnectedIsServedByObjectActors(Transport transport) throws Exception {
    whoeverHadConnectedIsServed(
        LocalServer.start(transport, TcpServer.at(OnWorker.ANY, Waiting::new, Waiting::draining)));
  }

  /** An actor that ends when it is told to, as one does that has nothing to answer. */
  @EachTransport
  void whatHadArrivedIsAnswered(Transport transport) throws Exception {
    SequentialActor<String, TcpStream> answer =
        (ctx, stream) -> {
          stream.write(bytes("?"));
          ctx.await(stream, ctx.messages());
          if (ctx.tryReceiveNext() == null) {
            ByteBuf question = stream.alloc().buffer();
            stream.readExactly(question, 1);
            stream.write(question);
          }
        };
    LocalServer server = LocalServer.start(transport, TcpOptions.standard(), answer);
    try (Socket socket = server.connect()) {
      assertEquals('?', socket.getInputStream().read());
      try (Held _ = Held.of(server)) {
        socket.getOutputStream().write('!'); // that is, the system of the server has it
        server.server().drain("stop", GRACE);
      }
      assertEquals("!", hearAll(socket));
    }
    server.join();
  }

  /** Notes what it is told, and fails when it is told of the end. */
  private record Fragile(BlockingQueue<String> told) implements TcpServer.Watch {
    @Override
    public void listening() {
      told.add("listening");
    }

    @Override
    public void ended(@Nullable Throwable failure) {
      told.add("ended: " + failure);
      throw new IllegalStateException("cannot hear that");
    }
  }

  @EachTransport
  void aListenerThatFailsAtItsEndIsNotRestartedAndEndsOnce(Transport transport) throws Exception {
    var told = new LinkedBlockingQueue<String>();
    LocalServer server =
        LocalServer.start(
            transport,
            TcpServer.at(OnWorker.ANY, ServerStopTest::waitForTheEnd, ActorOptions.standard()),
            new Fragile(told));
    assertEquals("listening", told.take());
    server.server().close();
    server.join();
    assertEquals(List.of("ended: null"), List.copyOf(told));
  }

  @EachTransport
  void whoConnectedBeforeAListenerFailedIsDrainedToo(Transport transport) throws Exception {
    var connections = new AtomicInteger();
    var listening = new LinkedBlockingQueue<Boolean>();
    SequentialActor<String, TcpStream> actor =
        (ctx, stream) -> {
          stream.write(bytes("?"));
          waitForTheEnd(ctx, stream);
        };
    LocalServer server =
        LocalServer.start(
            transport,
            TcpServer.at(
                OnWorker.ANY,
                TcpOptions.standard(),
                TcpStream.PROTOCOL,
                () -> {
                  if (connections.incrementAndGet() == 2) {
                    throw new IllegalStateException("no supervisor for this one");
                  }
                  return Supervisor.stopping();
                },
                actor,
                ActorOptions.standard()),
            () -> listening.add(true));
    listening.take();
    try (Socket first = server.connect()) {
      assertEquals('?', first.getInputStream().read());
      try (Socket second = server.connect()) {
        assertEquals("", hearAll(second));
      }
      listening.take(); // again
      server.server().drain("stop", GRACE);
      assertEquals("last words: stop", hearAll(first));
    }
    server.join();
  }
}
