package lemnos.net;

import static lemnos.net.OnWorker.ANY;
import static lemnos.net.OnWorker.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import lemnos.runtime.ActorOptions;
import lemnos.runtime.Context;
import lemnos.runtime.Supervisor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;

/** Datagrams between two sockets of one actor. */
@Timeout(300)
final class UdpSocketTest {
  private static final int SOME = 64;

  private static String text(@Nullable Datagram<InetSocketAddress> received) {
    assertNotNull(received);
    try (Datagram<InetSocketAddress> datagram = received) {
      return datagram.data().toString(StandardCharsets.UTF_8);
    }
  }

  @EachTransport
  void anUnconnectedSocketAnswersWhoeverWrites(Transport transport) throws Exception {
    OnWorker.run(
        transport,
        ctx -> {
          try (UdpSocket a = UdpSocket.bind(ctx, ANY);
              UdpSocket b = UdpSocket.bind(ctx, ANY)) {
            assertNull(a.peer());
            a.send(bytes("hello"), b.localAddress());
            Datagram<InetSocketAddress> received = b.receive();
            assertNotNull(received);
            assertEquals(a.localAddress(), received.peer());
            assertTrue(received.data().capacity() < 1000, "a few bytes keep a large buffer");
            b.send(bytes("you said " + text(received)), received.peer());
            assertEquals("you said hello", text(a.receive()));
            ByteBuf nobodys = bytes("to whom?");
            assertThrows(IllegalStateException.class, () -> a.send(nobodys));
            assertEquals(0, nobodys.refCnt());
          }
          return true;
        });
  }

  @EachTransport
  void aConnectedSocketHearsItsPeerAlone(Transport transport) throws Exception {
    OnWorker.run(
        transport,
        ctx -> {
          try (UdpSocket server = UdpSocket.bind(ctx, ANY);
              UdpSocket stranger = UdpSocket.bind(ctx, ANY);
              UdpSocket client = UdpSocket.connect(ctx, server.localAddress())) {
            assertEquals(server.localAddress(), client.peer());
            client.send(bytes("question"));
            assertEquals("question", text(server.receive()));
            stranger.send(bytes("noise"), client.localAddress());
            server.send(bytes("answer"), client.localAddress());
            assertEquals("answer", text(client.receive()));
            assertThrows(SocketTimeoutException.class, () -> client.receive(Duration.ofMillis(20)));
            assertThrows(SocketTimeoutException.class, () -> client.receive(Duration.ZERO));
          }
          return true;
        });
  }

  @EachTransport
  void addressesOfVersion6AreAddressesToo(Transport transport) throws Exception {
    var any = new InetSocketAddress(OnWorker.versionSix(), 0);
    OnWorker.run(
        transport,
        ctx -> {
          try (UdpSocket server = UdpSocket.bind(ctx, any);
              UdpSocket client = UdpSocket.connect(ctx, server.localAddress())) {
            client.send(bytes("six"));
            assertEquals("six", text(server.receive()));
          }
          return true;
        });
  }

  @EachTransport
  void theLongestDatagramArrivesWhole(Transport transport) throws Exception {
    OnWorker.run(
        transport,
        ctx -> {
          try (UdpSocket server = UdpSocket.bind(ctx, ANY);
              UdpSocket client = UdpSocket.connect(ctx, server.localAddress())) {
            client.send(Unpooled.buffer().writeZero(UdpSocket.MAX_DATAGRAM_BYTES));
            assertEquals(UdpSocket.MAX_DATAGRAM_BYTES, text(server.receive()).length());
          }
          return true;
        });
  }

