package lemnos.http;

import io.netty.channel.Channel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import lemnos.core.World;
import lemnos.net.NettyPoller;
import lemnos.net.TcpOptions;
import lemnos.net.TcpServer;
import lemnos.net.Tls;
import lemnos.runtime.ActorBody;
import lemnos.runtime.ActorOptions;
import lemnos.runtime.ActorRef;
import lemnos.runtime.Context;
import lemnos.runtime.Runtime;
import lemnos.runtime.RuntimeFailure;
import lemnos.runtime.RuntimeRef;
import lemnos.runtime.Signal;
import lemnos.runtime.Supervisor;
import lemnos.runtime.Task;
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

  private final ServerSetup setup;
  private final Runtime runtime;
  private final boolean ownsRuntime;
  private final TcpServer<Object, Link> tcp;
  private final Refusals refusals = new Refusals(LOG);
  private final List<Desk> desks = new CopyOnWriteArrayList<>();
  private final AtomicInteger open = new AtomicInteger();

  /** How many workers listen, or are about to. */
  private final AtomicInteger listening = new AtomicInteger();

  private final CountDownLatch signalled = new CountDownLatch(1);
  private final CountDownLatch drained = new CountDownLatch(1);
  private volatile boolean draining;

  private HttpServer(ServerSetup setup, Runtime runtime, boolean ownsRuntime) throws IOException {
    this.setup = setup;
    this.runtime = runtime;
    this.ownsRuntime = ownsRuntime;
    this.tcp =
        TcpServer.making(
            setup.address(),
            TcpOptions.standard()
                .withMaxConnections(setup.limits().connections())
                .withConnectTimeout(setup.limits().headTimeout())
                .withTls(setup.tls()),
            this::attach,
            Supervisor::stopping,
            this::connection,
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

  /** The part of the server that is on one worker. */
  private final class Part implements TcpServer.Watch {
    private final Desk desk;
    private final CountDownLatch waiting;
    private final CompletableFuture<@Nullable Void> all;

    /**
     * @param all is done when all parts listen, which {@code waiting} counts
     */
    Part(Desk desk, CountDownLatch waiting, CompletableFuture<@Nullable Void> all) {
      this.desk = desk;
      this.waiting = waiting;
      this.all = all;
    }

    @Override
    public void listening() {
      waiting.countDown();
      if (waiting.getCount() == 0) {
        all.complete(null);
      }
    }

    @Override
    public void ended(@Nullable Throwable failure) {
      if (failure != null) {
        all.completeExceptionally(failure);
      }
      desk.drain();
      listening.decrementAndGet();
      endWhenDrained();
    }
  }

  private void listen() throws IOException {
    listening.set(runtime.workers());
    var waiting = new CountDownLatch(runtime.workers());
    var all = new CompletableFuture<@Nullable Void>();
    runtime.runOnWorkers(
        ref -> {
          var desk = new Desk(this, setup, ref);
          desks.add(desk);
          tcp.listen(ref, new Part(desk, waiting, all));
        });
    boolean listens = false;
    try {
      awaitStart(all);
      listens = true;
    } catch (CancellationException e) {
      throw new IOException("the runtime ended before the server listened", e);
    } catch (ExecutionException e) {
      throw new IOException("cannot listen on " + address(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while starting to listen", e);
    } finally {
      if (!listens) {
        tcp.close();
      }
    }
    LOG.info("listening on {}", address());
  }

  /** Has an actor wait, which the end of the runtime ends. */
  private void awaitStart(CompletableFuture<@Nullable Void> all)
      throws ExecutionException, InterruptedException {
    Task<@Nullable Void> waiting = ctx -> ctx.await(all);
    runtime.spawnFuture(waiting, ActorOptions.standard().withName("http start")).get();
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
    var choice =
        new ProtocolChoice(
            setup.isHttp2(),
            setup.limits(),
            link,
            ctx -> new Http2Connection(desk, link).install(ctx));
    channel.pipeline().addLast(choice, new ChannelWire(link));
    desk.open(link); // from now on, though its actor has still to begin
    channel.closeFuture().addListener(_ -> desk.close(link));
    channel.config().setAutoRead(true);
    return link;
  }

  private ActorBody<Object> connection(ActorRef<Object> self, Link link) {
    Desk desk = desk(d -> d.core() == link.core());
    return new ServerConnection(desk, link, link.channelWire().remoteAddress(), false);
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
    open.decrementAndGet();
    endWhenDrained();
  }

  private void endWhenDrained() {
    if (draining && listening.get() == 0 && open.get() == 0) {
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
    draining = true;
    try {
      tcp.close(); // the parts then drain their connections
    } catch (IOException e) {
      LOG.warn("closing the listening socket failed", e);
    }
    endWhenDrained();
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
