package lemnos.net;

import static lemnos.net.OnWorker.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslProvider;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Function;
import lemnos.core.Actor;
import lemnos.core.Cx;
import lemnos.core.Ret;
import lemnos.runtime.Runtime;
import lemnos.runtime.SequentialActor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a stream does for an object actor, the same as for a sequential one but without waiting. */
@Timeout(300)
final class ObjectStreamTest {
  private static final Duration SOON = Duration.ofMillis(20);

  private final List<AutoCloseable> open = new ArrayList<>();
  private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  private void begin(Transport transport, Told.Step<Cx<Told>> first) {
    Runtime runtime = Runtime.setup().signals(false).poller(NettyPoller.of(transport)).build();
    open.addFirst(runtime);
    runtime.runOnWorkers(
        ref -> {
          var _ = ref.loop().actor(Told::new, heard, first, Ret.nop());
        });
  }

  /** Connects an object actor to {@code address}, where it goes on with {@code then}. */
  private void connect(
      Transport transport,
      InetSocketAddress address,
      TcpOptions options,
      Told.Step<TcpStream> then) {
    begin(
        transport,
        (told, cx) ->
            told.when(TcpStream.connecting(cx, address, options, TcpStream.PROTOCOL), then));
  }

  /** As {@link #connect}, to a socket of the JDK, which is returned. */
  private Socket connected(Transport transport, Told.Step<TcpStream> then) throws IOException {
    try (var server = new ServerSocket(0, 1, OnWorker.HERE)) {
      var address = (InetSocketAddress) server.getLocalSocketAddress();
      connect(transport, address, TcpOptions.standard(), then);
      Socket peer = server.accept();
      open.add(peer);
      return peer;
    }
  }

  /** What an actor does when it has read. */
  private interface Read<T> {
    void take(Told told, TcpStream stream, T read) throws Exception;
  }

  /** As {@link #connected}, for an actor that reads first of all, and then goes on. */
  private <T> Socket reading(
      Transport transport, Function<TcpStream, Pending<T>> first, Read<T> then) throws IOException {
    return connected(
        transport,
        (told, stream) ->
            told.when(first.apply(stream), (_, read) -> then.take(told, stream, read)));
  }

