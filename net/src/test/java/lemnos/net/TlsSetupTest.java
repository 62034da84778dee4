package lemnos.net;

import static lemnos.net.Greeter.assertRefused;
import static lemnos.net.Greeter.greeter;
import static lemnos.net.Greeter.greeting;
import static lemnos.net.Greeter.peer;
import static lemnos.net.Greeter.with;
import static lemnos.net.OnWorker.bytes;
import static lemnos.net.OnWorker.readAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.buffer.ByteBuf;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SSLEngine;
import lemnos.runtime.SequentialActor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Who shows what to whom, who trusts whom, and what comes of files that change. */
@Timeout(300)
final class TlsSetupTest {
  private static final Transport TRANSPORT = Transport.best();
  private static final Path NOWHERE = Path.of("no", "such", "file");
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

  private static Tls identified(X509Bundle bundle) throws IOException {
    return Tls.client()
        .trust(ours.authority())
        .identity(bundle.getKeyPair().getPrivate(), bundle.getCertificatePath())
        .build();
  }

  /** A setup that shows {@code bundle} to who asks for {@code name}, too. */
  private static TlsSetup named(TlsSetup setup, String name, X509Bundle bundle) {
    return setup.name(name, bundle.getKeyPair().getPrivate(), bundle.getCertificatePath());
  }

  // Who is trusted

  @Test
  void aServerMayDemandCertificatesOfItsClients() throws Exception {
    Tls server = Certificates.setup(here).trust(ours.authority()).build();
    X509Bundle alice = ours.named("alice");
    X509Bundle mallory = others.named("mallory");
    try (LocalServer s = greeter(server)) {
      Tls known = identified(alice);
      assertEquals("hello CN=alice from CN=here", greeting(s, known, "localhost"));
      assertRefused(s, client(), "localhost");
      assertRefused(s, identified(mallory), "localhost");
      assertEquals("hello CN=alice from CN=here", greeting(s, known, "localhost"));
    }
  }

  /** Or a name would be the way around it. */
  @Test
  void aServerDemandsCertificatesByWhateverNameItIsAskedFor() throws Exception {
    Tls server =
        named(Certificates.setup(here), "shop.test", ours.named("shop.test"))
            .trust(ours.authority())
            .build();
    try (LocalServer s = greeter(server)) {
      Tls alice = identified(ours.named("alice"));
      for (String name : List.of("shop.test", "localhost")) {
        String own = name.equals("localhost") ? "here" : name;
        assertEquals("hello CN=alice from CN=" + own, greeting(s, alice, name));
        assertRefused(s, client(), name);
        assertRefused(s, identified(others.named("mallory")), name);
      }
    }
  }

  @Test
  void aServerThatWasNotToldWhomToTrustAsksNobodyForACertificate() throws Exception {
    try (LocalServer s = greeter(Certificates.server(here))) {
      Tls alice = identified(ours.named("alice"));
      assertEquals("hello stranger from CN=here", greeting(s, alice, "localhost"));
    }
    for (SslProvider provider : providers().toList()) {
      SSLEngine engine = engine(Certificates.setup(here).provider(provider).build());
      assertFalse(engine.getWantClientAuth() || engine.getNeedClientAuth());
    }
  }

  @Test
  void whoIsTrustedMayStandInAFile(@TempDir Path folder) throws Exception {
    Path issuers = folder.resolve("issuers");
    Files.writeString(issuers, others.authorityPem());
    Tls client = Tls.client().trust(issuers).build();
    try (LocalServer s = greeter(Certificates.server(others.here()))) {
      assertEquals("hello stranger from CN=here", greeting(s, client, "localhost"));
    }
    assertRefused(Certificates.server(here), client, "localhost");
    Files.writeString(issuers, "nobody");
    var e = assertThrows(IOException.class, client::reload);
    assertTrue(String.valueOf(e.getMessage()).contains(issuers.toString()), e.toString());
    Files.delete(issuers);
    e = assertThrows(NoSuchFileException.class, client::reload);
    assertTrue(String.valueOf(e.getMessage()).contains(issuers.toString()), e.toString());
  }

