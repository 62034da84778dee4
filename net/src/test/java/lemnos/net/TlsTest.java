package lemnos.net;

import static lemnos.net.Greeter.assertRefused;
import static lemnos.net.Greeter.greeter;
import static lemnos.net.Greeter.greeting;
import static lemnos.net.Greeter.with;
import static lemnos.net.OnWorker.bytes;
import static lemnos.net.OnWorker.readAll;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import lemnos.runtime.SequentialActor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two runtimes, a server and a client, that speak TLS with each other or refuse to. */
@Timeout(300)
final class TlsTest {
  private static final Transport TRANSPORT = Transport.best();
  private static Certificates ours;
  private static Certificates others;
  private static X509Bundle here;

  @BeforeAll
  static void makeCertificates() throws Exception {
    ours = new Certificates("ours");
    others = new Certificates("others");
    here = ours.here();
  }

  private static Tls client() throws IOException {
    return Tls.client().trust(ours.authority()).build();
  }

  @EachTransport
  void whatIsSentComesBackOverEveryTransport(Transport transport) throws Exception {
    echo(transport, SslProvider.JDK);
  }

  @Test
  void whatIsSentComesBackByBoringSsl() throws Exception {
    assumeTrue(OpenSsl.isAvailable());
    echo(TRANSPORT, SslProvider.OPENSSL);
  }

  private static void echo(Transport transport, SslProvider provider) throws Exception {
    Tls tls = Certificates.setup(here).provider(provider).build();
    byte[] sent = new byte[2_000_000];
    new Random(1).nextBytes(sent);
    SequentialActor<String, TcpStream> echo =
        (_, stream) -> {
          ByteBuf all = stream.alloc().buffer();
          stream.readExactly(all, sent.length);
          stream.write(all);
        };
    try (LocalServer server = LocalServer.start(transport, with(tls), echo)) {
      byte[] back =
          OnWorker.run(
              transport,
              ctx -> {
                var trusting = Tls.client().trust(ours.authority()).provider(provider).build();
                try (var stream = TcpStream.connect(ctx, server.address(), with(trusting))) {
                  for (int at = 0; at < sent.length; at += 1000) {
                    stream.write(Unpooled.wrappedBuffer(sent, at, 1000));
                  }
                  ByteBuf all = Unpooled.buffer();
                  stream.readExactly(all, sent.length);
                  assertEquals(-1, stream.read(all));
                  return ByteBufUtil.getBytes(all);
                }
              });
      assertArrayEquals(sent, back);
    }
  }

  @EachTransport
  void aClientThatHasSentAllIsStillAnswered(Transport transport) throws Exception {
    Tls tls = Certificates.setup(here).provider(SslProvider.JDK).build();
    SequentialActor<String, TcpStream> answer =
        (_, stream) -> stream.write(bytes("heard: " + readAll(stream)));
    try (LocalServer server = LocalServer.start(transport, with(tls), answer)) {
      String heard =
          OnWorker.run(
              transport,
              ctx -> {
                var jdk = Tls.client().trust(ours.authority()).provider(SslProvider.JDK).build();
                try (var stream = TcpStream.connect(ctx, server.address(), with(jdk))) {
                  stream.write(bytes("question"));
                  stream.shutdownOutput();
                  return readAll(stream);
                }
              });
      assertEquals("heard: question", heard);
    }
  }

  @Test
  void aClientRefusesWhomItDoesNotTrust() throws Exception {
    assertRefused(Certificates.server(here), Tls.client().build(), "localhost");
    assertRefused(Certificates.server(others.here()), client(), "localhost");
  }

  @Test
  void aClientRefusesACertificateForAnotherName() throws Exception {
    assertRefused(Certificates.server(ours.named("example.org")), client(), "localhost");
    assertRefused(Certificates.server(here), client(), "example.org");
  }

  @Test
  void noSettingOfNettysMakesAClientAcceptACertificateForAnotherName() throws Exception {
    List<String> lines = OwnJvm.run("", NoSwitch.class);
    assertEquals(1, OwnJvm.number(lines, "refused"), lines.toString());
  }

  @Test
  void aClientRefusesAnExpiredCertificate() throws Exception {
    assertRefused(Certificates.server(ours.expired()), client(), "localhost");
  }

  @Test
  void oldVersionsAreRefused() throws Exception {
    assumeTrue(OpenSsl.isAvailable()); // the JDK would not even try
    SslContext old =
        SslContextBuilder.forClient()
            .sslProvider(SslProvider.OPENSSL)
            .protocols("TLSv1.1", "TLSv1")
            .trustManager(ours.authority())
            .build();
    try (LocalServer server = greeter(Certificates.server(here))) {
      var outcome = new CompletableFuture<Boolean>();
      OnWorker.run(
          TRANSPORT,
          ctx -> {
            try (var stream = TcpStream.connect(ctx, server.address())) {
              var handler = old.newHandler(stream.alloc(), "localhost", 1);
              stream.channel().pipeline().addFirst(handler);
              handler.handshakeFuture().addListener(f -> outcome.complete(f.isSuccess()));
              assertThrows(IOException.class, () -> readAll(stream));
            }
            return true;
          });
      assertFalse(outcome.get());
    }
  }

