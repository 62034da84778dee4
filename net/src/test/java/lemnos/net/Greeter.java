package lemnos.net;

import static lemnos.net.OnWorker.bytes;
import static lemnos.net.OnWorker.readAll;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Objects;
import javax.net.ssl.SSLPeerUnverifiedException;

/** A server that says hello over TLS to whomever it lets in, and clients that listen. */
final class Greeter {
  private static final Transport TRANSPORT = Transport.best();

  private Greeter() {}

  static TcpOptions with(Tls tls) {
    return TcpOptions.standard().withTls(tls).withConnectTimeout(Duration.ofMinutes(5));
  }

  static LocalServer greeter(Tls tls) throws Exception {
    return LocalServer.start(
        TRANSPORT, with(tls), (_, stream) -> stream.write(bytes("hello " + peer(stream))));
  }

  /** The name in the certificate of the other side. */
  static String peer(TcpStream stream) {
    try {
      var session = Objects.requireNonNull(stream.tlsSession());
      return session.getPeerPrincipal().getName();
    } catch (SSLPeerUnverifiedException e) {
      return "stranger";
    }
  }

  /** Where {@code server} is, under {@code name}. */
  static InetSocketAddress at(LocalServer server, String name) throws IOException {
    byte[] ip = server.address().getAddress().getAddress();
    return new InetSocketAddress(InetAddress.getByAddress(name, ip), server.address().getPort());
  }

  /** What {@code server} says to a client that connects to it by {@code name}. */
  static String greeting(LocalServer server, Tls client, String name) throws Exception {
    InetSocketAddress at = at(server, name);
    return OnWorker.run(
        TRANSPORT,
        ctx -> {
          try (TcpStream stream = TcpStream.connect(ctx, at, with(client))) {
            return readAll(stream) + " from " + peer(stream);
          }
        });
  }

  static void assertRefused(LocalServer server, Tls client, String name) {
    assertThrows(IOException.class, () -> greeting(server, client, name));
  }

  static void assertRefused(Tls server, Tls client, String name) throws Exception {
    try (LocalServer s = greeter(server)) {
      assertRefused(s, client, name);
    }
  }
}