  @Test
  void whomAServerTrustsIsReadAgainToo(@TempDir Path folder) throws Exception {
    Path issuers = Files.writeString(folder.resolve("issuers"), ours.authorityPem());
    Tls server = Certificates.setup(here).trust(issuers).build();
    Tls alice = identified(ours.named("alice"));
    Tls mallory = identified(others.named("mallory"));
    try (LocalServer s = greeter(server)) {
      assertEquals("hello CN=alice from CN=here", greeting(s, alice, "localhost"));
      assertRefused(s, mallory, "localhost");
      Files.writeString(issuers, others.authorityPem());
      server.reload();
      assertRefused(s, alice, "localhost");
      assertEquals("hello CN=mallory from CN=here", greeting(s, mallory, "localhost"));
    }
  }

  /** Who is not told whom to trust trusts more than that. */
  @Test
  void nobodyCanBeToldToTrustNobody() {
    for (TlsSetup setup : List.of(Tls.client(), Certificates.setup(here))) {
      assertThrows(IllegalArgumentException.class, setup::trust);
    }
  }

  @Test
  void whoIsTrustedIsWhoWasNamedLast(@TempDir Path folder) throws Exception {
    Path issuers = Files.writeString(folder.resolve("issuers"), others.authorityPem());
    Tls file = Tls.client().trust(ours.authority()).trust(issuers).build();
    Tls memory = Tls.client().trust(issuers).trust(ours.authority()).build();
    try (LocalServer s = greeter(Certificates.server(here))) {
      assertRefused(s, file, "localhost");
      assertEquals("hello stranger from CN=here", greeting(s, memory, "localhost"));
    }
  }

  // What is shown

  @Test
  void aServerHasAnIdentityForEachOfItsNames() throws Exception {
    TlsSetup setup = Certificates.setup(here);
    named(setup, "shop.test", ours.named("shop.test"));
    named(setup, "*.pub.test", ours.named("red.pub.test"));
    try (LocalServer s = greeter(setup.build())) {
      assertEquals("hello stranger from CN=shop.test", greeting(s, client(), "shop.test"));
      assertEquals("hello stranger from CN=red.pub.test", greeting(s, client(), "red.pub.test"));
      assertEquals("hello stranger from CN=here", greeting(s, client(), "localhost"));
    }
  }

  @Test
  void aClientMayShowWhatStandsInFiles(@TempDir Path folder) throws Exception {
    var files = Certificates.InFiles.in(folder);
    files.write(ours.named("alice"));
    Tls alice = Tls.client().trust(ours.authority()).identity(files.chain(), files.key()).build();
    Tls server = Certificates.setup(here).trust(ours.authority()).build();
    try (LocalServer s = greeter(server)) {
      assertEquals("hello CN=alice from CN=here", greeting(s, alice, "localhost"));
    }
  }

  @Test
  void certificatesAreReadAgainForNewConnections(@TempDir Path folder) throws Exception {
    var files = Certificates.InFiles.in(folder);
    files.write(here);
    Tls tls = Tls.server(files.chain(), files.key()).build();
    try (LocalServer s = greeter(tls)) {
      assertEquals("hello stranger from CN=here", greeting(s, client(), "localhost"));
      files.write(ours.named("localhost"));
      tls.reload();
      assertEquals("hello stranger from CN=localhost", greeting(s, client(), "localhost"));
      Files.writeString(files.chain(), "no certificate");
      var e = assertThrows(IOException.class, tls::reload);
      assertTrue(String.valueOf(e.getMessage()).contains(files.chain().toString()), e.toString());
      assertEquals("hello stranger from CN=localhost", greeting(s, client(), "localhost"));
    }
  }

