package lemnos.net;

import static lemnos.net.OnWorker.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import lemnos.runtime.ActorOptions;
import lemnos.runtime.Context;
import lemnos.runtime.Runtime;
import lemnos.runtime.Supervisor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Connections and datagrams within this machine, by paths. */
@Timeout(300)
final class UnixSocketsTest {
  @EachTransport
  void aConnectionCarriesBytesBothWays(Transport transport, @TempDir Path folder) throws Exception {
    Path path = folder.resolve("socket");
    String heard =
        OnWorker.run(
            transport,
            ctx -> {
              try (var listener = UnixListener.bind(ctx, path, TcpOptions.standard());
                  UnixStream client = UnixStream.connect(ctx, path)) {
                UnixStream server = listener.accept();
                assertNotNull(server);
                try (server) {
                  client.write(bytes("question"));
                  ByteBuf question = server.alloc().buffer();
                  server.readExactly(question, 8);
                  server.write(bytes("heard: "), question);
                }
                return OnWorker.readAll(client);
              }
            });
    assertEquals("heard: question", heard);
    assertFalse(Files.exists(path), "the path is left behind");
  }

  @Test
  void overEpollAConnectionHasHalves(@TempDir Path folder) throws Exception {
    assumeTrue(Transport.EPOLL.isAvailable());
    Path path = folder.resolve("socket");
    String heard =
        OnWorker.run(
            Transport.EPOLL,
            ctx -> {
              try (var listener = UnixListener.bind(ctx, path, TcpOptions.standard());
                  UnixStream client = UnixStream.connect(ctx, path)) {
                UnixStream server = listener.accept();
                assertNotNull(server);
                try (server) {
                  client.write(bytes("question"));
                  client.shutdownOutput();
                  server.write(bytes("heard: " + OnWorker.readAll(server)));
                }
                return OnWorker.readAll(client);
              }
            });
    assertEquals("heard: question", heard);
  }

  @EachTransport
  void aPathThatNobodyListensAtIsAnError(Transport transport, @TempDir Path folder) {
    Path path = folder.resolve("nobody");
    var e =
        assertThrows(
            IOException.class, () -> OnWorker.run(transport, ctx -> UnixStream.connect(ctx, path)));
    assertTrue(String.valueOf(e.getMessage()).contains(path.toString()), e.toString());
  }

  @EachTransport
  void aPathThatExistsCannotBeHad(Transport transport, @TempDir Path folder) throws Exception {
    Path path = Files.createFile(folder.resolve("file"));
    assertThrows(
        IOException.class,
        () -> OnWorker.run(transport, ctx -> UnixListener.bind(ctx, path, TcpOptions.standard())));
    assertTrue(Files.exists(path), "somebody else's file is gone");
  }

  private static boolean hasDatagrams(Transport transport) {
    return transport == Transport.EPOLL || transport == Transport.KQUEUE;
  }

  @EachTransport
  void datagramsGoBothWaysBetweenPaths(Transport transport, @TempDir Path folder) throws Exception {
    assumeTrue(hasDatagrams(transport));
    Path a = folder.resolve("a");
    Path b = folder.resolve("b");
    OnWorker.run(
        transport,
        ctx -> {
          try (var one = UnixDatagramSocket.bind(ctx, a);
              var other = UnixDatagramSocket.bind(ctx, b);
              var nameless = UnixDatagramSocket.connect(ctx, a)) {
            other.send(bytes("question"), a);
            assertEquals(new Heard("question", b), Heard.by(one));
            one.sendVectored(b, bytes("ans"), bytes("wer"));
            assertEquals(new Heard("answer", a), Heard.by(other));
            nameless.send(bytes("who am I?"));
            assertEquals(new Heard("who am I?", Path.of("")), Heard.by(one));
            assertThrows(IllegalStateException.class, () -> one.send(bytes("to whom?")));
          }
          return true;
        });
    assertFalse(Files.exists(a), "the path is left behind");
  }

  private record Heard(String text, Path sender) {
    static Heard by(UnixDatagramSocket socket) throws IOException {
      Datagram<Path> received = socket.receive();
      assertNotNull(received);
      try (received) {
        return new Heard(received.data().toString(StandardCharsets.UTF_8), received.peer());
      }
    }
  }

  @EachTransport
  void noDatagramIsLost(Transport transport, @TempDir Path folder) throws Exception {
    assumeTrue(hasDatagrams(transport));
    Path path = folder.resolve("socket");
    OnWorker.run(
        transport,
        ctx -> {
          try (var server = UnixDatagramSocket.bind(ctx, path);
              var client = UnixDatagramSocket.connect(ctx, path)) {
            for (int i = 0; i < 2000; i++) { // more than the system keeps
              client.send(bytes("n" + i));
            }
            for (int i = 0; i < 2000; i++) {
              assertEquals("n" + i, Heard.by(server).text());
            }
          }
          return true;
        });
  }

  @EachTransport
  void datagramsAreRefusedWhereThereAreNone(Transport transport, @TempDir Path folder) {
    assumeTrue(!hasDatagrams(transport));
    var e =
        assertThrows(
            UnsupportedOperationException.class,
            () ->
                OnWorker.run(
                    transport, ctx -> UnixDatagramSocket.bind(ctx, folder.resolve("socket"))));
    assertEquals(
        "Unix sockets for datagrams need EPOLL or KQUEUE; this runtime has " + transport,
        e.getMessage());
  }

