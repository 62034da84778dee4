package lemnos.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import lemnos.net.Tls;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A client says to its proxy who asks, and to nobody else. */
@Timeout(300)
final class ProxyAuthTest {
  /** The user "Aladdin" with the password "open sesame", from RFC 7617 (2). */
  private static final String ALADDIN = "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==";

  private final List<String> seen = new CopyOnWriteArrayList<>();

  private static HttpClient client(UnaryOperator<ClientSetup> change) throws IOException {
    return change.apply(HttpClient.setup()).build();
  }

  /** A proxy that is no tunnel, and answers itself. */
  private void proxy(Request request, Response response) throws IOException {
    String said = String.valueOf(request.header("proxy-authorization"));
    seen.add(request.target() + " " + said);
    if (!said.equals(ALADDIN)) {
      response.status(407).header("proxy-authenticate", "Basic realm=\"x\"").send("who?");
    } else if (request.path().equals("/away")) {
      response.redirect("http://other.example/");
    } else {
      response.send("proxied " + request.target());
    }
  }

  @Test
  void itIsSaidWithEachRequestThatTheProxyReads() throws Exception {
    try (var served = Served.by(this::proxy)) {
      var address = new InetSocketAddress("127.0.0.1", served.port());
      HttpClient client = client(s -> s.proxy(address).proxyAuth("Aladdin", "open sesame"));
      for (int i = 0; i < 2; i++) {
        assertEquals(
            "proxied http://far.example/a",
            Asking.run(served, ctx -> client.get("http://far.example/a").send(ctx).text()));
      }
      assertEquals(
          "proxied http://other.example/",
          Asking.run(served, ctx -> client.get("http://far.example/away").send(ctx).text()));
      assertThat(seen).hasSize(4).allMatch(request -> request.endsWith(" " + ALADDIN));
    }
  }

  @Test
  void aProxyThatWantsToKnowItIsAnError() throws Exception {
    try (var served = Served.by(this::proxy)) {
      var address = new InetSocketAddress("127.0.0.1", served.port());
      HttpClient silent = client(s -> s.proxy(address));
      HttpClient wrong = client(s -> s.proxy(address).proxyAuth("Aladdin", "open"));
      for (String uri : List.of("http://far.example/", "https://far.example/")) {
        assertThat(Asking.failure(served, ctx -> silent.get(uri).send(ctx)))
            .isInstanceOf(IOException.class)
            .hasMessageContainingAll("wants a name and a password", "proxyAuth", "407");
        assertThat(Asking.failure(served, ctx -> wrong.get(uri).send(ctx)))
            .isInstanceOf(IOException.class)
            .hasMessageContainingAll("does not know the name", "proxyAuth", "407");
      }
    }
  }

  @Test
  void aServersOwn407IsAResponse() throws Exception {
    try (var served = Served.by(this::proxy)) {
      HttpClient client = client(s -> s.proxyAuth("Aladdin", "open sesame"));
      String uri = served.uri("/").toString();
      int status = Asking.run(served, ctx -> status(client.get(uri).send(ctx)));
      assertEquals(407, status);
      assertEquals(List.of("/ null"), seen);
    }
  }

  private static int status(ClientResponse response) {
    try (response) {
      return response.status();
    }
  }

  @Test
  void aTunnelsProxyIsToldAndWhoIsBehindItIsNot() throws Exception {
    X509Bundle bundle = Certificates.selfSigned();
    Handler handler =
        (request, response) -> response.send("" + request.header("proxy-authorization"));
    try (var served = Served.by(handler, setup -> Certificates.tls(setup, bundle));
        var proxy = new TunnelProxy(ALADDIN)) {
      String uri = "https://localhost:" + served.port() + "/";
      UnaryOperator<ClientSetup> proxied =
          s -> s.proxy(proxy.address()).tls(Tls.client().trust(bundle.getCertificate()));
      HttpClient client = client(s -> proxied.apply(s).proxyAuth("Aladdin", "open sesame"));
      assertEquals("null", Asking.run(served, ctx -> client.get(uri).send(ctx).text()));
      HttpClient silent = client(proxied);
      assertThat(Asking.failure(served, ctx -> silent.get(uri).send(ctx)))
          .hasMessageContaining("wants a name and a password");
      HttpClient wrong = client(s -> proxied.apply(s).proxyAuth("Ali Baba", ""));
      assertThat(Asking.failure(served, ctx -> wrong.get(uri).send(ctx)))
          .hasMessageContaining("does not know the name");
    }
  }

  @Test
  void aWebSocketsTunnelIsAskedForLikewise() throws Exception {
    Handler handler =
        (request, response) -> {
          try (WebSocket socket = WebSocket.accept(request, response)) {
            socket.send("" + request.header("proxy-authorization"));
          }
        };
    try (var served = Served.by(handler);
        var proxy = new TunnelProxy(ALADDIN)) {
      HttpClient client = client(s -> s.proxy(proxy.address()).proxyAuth("Aladdin", "open sesame"));
      String uri = "ws://127.0.0.1:" + served.port() + "/";
      assertEquals(
          new WebSocket.Message.Text("null"),
          Asking.run(
              served,
              ctx -> {
                try (WebSocket socket = client.webSocket(uri).open(ctx)) {
                  return socket.receive();
                }
              }));
    }
  }

  @Test
  void aNameHasNoColon() {
    assertThatThrownBy(() -> HttpClient.setup().proxyAuth("a:b", "c"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no colons");
  }
}
