package lemnos.examples.redis;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.RedisProtocol;

/**
 * The server under test: ours, started for one test class and closed after it, or, if the system
 * property {@code lemnos.demo.port} is set, whatever listens there on loopback. A real redis-server
 * put there shows that what the tests expect is what Redis does.
 */
final class DemoServer implements AutoCloseable {
  static final String HOST = "127.0.0.1";

  /** How long any client waits for one reply, generous since CI has two noisy cores. */
  static final int PATIENCE_MILLIS = 30_000;

  /** What a server may keep for clients that are slow, all in all. */
  private static final long MEMORY_BOUND = 256L << 20;

  private static final Optional<Integer> EXTERNAL =
      Optional.ofNullable(Integer.getInteger("lemnos.demo.port"));

  private final Queue<DemoSocket> sockets = new ConcurrentLinkedQueue<>();
  private final Optional<RedisServer> own;
  private final int port;
  private final int workers;
  private final RedisProtocol protocol;

  private DemoServer(Optional<RedisServer> own, int port, int workers, RedisProtocol protocol) {
    this.own = own;
    this.port = port;
    this.workers = workers;
    this.protocol = protocol;
  }

  /** One with one worker and one with two, for a parameterized class. */
  static Stream<DemoServer> each() {
    return workerCounts().map(workers -> start(workers, RedisProtocol.RESP2));
  }

  /** As {@link #each}, and each once with clients of either protocol. */
  static Stream<DemoServer> eachProtocol() {
    return workerCounts()
        .flatMap(
            workers ->
                Stream.of(RedisProtocol.RESP2, RedisProtocol.RESP3)
                    .map(protocol -> start(workers, protocol)));
  }

  private static Stream<Integer> workerCounts() {
    return EXTERNAL.isPresent() ? Stream.of(0) : Stream.of(1, 2);
  }

  private static DemoServer start(int workers, RedisProtocol protocol) {
    if (EXTERNAL.isPresent()) {
      return new DemoServer(Optional.empty(), EXTERNAL.get(), workers, protocol);
    }
    RedisServer server = RedisServer.start(new RedisServer.Options(HOST, 0, workers, true));
    return new DemoServer(Optional.of(server), server.port(), workers, protocol);
  }

  /** Skips the test that calls it where the server is not ours. */
  static void assumeOurs(String why) {
    assumeTrue(EXTERNAL.isEmpty(), why);
  }

  boolean ours() {
    return own.isPresent();
  }

  int port() {
    return port;
  }

  int workers() {
    return workers;
  }

  /** A Jedis client of this server's protocol. */
  Jedis jedis() {
    var config =
        DefaultJedisClientConfig.builder().protocol(protocol).timeoutMillis(PATIENCE_MILLIS);
    return new Jedis(HOST, port, config.build());
  }

  /** A Jedis client of this server, which it has emptied first. */
  Jedis emptied() {
    Jedis jedis = jedis();
    jedis.flushAll();
    return jedis;
  }

  /** A bare connection, which ends with the test at the latest if that calls {@link #leave}. */
  DemoSocket socket() {
    return socket(0);
  }

  /** As {@link #socket()}, with a receive buffer of that size, or the system's own for zero. */
  DemoSocket socket(int receiveBytes) {
    DemoSocket socket = DemoSocket.to(port, receiveBytes);
    sockets.add(socket);
    return socket;
  }

  /** Closes all sockets, as a test that failed may not have. */
  void leave() {
    sockets.forEach(DemoSocket::close);
    sockets.clear();
  }

  /** How many clients the server itself says are connected, the asking one included. */
  static int connectedClients(Jedis jedis) {
    return Integer.parseInt(infoField(jedis, "clients", "connected_clients"));
  }

  static String infoField(Jedis jedis, String section, String field) {
    return jedis
        .info(section)
        .lines()
        .filter(line -> line.startsWith(field + ":"))
        .findFirst()
        .orElseThrow(() -> new AssertionError("INFO " + section + " has no " + field))
        .substring(field.length() + 1)
        .strip();
  }

  /**
   * Bytes that the server keeps: for ours what is left on this process's heap after a collection
   * and in direct buffers, for another what it says itself.
   */
  long memory(Jedis jedis) {
    return own.isPresent()
        ? LongStream.generate(DemoServer::keptBytes).limit(3).min().orElseThrow()
        : Long.parseLong(infoField(jedis, "memory", "used_memory"));
  }

  private static long keptBytes() {
    System.gc();
    Runtime process = Runtime.getRuntime();
    long heap = process.totalMemory() - process.freeMemory();
    return heap
        + ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
            .mapToLong(BufferPoolMXBean::getMemoryUsed)
            .sum();
  }

  /** Checks that the server keeps little more than before, where all it owes would be far more. */
  static void assertBounded(long before, long now) {
    long growth = now - before;
    assertTrue(growth < MEMORY_BOUND, "the server keeps " + (growth >> 20) + " MiB more");
  }

  @Override
  public void close() {
    leave();
    own.ifPresent(RedisServer::close);
  }

  @Override
  public String toString() {
    return (own.isPresent() ? workers + " worker(s), " : "port " + port + ", ") + protocol;
  }
}
