package lemnos.examples.redis;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import lemnos.core.Actor;
import lemnos.core.Loop;
import lemnos.core.Ret;
import lemnos.core.StopCause;
import lemnos.core.World;
import lemnos.runtime.ActorRef;
import lemnos.runtime.RuntimeRef;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the connections of all workers share: where the shards are, and a few counters. Everything
 * else belongs to some actor.
 */
final class Keep {
  private static final Logger LOG = LoggerFactory.getLogger(Keep.class);

  private final World world;
  private final int workers;
  private final boolean debug;
  private final KeyHash hash;
  private final Routing routing;
  private final long startedNanos;

  // Each entry is set by its worker, again after a failure; anybody reads them.
  private final AtomicReferenceArray<Actor<Shard>> shards;
  private final AtomicReferenceArray<Actor<Channels>> channels;

  private final AtomicIntegerArray channelCounts;

  private final Set<ActorRef<Note>> connections = ConcurrentHashMap.newKeySet();
  private final AtomicLong lastId = new AtomicLong();
  private final LongAdder commands = new LongAdder();
  private volatile boolean stopping;
  private volatile int port;

  Keep(World world, int workers, long seed, boolean debug) {
    this.world = world;
    this.workers = workers;
    this.debug = debug;
    this.hash = new KeyHash(seed);
    this.routing = new Routing(workers);
    this.startedNanos = world.nanoTime();
    this.shards = new AtomicReferenceArray<>(workers);
    this.channels = new AtomicReferenceArray<>(workers);
    this.channelCounts = new AtomicIntegerArray(workers);
  }

  /** Makes the actors of a worker. */
  void open(RuntimeRef ref) {
    int index = ref.workerId() - 1;
    openShard(ref.loop(), index);
    openChannels(ref.loop(), index);
  }

  private void openShard(Loop loop, int index) {
    var place = new Store.Place(index, workers);
    Ret<StopCause> ended =
        loop.ret(cause -> again(loop, cause, "shard", () -> openShard(loop, index)));
    shards.set(index, loop.actor(Shard::new, place, hash, ended).actor());
  }

  private void openChannels(Loop loop, int index) {
    Ret<StopCause> ended =
        loop.ret(cause -> again(loop, cause, "channels", () -> openChannels(loop, index)));
    IntConsumer count = n -> channelCounts.set(index, n);
    channels.set(index, loop.actor(Channels::new, count, ended).actor());
  }

  /** An actor of a worker has ended: if it failed, another takes its place. */
  private static void again(Loop loop, @Nullable StopCause cause, String what, Runnable open) {
    if (cause instanceof StopCause.Failed(Throwable error)) {
      LOG.error("{} failed; starting anew, without what it knew", what, error);
      loop.execute(open); // here, the new actor would belong to the one that is ending
    }
  }

  // For connections

  boolean isDebug() {
    return debug;
  }

  KeyHash hash() {
    return hash;
  }

  Routing routing() {
    return routing;
  }

  Actor<Shard> shard(int index) {
    return shards.get(index);
  }

  Actor<Channels> channels(Bytes channel) {
    return channels.get(routing.shard(channel));
  }

  Session session(String peer, String local) {
    return new Session(lastId.incrementAndGet(), peer, local, world::nanoTime, this::status);
  }

  void opened(ActorRef<Note> connection) {
    connections.add(connection);
  }

  void closed(ActorRef<Note> connection) {
    connections.remove(connection);
  }

  void served(int count) {
    if (count > 0) {
      commands.add(count);
    }
  }

  // Stopping

  /** Tells the connections to answer what has come and to close. */
  void stop() {
    stopping = true;
    // A connection whose inbox is full is awake anyway and will see the flag.
    connections.forEach(c -> c.trySend(new Note.Stop()));
  }

  boolean isStopping() {
    return stopping;
  }

  int connections() {
    return connections.size();
  }

  // Numbers

  void setPort(int port) {
    this.port = port;
  }

  private ServerStatus status() {
    java.lang.Runtime machine = java.lang.Runtime.getRuntime();
    return new ServerStatus(
        port,
        workers,
        (world.nanoTime() - startedNanos) / 1_000_000_000,
        connections.size(),
        lastId.get(),
        commands.sum(),
        IntStream.range(0, workers).map(channelCounts::get).sum(),
        machine.totalMemory() - machine.freeMemory());
  }
}
