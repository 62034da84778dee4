package lemnos.net;

import static lemnos.net.OnWorker.HERE;
import static lemnos.net.OnWorker.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Timeout;

/** Names are looked up at a name server of our own, which knows two names. */
@Timeout(300)
final class DnsTest {
  /**
   * Knows that {@code lemnos.test} is this machine, and {@code twofold.test} too, at two addresses.
   */
  private static final class NameServer implements AutoCloseable {
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
      return OnWorker.outcome(
          OnWorker.begin(NettyPoller.of(transport, List.of(server.address())), body));
    }
  }

  @EachTransport
  void aNameServerIsAsked(Transport transport) throws Exception {
    List<InetAddress> found = ask(transport, ctx -> Dns.resolving(ctx.core(), "lemnos.test").get());
    assertEquals(List.of("127.0.0.1"), found.stream().map(InetAddress::getHostAddress).toList());
  }

  @EachTransport
  void aNameThatNobodyHasIsAnError(Transport transport) {
    assertThrows(
        UnknownHostException.class,
        () -> ask(transport, ctx -> Dns.resolving(ctx.core(), "nobody.test").get()));
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
