package lemnos.net;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** TLS that begins in the midst of a connection, and what ends it before it is there. */
final class TlsStartTest {
  private static final InetSocketAddress SERVER = new InetSocketAddress("localhost", 1);
  private static X509Bundle here;

  private final TcpOptions options =
      TcpOptions.standard().withConnectTimeout(Duration.ofSeconds(7));
  private Wire wire = Wire.with(options);

  /** One side that begins, and whom it connects to if it is a client. */
  private record Side(Tls tls, @Nullable InetSocketAddress server) {
    Pending<Channel> start(Channel channel) {
      return tls.start(channel, server);
    }

    Pending<TcpStream> open(Channel channel) {
      return tls.start(channel, server, TcpStream.PROTOCOL);
    }
  }

  @BeforeAll
  static void makeCertificate() throws Exception {
    here = new Certificates("ours").here();
  }

  @AfterEach
  void close() {
    wire.finishAndReleaseAll();
  }

  /** A server with names has a handler of its own that reads the client's first words. */
  private static List<Side> sides() throws IOException {
    TlsSetup named =
        Certificates.setup(here)
            .name("shop.test", here.getKeyPair().getPrivate(), here.getCertificatePath());
    return List.of(
        new Side(Tls.client().build(), SERVER),
        new Side(Certificates.server(here), null),
        new Side(named.build(), null));
  }

  private void renew() {
    wire.finishAndReleaseAll();
    wire = Wire.with(options);
  }

  private void run(long millis) {
    wire.advanceTimeBy(millis, MILLISECONDS);
    wire.runScheduledPendingTasks();
    wire.runPendingTasks();
  }

  private void assertEndsAfterConnectTimeout(Pending<?> pending, Class<? extends IOException> how) {
    run(6_999);
    assertFalse(pending.isReady());
    assertTrue(wire.isOpen());
    run(1);
    assertThrows(how, pending::get);
    run(0);
    assertFalse(wire.isOpen());
  }

  @Test
  void itTakesNoLongerThanConnecting() throws Exception {
    for (Side side : sides()) {
      assertEndsAfterConnectTimeout(side.start(wire), SSLException.class);
      renew();
      assertEndsAfterConnectTimeout(side.open(wire), IOException.class);
      renew();
    }
  }

  @Test
  void whoeverBeginsIsToldThatThePeerIsGone() throws Exception {
    for (Side side : sides()) {
      Pending<Integer> reading = TcpStream.PROTOCOL.attach(wire).reading(Unpooled.buffer());
      Pending<Channel> agreed = side.start(wire);
      wire.close();
      run(0);
      assertTrue(agreed.isReady(), side.toString());
      assertThrows(IOException.class, agreed::get);
      assertTrue(reading.isReady(), side.toString());
      renew();
      Pending<TcpStream> opened = side.open(wire);
      wire.close();
      run(0);
      assertTrue(opened.isReady(), side.toString());
      assertThrows(IOException.class, opened::get);
      renew();
    }
  }

  @Test
  void whoeverReadsIsToldThatThePeerHasGoneBeforeAllWasAgreed() throws Exception {
    for (Side side : sides()) {
      TcpStream stream = TcpStream.PROTOCOL.attach(wire);
      Pending<Integer> reading = stream.reading(Unpooled.buffer());
      Pending<Channel> agreed = side.start(wire);
      wire.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
      run(0);
      assertThrows(IOException.class, agreed::get);
      assertTrue(reading.isReady(), side.toString());
      renew();
    }
  }

  @Test
  void whatComesNextIsAskedForAtOnce() throws Exception {
    for (Side side : sides()) {
      Pending<Channel> agreed = side.start(wire);
      assertTrue(wire.reads() > 0, side.toString());
      assertFalse(agreed.isReady());
      renew();
    }
  }

  @Test
  void withoutItThereIsNeitherASessionNorAProtocol() {
    assertNull(Tls.session(wire));
    assertNull(Tls.applicationProtocol(wire));
  }

  @Test
  void settingsForTheOtherSideAreRefused() throws Exception {
    for (Side side : sides()) {
      var wrong = new Side(side.tls, side.server == null ? SERVER : null);
      assertThrows(IllegalArgumentException.class, () -> wrong.start(wire));
      assertThrows(IllegalArgumentException.class, () -> wrong.open(wire));
    }
    assertEquals(0, wire.reads());
  }

  /** Bytes that a client might take for those of its server, if TLS had not begun. */
  @Test
  void nothingIsTakenForThePeersBeforeAllIsAgreed() throws Exception {
    for (Side side : sides()) {
      Pending<TcpStream> opened = side.open(wire);
      wire.say("+OK, and something that is no TLS");
      run(0);
      assertThrows(SSLException.class, opened::get);
      assertFalse(wire.isOpen());
      ByteBuf left = wire.readInbound();
      assertNull(left);
      renew();
    }
  }
}
