package lemnos.net;

import static lemnos.net.OnWorker.HERE;
import static lemnos.net.OnWorker.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Timeout;

/** Names are looked up at a name server of our own, which knows two names. */
@Timeout(300)
final class DnsTest {
  private static final List<String> ADDRESSES = List.of("192.0.2.7", "2001:db8::7");

  /**
   * Knows that {@code lemnos.test} is this machine, and {@code twofold.test} too, at two addresses.
   */
  private static final class NameServer implements AutoCloseable {
    private final AtomicInteger questions = new AtomicInteger();
    private final DatagramSocket socket = new DatagramSocket(new InetSocketAddress(HERE, 0));

    NameServer() throws IOException {
      Thread.ofVirtual().start(this::serve);
    }

    InetSocketAddress address() {
      return (InetSocketAddress) socket.getLocalSocketAddress();
    }

    private void serve() {
      byte[] buf = new byte[512];
      var packet = new DatagramPacket(buf, buf.length);
      try {
        while (true) {
          packet.setLength(buf.length);
          socket.receive(packet);
          questions.incrementAndGet();
          byte[] answer = answer(Arrays.copyOf(buf, packet.getLength()));
          socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
        }
      } catch (IOException _) {
        // closed
      }
    }

    /** The question with the answers behind it, if it asks for addresses (type A) of our names. */
    private static byte[] answer(byte[] query) {
      int end = 12;
      while (query[end] != 0) {
        end += query[end] + 1;
      }
      String name = new String(query, 13, end - 13, StandardCharsets.UTF_8);
      int[] hosts =
          switch (name) {
            case "lemnos\4test" -> new int[] {1};
            case "twofold\4test" -> new int[] {2, 1};
            default -> new int[0];
          };
      if (query[end + 2] != 1) {
        hosts = new int[0];
      }
      ByteBuffer answer = ByteBuffer.allocate(512);
      answer.put(query, 0, 2); // its number
      answer.putShort((short) (hosts.length > 0 ? 0x8180 : 0x8183)); // found, or no such name
      answer.putShort((short) 1).putShort((short) hosts.length).putInt(0);
      answer.put(query, 12, end + 5 - 12);
      for (int host : hosts) {
        answer.putShort((short) 0xC00C).putShort((short) 1).putShort((short) 1).putInt(60);
        answer.putShort((short) 4).put(new byte[] {127, 0, 0, (byte) host});
      }
      return Arrays.copyOf(answer.array(), answer.position());
    }

    @Override
    public void close() {
      socket.close();
    }
  }

  private static <R> R ask(Transport transport, OnWorker.Body<R> body) throws Exception {
    try (var server = new NameServer()) {
      return ask(transport, server.address(), body);
    }
  }

  private static <R> R ask(Transport transport, InetSocketAddress server, OnWorker.Body<R> body)
      throws Exception {
    return OnWorker.outcome(OnWorker.begin(NettyPoller.of(transport, List.of(server)), body));
  }

  @EachTransport
  void aNameServerIsAsked(Transport transport) throws Exception {
    List<InetAddress> found = ask(transport, ctx -> Dns.resolving(ctx.core(), "lemnos.test").get());
    assertEquals(List.of("127.0.0.1"), found.stream().map(InetAddress::getHostAddress).toList());
  }

  @EachTransport
  void aNameThatNobodyHasIsAnErrorThatNamesIt(Transport transport) {
    var e =
        assertThrows(
            UnknownHostException.class,
            () -> ask(transport, ctx -> Dns.resolving(ctx.core(), "nobody.test").get()));
    assertTrue(String.valueOf(e.getMessage()).contains("nobody.test"), e.toString());
  }

  @EachTransport
  void forAnAddressNobodyIsAsked(Transport transport) throws Exception {
    try (var server = new NameServer()) {
      List<List<InetAddress>> found =
          ask(
              transport,
              server.address(),
              ctx -> {
                List<List<InetAddress>> all = new ArrayList<>();
                for (String address : ADDRESSES) {
                  all.add(Dns.resolving(ctx.core(), address).get());
                }
                return all;
              });
      for (int i = 0; i < ADDRESSES.size(); i++) {
        assertEquals(List.of(InetAddress.getByName(ADDRESSES.get(i))), found.get(i));
      }
      assertEquals(0, server.questions.get());
    }
  }

  /** What is listening there never answers. */
  @EachTransport
  void aServerThatSaysNothingIsWaitedForNoLongerThanForAConnection(Transport transport)
      throws Exception {
    var options = TcpOptions.standard().withConnectTimeout(Duration.ofMillis(50));
    var name = InetSocketAddress.createUnresolved("silent.test", 80);
    try (var silent = new DatagramSocket(new InetSocketAddress(HERE, 0))) {
      var e =
          assertThrows(
              SocketTimeoutException.class,
              () ->
                  ask(
                      transport,
                      (InetSocketAddress) silent.getLocalSocketAddress(),
                      ctx -> TcpStream.connect(ctx, name, options)));
      assertEquals("no address of silent.test in PT0.05S", e.getMessage());
    }
  }

  @EachTransport
  void aStreamConnectsByName(Transport transport) throws Exception {
    try (LocalServer server =
        LocalServer.start(
            transport, TcpOptions.standard(), (_, stream) -> stream.write(bytes("found")))) {
      int port = server.address().getPort();
      String heard =
          ask(
              transport,
              ctx -> {
                var name = InetSocketAddress.createUnresolved("lemnos.test", port);
                try (TcpStream stream = TcpStream.connect(ctx, name)) {
                  return OnWorker.readAll(stream);
                }
              });
      assertEquals("found", heard);
      assertThrows(
          UnknownHostException.class,
          () ->
              ask(
                  transport,
                  ctx ->
                      TcpStream.connect(
                          ctx, InetSocketAddress.createUnresolved("nobody.test", port))));
    }
  }

  @EachTransport
  void aStreamConnectsToTheAddressThatAnswers(Transport transport) throws Exception {
    try (LocalServer server =
        LocalServer.start(
            transport, TcpOptions.standard(), (_, stream) -> stream.write(bytes("found")))) {
      int port = server.address().getPort(); // of 127.0.0.1 alone
      String heard =
          ask(
              transport,
              ctx -> {
                var name = InetSocketAddress.createUnresolved("twofold.test", port);
                try (TcpStream stream = TcpStream.connect(ctx, name)) {
                  return OnWorker.readAll(stream);
                }
              });
      assertEquals("found", heard);
    }
  }
}