  @EachTransport
  void aPathOfSomebodyElseIsNotTaken(Transport transport, @TempDir Path folder) throws Exception {
    assumeTrue(hasDatagrams(transport));
    Path path = Files.createFile(folder.resolve("file"));
    assertThrows(
        IOException.class,
        () -> OnWorker.run(transport, ctx -> UnixDatagramSocket.bind(ctx, path)));
    assertTrue(Files.exists(path), "somebody else's file is gone");
    assertThrows(
        IOException.class,
        () ->
            OnWorker.run(
                transport, ctx -> UnixDatagramSocket.connect(ctx, folder.resolve("nobody"))));
  }

  /** The system has room for some hundred characters. */
  @EachTransport
  void aPathThatIsTooLongIsAnErrorThatNamesIt(Transport transport, @TempDir Path folder)
      throws Exception {
    Path path = folder.resolve("a".repeat(120));
    OnWorker.run(
        transport,
        ctx -> {
          assertNamed(path, () -> UnixListener.bind(ctx, path, TcpOptions.standard()));
          assertNamed(path, () -> UnixStream.connect(ctx, path));
          if (hasDatagrams(transport)) {
            assertNamed(path, () -> UnixDatagramSocket.bind(ctx, path));
            assertNamed(path, () -> UnixDatagramSocket.connect(ctx, path));
          }
          return true;
        });
    try (var left = Files.list(folder)) {
      assertEquals(List.of(), left.toList());
    }
  }

  private static void assertNamed(Path path, Executable opening) {
    var e = assertThrows(IOException.class, opening);
    assertTrue(String.valueOf(e.getMessage()).contains(path.toString()), e.toString());
  }

  @EachTransport
  void aLinkThatLeadsNowhereIsSomebodyElsesToo(Transport transport, @TempDir Path folder)
      throws Exception {
    Path link = Files.createSymbolicLink(folder.resolve("link"), folder.resolve("nowhere"));
    OnWorker.run(
        transport,
        ctx -> {
          assertNamed(link, () -> UnixListener.bind(ctx, link, TcpOptions.standard()));
          if (hasDatagrams(transport)) {
            assertNamed(link, () -> UnixDatagramSocket.bind(ctx, link));
          }
          return true;
        });
    assertTrue(Files.exists(link, LinkOption.NOFOLLOW_LINKS), "somebody else's link is gone");
  }

  /** A listener that is no more left its path there, as one does whose process was killed. */
  @EachTransport
  void whatIsLeftOfAListenerIsNotTaken(Transport transport, @TempDir Path folder) throws Exception {
    Path path = folder.resolve("socket");
    ServerSocketChannel.open(StandardProtocolFamily.UNIX)
        .bind(UnixDomainSocketAddress.of(path))
        .close();
    OnWorker.run(
        transport,
        ctx -> {
          assertNamed(path, () -> UnixListener.bind(ctx, path, TcpOptions.standard()));
          assertNamed(path, () -> UnixStream.connect(ctx, path));
          Files.delete(path);
          UnixListener.bind(ctx, path, TcpOptions.standard()).close();
          UnixListener.bind(ctx, path, TcpOptions.standard()).close();
          return true;
        });
  }

  /** The listener's actor ends and closes nothing. */
  @EachTransport
  void aListenersPathGoesWithItsWorker(Transport transport, @TempDir Path folder) throws Exception {
    Path path = folder.resolve("socket");
    var ended = new CountDownLatch(1);
    Runtime runtime = Runtime.setup().signals(false).poller(NettyPoller.of(transport)).build();
    runtime.runOnWorkers(
        ref ->
            UnixListener.binding(ref.loop(), path, TcpOptions.standard())
                .then(_ -> ended.countDown()));
    ended.await();
    assertTrue(Files.exists(path));
    runtime.start();
    assertFalse(Files.exists(path), "the path is left behind");
  }

  @EachTransport
  void aSenderOfDatagramsWaitsForTheReceiver(Transport transport, @TempDir Path folder)
      throws Exception {
    assumeTrue(hasDatagrams(transport));
    Path path = folder.resolve("socket");
    int count = 10_000;
    var sent = new AtomicLong();
    OnWorker.run(
        transport,
        ctx -> {
          try (var server = UnixDatagramSocket.bind(ctx, path)) {
            ctx.runtime()
                .spawnLocal(
                    Supervisor.<Path>stopping(),
                    (Context<Void> c, Path to) -> {
                      try (var client = UnixDatagramSocket.connect(c, to)) {
                        while (sent.get() < count) {
                          client.send(bytes("x".repeat(1000)));
                          sent.incrementAndGet();
                        }
                      }
                    },
                    path,
                    ActorOptions.standard());
            server.await();
            OnWorker.untilStable(ctx, sent);
            assertTrue(sent.get() < count / 2, "sent unread: " + sent);
            for (int i = 0; i < count; i++) {
              assertEquals(1000, Heard.by(server).text().length());
            }
          }
          return true;
        });
  }

  @EachTransport
  void theLongestDatagramArrivesWhole(Transport transport, @TempDir Path folder) throws Exception {
    assumeTrue(hasDatagrams(transport));
    Path path = folder.resolve("socket");
    OnWorker.run(
        transport,
        ctx -> {
          try (var server = UnixDatagramSocket.bind(ctx, path);
              var client = UnixDatagramSocket.connect(ctx, path)) {
            client.send(bytes("x".repeat(UnixDatagramSocket.MAX_DATAGRAM_BYTES)));
            assertEquals(UnixDatagramSocket.MAX_DATAGRAM_BYTES, Heard.by(server).text().length());
          }
          return true;
        });
  }
}
