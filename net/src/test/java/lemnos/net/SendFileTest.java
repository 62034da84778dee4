package lemnos.net;

import static lemnos.net.OnWorker.ANY;
import static lemnos.net.OnWorker.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.ByteProcessor;
import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import lemnos.runtime.ActorOptions;
import lemnos.runtime.Context;
import lemnos.runtime.Supervisor;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Files that are sent: what may go wrong, and that they are closed whatever happens. */
@Timeout(300)
final class SendFileTest {
  /** More than two sockets and their owners keep. */
  private static final int MUCH = 64 * 1024 * 1024;

  private static final int PIECE = 1024 * 1024;

  /** What is done with the two ends of a connection, of which one will send a file. */
  private interface Both<S extends ByteStream> {
    void run(Context<?> ctx, S sender, S receiver) throws Exception;
  }

  private static void overTcp(
      Transport transport, TcpOptions server, TcpOptions client, Both<TcpStream> both)
      throws Exception {
    OnWorker.run(
        transport,
        ctx -> {
          try (TcpListener listener = TcpListener.bind(ctx, ANY, server)) {
            Pending<TcpStream> connecting =
                TcpStream.connecting(
                    ctx.core(), listener.localAddress(), client, TcpStream.PROTOCOL);
            TcpStream receiver = listener.accept();
            try (TcpStream sender = connecting.get();
                receiver) {
              both.run(ctx, sender, Objects.requireNonNull(receiver));
            }
          }
          return true;
        });
  }

  private static void overTcp(Transport transport, Both<TcpStream> both) throws Exception {
    overTcp(transport, TcpOptions.standard(), TcpOptions.standard(), both);
  }

  private static void overTls(Transport transport, Both<TcpStream> both) throws Exception {
    var ours = new Certificates("ours");
    Tls server = Certificates.setup(ours.here()).provider(SslProvider.JDK).build();
    Tls client = Tls.client().trust(ours.authority()).provider(SslProvider.JDK).build();
    overTcp(transport, options(server), options(client), both);
  }

  private static TcpOptions options(Tls tls) {
    return TcpOptions.standard().withTls(tls).withConnectTimeout(Duration.ofMinutes(5));
  }

  /** How often this process has {@code file} open, as far as the system tells. */
  private static long openings(Path file) throws IOException {
    Path descriptors = Path.of("/proc/self/fd");
    if (!Files.isDirectory(descriptors)) {
      return 0;
    }
    try (Stream<Path> all = Files.list(descriptors)) {
      return all.filter(descriptor -> leadsTo(descriptor, file)).count();
    }
  }

  private static boolean leadsTo(Path descriptor, Path file) {
    try {
      return Files.readSymbolicLink(descriptor).equals(file);
    } catch (IOException e) {
      return false; // it is closed by now
    }
  }

  private static Path random(Path folder, int bytes) throws IOException {
    byte[] content = new byte[bytes];
    new Random(7).nextBytes(content);
    return Files.write(folder.resolve("file"), content);
  }

  /** A file of nothing but zeros, which takes no room. */
  private static Path huge(Path folder) throws IOException {
    Path path = folder.resolve("file");
    try (var file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(MUCH);
    }
    return path;
  }

  private static byte[] hear(ByteStream stream, int bytes) throws IOException {
    ByteBuf heard = Unpooled.buffer();
    stream.readExactly(heard, bytes);
    return ByteBufUtil.getBytes(heard);
  }

  private static void skip(ByteStream stream, int bytes) throws IOException {
    ByteBuf piece = stream.alloc().buffer(PIECE);
    for (int left = bytes; left > 0; piece.clear()) {
      left -= stream.read(piece, Math.min(left, PIECE));
    }
    piece.release();
  }

  private static void hearAll(ByteStream stream) throws IOException {
    ByteBuf piece = stream.receive();
    while (piece != null) {
      piece.release();
      piece = stream.receive();
    }
  }