  private static void say(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String hear(Socket socket, int bytes) throws IOException {
    return new String(socket.getInputStream().readNBytes(bytes), StandardCharsets.UTF_8);
  }

  private void assertHeard(String... expected) throws InterruptedException {
    for (String text : expected) {
      assertEquals(text, heard.take());
    }
  }

  @EachTransport
  void exactlySoManyBytesAreReadAndTheRestStays(Transport transport) throws Exception {
    ByteBuf rest = Unpooled.buffer();
    Socket peer =
        reading(
            transport,
            stream -> stream.readingExactly(Unpooled.buffer(), 6),
            (told, stream, six) -> {
              told.hear(six);
              told.when(stream.readingExactly(rest, 100), (_, all) -> told.hear(all));
            });
    say(peer, "one");
    say(peer, "two and more");
    peer.shutdownOutput();
    assertHeard("onetwo", "java.io.EOFException: the peer ended; of 100 bytes, 91 miss");
    assertEquals(" and more", rest.toString(StandardCharsets.UTF_8));
  }

  @EachTransport
  void nothingIsReadAtOnce(Transport transport) throws Exception {
    reading(
        transport,
        stream -> stream.readingExactly(Unpooled.buffer(), 0),
        (told, _, none) -> told.hear(none));
    assertHeard("");
  }

  @EachTransport
  void peekingTakesNothingAndSeveralBuffersAreFilled(Transport transport) throws Exception {
    ByteBuf seen = Unpooled.buffer(1, 1);
    ByteBuf head = Unpooled.buffer(2, 2);
    ByteBuf body = Unpooled.buffer(10, 10);
    Socket peer =
        reading(
            transport,
            stream -> stream.peeking(seen),
            (told, stream, one) -> {
              told.hear(one + " seen: " + seen.toString(StandardCharsets.UTF_8));
              told.when(
                  stream.readingVectored(head, body),
                  (_, all) -> {
                    told.hear(all + " read");
                    told.when(stream.reading(body), (_, end) -> told.hear("then " + end));
                  });
            });
    say(peer, "h");
    assertHeard("1 seen: h", "1 read");
    peer.shutdownOutput();
    assertHeard("then -1");
    assertEquals("h", head.toString(StandardCharsets.UTF_8));
    assertEquals("", body.toString(StandardCharsets.UTF_8));
  }

  @EachTransport
  void noMoreIsReadThanIsWanted(Transport transport) throws Exception {
    ByteBuf into = Unpooled.buffer();
    Socket peer =
        reading(
            transport,
            stream -> stream.reading(into, 1),
            (told, stream, one) ->
                told.when(stream.readingExactly(into, 2), (_, _) -> told.hear(one + " then")));
    say(peer, "abc");
    assertHeard("1 then");
    assertEquals("abc", into.toString(StandardCharsets.UTF_8));
  }

  @EachTransport
  void severalBuffersAreWrittenInTurn(Transport transport) throws Exception {
    Socket peer =
        connected(
            transport,
            (told, stream) ->
                told.when(
                    stream.writing(bytes("one"), bytes("two"), bytes("six")),
                    (_, same) -> {
                      told.hear("the same: " + (same == stream));
                      stream.shutdownOutput();
                      told.when(stream.writing(bytes("more"), bytes("?")), (_, _) -> {});
                    }));
    assertEquals("onetwosix", hear(peer, 100));
    assertHeard("the same: true", "java.io.IOException: our end was shut down");
  }

  /** The peer resets the connection once the actor has begun {@code what} and said so. */
  private void assertResetIsToldOnce(Transport transport, Told.Step<TcpStream> what)
      throws Exception {
    var released = new CountDownLatch(1);
    var actor = new CompletableFuture<Actor<Told>>();
    Socket peer =
        connected(
            transport,
            (told, stream) -> {
              stream.channel().closeFuture().addListener(_ -> released.countDown());
              actor.complete(told.cx.self());
              what.take(told, stream);
              Pending<?> _ = stream.writing(bytes("?"));
            });
    assertEquals("?", hear(peer, 1));
    peer.setSoLinger(true, 0); // closes by a reset
    peer.close();
    String error = heard.take();
    assertTrue(error.contains("reset"), error);
    released.await();
    actor.join().call((told, text) -> told.hear(text), "nothing else");
    assertHeard("nothing else");
  }

  @EachTransport
  void aResetEndsADeliveryWithAnError(Transport transport) throws Exception {
    assertResetIsToldOnce(transport, (told, stream) -> stream.deliver(told.cx, Told::arrived));
  }

  @EachTransport
  void aResetEndsAReadWithAnError(Transport transport) throws Exception {
    assertResetIsToldOnce(
        transport,
        (told, stream) ->
            told.when(
                stream.readingExactly(Unpooled.buffer(), 9), (_, _) -> told.hear("all of it")));
  }

  @EachTransport
  void oneReadIsOnItsWayAtATime(Transport transport) throws Exception {
    Socket peer =
        connected(
            transport,
            (told, stream) -> {
              told.when(stream.reading(Unpooled.buffer()), (_, bytes) -> told.hear("" + bytes));
              assertThrows(IllegalStateException.class, () -> stream.peeking(Unpooled.buffer()));
              told.hear("refused");
            });
    assertHeard("refused");
    say(peer, "!");
    assertHeard("1");
  }

  @EachTransport
  void whatAReadLeavesIsDelivered(Transport transport) throws Exception {
    Socket peer =
        connected(
            transport,
            (told, stream) -> {
              told.when(stream.readingExactly(Unpooled.buffer(), 4), (_, head) -> told.hear(head));
              stream.deliver(told.cx, Told::arrived);
            });
    say(peer, "he");
    say(peer, "ad");
    assertHeard("head");
    say(peer, "body");
    peer.shutdownOutput();
    var rest = new StringBuilder();
    for (String next = heard.take(); !next.equals("end"); next = heard.take()) {
      rest.append(next);
    }
    assertEquals("body", rest.toString());
  }

  @EachTransport
  void aReadThatIsOnItsWayEndsWithTheStream(Transport transport) throws Exception {
    connected(
        transport,
        (told, stream) -> {
          told.when(stream.reading(Unpooled.buffer()), (_, _) -> told.hear("read"));
          stream.close();
        });
    assertHeard("java.io.IOException: the connection is closed");
  }

  @EachTransport
  void aReadWaitsNoLongerThanItsTimeout(Transport transport) throws Exception {
    ByteBuf into = Unpooled.buffer();
    Socket peer =
        connected(
            transport,
            (told, stream) -> {
              stream.readTimeout(SOON);
              told.whenFailed(
                  stream.readingExactly(into, 4),
                  (_, error) -> {
                    told.hear(error.toString());
                    stream.readTimeout(Duration.ZERO);
                    told.when(stream.readingExactly(into, 4), (_, all) -> told.hear(all));
                  });
            });
    assertHeard("java.net.SocketTimeoutException: nothing arrived in PT0.02S");
    say(peer, "late");
    assertHeard("late");
  }

  @EachTransport
  void aDeliveryWaitsNoLongerThanItsTimeoutAndGoesOnWhenResumed(Transport transport)
      throws Exception {
    var delivery = new CompletableFuture<Delivery<ByteBuf>>();
    Socket peer =
        connected(
            transport,
            (told, stream) -> {
              stream.readTimeout(SOON);
              delivery.complete(stream.deliver(told.cx, Told::arrived));
              told.cx.after(Duration.ofMillis(1), told.cx.self(), Told::hear, "begun");
            });
    assertHeard("begun", "java.net.SocketTimeoutException: nothing arrived in PT0.02S");
    say(peer, "late");
    ((Runtime) open.getFirst()).runOnWorkers(_ -> delivery.join().resume());
    String next = heard.take();
    while (next.startsWith("java.net.SocketTimeoutException")) { // on a slow machine
      ((Runtime) open.getFirst()).runOnWorkers(_ -> delivery.join().resume());
      next = heard.take();
    }
    assertEquals("late", next);
  }

  private static void fill(Told told, TcpStream stream) {
    told.when(
        stream.writing(stream.alloc().buffer(65536).writeZero(65536)),
        (_, _) -> fill(told, stream));
  }

  @EachTransport
  void aWriteWaitsNoLongerThanItsTimeout(Transport transport) throws Exception {
    connected(
        transport,
        (told, stream) -> {
          stream.writeTimeout(SOON);
          fill(told, stream);
        });
    assertHeard("java.net.SocketTimeoutException: the peer took too little in PT0.02S");
  }

  @EachTransport
  void whoDoesNotWaitIsRefusedAtTheBound(Transport transport) throws Exception {
    connected(
        transport,
        (told, stream) -> {
          int piece = ByteStream.MAX_UNSENT_BYTES / 4;
          Pending<ByteStream> last = stream.writing(Unpooled.EMPTY_BUFFER);
          for (int i = 0; i < 1000 && (i < 1 || !isDone(last)); i++) {
            last = stream.writing(stream.alloc().buffer(piece).writeZero(piece));
          }
          told.whenFailed(last, (_, error) -> told.hear(error.toString()));
        });
    assertHeard(
        "java.io.IOException: "
            + ByteStream.MAX_UNSENT_BYTES
            + " bytes wait to be sent; wait for writing");
  }

  private static boolean isDone(Pending<?> pending) {
    if (!pending.isReady()) {
      return false;
    }
    try {
      pending.get();
      return false;
    } catch (IOException _) {
      return true;
    }
  }

  // Files

  private static Path file(Path folder, int bytes) throws IOException {
    byte[] content = new byte[bytes];
    new java.util.Random(7).nextBytes(content);
    return Files.write(folder.resolve("file"), content);
  }

  private static void send(Told told, TcpStream stream, Path file, long from, long count) {
    told.when(
        stream.sendingFile(file, from, count),
        (_, _) -> {
          told.hear("sent");
          told.when(stream.sendingFile(file, from, Long.MAX_VALUE), (_, _) -> {});
        });
    Pending<?> _ = stream.writing(bytes("behind it"));
    stream.shutdownOutput();
  }

  /** What {@link #send} must come to. */
  private void assertSent(InputStream in, Path file, int from, int count) throws Exception {
    byte[] content = Files.readAllBytes(file);
    byte[] expected = java.util.Arrays.copyOfRange(content, from, from + count + 9);
    System.arraycopy("behind it".getBytes(StandardCharsets.UTF_8), 0, expected, count, 9);
    org.junit.jupiter.api.Assertions.assertArrayEquals(expected, in.readAllBytes());
    assertHeard("sent", "java.io.IOException: our end was shut down");
  }

  @EachTransport
  void aFileIsSentAndWhatIsWrittenMeanwhileGoesBehindIt(Transport transport, @TempDir Path folder)
      throws Exception {
    Path file = file(folder, 3_000_000);
    Socket peer = connected(transport, (told, stream) -> send(told, stream, file, 1000, 2_000_000));
    assertSent(peer.getInputStream(), file, 1000, 2_000_000);
  }

  @EachTransport
  void aFileThatIsTooShortOrMissingIsAnError(Transport transport, @TempDir Path folder)
      throws Exception {
    Path file = file(folder, 10);
    Path nobody = folder.resolve("nobody");
    connected(
        transport,
        (told, stream) ->
            told.whenFailed(
                stream.sendingFile(file, 9, 2),
                (_, error) -> {
                  told.hear(error.toString());
                  told.when(stream.sendingFile(nobody, 0, 1), (_, _) -> {});
                }));
    assertHeard(
        "java.io.EOFException: " + file + " has 10 bytes; 2 from 9 on are not there",
        "java.nio.file.NoSuchFileException: " + nobody);
  }

  @Test
  void aFileHasNoNegativePart(@TempDir Path folder) throws Exception {
    Path file = file(folder, 10);
    connected(
        Transport.NIO,
        (told, stream) -> {
          var e =
              assertThrows(IllegalArgumentException.class, () -> stream.sendingFile(file, -1, 2));
          told.hear("" + e.getMessage());
        });
    assertHeard("2 bytes from -1 on are no part of a file; neither may be negative");
  }

  // TLS

  @EachTransport
  void aFileIsSentOverTls(Transport transport, @TempDir Path folder) throws Exception {
    fileOverTls(transport, SslProvider.JDK, folder);
  }

  @Test
  void aFileIsSentOverTlsByBoringSsl(@TempDir Path folder) throws Exception {
    assumeTrue(OpenSsl.isAvailable());
    fileOverTls(Transport.best(), SslProvider.OPENSSL, folder);
  }

  private void fileOverTls(Transport transport, SslProvider provider, Path folder)
      throws Exception {
    var authority = new Certificates("ours");
    X509Bundle here = authority.here();
    Path file = file(folder, 3_000_000);
    var received = new CompletableFuture<byte[]>();
    SequentialActor<String, TcpStream> keep =
        (_, stream) -> {
          ByteBuf all = Unpooled.buffer();
          try {
            while (stream.read(all) >= 0) {}
            received.complete(io.netty.buffer.ByteBufUtil.getBytes(all));
          } catch (IOException e) {
            received.completeExceptionally(e);
          }
        };
    TcpOptions tls = options(Certificates.setup(here).provider(provider).build());
    LocalServer server = LocalServer.start(transport, tls, keep);
    open.add(server);
    Tls client = Tls.client().trust(authority.authority()).provider(provider).build();
    connect(
        transport,
        server.address(),
        options(client),
        (told, stream) -> send(told, stream, file, 1000, 2_000_000));
    assertSent(new java.io.ByteArrayInputStream(received.get()), file, 1000, 2_000_000);
  }

  private static TcpOptions options(Tls tls) {
    return TcpOptions.standard().withTls(tls).withConnectTimeout(Duration.ofMinutes(5));
  }

  @EachTransport
  void whoIsNotTrustedIsNotConnectedTo(Transport transport) throws Exception {
    X509Bundle here = new Certificates("others").here();
    LocalServer server =
        LocalServer.start(transport, options(Certificates.server(here)), (_, _) -> {});
    open.add(server);
    Tls client = Tls.client().trust(new Certificates("ours").authority()).build();
    connect(transport, server.address(), options(client), (told, _) -> told.hear("connected"));
    String outcome = heard.take();
    assertTrue(outcome.startsWith("javax.net.ssl.SSL"), outcome);
  }
}
