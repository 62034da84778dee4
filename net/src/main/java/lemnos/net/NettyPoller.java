package lemnos.net;

import io.netty.channel.Channel;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ManualIoEventLoop;
import io.netty.resolver.dns.DnsAddressResolverGroup;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import lemnos.core.Core;
import lemnos.core.Loop;
import lemnos.core.Poller;
import org.jspecify.annotations.Nullable;

/**
 * Lets a worker sleep on Netty: an event loop that the worker itself drives. A channel, its codecs
 * and the actors that use it therefore run on one thread, with no hop between them.
 */
public final class NettyPoller implements Poller {
  /**
   * How long a worker that ends goes on sending what was written; then connections are cut, and
   * pipes left.
   */
  public static final Duration ENDING = Duration.ofSeconds(2);

  private final Transport transport;
  private final OpenChannels channels;
  private final Driven loop;
  private final List<InetSocketAddress> nameServers;
  private final long endingNanos;

  /** The ends of pipes that are open, or have not written all yet. */
  private final Set<AutoCloseable> pipes = new HashSet<>();

  /** Null until the first name is to be looked up. */
  private @Nullable DnsAddressResolverGroup names;

  /**
   * Set by {@link #wakeup} before it tells Netty, read by Netty after it has announced that it is
   * about to block: so one of the two sees the other.
   */
  private volatile boolean woken;

  /** The worker's; null until somebody wants a channel. Its owner has the worker's role. */
  private volatile @Nullable Loop served;

  private long polls;

  /** Netty has not closed some channel in time. */
  private boolean gaveUp;

  private NettyPoller(Transport transport, List<InetSocketAddress> nameServers, Duration ending) {
    this.transport = transport;
    this.nameServers = nameServers;
    this.endingNanos = ending.toNanos();
    this.channels = new OpenChannels(transport.handlerFactory());
    this.loop = new Driven(Thread.currentThread(), channels);
  }

  /** Makes pollers of the best transport that this machine has. */
  public static Supplier<NettyPoller> best() {
    return of(Transport.best());
  }

  /** Makes pollers of {@code transport}; each belongs to the thread that it was made on. */
  public static Supplier<NettyPoller> of(Transport transport) {
    return of(transport, List.of());
  }

  /**
   * As {@link #of(Transport)}; names of hosts are asked of {@code nameServers}, if there are any,
   * and not of those that the system has in its settings.
   */
  public static Supplier<NettyPoller> of(Transport transport, List<InetSocketAddress> nameServers) {
    return of(transport, nameServers, ENDING);
  }

  /** As {@link #of(Transport, List)}, with another time for {@link #ENDING}. */
  static Supplier<NettyPoller> of(
      Transport transport, List<InetSocketAddress> nameServers, Duration ending) {
    if (!transport.isAvailable()) {
      throw new IllegalArgumentException(
          "transport " + transport + " is not available here; Transport.best() is one that is");
    }
    return () -> new NettyPoller(transport, nameServers, ending);
  }

  /**
   * The poller of a worker.
   *
   * @throws IllegalStateException if the runtime was built with another one
   */
  static NettyPoller of(Core core) {
    if (core.env(Poller.class) instanceof NettyPoller poller) {
      if (poller.served == null && core instanceof Loop loop) {
        poller.served = loop;
      }
      return poller;
    }
    throw new IllegalStateException(
        "this runtime has no I/O: build it with Runtime.setup().poller(NettyPoller.best())");
  }

  Transport transport() {
    return transport;
  }

  /** How often this worker has polled. */
  long polls() {
    return polls;
  }

  /** What looks up the names of hosts, without blocking. */
  DnsAddressResolverGroup names() {
    if (names == null) {
      names = Dns.resolvers(transport, nameServers);
    }
    return names;
  }

  /** Netty's view of this worker: what its bootstraps take as their group. */
  public IoEventLoop eventLoop() {
    return loop;
  }

  /**
   * Lets the actors for whom {@code channel} has just got something have their turn, now rather
   * than after all events of the poll. To be called by a handler that has woken them, as the last
   * thing before it returns to Netty, or nearly so: they may do anything to the channel. Does
   * nothing elsewhere than on the channel's worker while that polls.
   */
  static void eventHandled(Channel channel) {
    if (channel.eventLoop() instanceof Driven driven) {
      driven.onEvent.run();
    }
  }

  /**
   * As on a thread of Netty's own: else each buffer would be taken from those that all threads
   * share, under a lock, and what Netty uses again and again be passed through queues.
   */
  @Override
  public void serve(Runnable body) {
    FastThreadLocalThread.runWithFastThreadLocal(body);
  }

  @Override
  public void onEvent(Runnable turn) {
    loop.onEvent = turn;
  }

  @Override
  public boolean poll(long maxNanos) {
    int handled;
    if (maxNanos == 0) {
      handled = loop.runNow();
    } else {
      handled = loop.run(maxNanos == Long.MAX_VALUE ? 0 : maxNanos); // to Netty, 0 is for ever
    }
    woken = false;
    polls++;
    return handled > 0;
  }

  @Override
  public void wakeup() {
    woken = true;
    loop.wakeup();
  }

  /** Has {@code pipe} closed when the worker ends, which then waits until it has {@link #ended}. */
  void opened(AutoCloseable pipe) {
    pipes.add(pipe);
  }

  /** What was written to {@code pipe} is written, or will never be. Any thread. */
  void ended(AutoCloseable pipe) {
    try {
      loop.execute(() -> pipes.remove(pipe));
    } catch (RejectedExecutionException _) {
      // the worker has not waited that long
    }
  }

  /** Sends what was written, for at most {@link #ENDING}, and closes all channels and pipes. */
  @Override
  public void close() {
    loop.onEvent = () -> {};
    if (names != null) {
      names.close();
    }
    endChannels();
    var closed = loop.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
    while (!closed.isDone()) {
      loop.runNow();
    }
  }

  private void endChannels() {
    channels.end();
    pipes.forEach(Parcel::discard);
    loop.schedule(this::cutChannels, endingNanos, TimeUnit.NANOSECONDS);
    while (!(channels.isEmpty() && pipes.isEmpty()) && !gaveUp) {
      poll(Long.MAX_VALUE);
    }
  }

  private void cutChannels() {
    channels.cut();
    pipes.clear();
    loop.schedule(() -> gaveUp = true, ENDING.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public String toString() {
    return "Netty " + transport;
  }

  /** Netty's event loop, which asks whether it may block. */
  private final class Driven extends ManualIoEventLoop {
    private Runnable onEvent = () -> {};

    Driven(Thread thread, IoHandlerFactory factory) {
      super(thread, factory);
    }

    /**
     * Also on the thread of an actor that has a turn, if the JVM gives it one: else what it writes
     * would be done later than what it has the worker do at the end of its turn.
     */
    @Override
    public boolean inEventLoop() {
      Loop s = served;
      return super.inEventLoop() || (s != null && s.isOwner());
    }

    @Override
    protected boolean canBlock() {
      return !woken;
    }
  }
}
