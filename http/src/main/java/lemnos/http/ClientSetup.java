package lemnos.http;

import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.ssl.ApplicationProtocolNames;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Objects;
import lemnos.net.Tls;
import lemnos.net.TlsSetup;
import org.jspecify.annotations.Nullable;

/** How a client is to be. Each method changes this setup and returns it. */
public final class ClientSetup {
  private Duration connectTimeout = Duration.ofSeconds(10);
  private Duration timeout = Duration.ofSeconds(30);
  private Duration continueTimeout = Duration.ofSeconds(1);
  private Duration idleTimeout = Duration.ofSeconds(30);
  private int connectionsPerHost = 8;
  private int redirects = 5;
  private long bodyBytes = 64L * 1024 * 1024;
  private boolean decompress = true;
  private String userAgent = "Lemnos";
  private @Nullable InetSocketAddress proxy;
  private @Nullable String proxyAuthorization;
  private TlsSetup tls = Tls.client();
  private boolean http2 = true;
  private boolean priorKnowledge;

  ClientSetup() {}

  /** How long connecting may take, with TLS. Default: 10 seconds. */
  public ClientSetup connectTimeout(Duration timeout) {
    this.connectTimeout = timeout;
    return this;
  }

  /**
   * How long a server may take for the head of its response, and be silent within the body; a
   * request may have its own. Default: 30 seconds.
   */
  public ClientSetup timeout(Duration timeout) {
    this.timeout = timeout;
    return this;
  }

  /**
   * How long a server may take to say that it wants the body of a request that {@linkplain
   * ClientRequest#expectContinue expects} that; then the body is sent nevertheless, as RFC 9110
   * (10.1.1) has it. Default: 1 second.
   */
  public ClientSetup continueTimeout(Duration timeout) {
    this.continueTimeout = timeout;
    return this;
  }

  /** How long a connection is kept that nobody uses. Default: 30 seconds. */
  public ClientSetup idleTimeout(Duration timeout) {
    this.idleTimeout = timeout;
    return this;
  }

  /** How many connections to one host at most, on each worker; more wait. Default: 8. */
  public ClientSetup connectionsPerHost(int connections) {
    if (connections < 1) {
      throw new IllegalArgumentException("connections is " + connections + "; at least 1");
    }
    this.connectionsPerHost = connections;
    return this;
  }

  /** How many redirects are followed, one after the other; 0 for none. Default: 5. */
  public ClientSetup redirects(int redirects) {
    this.redirects = redirects;
    return this;
  }

  /** The longest body of a response, decompressed or not. Default: 64 MiB. */
  public ClientSetup bodyBytes(long bytes) {
    this.bodyBytes = bytes;
    return this;
  }

  /** Whether compressed responses are asked for, and decompressed. Default: yes. */
  public ClientSetup decompress(boolean decompress) {
    this.decompress = decompress;
    return this;
  }

  /** What servers are told that we are. */
  public ClientSetup userAgent(String userAgent) {
    this.userAgent = userAgent;
    return this;
  }

  /** An HTTP proxy for all requests; through a tunnel for https. Default: none. */
  public ClientSetup proxy(InetSocketAddress proxy) {
    this.proxy = proxy;
    return this;
  }

  /**
   * Says to the proxy who asks: a name and its password, as RFC 7617 has it. They go to the proxy
   * as they are, without TLS, and to nobody behind it. Default: nobody.
   *
   * @throws IllegalArgumentException if there is a colon in the name
   */
  public ClientSetup proxyAuth(String name, String password) {
    this.proxyAuthorization = BasicAuth.credentials(name, password);
    return this;
  }

  /** Whom to trust, and as whom to appear. Default: as {@link Tls#client}. */
  public ClientSetup tls(TlsSetup tls) {
    this.tls = tls;
    return this;
  }

  /**
   * Whether HTTP/2 is spoken with servers that agree to it as TLS goes; then one connection carries
   * as many requests at once as the server allows. Default: yes.
   */
  public ClientSetup http2(boolean http2) {
    this.http2 = http2;
    return this;
  }

  /**
   * Whether all servers are known to speak HTTP/2, also without TLS. Default: no; without TLS
   * HTTP/1.1 is spoken. A proxy that is no tunnel is spoken to in HTTP/1.1.
   */
  public ClientSetup http2PriorKnowledge(boolean known) {
    this.priorKnowledge = known;
    return this;
  }

  /**
   * @throws IOException if certificates cannot be read
   */
  public HttpClient build() throws IOException {
    http1Tls = tls.protocols("http/1.1").build();
    http2Tls = http2 ? tls.protocols("h2", "http/1.1").build() : http1Tls;
    return new HttpClient(this);
  }

  private @Nullable Tls http1Tls;
  private @Nullable Tls http2Tls;

  Duration connectTimeout() {
    return connectTimeout;
  }

  Duration timeout() {
    return timeout;
  }

  Duration continueTimeout() {
    return continueTimeout;
  }

  Duration idleTimeout() {
    return idleTimeout;
  }

  int connectionsPerHost() {
    return connectionsPerHost;
  }

  int redirects() {
    return redirects;
  }

  long bodyBytes() {
    return bodyBytes;
  }

  boolean decompresses() {
    return decompress;
  }

  String userAgent() {
    return userAgent;
  }

  @Nullable InetSocketAddress proxy() {
    return proxy;
  }

  /** Tells a proxy who asks, if that has been said. */
  void authorize(HttpHeaders toProxy) {
    if (proxyAuthorization != null) {
      toProxy.set(HttpHeaderNames.PROXY_AUTHORIZATION, proxyAuthorization);
    }
  }

  /** Why a proxy does not let us through, if that is what it says. */
  void checkAuthorized(HttpResponseStatus status) throws IOException {
    if (status.equals(HttpResponseStatus.PROXY_AUTHENTICATION_REQUIRED)) {
      throw new IOException(
          "the proxy %s (%s)"
              .formatted(
                  proxyAuthorization == null
                      ? "wants a name and a password: ClientSetup.proxyAuth"
                      : "does not know the name and the password of ClientSetup.proxyAuth",
                  status));
    }
  }

  /** TLS that offers no more than HTTP/1.1. */
  Tls http1Tls() {
    return Objects.requireNonNull(http1Tls);
  }

  /** TLS that offers HTTP/2 too, if it is wanted. */
  Tls http2Tls() {
    return Objects.requireNonNull(http2Tls);
  }

  /** Whether connections with or without TLS may turn out to be HTTP/2. */
  boolean mayBeHttp2(boolean secure) {
    return http2 && (secure || (priorKnowledge && proxy == null));
  }

  /** Whether HTTP/2 is spoken on {@code channel}, which has just been opened. */
  boolean isHttp2(Channel channel) {
    String agreed = Tls.applicationProtocol(channel);
    return agreed == null
        ? priorKnowledge && mayBeHttp2(false)
        : agreed.equals(ApplicationProtocolNames.HTTP_2);
  }
}