  @EachTransport
  void batchesAreSentAndReceived(Transport transport) throws Exception {
    OnWorker.run(
        transport,
        ctx -> {
          try (UdpSocket server = UdpSocket.bind(ctx, ANY);
              UdpSocket client = UdpSocket.bind(ctx, ANY)) {
            List<Datagram<InetSocketAddress>> batch = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
              batch.add(new Datagram<>(bytes("n" + i), server.localAddress()));
            }
            client.sendBatch(batch);
            List<Datagram<InetSocketAddress>> received = new ArrayList<>();
            while (received.size() < 20) {
              int before = received.size();
              int count = server.receiveBatch(received, 7);
              assertEquals(received.size() - before, count);
              assertTrue(count <= 7, "in a batch: " + count);
            }
            for (int i = 0; i < 20; i++) {
              assertEquals("n" + i, text(received.get(i)));
            }
          }
          return true;
        });
  }

  @EachTransport
  void aPeerThatIsNotThereIsAnErrorThatOneCanLiveWith(Transport transport) throws Exception {
    var gone = new DatagramSocket(ANY);
    var nobody = (InetSocketAddress) gone.getLocalSocketAddress();
    OnWorker.run(
        transport,
        ctx -> {
          try (UdpSocket client = UdpSocket.connect(ctx, nobody)) {
            gone.close(); // no sooner, or the client might have got its port
            assertRefused(client, () -> client.send(bytes("anybody?")));
            try (UdpSocket server = UdpSocket.bind(ctx, nobody)) {
              client.send(bytes("now?"));
              assertEquals("now?", text(server.receive()));
            }
          }
          return true;
        });
  }

  @EachTransport
  void anAddressInUseIsAnErrorThatNamesIt(Transport transport) throws Exception {
    try (var socket = new DatagramSocket(ANY)) {
      var taken = (InetSocketAddress) socket.getLocalSocketAddress();
      var e =
          assertThrows(
              IOException.class, () -> OnWorker.run(transport, ctx -> UdpSocket.bind(ctx, taken)));
      assertEquals("cannot bind to " + taken, e.getMessage());
    }
  }

  @EachTransport
  void whoPeeksTakesNothing(Transport transport) throws Exception {
    OnWorker.run(
        transport,
        ctx -> {
          try (UdpSocket server = UdpSocket.bind(ctx, ANY);
              UdpSocket client = UdpSocket.bind(ctx, ANY)) {
            client.send(bytes("first"), server.localAddress());
            client.send(bytes("second"), server.localAddress());
            for (int i = 0; i < 2; i++) {
              Datagram<InetSocketAddress> peeked = server.peek();
              assertNotNull(peeked);
              assertEquals(client.localAddress(), peeked.peer());
              assertEquals('f', peeked.data().getByte(0));
              peeked.data().skipBytes(1); // of the view, not of the datagram
              assertEquals("irst", text(peeked));
            }
            assertEquals("first", text(server.receive()));
            assertEquals("second", text(server.peek()));
            assertEquals("second", text(server.receive()));
          }
          return true;
        });
  }

  @EachTransport
  void aDatagramMayBeInPieces(Transport transport) throws Exception {
    OnWorker.run(
        transport,
        ctx -> {
          try (UdpSocket server = UdpSocket.bind(ctx, ANY);
              UdpSocket client = UdpSocket.connect(ctx, server.localAddress())) {
            client.sendVectored(bytes("one, "), bytes("two, "), bytes("three"));
            assertEquals("one, two, three", text(server.receive()));
            server.sendVectored(client.localAddress(), bytes("four"), bytes("five!"));
            ByteBuf head = Unpooled.buffer(2, 2);
            ByteBuf rest = Unpooled.buffer(5, 5);
            assertEquals(server.localAddress(), client.receiveVectored(head, rest));
            assertEquals("fo", head.toString(StandardCharsets.UTF_8));
            assertEquals("urfiv", rest.toString(StandardCharsets.UTF_8), "the rest is lost");
          }
          return true;
        });
  }

  @EachTransport
  void sendingSaysWhenItIsDone(Transport transport) throws Exception {
    OnWorker.run(
        transport,
        ctx -> {
          try (UdpSocket server = UdpSocket.bind(ctx, ANY);
              UdpSocket client = UdpSocket.connect(ctx, server.localAddress())) {
            assertSame(client, client.sending(bytes("question")).get());
            assertEquals("question", text(server.receive()));
            assertSame(server, server.sending(bytes("answer"), client.localAddress()).get());
            assertEquals("answer", text(client.receive()));
            ByteBuf tooLong = Unpooled.buffer().writeZero(UdpSocket.MAX_DATAGRAM_BYTES + 1);
            assertThrows(IOException.class, () -> client.sending(tooLong).get());
          }
          return true;
        });
  }

  private static ByteBuf tooLong() {
    return Unpooled.buffer().writeZero(UdpSocket.MAX_DATAGRAM_BYTES + 1);
  }

  /** Over io_uring the system says so later. */
  private static void assertRefused(UdpSocket socket, Sending sending) {
    var e =
        assertThrows(
            IOException.class,
            () -> {
              sending.run();
              socket.receive(Duration.ofMinutes(1));
            });
    assertFalse(e instanceof SocketTimeoutException, e.toString());
  }

  private interface Sending {
    void run() throws IOException;
  }

  @EachTransport
  void whatTheSystemRefusesIsAnErrorThatOneCanLiveWith(Transport transport) throws Exception {
    OnWorker.run(
        transport,
        ctx -> {
          try (UdpSocket server = UdpSocket.bind(ctx, ANY);
              UdpSocket connected = UdpSocket.connect(ctx, server.localAddress());
              UdpSocket free = UdpSocket.bind(ctx, ANY)) {
            InetSocketAddress to = server.localAddress();
            assertRefused(connected, () -> connected.send(tooLong()));
            assertRefused(free, () -> free.send(tooLong(), to));
            assertRefused(
                free,
                () ->
                    free.sendBatch(
                        List.of(
                            new Datagram<>(bytes("one"), to),
                            new Datagram<>(tooLong(), to),
                            new Datagram<>(bytes("two"), to))));
            connected.send(bytes("three"));
            assertEquals("one", text(server.receive()));
            assertEquals("two", text(server.receive()));
            assertEquals("three", text(server.receive()));
          }
          return true;
        });
  }

  private static void sendSome(Context<?> ctx, UdpSocket from, InetSocketAddress to, ByteBuf what)
      throws IOException {
    List<Datagram<InetSocketAddress>> batch = new ArrayList<>();
    for (int i = 0; i < SOME; i++) {
      batch.add(new Datagram<>(what.retainedDuplicate(), to));
    }
    from.sendBatch(batch);
    ctx.sleep(Duration.ofMillis(1)); // the worker polls
  }

  /** Counts what a socket takes from the system. */
  private static AtomicInteger taken(UdpSocket socket) {
    var count = new AtomicInteger();
    socket
        .channel()
        .pipeline()
        .addFirst(
            new ChannelInboundHandlerAdapter() {
              @Override
              public void channelRead(ChannelHandlerContext ctx, Object message) {
                count.incrementAndGet();
                ctx.fireChannelRead(message);
              }
            });
    return count;
  }

  /** More than that the socket leaves to the system, which drops what is too much for it. */
  @EachTransport
  void smallDatagramsThatNobodyTakesAreBounded(Transport transport) throws Exception {
    int most = UdpSocket.MAX_UNREAD_BYTES / 256;
    OnWorker.run(
        transport,
        ctx -> {
          ByteBuf small = bytes("x");
          try (UdpSocket server = UdpSocket.bind(ctx, ANY);
              UdpSocket client = UdpSocket.bind(ctx, ANY)) {
            AtomicInteger taken = taken(server);
            while (taken.get() < most - SOME) {
              sendSome(ctx, client, server.localAddress(), small);
            }
            for (int i = 0; i < 20; i++) {
              sendSome(ctx, client, server.localAddress(), small);
            }
            assertTrue(taken.get() < most + SOME, "taken: " + taken);
            List<Datagram<InetSocketAddress>> all = new ArrayList<>();
            server.receiveBatch(all, Integer.MAX_VALUE);
            all.forEach(Datagram::close);
            do { // what the system has kept comes first
              client.send(bytes("still?"), server.localAddress());
            } while (!text(server.receive(Duration.ofMinutes(1))).equals("still?"));
          } finally {
            small.release();
          }
          return true;
        });
  }

  @EachTransport
  void whoWaitsForADatagramLearnsThatTheSocketWasClosed(Transport transport) throws Exception {
    var none =
        OnWorker.run(
            transport,
            ctx -> {
              UdpSocket socket = UdpSocket.bind(ctx, ANY);
              ctx.runtime()
                  .spawnLocal(
                      Supervisor.<UdpSocket>stopping(),
                      (Context<Void> other, UdpSocket closing) -> {
                        other.sleep(Duration.ofMillis(1)); // till the first waits
                        closing.close();
                      },
                      socket,
                      ActorOptions.standard());
              return socket.receive();
            });
    assertNull(none);
  }

  @EachTransport
  void whatNobodyTookIsReleasedAtTheEnd(Transport transport) throws Exception {
    OnWorker.run(
        transport,
        ctx -> {
          UdpSocket server = UdpSocket.bind(ctx, ANY);
          try (UdpSocket client = UdpSocket.bind(ctx, ANY)) {
            client.send(bytes("unread"), server.localAddress());
          }
          Datagram<InetSocketAddress> view = server.peek();
          assertNotNull(view);
          server.close();
          assertEquals(1, view.data().refCnt());
          view.close();
          assertNull(server.receive());
          ByteBuf late = bytes("late");
          assertThrows(IOException.class, () -> server.send(late.retain(), ANY));
          assertThrows(IOException.class, server.sending(late.retain(), ANY)::get);
          var batch = List.of(new Datagram<>(late, ANY));
          assertThrows(IOException.class, () -> server.sendBatch(batch));
          assertEquals(0, late.refCnt());
          return true;
        });
  }
}