  @Test
  void anEndThatIsNotTlsOwnIsAFailure() throws Exception {
    var server =
        LocalServer.start(
            TRANSPORT,
            with(Certificates.server(here)),
            (_, stream) -> {
              stream.write(bytes("half of"));
              ((DuplexChannel) stream.channel()).shutdownOutput().get();
              stream.await();
            });
    try (server) {
      var e = assertThrows(IOException.class, () -> greeting(server, client(), "localhost"));
      assertTrue(String.valueOf(e.getMessage()).contains("cut short"), e.toString());
    }
  }

  @Test
  void aClientWithoutTlsIsRefusedAndTheServerGoesOn() throws Exception {
    try (LocalServer s = greeter(Certificates.server(here))) {
      try (var socket = new Socket(s.address().getAddress(), s.address().getPort())) {
        socket.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.UTF_8));
        byte[] answer = socket.getInputStream().readAllBytes(); // an alert, and the end
        assertFalse(new String(answer, StandardCharsets.UTF_8).contains("hello"));
      }
      assertEquals("hello stranger from CN=here", greeting(s, client(), "localhost"));
    }
  }

  /** With an identity for each name a handler of its own reads the client's first words. */
  private static List<Tls> withAndWithoutNames() throws IOException {
    return List.of(
        Certificates.server(here),
        Certificates.setup(here)
            .name("shop.test", here.getKeyPair().getPrivate(), here.getCertificatePath())
            .build());
  }

  @Test
  void aClientThatSaysNothingIsCutOff() throws Exception {
    for (Tls tls : withAndWithoutNames()) {
      TcpOptions hasty = with(tls).withConnectTimeout(Duration.ofMillis(100));
      try (LocalServer s =
              LocalServer.start(TRANSPORT, hasty, (_, stream) -> stream.write(bytes("hello")));
          var socket = new Socket(s.address().getAddress(), s.address().getPort())) {
        assertEquals(-1, socket.getInputStream().read());
      }
    }
  }

  /** More often than connections may wait to be opened: else those would count on. */
  @Test
  void whoGoesWithoutAWordIsForgotten() throws Exception {
    for (Tls tls : withAndWithoutNames()) {
      try (LocalServer s = greeter(tls)) {
        for (int i = 0; i <= Acceptor.MAX_WAITING; i++) {
          s.connect().close();
        }
        assertEquals("hello stranger from CN=here", greeting(s, client(), "localhost"));
      }
    }
  }

  @EachTransport
  void aClientWaitsForNobodyWhoHasGone(Transport transport) throws Exception {
    try (var server = new ServerSocket(0, 1, OnWorker.HERE)) {
      var at = (InetSocketAddress) server.getLocalSocketAddress();
      var connecting = OnWorker.begin(transport, ctx -> TcpStream.connect(ctx, at, with(client())));
      server.accept().close();
      assertThrows(IOException.class, () -> OnWorker.outcome(connecting));
    }
  }

  @EachTransport
  void nobodyBeginsTlsInTheMiddleWithWhoHasGone(Transport transport) throws Exception {
    beginWithWhoGoes(transport, (stream, at) -> client().start(stream.channel(), at).get());
  }

  @EachTransport
  void norWithWhoIsKnownToHaveGone(Transport transport) throws Exception {
    beginWithWhoGoes(
        transport,
        (stream, at) -> {
          assertNull(stream.receive());
          return client().start(stream.channel(), at).get();
        });
  }

  /** Begins TLS with the peer at an address. */
  private interface Begin {
    Object begin(TcpStream stream, InetSocketAddress at) throws Exception;
  }

  private static void beginWithWhoGoes(Transport transport, Begin begin) throws Exception {
    TcpOptions patient = TcpOptions.standard().withConnectTimeout(Duration.ofMinutes(5));
    try (var server = new ServerSocket(0, 1, OnWorker.HERE)) {
      var at = (InetSocketAddress) server.getLocalSocketAddress();
      var starting =
          OnWorker.begin(
              transport,
              ctx -> {
                try (TcpStream stream = TcpStream.connect(ctx, at, patient)) {
                  return begin.begin(stream, at);
                }
              });
      try (Socket gone = server.accept()) {
        gone.shutdownOutput();
        assertThrows(IOException.class, () -> OnWorker.outcome(starting));
      }
    }
  }

  private static long agreeingMillis(TcpStream stream) {
    return stream.channel().pipeline().get(SslHandler.class).getHandshakeTimeoutMillis();
  }

  @Test
  void bothSidesTakeNoLongerToAgreeThanToConnect() throws Exception {
    for (Tls tls : withAndWithoutNames()) {
      TcpOptions server = with(tls).withConnectTimeout(Duration.ofSeconds(123));
      try (LocalServer s =
          LocalServer.start(
              TRANSPORT, server, (_, stream) -> stream.write(bytes("" + agreeingMillis(stream))))) {
        var options = with(client()).withConnectTimeout(Duration.ofSeconds(124));
        OnWorker.run(
            TRANSPORT,
            ctx -> {
              try (TcpStream stream = TcpStream.connect(ctx, s.address(), options)) {
                assertEquals(124_000, agreeingMillis(stream));
                assertEquals("123000", readAll(stream));
              }
              return true;
            });
      }
    }
  }

  @Test
  void aClientWhoseFirstWordsHaveNoEndIsCutOff() throws Exception {
    int bytes = Tls.MAX_HELLO_BYTES + 1;
    byte[] record = {22, 3, 1, 0, 9, 1, (byte) (bytes >> 16), (byte) (bytes >> 8), (byte) bytes};
    try (LocalServer s = greeter(withAndWithoutNames().getLast());
        var socket = s.connect()) {
      socket.getOutputStream().write(record);
      socket.getOutputStream().write(new byte[5]);
      assertEquals(-1, socket.getInputStream().read());
    }
  }

  private static void assertNothingOldOrWeak(TcpStream stream) {
    SSLEngine engine = stream.channel().pipeline().get(SslHandler.class).engine();
    List<String> versions = new ArrayList<>(List.of(engine.getEnabledProtocols()));
    versions.remove("SSLv2Hello"); // as BoringSSL has it, which is no version
    versions.sort(null);
    assertEquals(List.of("TLSv1.2", "TLSv1.3"), versions);
    for (String cipher : engine.getEnabledCipherSuites()) {
      assertTrue(cipher.contains("_GCM_SHA") || cipher.contains("_CHACHA20_POLY1305_"), cipher);
      assertTrue(cipher.startsWith("TLS_ECDHE_") || !cipher.contains("_WITH_"), cipher);
    }
  }

  @Test
  void nothingOldOrWeakIsAgreedTo() throws Exception {
    List<SslProvider> providers =
        OpenSsl.isAvailable()
            ? List.of(SslProvider.JDK, SslProvider.OPENSSL)
            : List.of(SslProvider.JDK);
    for (SslProvider provider : providers) {
      Tls server = Certificates.setup(here).provider(provider).build();
      Tls client = Tls.client().trust(ours.authority()).provider(provider).build();
      SequentialActor<String, TcpStream> checked =
          (_, stream) -> {
            assertNothingOldOrWeak(stream);
            stream.write(bytes("well"));
          };
      try (LocalServer s = LocalServer.start(TRANSPORT, with(server), checked)) {
        OnWorker.run(
            TRANSPORT,
            ctx -> {
              try (TcpStream stream = TcpStream.connect(ctx, s.address(), with(client))) {
                assertNothingOldOrWeak(stream);
                assertEquals("well", readAll(stream));
              }
              return true;
            });
      }
    }
  }

  @Test
  void tlsMayBeginInTheMiddle() throws Exception {
    Tls server = Certificates.server(here);
    SequentialActor<String, TcpStream> startTls =
        (_, stream) -> {
          ByteBuf command = stream.alloc().buffer();
          stream.readExactly(command, 8);
          command.release();
          stream.write(bytes("go"));
          server.start(stream.channel(), null).get();
          stream.write(bytes("secret"));
        };
    try (LocalServer s = LocalServer.start(TRANSPORT, TcpOptions.standard(), startTls)) {
      String text =
          OnWorker.run(
              TRANSPORT,
              ctx -> {
                try (TcpStream stream = TcpStream.connect(ctx, s.address())) {
                  stream.write(bytes("STARTTLS"));
                  ByteBuf go = stream.alloc().buffer();
                  stream.readExactly(go, 2);
                  go.release();
                  client().start(stream.channel(), s.address()).get();
                  return readAll(stream);
                }
              });
      assertEquals("secret", text);
    }
  }

  /** Accepted while somebody listened, but TLS is agreed upon when nobody does any more. */
  @EachTransport
  void aConnectionThatIsOpenTooLateForItsListenerIsClosed(Transport transport) throws Exception {
    OnWorker.run(
        transport,
        ctx -> {
          var listener = TcpListener.bind(ctx, OnWorker.ANY, with(Certificates.server(here)));
          InetSocketAddress at = listener.localAddress();
          try (TcpStream stream = TcpStream.connect(ctx, at)) {
            NettyPoller poller = NettyPoller.of(ctx.core());
            for (long until = poller.polls() + 20; poller.polls() < until; ) {
              ctx.sleep(Duration.ofMillis(1)); // by then it has been accepted
            }
            listener.close();
            client().start(stream.channel(), at).get();
            assertEquals("", readAll(stream));
          }
          return true;
        });
  }

  @Test
  void whoBeginsTlsInTheMiddleIsToldIfItFails() throws Exception {
    Tls server = Certificates.server(others.here());
    SequentialActor<String, TcpStream> startTls =
        (_, stream) -> assertThrows(SSLException.class, server.start(stream.channel(), null)::get);
    try (LocalServer s = LocalServer.start(TRANSPORT, TcpOptions.standard(), startTls)) {
      OnWorker.run(
          TRANSPORT,
          ctx -> {
            try (TcpStream stream = TcpStream.connect(ctx, s.address())) {
              assertThrows(
                  SSLException.class, () -> client().start(stream.channel(), s.address()).get());
            }
            return true;
          });
    }
  }
}