  @Test
  void thoseForNamesAreReadAgainAsWellAsTheStandardOnes(@TempDir Path folder) throws Exception {
    var standard = Certificates.InFiles.in(Files.createDirectory(folder.resolve("standard")));
    var shop = Certificates.InFiles.in(Files.createDirectory(folder.resolve("shop")));
    standard.write(here);
    shop.write(ours.named("shop.test"));
    Tls tls =
        Tls.server(standard.chain(), standard.key())
            .name("shop.test", shop.chain(), shop.key())
            .build();
    try (LocalServer s = greeter(tls)) {
      assertEquals("hello stranger from CN=shop.test", greeting(s, client(), "shop.test"));
      standard.write(ours.named("localhost"));
      shop.write(ours.named("new shop", "shop.test"));
      tls.reload();
      assertEquals("hello stranger from CN=new shop", greeting(s, client(), "shop.test"));
      assertEquals("hello stranger from CN=localhost", greeting(s, client(), "localhost"));
    }
  }

  @Test
  void aConnectionGoesOnWhenCertificatesAreReadAgain(@TempDir Path folder) throws Exception {
    var files = Certificates.InFiles.in(folder);
    files.write(here);
    Tls tls = Tls.server(files.chain(), files.key()).build();
    SequentialActor<String, TcpStream> echo =
        (_, stream) -> {
          for (ByteBuf buf = stream.receive(); buf != null; buf = stream.receive()) {
            stream.write(buf);
          }
        };
    try (LocalServer s = LocalServer.start(TRANSPORT, with(tls), echo)) {
      String heard =
          OnWorker.run(
              TRANSPORT,
              ctx -> {
                try (TcpStream stream = TcpStream.connect(ctx, s.address(), with(client()))) {
                  String before = exchange(stream, "before");
                  files.write(ours.named("localhost"));
                  tls.reload();
                  System.gc(); // of what nobody needs any more nothing is left
                  return before + exchange(stream, " and after from ") + peer(stream);
                }
              });
      assertEquals("before and after from CN=here", heard);
    }
  }

  private static String exchange(TcpStream stream, String text) throws IOException {
    stream.write(bytes(text));
    ByteBuf back = stream.alloc().buffer();
    stream.readExactly(back, text.length());
    String heard = back.toString(java.nio.charset.StandardCharsets.UTF_8);
    back.release();
    return heard;
  }

  @Test
  void whatWasBuiltDoesNotChangeWithItsSetup() throws Exception {
    TlsSetup setup = Certificates.setup(here);
    Tls tls = setup.build();
    named(setup, "localhost", ours.named("localhost")).trust(others.authority()).protocols("h3");
    tls.reload();
    try (LocalServer s = greeter(tls)) {
      assertEquals("hello stranger from CN=here", greeting(s, client(), "localhost"));
    }
  }

  // What is wrong

  @Test
  void aFileThatIsNotThereIsAnErrorThatNamesIt(@TempDir Path folder) throws Exception {
    var files = Certificates.InFiles.in(folder);
    files.write(here);
    List<TlsSetup> setups =
        List.of(
            Tls.server(NOWHERE, files.key()),
            Tls.server(files.chain(), NOWHERE),
            Tls.server(files.chain(), files.key()).name("shop.test", NOWHERE, files.key()),
            Tls.client().identity(NOWHERE, files.key()),
            Tls.client().trust(NOWHERE));
    for (TlsSetup setup : setups) {
      var e = assertThrows(NoSuchFileException.class, setup::build);
      assertEquals(NOWHERE.toString(), e.getFile());
    }
  }

  @Test
  void aFileThatIsNotWhatItShouldBeIsAnErrorThatNamesIt(@TempDir Path folder) throws Exception {
    Path poem = Files.writeString(folder.resolve("poem"), "Roses are red");
    var files = Certificates.InFiles.in(folder);
    files.write(here);
    List<TlsSetup> setups =
        List.of(
            Tls.server(poem, files.key()),
            Tls.server(files.chain(), poem),
            Tls.client().identity(poem, files.key()),
            Tls.client().trust(poem));
    for (TlsSetup setup : setups) {
      var e = assertThrows(IOException.class, setup::build);
      assertTrue(String.valueOf(e.getMessage()).contains(poem.toString()), e.toString());
    }
  }