  private static void partsAreSent(ByteStream sender, ByteStream receiver, Path file)
      throws IOException {
    byte[] content = Files.readAllBytes(file);
    sender.sendFile(file, 100, 900);
    assertArrayEquals(Arrays.copyOfRange(content, 100, 1000), hear(receiver, 900));
    sender.sendFile(file, 1000, 0); // nothing of it, at its end
    sender.sendFile(file, 0, 0);
    sender.sendFile(file, 999, 1);
    assertArrayEquals(Arrays.copyOfRange(content, 999, 1000), hear(receiver, 1));
    assertThrows(EOFException.class, () -> sender.sendFile(file, 1001, 0));
    assertThrows(EOFException.class, () -> sender.sendFile(file, 1, 1000));
    assertThrows(IllegalArgumentException.class, () -> sender.sendFile(file, 1, -1));
    sender.shutdownOutput();
    assertThrows(IOException.class, () -> sender.sendFile(file, 0, 1));
    assertEquals(0, openings(file), "still open");
  }

  @EachTransport
  void ofAFileAnyPartIsSentAndNone(Transport transport, @TempDir Path folder) throws Exception {
    Path file = random(folder, 1000);
    overTcp(transport, (_, sender, receiver) -> partsAreSent(sender, receiver, file));
  }

  @EachTransport
  void overTlsAnyPartIsSentAndNone(Transport transport, @TempDir Path folder) throws Exception {
    Path file = random(folder, 1000);
    overTls(transport, (_, sender, receiver) -> partsAreSent(sender, receiver, file));
  }

  @EachTransport
  void overAUnixSocketAnyPartIsSentAndNone(Transport transport, @TempDir Path folder)
      throws Exception {
    Path file = random(folder, 1000);
    Path path = folder.resolve("socket");
    OnWorker.run(
        transport,
        ctx -> {
          try (var listener = UnixListener.bind(ctx, path, TcpOptions.standard());
              UnixStream sender = UnixStream.connect(ctx, path);
              UnixStream receiver = listener.accept()) {
            partsAreSent(sender, Objects.requireNonNull(receiver), file);
          }
          return true;
        });
  }

  /** The receiver takes nothing, so the file is still on its way, until the connection ends. */
  private static void takesTooLong(
      Transport transport, Context<?> ctx, ByteStream sender, Path file) throws IOException {
    sender.writeTimeout(Duration.ofMillis(20));
    var e = assertThrows(SocketTimeoutException.class, () -> sender.sendFile(file, 0, MUCH));
    assertEquals("the peer took too little in PT0.02S", e.getMessage());
    sender.abort();
    boolean atOnce = transport != Transport.IO_URING; // which has to cancel what it is about
    assertFalse(atOnce && sender.channel().isActive());
    while (openings(file) > 0) {
      ctx.sleep(Duration.ofMillis(1));
    }
  }

  @EachTransport
  void aFileTakesNoLongerThanTheWriteTimeout(Transport transport, @TempDir Path folder)
      throws Exception {
    Path file = huge(folder);
    overTcp(transport, (ctx, sender, _) -> takesTooLong(transport, ctx, sender, file));
  }

  @EachTransport
  void overTlsAFileTakesNoLongerThanTheWriteTimeout(Transport transport, @TempDir Path folder)
      throws Exception {
    Path file = huge(folder);
    overTls(transport, (ctx, sender, _) -> takesTooLong(transport, ctx, sender, file));
  }

  /** It is cut short when it cannot be on its way as a whole, and then the receiver takes all. */
  private static void isCutShort(
      Context<?> ctx, ByteStream sender, ByteStream receiver, Path file, int from, String why)
      throws IOException {
    Pending<ByteStream> sending = sender.sendingFile(file, from, MUCH - from);
    sender.writing(bytes("behind it"));
    ctx.sleep(Duration.ofMillis(20));
    assertFalse(sending.isReady());
    try (var cut = new RandomAccessFile(file.toFile(), "rw")) {
      cut.setLength(10);
    }
    hearNothingButZeros(receiver);
    var e = assertThrows(EOFException.class, sending::get);
    String expected = file + " was cut short while it was sent: " + why;
    assertEquals(expected, e.getMessage());
    e = assertThrows(EOFException.class, () -> sender.write(bytes("more")));
    assertEquals(expected, e.getMessage());
    assertEquals(0, openings(file), "still open");
  }

