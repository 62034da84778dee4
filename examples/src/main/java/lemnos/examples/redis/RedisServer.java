package lemnos.examples.redis;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;
import lemnos.core.World;
import lemnos.net.NettyPoller;
import lemnos.net.TcpServer;
import lemnos.net.TcpStream;
import lemnos.net.Transport;
import lemnos.runtime.ActorOptions;
import lemnos.runtime.Context;
import lemnos.runtime.Runtime;
import lemnos.runtime.RuntimeFailure;
import lemnos.runtime.RuntimeRef;
import lemnos.runtime.Signal;
import lemnos.runtime.Supervisor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An in-memory key-value server that speaks the Redis protocol: an ordinary program of actors, to
 * show how one is written. Each worker has a listening actor, a {@link Shard} and a {@link
 * Channels}, and one {@link Connection} for each client that it accepted.
 */
public final class RedisServer implements AutoCloseable {
  /** How long {@link #close} waits for replies in flight. */
  public static final Duration STOP_TIMEOUT = Duration.ofSeconds(4);

  /** How many notes may wait for a connection: a subscriber that is further behind is closed. */
  static final int INBOX_SIZE = 1024;

  private static final Logger LOG = LoggerFactory.getLogger(RedisServer.class);

  /**
   * What a server is to be.
   *
   * @param host the address to listen on
   * @param port the port, 0 for any
   * @param workers how many threads
   * @param debug whether clients may make a shard fail, with {@code DEBUG PANIC key}
   */
  public record Options(String host, int port, int workers, boolean debug) {}

  private final Runtime runtime;
  private final TcpServer<Note, TcpStream> server;
  private final Keep keep;
  private final BlockingQueue<Signal> signals = new LinkedBlockingQueue<>();
  private final CountDownLatch ended = new CountDownLatch(1);

  private RedisServer(Options options, boolean withSignals) throws IOException {
    World world = World.real();
    Transport transport = Transport.best();
    keep = new Keep(world, options.workers(), world.nanoTime(), options.debug());
    server =
        TcpServer.at(
            new InetSocketAddress(options.host(), options.port()),
            this::serve,
            ActorOptions.standard().withName("connection").withInboxSize(INBOX_SIZE));
    keep.setPort(port());
    runtime =
        Runtime.setup()
            .name("redis")
            .workers(options.workers())
            .poller(NettyPoller.of(transport))
            .signals(withSignals)
            .build();
    var ready = new CountDownLatch(options.workers());
    runtime.runOnWorkers(keep::open);
    runtime.runOnWorkers(
        ref -> {
          server.listen(ref, ready::countDown);
          if (withSignals) {
            receiveSignals(ref);
          }
        });
    world.start("redis-coordinator", false, this::coordinate);
    awaitReady(ready);
    LOG.info(
        "listening on {} with {} workers over {}", server.address(), options.workers(), transport);
  }

  /** Starts a server; it listens when this returns. */
  public static RedisServer start(Options options) {
    return start(options, false);
  }

  private static RedisServer start(Options options, boolean withSignals) {
    try {
      return new RedisServer(options, withSignals);
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }

  /**
   * Runs a server until the process gets INT, TERM or HUP. USR2 has its metrics logged.
   *
   * @return whether all clients had been answered when it stopped
   */
  public static boolean run(Options options) throws InterruptedException {
    try (var server = start(options, true)) {
      Signal signal = server.signals.take();
      LOG.info("{}: finishing replies in flight", signal);
      return server.stop(STOP_TIMEOUT);
    }
  }

  private void serve(Context<Note> ctx, TcpStream stream) throws IOException {
    new Connection(ctx, stream, keep).serve();
  }

  private void receiveSignals(RuntimeRef ref) {
    runtime.receiveSignals(
        ref.spawnLocal(
            Supervisor.stopping(),
            (Context<Signal> ctx, BlockingQueue<Signal> to) -> {
              while (true) {
                Signal signal = ctx.receiveNext();
                if (signal.shouldStop()) {
                  to.add(signal);
                }
              }
            },
            signals,
            ActorOptions.standard().withName("signals")));
  }

  private void coordinate() {
    try {
      runtime.start();
    } catch (RuntimeFailure e) {
      LOG.error("the server ended", e);
    } finally {
      ended.countDown();
    }
  }

  private void awaitReady(CountDownLatch ready) throws IOException {
    try {
      while (!ready.await(10, java.util.concurrent.TimeUnit.MILLISECONDS)) {
        if (ended.getCount() == 0) {
          throw new IOException("the server could not start; the log says why");
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while starting", e);
    }
  }

  /** The port that the server listens on. */
  public int port() {
    return server.address().getPort();
  }

  /**
   * Stops accepting, lets connections answer what has come, and ends.
   *
   * @return whether all of them were done within {@code timeout}; the others were cut off
   */
  public boolean stop(Duration timeout) {
    long deadline = World.real().nanoTime() + timeout.toNanos();
    try {
      server.close();
    } catch (IOException e) {
      LOG.warn("closing the listening socket failed", e);
    }
    keep.stop();
    boolean done;
    do {
      done = !server.isListening() && keep.connections() == 0;
      if (!done) {
        LockSupport.parkNanos(1_000_000);
      }
    } while (!done && World.real().nanoTime() < deadline);
    runtime.close();
    return done;
  }

  @Override
  public void close() {
    stop(STOP_TIMEOUT);
  }
}
