package lemnos.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import lemnos.runtime.ActorOptions;
import lemnos.runtime.Context;
import lemnos.runtime.Runtime;
import lemnos.runtime.RuntimeFailure;
import lemnos.runtime.SequentialActor;
import lemnos.runtime.Supervisor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One end of a connection is a sequential actor, the other a plain socket of the JDK. */
@Timeout(120)
final class TcpStreamTest {
  private static final InetAddress HERE = InetAddress.getLoopbackAddress();

  private interface Body<R> {
    R run(Context<Void> ctx) throws Exception;
  }

  private interface Connected<R> {
    R run(Context<Void> ctx, TcpStream stream) throws Exception;
  }

  /** Runs {@code body} as an actor; returns or throws what it does. */
  private static <R extends @Nullable Object> CompletableFuture<R> actor(
      Transport transport, Body<R> body) {
    assumeTrue(transport.isAvailable());
    var result = new CompletableFuture<R>();
    Runtime runtime = Runtime.setup().signals(false).poller(NettyPoller.of(transport)).build();
    SequentialActor<Void, CompletableFuture<R>> actor =
        (ctx, to) -> {
          try {
            to.complete(body.run(ctx));
          } catch (Throwable t) {
            to.completeExceptionally(t);
          }
        };
    runtime.runOnWorkers(
        ref -> ref.spawnLocal(Supervisor.stopping(), actor, result, ActorOptions.standard()));
    Thread.ofVirtual().start(() -> start(runtime));
    return result;
  }

  private static void start(Runtime runtime) {
    try {
      runtime.start();
    } catch (RuntimeFailure e) {
      throw new AssertionError(e);
    }
  }

  private static <R extends @Nullable Object> CompletableFuture<R> connected(
      Transport transport, ServerSocket server, Connected<R> body) {
    var address = (InetSocketAddress) server.getLocalSocketAddress();
    return actor(
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

  @ParameterizedTest
  @EnumSource
  void aRefusedConnectionIsAnErrorThatNamesTheAddress(Transport transport) throws Exception {
    InetSocketAddress nobody;
    try (ServerSocket server = listen()) {
      nobody = (InetSocketAddress) server.getLocalSocketAddress();
    }
    var result = actor(transport, ctx -> TcpStream.connect(ctx, nobody));
    var e = assertThrows(java.util.concurrent.ExecutionException.class, result::get);
    var cause = assertInstanceOf(ConnectException.class, e.getCause());
    String message = String.valueOf(cause.getMessage());
    assertTrue(message.contains(String.valueOf(nobody.getPort())), message);
  }

  @ParameterizedTest
  @EnumSource
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

  @ParameterizedTest
  @EnumSource
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

  @ParameterizedTest
  @EnumSource
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

  @ParameterizedTest
  @EnumSource
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
        long before = stableValue(written);
        assertTrue(before < pieces / 2, "written to a peer that does not read: " + before);
        long rest = (long) pieces * size - 1;
        peer.getInputStream().skipNBytes(rest);
      }
      assertTrue(result.get());
    }
  }

  @ParameterizedTest
  @EnumSource
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
                  ctx.sleep(java.time.Duration.ofMillis(1));
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
        long before = stableValue(sent);
        assertTrue(before < total / 2, "sent to an actor that does not read: " + before);
        readOn.countDown();
        sender.join();
      }
      assertEquals(total, result.get());
    }
  }

  /** The value once it has stopped to change for a while, whatever the speed of the machine. */
  private static long stableValue(AtomicLong value) {
    long last = -1;
    for (int same = 0; same < 20; ) {
      java.util.concurrent.locks.LockSupport.parkNanos(10_000_000);
      long now = value.get();
      same = now == last ? same + 1 : 0;
      last = now;
    }
    return last;
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

  @Test
  void aPortInUseIsAnErrorThatNamesIt() throws Exception {
    try (ServerSocket taken = listen()) {
      var address = (InetSocketAddress) taken.getLocalSocketAddress();
      SequentialActor<Void, TcpStream> nothing = (_, _) -> {};
      var e =
          assertThrows(
              IOException.class, () -> TcpServer.at(address, nothing, ActorOptions.standard()));
      assertTrue(e.toString().contains(address.toString()), e.toString());
    }
  }
}
