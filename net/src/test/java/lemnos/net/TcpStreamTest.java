package lemnos.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lemnos.runtime.ActorOptions;
import lemnos.runtime.Context;
import lemnos.runtime.Runtime;
import lemnos.runtime.SequentialActor;
import lemnos.runtime.Supervisor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One end of a connection is a sequential actor, the other a plain socket of the JDK. */
@Timeout(300)
final class TcpStreamTest {
  private static final InetAddress HERE = InetAddress.getLoopbackAddress();

  private interface Connected<R> {
    R run(Context<Void> ctx, TcpStream stream) throws Exception;
  }

  private static <R extends @Nullable Object> CompletableFuture<R> connected(
      Transport transport, ServerSocket server, Connected<R> body) {
    var address = (InetSocketAddress) server.getLocalSocketAddress();
    return OnWorker.begin(
        transport,
        ctx -> {
          try (TcpStream stream = TcpStream.connect(ctx, address)) {
            return body.run(ctx, stream);
          }
        });
  }

  private static ServerSocket listen() throws IOException {
    return new ServerSocket(0, 16, HERE);
  }

  private static ByteBuf text(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
  }

  @EachTransport
  void aRefusedConnectionIsAnErrorThatNamesTheAddress(Transport transport) throws Exception {
    try (var silent = new Socket()) {
      silent.bind(OnWorker.ANY); // so nobody else can listen there, and it does not
      var nobody = (InetSocketAddress) silent.getLocalSocketAddress();
      var result = OnWorker.begin(transport, ctx -> TcpStream.connect(ctx, nobody));
      var e = assertThrows(java.util.concurrent.ExecutionException.class, result::get);
      var cause = assertInstanceOf(ConnectException.class, e.getCause());
      String message = String.valueOf(cause.getMessage());
      assertTrue(message.contains(String.valueOf(nobody.getPort())), message);
    }
  }

