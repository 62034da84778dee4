package lemnos.http;

import io.netty.channel.Channel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import lemnos.core.World;
import lemnos.net.NettyPoller;
import lemnos.net.TcpOptions;
import lemnos.net.TcpServer;
import lemnos.net.Tls;
import lemnos.runtime.ActorOptions;
import lemnos.runtime.Context;
import lemnos.runtime.Runtime;
import lemnos.runtime.RuntimeFailure;
import lemnos.runtime.RuntimeRef;
import lemnos.runtime.Signal;
import lemnos.runtime.Supervisor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An HTTP server: on each worker of a runtime it accepts connections and hands their requests to a
 * {@link Handler}, all on that worker.
 *
 * {@snippet :
 * HttpServer.setup((request, response) -> response.send("Hello, world!\n")).run();
 * }
 *
 * <p>It listens on loopback unless told otherwise, and has {@linkplain Limits limits} for whatever
 * a client can send.
 */
public final class HttpServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HttpServer.class);

  /** How long a server may take to start listening. */
  private static final int START_SECONDS = 30;

  private final ServerSetup setup;
  private final Runtime runtime;
  private final boolean ownsRuntime;
  private final TcpServer<Object, Link> tcp;
  private final Refusals refusals = new Refusals();
  private final List<Desk> desks = new CopyOnWriteArrayList<>();
  private final AtomicInteger open = new AtomicInteger();
  private final CountDownLatch signalled = new CountDownLatch(1);
  private final CountDownLatch drained = new CountDownLatch(1);
  private volatile boolean draining;

  private HttpServer(ServerSetup setup, Runtime runtime, boolean ownsRuntime) throws IOException {
    this.setup = setup;
    this.runtime = runtime;
    this.ownsRuntime = ownsRuntime;
    this.tcp =
        TcpServer.at(
            setup.address(),
            TcpOptions.standard()
                .withMaxConnections(setup.limits().connections())
                .withConnectTimeout(setup.limits().headTimeout())
                .withTls(setup.tls()),
            this::attach,
            this::connected,
            ActorOptions.standard().withName("http connection"));
  }

  /** A server whose requests go to {@code handler}, to be configured and started. */
  public static ServerSetup setup(Handler handler) {
    return new ServerSetup(handler);
  }

  static HttpServer start(ServerSetup setup, Runtime runtime, @Nullable Runtime own)
      throws IOException {
    var server = new HttpServer(setup, runtime, own != null);
    server.listen();
    return server;
  }

  static HttpServer startAlone(ServerSetup setup, boolean signals) throws IOException {
    Runtime runtime =
        Runtime.setup()
            .name("http")
            .useAllCores()
            .signals(signals)
            .poller(NettyPoller.best())
            .build();
    try {
      HttpServer server = start(setup, runtime, runtime);
      if (signals) {
        runtime.runOnWorkers(server::receiveSignals);
      }
      World.real().start("http-coordinator", false, server::coordinate);
      return server;
    } catch (Throwable t) {
      runtime.close();
      throw t;
    }
  }

  private void coordinate() {
    try {
      runtime.start();
    } catch (RuntimeFailure e) {
      LOG.error("the server ended", e);
    } finally {
      signalled.countDown();
      drained.countDown();
    }
  }

  private void receiveSignals(RuntimeRef ref) {
    ref.receiveSignals(
        ref.spawnLocal(
            Supervisor.stopping(),
            (Context<Signal> ctx, CountDownLatch stop) -> {
              while (!ctx.receiveNext().shouldStop()) {
                // the others are not for a server
              }
              stop.countDown();
            },
            signalled,
            ActorOptions.standard().withName("http signals")));
  }

  void awaitSignal() {
    try {
      signalled.await();
      LOG.info("stopping: finishing answers in flight");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void listen() throws IOException {
    var listening = new CountDownLatch(runtime.workers());
    runtime.runOnWorkers(
        ref -> {
          var desk = new Desk(this, setup, ref);
          desks.add(desk);
          tcp.listen(ref, listening::countDown, Supervisor::stopping);
        });
    try {
      if (!listening.await(START_SECONDS, TimeUnit.SECONDS)) {
        tcp.close();
        throw new IOException("cannot listen on " + address() + "; the log says why");
      }
    } catch (InterruptedException e) {
      tcp.close();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while starting to listen", e);
    }
    LOG.info("listening on {}", address());
  }

  /** The address, with the port that the system chose if it was 0. */
  public InetSocketAddress address() {
    return tcp.address();
  }

  /** The port that it listens on. */
  public int port() {
    return address().getPort();
  }

  /** How many requests and connections were refused so far, by reason. Any thread. */
  public Map<Refusal, Long> refused() {
    return refusals.counts();
  }

  /** How many connections are open. Any thread. */
  public int connections() {
    return open.get();
  }

  // Connections, on their workers

  private Desk desk(Predicate<Desk> isIt) {
    for (Desk desk : desks) {
      if (isIt.test(desk)) {
        return desk;
      }
    }
    throw new AssertionError("each worker has its desk before it listens");
  }

  private Link attach(Channel channel) {
    Desk desk = desk(d -> channel.eventLoop() == d.eventLoop());
    var link = new Link(desk.core());
    channel.pipeline().addLast(new ProtocolChoice(desk, new Http2Connection(desk, link)), link);
    channel.config().setAutoRead(true);
    return link;
  }

  private void connected(Context<Object> ctx, Link link) {
    Desk desk = desk(d -> d.core() == ctx.core());
    var connection = new Connection(link);
    desk.open(connection);
    try {
      new ServerConnection(desk, ctx, link, link.remoteAddress(), false).serve();
    } finally {
      desk.close(connection);
    }
  }

  private record Connection(Link link) implements Desk.Drainable {
    @Override
    public void drain() {
      link.drain();
    }

    @Override
    public void abort() {
      link.abort();
    }
  }

  /**
   * Reads the certificates again, for connections that are made from now on; if that fails, all
   * stays as it was. Not on a worker.
   */
  public void reloadCertificates() throws IOException {
    Tls tls = setup.tls();
    if (tls != null) {
      tls.reload();
    }
  }

  Refusals refusals() {
    return refusals;
  }

  void opened() {
    open.getAndIncrement();
  }

  void closed() {
    if (open.decrementAndGet() == 0 && draining) {
      drained.countDown();
    }
  }

  // The end

  /**
   * Stops listening, and lets connections finish the requests that they have got.
   *
   * @return whether all of them did within {@code timeout}; the others were cut off
   */
  public boolean stop(Duration timeout) {
    try {
      tcp.close();
    } catch (IOException e) {
      LOG.warn("closing the listening socket failed", e);
    }
    draining = true;
    runtime.runOnWorkers(
        ref -> desks.stream().filter(d -> d.core() == ref.loop()).forEach(Desk::drain));
    if (open.get() == 0) {
      drained.countDown();
    }
    boolean done = false;
    try {
      done = drained.await(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!done) {
      LOG.warn("{} connections were cut off", open.get());
      runtime.runOnWorkers(
          ref -> desks.stream().filter(d -> d.core() == ref.loop()).forEach(Desk::abort));
    }
    if (ownsRuntime) {
      runtime.close();
    }
    return done;
  }

  /** {@link #stop} with the {@linkplain ServerSetup#drainTimeout timeout of the setup}. */
  @Override
  public void close() {
    stop(setup.drainTimeout());
  }

  @Override
  public String toString() {
    return "HttpServer at " + address();
  }
}
