package lemnos.net;

import static lemnos.net.OnWorker.ANY;
import static lemnos.net.OnWorker.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.buffer.ByteBuf;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import lemnos.core.Cx;
import lemnos.core.Ret;
import lemnos.runtime.Runtime;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What there is beside connections over TCP, each brought to the behaviours of an object actor. */
@Timeout(300)
final class ObjectActorsTest {
  private final List<Runtime> runtimes = new ArrayList<>();
  private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();

  @AfterEach
  void close() {
    runtimes.forEach(Runtime::close);
  }

  private void begin(Transport transport, Told.Step<Cx<Told>> first) {
    Runtime runtime = Runtime.setup().signals(false).poller(NettyPoller.of(transport)).build();
    runtimes.add(runtime);
    runtime.runOnWorkers(
        ref -> {
          var _ = ref.loop().actor(Told::new, heard, first, Ret.nop());
        });
  }

  private void assertHeard(String... expected) throws InterruptedException {
    for (String text : expected) {
      assertEquals(text, heard.take());
    }
  }

  @EachTransport
  void aUnixConnection(Transport transport, @TempDir Path folder) throws Exception {
    Path path = folder.resolve("socket");
    TcpOptions options = TcpOptions.standard();
    begin(
        transport,
        (told, cx) ->
            told.when(
                UnixListener.binding(cx, path, options),
                (_, listener) -> {
                  listener.deliver(cx, Told::arrived);
                  told.when(
                      UnixStream.connecting(cx, path, options),
                      (_, client) ->
                          told.when(client.writing(bytes("question")), (_, _) -> client.close()));
                }));
    assertHeard("question", "end");
  }

  private static <S extends DatagramSocket<?>> void sendOneAndTwo(
      Told told, Pending<S> connecting) {
    told.when(
        connecting,
        (_, client) ->
            told.when(
                client.sending(bytes("one")),
                (_, _) -> told.when(client.sending(bytes("two")), (_, _) -> {})));
  }

  @EachTransport
  void udpDatagrams(Transport transport) throws Exception {
    begin(
        transport,
        (told, cx) ->
            told.when(
                UdpSocket.binding(cx, ANY),
                (_, server) -> {
                  server.deliver(cx, Told::arrived);
                  sendOneAndTwo(told, UdpSocket.connecting(cx, server.localAddress()));
                }));
    assertHeard("one", "two");
  }

  /** Has a socket send datagrams with such texts to itself, at once; what it heard, sorted. */
  private List<String> heardOfABatch(Transport transport, String... texts) throws Exception {
    begin(
        transport,
        (told, cx) ->
            told.when(
                UdpSocket.binding(cx, ANY),
                (_, socket) -> {
                  socket.deliver(cx, Told::arrived);
                  List<Datagram<InetSocketAddress>> batch = new ArrayList<>();
                  for (String text : texts) {
                    batch.add(new Datagram<>(bytes(text), socket.localAddress()));
                  }
                  told.when(socket.sendingBatch(batch), (_, _) -> told.hear("taken"));
                }));
    List<String> all = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      all.add(heard.take());
    }
    all.sort(null);
    return all;
  }

  @EachTransport
  void udpDatagramsInABatch(Transport transport) throws Exception {
    assertEquals(List.of("one", "taken", "two"), heardOfABatch(transport, "one", "two"));
  }

  @EachTransport
  void ofABatchAllIsSentButWhatTheSystemRefuses(Transport transport) throws Exception {
    String tooLong = "x".repeat(UdpSocket.MAX_DATAGRAM_BYTES + 1);
    List<String> all = heardOfABatch(transport, "one", tooLong, "two");
    assertTrue(all.getFirst().contains("Exception"), all.getFirst());
    assertEquals(List.of("one", "two"), all.subList(1, 3));
  }

  @EachTransport
  void unixDatagrams(Transport transport, @TempDir Path folder) throws Exception {
    assumeTrue(transport == Transport.EPOLL || transport == Transport.KQUEUE);
    Path path = folder.resolve("socket");
    begin(
        transport,
        (told, cx) ->
            told.when(
                UnixDatagramSocket.binding(cx, path),
                (_, server) -> {
                  server.deliver(cx, Told::arrived);
                  sendOneAndTwo(told, UnixDatagramSocket.connecting(cx, path));
                }));
    assertHeard("one", "two");
  }

  /** The other end takes nothing before this actor's call is over. */
  @EachTransport
  void whoSendsDatagramsWithoutWaitingIsRefusedAtABound(Transport transport, @TempDir Path folder)
      throws Exception {
    assumeTrue(transport == Transport.EPOLL || transport == Transport.KQUEUE);
    Path path = folder.resolve("socket");
    begin(
        transport,
        (told, cx) ->
            told.when(
                UnixDatagramSocket.binding(cx, path),
                (_, _) ->
                    told.when(
                        UnixDatagramSocket.connecting(cx, path),
                        (_, client) -> {
                          for (int i = 0; i <= ByteStream.MAX_UNSENT_BYTES / 10_000; i++) {
                            client.sending(bytes("x".repeat(20_000)));
                          }
                          ByteBuf one = bytes("one too many");
                          told.when(client.sending(one), (_, _) -> told.hear("taken"));
                          told.hear("released " + (one.refCnt() == 0));
                          ByteBuf two = bytes("two too many");
                          var batch = List.of(new Datagram<>(two, path));
                          assertTrue(client.sendingBatch(batch).isReady());
                          told.hear("released " + (two.refCnt() == 0));
                          client.close();
                        })));
    assertHeard(
        "released true",
        "released true",
        "java.io.IOException: 16777216 bytes wait to be sent; wait for sending");
  }

  @EachTransport
  void aChildProcessAndItsPipes(Transport transport) throws Exception {
    begin(
        transport,
        (told, cx) ->
            told.when(
                ChildProcess.starting(cx, "sh", "-c", "read line; echo $line >&2; exit 3"),
                (_, child) -> {
                  child.stderr().deliver(cx, Told::arrived);
                  told.when(
                      child.stdin().writing(bytes("hello\n")),
                      (_, _) ->
                          told.when(child.exit(), (_, status) -> told.hear("exit " + status)));
                }));
    List<String> all = List.of(heard.take(), heard.take(), heard.take());
    assertEquals(List.of("end", "exit 3", "hello\n"), all.stream().sorted().toList());
  }

  @EachTransport
  void aFile(Transport transport, @TempDir Path folder) throws Exception {
    Path path = folder.resolve("file");
    begin(
        transport,
        (told, cx) ->
            told.when(
                DiskFile.opening(
                    cx,
                    path,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE),
                (_, file) ->
                    told.when(
                        file.writing(0, bytes("text")),
                        (_, written) ->
                            told.when(
                                file.reading(0, 100),
                                (_, data) -> {
                                  told.hear(written + " bytes");
                                  told.hear(data);
                                }))));
    assertHeard("4 bytes", "text");
  }

  @EachTransport
  void aNameAndAFailure(Transport transport, @TempDir Path folder) throws Exception {
    Path nobody = folder.resolve("nobody");
    begin(
        transport,
        (told, cx) ->
            told.when(
                Dns.resolving(cx, "127.0.0.1"),
                (_, found) -> {
                  told.hear(found.toString());
                  told.when(
                      DiskFile.opening(cx, nobody, StandardOpenOption.READ),
                      (_, _) -> told.hear("there is such a file"));
                }));
    assertHeard("[/127.0.0.1]", "java.nio.file.NoSuchFileException: " + nobody);
  }
}