  @EachTransport
  void aPeerThatHasSentAllCanStillBeAnswered(Transport transport) throws Exception {
    try (ServerSocket server = listen()) {
      var result =
          connected(
              transport,
              server,
              (_, stream) -> {
                ByteBuf all = stream.alloc().buffer();
                while (stream.read(all) >= 0) {
                  // until the peer has sent all
                }
                String heard = all.toString(StandardCharsets.UTF_8);
                all.release();
                stream.write(text("heard: " + heard));
                return heard;
              });
      try (Socket peer = server.accept()) {
        peer.getOutputStream().write("question".getBytes(StandardCharsets.UTF_8));
        peer.shutdownOutput();
        var answer = new String(peer.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals("heard: question", answer);
      }
      assertEquals("question", result.get());
    }
  }

  @EachTransport
  void aResetIsAnException(Transport transport) throws Exception {
    try (ServerSocket server = listen()) {
      var result =
          connected(
              transport,
              server,
              (_, stream) -> {
                ByteBuf buf = stream.alloc().buffer();
                try {
                  return stream.read(buf);
                } finally {
                  buf.release();
                }
              });
      Socket peer = server.accept();
      peer.setSoLinger(true, 0);
      peer.close();
      var e = assertThrows(java.util.concurrent.ExecutionException.class, result::get);
      assertTrue(e.getCause() instanceof IOException, e.toString());
    }
  }

  @EachTransport
  void whatWasWrittenBeforeCloseArrivesThoughInputWasIgnored(Transport transport) throws Exception {
    byte[] reply = new byte[100_000];
    try (ServerSocket server = listen()) {
      var result =
          connected(
              transport,
              server,
              (_, stream) -> {
                stream.await(); // there is input, and it stays unread
                stream.write(Unpooled.wrappedBuffer(reply));
                return true;
              });
      try (Socket peer = server.accept()) {
        peer.getOutputStream().write(new byte[50_000]);
        assertEquals(reply.length, peer.getInputStream().readAllBytes().length);
      }
      assertTrue(result.get());
    }
  }

  @EachTransport
  void aWriterWaitsForASlowReader(Transport transport) throws Exception {
    int pieces = 2_000;
    int size = 64 * 1024;
    var written = new AtomicLong();
    try (ServerSocket server = listen()) {
      var result =
          connected(
              transport,
              server,
              (_, stream) -> {
                for (int i = 0; i < pieces; i++) {
                  stream.write(stream.alloc().buffer(size).writeZero(size));
                  written.incrementAndGet();
                }
                return true;
              });
      try (Socket peer = server.accept()) {
        assertEquals(0, peer.getInputStream().read());
        long before = OnWorker.stable(written);
        assertTrue(before < pieces / 2, "written to a peer that does not read: " + before);
        long rest = (long) pieces * size - 1;
        peer.getInputStream().skipNBytes(rest);
      }
      assertTrue(result.get());
    }
  }

  @EachTransport
  void aSlowReaderStopsItsPeer(Transport transport) throws Exception {
    var readOn = new CountDownLatch(1);
    long total = 128L * 1024 * 1024;
    try (ServerSocket server = listen()) {
      var result =
          connected(
              transport,
              server,
              (ctx, stream) -> {
                while (readOn.getCount() > 0) {
                  ctx.sleep(Duration.ofMillis(1));
                }
                long sum = 0;
                while (true) {
                  ByteBuf buf = stream.receive();
                  if (buf == null) {
                    return sum;
                  }
                  sum += buf.readableBytes();
                  buf.release();
                }
              });
      try (Socket peer = server.accept()) {
        var sent = new AtomicLong();
        Thread sender = Thread.ofVirtual().start(() -> send(peer, total, sent));
        long before = OnWorker.stable(sent);
        assertTrue(before < total / 2, "sent to an actor that does not read: " + before);
        readOn.countDown();
        sender.join();
      }
      assertEquals(total, result.get());
    }
  }

  private static void send(Socket peer, long total, AtomicLong sent) {
    byte[] piece = new byte[64 * 1024];
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

  /** Connects to a server of the JDK that does {@code peer}, and runs {@code body}. */
  private static <R extends @Nullable Object> R with(
      Transport transport, Peer peer, Connected<R> body) throws Exception {
    try (ServerSocket server = listen()) {
      var result = connected(transport, server, body);
      try (Socket socket = server.accept()) {
        peer.run(socket);
      }
      return OnWorker.outcome(result);
    }
  }

  private interface Peer {
    void run(Socket socket) throws Exception;
  }

  private static void say(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
  }

  private static void awaitEnd(Socket socket) throws IOException {
    socket.getInputStream().readAllBytes();
  }

  @EachTransport
  void exactlySoManyBytesAreReadAndTheRestStays(Transport transport) throws Exception {
    var read =
        with(
            transport,
            socket -> {
              say(socket, "one");
              say(socket, "two and more");
            },
            (_, stream) -> {
              ByteBuf first = Unpooled.buffer();
              stream.readExactly(first, 6);
              ByteBuf rest = Unpooled.buffer();
              var e = assertThrows(EOFException.class, () -> stream.readExactly(rest, 100));
              return List.of(
                  first.toString(StandardCharsets.UTF_8),
                  rest.toString(StandardCharsets.UTF_8),
                  "" + e.getMessage());
            });
    assertEquals(List.of("onetwo", " and more", "the peer ended; of 100 bytes, 91 miss"), read);
  }

  @EachTransport
  void peekingTakesNothing(Transport transport) throws Exception {
    var seen =
        with(
            transport,
            socket -> say(socket, "look"),
            (_, stream) -> {
              ByteBuf two = Unpooled.buffer(2, 2);
              assertEquals(2, stream.peek(two));
              ByteBuf all = Unpooled.buffer();
              stream.readExactly(all, 4);
              assertEquals(-1, stream.peek(Unpooled.buffer()));
              return two.toString(StandardCharsets.UTF_8) + all.toString(StandardCharsets.UTF_8);
            });
    assertEquals("lolook", seen);
  }

  @EachTransport
  void noMoreIsReadThanIsWantedOrHasRoom(Transport transport) throws Exception {
    String seen =
        with(
            transport,
            socket -> say(socket, "headbodyrest"),
            (_, stream) -> {
              ByteBuf head = Unpooled.copiedBuffer("my ", StandardCharsets.UTF_8);
              while (head.readableBytes() < 7) {
                stream.read(head, 7 - head.readableBytes());
              }
              ByteBuf body = Unpooled.buffer(1, 4);
              while (body.readableBytes() < 4) {
                stream.read(body);
              }
              assertEquals(0, stream.read(body), "there is no room left");
              ByteBuf rest = Unpooled.buffer();
              stream.readExactly(rest, 4);
              return Stream.of(head, body, rest)
                  .map(b -> b.toString(StandardCharsets.UTF_8))
                  .collect(Collectors.joining("+"));
            });
    assertEquals("my head+body+rest", seen);
  }

  @EachTransport
  void severalBuffersAreFilledAndWrittenInTurn(Transport transport) throws Exception {
    var heard = new CompletableFuture<String>();
    var seen =
        with(
            transport,
            socket -> {
              say(socket, "headbodyrest");
              heard.complete(
                  new String(socket.getInputStream().readNBytes(9), StandardCharsets.UTF_8));
            },
            (_, stream) -> {
              stream.write(text("one"), text("two"), text("six"));
              ByteBuf head = Unpooled.buffer(4, 4);
              ByteBuf body = Unpooled.buffer(4, 4);
              long bytes = 0;
              while (body.isWritable()) {
                bytes += stream.readVectored(head, body);
              }
              assertEquals(8, bytes);
              ByteBuf rest = Unpooled.buffer();
              stream.readExactly(rest, 4);
              return head.toString(StandardCharsets.UTF_8)
                  + "+"
                  + body.toString(StandardCharsets.UTF_8)
                  + "+"
                  + rest.toString(StandardCharsets.UTF_8);
            });
    assertEquals("head+body+rest", seen);
    assertEquals("onetwosix", heard.get());
  }

  @EachTransport
  void aReaderWaitsNoLongerThanItsTimeout(Transport transport) throws Exception {
    var seen =
        with(
            transport,
            socket -> {
              assertEquals('?', socket.getInputStream().read());
              say(socket, "late");
              awaitEnd(socket);
            },
            (_, stream) -> {
              stream.readTimeout(Duration.ofMillis(20));
              ByteBuf buf = Unpooled.buffer();
              assertThrows(SocketTimeoutException.class, () -> stream.read(buf));
              stream.readTimeout(Duration.ZERO);
              stream.write(text("?"));
              stream.readExactly(buf, 4); // it can be used on
              return buf.toString(StandardCharsets.UTF_8);
            });
    assertEquals("late", seen);
  }

  @EachTransport
  void aWriterWaitsNoLongerThanItsTimeout(Transport transport) throws Exception {
    var done = new CountDownLatch(1);
    assertThrows(
        SocketTimeoutException.class,
        () ->
            with(
                transport,
                _ -> done.await(),
                (_, stream) -> {
                  stream.writeTimeout(Duration.ofMillis(20));
                  try {
                    while (true) {
                      stream.write(stream.alloc().buffer(65536).writeZero(65536));
                    }
                  } finally {
                    done.countDown();
                    stream.abort();
                  }
                }));
  }

  @EachTransport
  void aWriteThatWaitsIsToldOfAnAbort(Transport transport) throws Exception {
    var done = new CountDownLatch(1);
    String message =
        with(
            transport,
            _ -> done.await(),
            (ctx, stream) -> {
              ctx.runtime()
                  .spawnLocal(
                      Supervisor.<TcpStream>stopping(),
                      (Context<Void> other, TcpStream aborted) -> {
                        other.sleep(Duration.ofMillis(1)); // till the first waits
                        aborted.abort();
                      },
                      stream,
                      ActorOptions.standard());
              var pieces = new ByteBuf[64]; // more than the system takes
              Arrays.setAll(pieces, _ -> Unpooled.directBuffer(1 << 20).writeZero(1 << 20));
              try {
                return assertThrows(IOException.class, () -> stream.write(pieces)).getMessage();
              } finally {
                done.countDown();
              }
            });
    assertEquals("the connection was aborted", message);
  }

  @EachTransport
  void eachHalfEndsByItself(Transport transport) throws Exception {
    var heard = new CompletableFuture<String>();
    var seen =
        with(
            transport,
            socket -> {
              heard.complete(
                  new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
              say(socket, "answer");
            },
            (_, stream) -> {
              stream.write(text("question"));
              stream.shutdownOutput();
              assertThrows(IOException.class, () -> stream.write(text("more")));
              String answer = OnWorker.readAll(stream);
              stream.shutdownInput();
              return answer;
            });
    assertEquals("question", heard.get());
    assertEquals("answer", seen);
  }

  @EachTransport
  void inputThatIsNotWantedDoesNotStopThePeer(Transport transport) throws Exception {
    int bytes = 8_000_000;
    var taken = new CountDownLatch(1);
    with(
        transport,
        socket -> {
          assertEquals('!', socket.getInputStream().read());
          socket.getOutputStream().write(new byte[bytes]);
          taken.countDown();
        },
        (ctx, stream) -> {
          stream.shutdownInput();
          stream.write(text("!"));
          assertEquals(-1, stream.read(Unpooled.buffer()));
          OnWorker.await(ctx, taken);
          return true;
        });
  }

  @EachTransport
  void aResetInTheMiddleIsAnException(Transport transport) throws Exception {
    assertThrows(
        IOException.class,
        () ->
            with(
                transport,
                socket -> {
                  say(socket, "half of it");
                  assertEquals('?', socket.getInputStream().read());
                  socket.setSoLinger(true, 0); // closes by a reset
                },
                (_, stream) -> {
                  ByteBuf buf = Unpooled.buffer();
                  stream.readExactly(buf, 4);
                  stream.write(text("?"));
                  while (true) {
                    stream.write(stream.alloc().buffer(100_000).writeZero(100_000));
                    stream.readTimeout(Duration.ofMillis(1));
                    try {
                      stream.readExactly(buf, 100);
                    } catch (SocketTimeoutException _) {
                      // the reset is still on its way
                    }
                  }
                }));
  }

  @EachTransport
  void filesAreSent(Transport transport, @TempDir Path folder) throws Exception {
    byte[] content = new byte[3_000_000];
    new Random(7).nextBytes(content);
    Path file = Files.write(folder.resolve("file"), content);
    var heard = new CompletableFuture<byte[]>();
    with(
        transport,
        socket -> heard.complete(socket.getInputStream().readAllBytes()),
        (_, stream) -> {
          stream.sendFile(file, 1000, 2_000_000);
          assertThrows(EOFException.class, () -> stream.sendFile(file, 2_999_999, 2));
          stream.write(text("end"));
          return true;
        });
    byte[] expected = Arrays.copyOf(Arrays.copyOfRange(content, 1000, 2_001_000), 2_000_003);
    System.arraycopy("end".getBytes(StandardCharsets.UTF_8), 0, expected, 2_000_000, 3);
    assertArrayEquals(expected, heard.get());
  }

  @EachTransport
  void eachPieceIsHandledUntilThePeerHasSentAll(Transport transport) throws Exception {
    int pieces = 100;
    var handled = new AtomicInteger();
    with(
        transport,
        socket -> {
          for (int i = 0; i < pieces; i++) {
            socket.getOutputStream().write(i);
            assertEquals(i, socket.getInputStream().read());
          }
          socket.shutdownOutput();
        },
        (_, stream) -> {
          stream.forEach(
              piece -> {
                handled.incrementAndGet();
                stream.write(piece);
              });
          return true;
        });
    assertEquals(pieces, handled.get());
  }

  @EachTransport
  void whoFailsAtAPieceGetsNoMoreOfThem(Transport transport) throws Exception {
    var rest =
        with(
            transport,
            socket -> {
              socket.getOutputStream().write('1');
              assertEquals('?', socket.getInputStream().read());
              socket.getOutputStream().write('2');
              socket.shutdownOutput();
            },
            (_, stream) -> {
              var fault = new IllegalArgumentException("not what was expected");
              PieceHandler<IllegalArgumentException> picky =
                  piece -> {
                    piece.release();
                    throw fault;
                  };
              assertSame(
                  fault, assertThrows(IllegalArgumentException.class, () -> stream.forEach(picky)));
              stream.write(text("?"));
              ByteBuf all = Unpooled.buffer();
              stream.readExactly(all, 1);
              return all.toString(StandardCharsets.UTF_8);
            });
    assertEquals("2", rest);
  }

  @EachTransport
  void addressesOfVersion6AreAddressesToo(Transport transport) throws Exception {
    InetAddress six = OnWorker.versionSix();
    try (var server = new ServerSocket(0, 16, six)) {
      var result = connected(transport, server, (_, stream) -> stream.remoteAddress());
      try (Socket socket = server.accept()) {
        awaitEnd(socket);
      }
      assertEquals(six, result.get().getAddress());
    }
  }

  @Test
  void aRuntimeWithoutNettySaysHowToGetIt() throws Exception {
    var result = new CompletableFuture<String>();
    Runtime runtime = Runtime.setup().signals(false).build();
    SequentialActor<Void, CompletableFuture<String>> actor =
        (ctx, to) -> {
          try {
            TcpStream.connect(ctx, new InetSocketAddress(HERE, 1));
          } catch (IllegalStateException e) {
            to.complete(e.getMessage());
          }
        };
    runtime.runOnWorkers(
        ref -> ref.spawnLocal(Supervisor.stopping(), actor, result, ActorOptions.standard()));
    runtime.start();
    assertTrue(result.get().contains("NettyPoller.best()"), result.get());
  }
}
