package lemnos.http;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import lemnos.net.NettyPoller;
import lemnos.net.Tls;
import lemnos.net.TlsSetup;
import lemnos.runtime.Runtime;
import org.jspecify.annotations.Nullable;

/**
 * How a server is to be. Each method changes this setup and returns it; {@link #start} or {@link
 * #run} makes the server.
 */
public final class ServerSetup {
  private final Handler handler;
  private InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 8080);
  private Limits limits = Limits.standard();
  private boolean http2 = true;
  private Duration drainTimeout = Duration.ofSeconds(25);
  private Forwarded forwarded = Forwarded.OFF;
  private @Nullable Tls http1Tls;
  private @Nullable Tls http2Tls;
  private @Nullable Consumer<? super Access> accessLog;

  ServerSetup(Handler handler) {
    this.handler = handler;
  }

  /** The port on the loopback interface, 0 for any that is free. Default: 8080. */
  public ServerSetup port(int port) {
    return address(new InetSocketAddress(address.getAddress(), port));
  }

  /** Where to listen. Default: port 8080 of the loopback interface, out of strangers' reach. */
  public ServerSetup address(InetSocketAddress address) {
    this.address = address;
    return this;
  }

  /** What clients may send at most. Default: {@link Limits#standard}. */
  public ServerSetup limits(Limits limits) {
    this.limits = limits;
    return this;
  }

  /**
   * Encrypts: {@code setup.tls(Tls.server(chain, key))}. HTTP/2 is agreed upon as TLS goes.
   *
   * @throws IOException if a certificate or key cannot be read
   */
  public ServerSetup tls(TlsSetup tls) throws IOException {
    this.http1Tls = tls.protocols("http/1.1").build();
    this.http2Tls = tls.protocols("h2", "http/1.1").build();
    return this;
  }

  /** Whether HTTP/2 is spoken with clients that want it. Default: yes. */
  public ServerSetup http2(boolean http2) {
    this.http2 = http2;
    return this;
  }

  /** What is told of each request that was answered, on its worker. Default: nothing. */
  public ServerSetup accessLog(Consumer<? super Access> accessLog) {
    this.accessLog = accessLog;
    return this;
  }

  /**
   * The proxies whose {@code X-Forwarded-For}, {@code -Proto} and {@code -Host} are believed, by
   * address or network: {@code "10.0.0.0/8"}. Default: none; anybody could claim anything.
   */
  public ServerSetup trustedProxies(String... networks) {
    forwarded = Forwarded.trusting(List.of(networks));
    return this;
  }

  /** How long a stopping server waits for answers in flight. Default: 25 seconds. */
  public ServerSetup drainTimeout(Duration timeout) {
    this.drainTimeout = timeout;
    return this;
  }

  /**
   * Starts the server on all workers of {@code runtime}, which must have a {@link NettyPoller}; it
   * listens when this returns. Not on a worker.
   *
   * @throws IOException if the address cannot be had
   */
  public HttpServer start(Runtime runtime) throws IOException {
    return HttpServer.start(this, runtime, null);
  }

  /**
   * Starts the server with a runtime of its own, a worker for each core; it listens when this
   * returns.
   *
   * @throws IOException if the address cannot be had
   */
  public HttpServer start() throws IOException {
    return HttpServer.startAlone(this, false);
  }

  /**
   * Runs the server until the process is told to stop by a signal; then it answers what it has got
   * and returns.
   *
   * @throws IOException if the address cannot be had
   */
  public void run() throws IOException {
    try (HttpServer server = HttpServer.startAlone(this, true)) {
      server.awaitSignal();
    }
  }

  Handler handler() {
    return handler;
  }

  InetSocketAddress address() {
    return address;
  }

  Limits limits() {
    return limits;
  }

  @Nullable Tls tls() {
    return http2 ? http2Tls : http1Tls;
  }

  boolean isHttp2() {
    return http2;
  }

  Duration drainTimeout() {
    return drainTimeout;
  }

  Forwarded forwarded() {
    return forwarded;
  }

  @Nullable Consumer<? super Access> accessLog() {
    return accessLog;
  }
}