  @Test
  void aClientHasNoNames() throws Exception {
    assertThrows(IllegalStateException.class, () -> named(Tls.client(), "shop.test", here));
    assertThrows(
        IllegalStateException.class, () -> Tls.client().name("shop.test", NOWHERE, NOWHERE));
  }

  @Test
  void settingsForTheOtherSideAreRefused() throws Exception {
    Tls server = Certificates.server(here);
    assertThrows(
        IllegalArgumentException.class,
        () -> LocalServer.start(TRANSPORT, with(client()), (_, _) -> {}));
    assertThrows(
        IllegalArgumentException.class,
        () -> OnWorker.run(TRANSPORT, ctx -> TcpListener.bind(ctx, OnWorker.ANY, with(client()))));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            OnWorker.run(
                TRANSPORT,
                ctx ->
                    TcpStream.connect(ctx, new InetSocketAddress("localhost", 1), with(server))));
  }

  // What is agreed upon

  static Stream<SslProvider> providers() {
    return OpenSsl.isAvailable()
        ? Stream.of(SslProvider.JDK, SslProvider.OPENSSL)
        : Stream.of(SslProvider.JDK);
  }

  @ParameterizedTest
  @MethodSource("providers")
  void theTwoSidesAgreeOnAProtocolOrOnNone(SslProvider provider) throws Exception {
    Tls tls = Certificates.setup(here).provider(provider).protocols("h2", "http/1.1").build();
    try (LocalServer server =
        LocalServer.start(
            TRANSPORT, with(tls), (_, s) -> s.write(bytes("" + s.applicationProtocol())))) {
      assertEquals("h2 h2", agreed(server, provider, "h2", "http/1.1"));
      assertEquals("h2 h2", agreed(server, provider, "http/1.1", "h2")); // the server chooses
      assertEquals("http/1.1 http/1.1", agreed(server, provider, "http/1.1"));
      assertEquals("null null", agreed(server, provider));
    }
  }

  @ParameterizedTest
  @MethodSource("providers")
  void whoOffersNothingThatTheOtherKnowsSpeaksNone(SslProvider provider) throws Exception {
    Tls tls = Certificates.setup(here).provider(provider).protocols("h2", "http/1.1").build();
    try (LocalServer server =
        LocalServer.start(
            TRANSPORT, with(tls), (_, s) -> s.write(bytes("" + s.applicationProtocol())))) {
      assertEquals("null null", agreed(server, provider, "spdy/1", "spdy/2"));
    }
  }

  private static String agreed(LocalServer server, SslProvider provider, String... protocols)
      throws Exception {
    Tls tls = Tls.client().trust(ours.authority()).provider(provider).protocols(protocols).build();
    return OnWorker.run(
        TRANSPORT,
        ctx -> {
          try (TcpStream stream = TcpStream.connect(ctx, server.address(), with(tls))) {
            return stream.applicationProtocol() + " " + readAll(stream);
          }
        });
  }

  private static SSLEngine engine(Tls server) {
    Wire wire = Wire.with(TcpOptions.standard());
    try {
      var _ = server.start(wire, null);
      return wire.pipeline().get(SslHandler.class).engine();
    } finally {
      wire.finishAndReleaseAll();
    }
  }

  @Test
  void boringSslDoesTheWorkIfItIsThereUnlessTheJdkIsToldTo() throws Exception {
    assumeTrue(OpenSsl.isAvailable());
    Tls jdk = Certificates.setup(here).provider(SslProvider.JDK).build();
    assertFalse(engine(jdk) instanceof ReferenceCountedOpenSslEngine);
    assertInstanceOf(ReferenceCountedOpenSslEngine.class, engine(Certificates.server(here)));
  }
}