  /** To the end, however that comes. */
  private static void hearNothingButZeros(ByteStream stream) {
    try {
      for (ByteBuf piece = stream.receive(); piece != null; piece = stream.receive()) {
        int other = piece.forEachByte(ByteProcessor.FIND_NON_NUL);
        assertEquals("", other < 0 ? "" : piece.toString(StandardCharsets.UTF_8).strip());
        piece.release();
      }
    } catch (IOException _) {
      // such as that TLS had no end
    }
  }

  @EachTransport
  void aFileThatIsCutShortOnItsWayIsAnError(Transport transport, @TempDir Path folder)
      throws Exception {
    Path file = huge(folder);
    String why = "of 67107864 bytes from 1000 on, the last 67107864 are missing"; // that is, all
    overTcp(
        transport, (ctx, sender, receiver) -> isCutShort(ctx, sender, receiver, file, 1000, why));
  }

  @EachTransport
  void aFileThatIsCutShortOnItsWayOverTlsIsAnError(Transport transport, @TempDir Path folder)
      throws Exception {
    Path file = huge(folder);
    String why = "of 67108864 bytes from 0 on, the last 67108854 are missing";
    overTls(transport, (ctx, sender, receiver) -> isCutShort(ctx, sender, receiver, file, 0, why));
  }

  /** What became of the file is what became of the connection. */
  private static void isBroken(ByteStream sender, ByteStream receiver, Path file)
      throws IOException {
    Pending<ByteStream> sending = sender.sendingFile(file, 0, MUCH);
    receiver.abort();
    var e = assertThrows(IOException.class, sending::get);
    assertTrue(e.getMessage() != null, e.toString());
    assertEquals(0, openings(file), "still open");
  }

  @EachTransport
  void aConnectionThatBreaksEndsItsFile(Transport transport, @TempDir Path folder)
      throws Exception {
    Path file = huge(folder);
    overTcp(transport, (_, sender, receiver) -> isBroken(sender, receiver, file));
  }

  private static ByteBuf piece() {
    return Unpooled.directBuffer(PIECE).writeZero(PIECE);
  }

  /** TLS does not see what waits behind a file, so the bounds are those of the stream. */
  @EachTransport
  void whatIsWrittenBehindAFileIsBounded(Transport transport, @TempDir Path folder)
      throws Exception {
    Path file = huge(folder);
    overTls(
        transport,
        (ctx, sender, receiver) -> {
          Pending<ByteStream> sending = sender.sendingFile(file, 0, MUCH);
          int pieces = ByteStream.MAX_UNSENT_BYTES / PIECE;
          Pending<ByteStream> last = sender.writing(piece());
          for (int i = 1; i < pieces; i++) {
            last = sender.writing(piece());
          }
          ByteBuf refused = piece();
          assertThrows(IOException.class, sender.writing(refused)::get);
          assertEquals(0, refused.refCnt());
          assertFalse(last.isReady());
          skip(receiver, MUCH);
          sending.get();
          skip(receiver, pieces * PIECE);
          last.get();
          sender.writing(bytes("once more")).get();
          skip(receiver, 9);
        });
  }

  @EachTransport
  void whoWritesBehindAFileWaitsForIt(Transport transport, @TempDir Path folder) throws Exception {
    Path file = huge(folder);
    overTls(
        transport,
        (ctx, sender, receiver) -> {
          Pending<ByteStream> sending = sender.sendingFile(file, 0, MUCH);
          var heard = new CountDownLatch(1);
          ctx.runtime()
              .spawnLocal(
                  Supervisor.<ByteStream>stopping(),
                  (Context<Void> _, ByteStream all) -> {
                    hearAll(all);
                    heard.countDown();
                  },
                  receiver,
                  ActorOptions.standard());
          sender.write(piece());
          assertTrue(sending.isReady(), "there was room behind the file");
          sender.shutdownOutput();
          OnWorker.await(ctx, heard);
        });
  }
}
