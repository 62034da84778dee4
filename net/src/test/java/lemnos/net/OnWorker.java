package lemnos.net;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.UnixOperatingSystemMXBean;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.Stream;
import lemnos.runtime.ActorOptions;
import lemnos.runtime.Context;
import lemnos.runtime.Runtime;
import lemnos.runtime.RuntimeFailure;
import lemnos.runtime.SequentialActor;
import lemnos.runtime.Supervisor;
import org.jspecify.annotations.Nullable;

/** Runs the body of a test as a sequential actor, in a runtime of its own with one worker. */
final class OnWorker {
  static final InetAddress HERE = InetAddress.getLoopbackAddress();
  static final InetSocketAddress ANY = new InetSocketAddress(HERE, 0);

  interface Body<R extends @Nullable Object> {
    R run(Context<Void> ctx) throws Exception;
  }

  private OnWorker() {}

  /** Those that this machine has. */
  static Stream<Transport> transports() {
    return Stream.of(Transport.values()).filter(Transport::isAvailable);
  }

  /**
   * This machine's address of version 6; skips the test where there is none, as in many containers.
   */
  static InetAddress versionSix() throws IOException {
    InetAddress six = InetAddress.getByName("::1");
    assumeTrue(NetworkInterface.getByInetAddress(six) != null, "no IPv6");
    return six;
  }

  /** Waits, as an actor, until others have counted {@code latch} down. */
  static void await(Context<?> ctx, CountDownLatch latch) {
    while (latch.getCount() > 0) {
      ctx.sleep(Duration.ofMillis(1));
    }
  }

  /** Begins to run {@code body}; the future is what it returns or throws. */
  static <R extends @Nullable Object> CompletableFuture<R> begin(
      Transport transport, Body<R> body) {
    return begin(NettyPoller.of(transport), body);
  }

  /** As {@link #begin(Transport, Body)}. */
  static <R extends @Nullable Object> CompletableFuture<R> begin(
      Supplier<NettyPoller> poller, Body<R> body) {
    var result = new CompletableFuture<R>();
    Runtime runtime = Runtime.setup().signals(false).poller(poller).build();
    SequentialActor<Void, CompletableFuture<R>> actor =
        (ctx, to) -> {
          try {
            to.complete(body.run(ctx));
          } catch (Throwable t) {
            to.completeExceptionally(t);
          }
        };
    runtime.runOnWorkers(
        ref -> ref.spawnLocal(Supervisor.stopping(), actor, result, ActorOptions.standard()));
    Thread.ofVirtual().start(() -> start(runtime));
    return result;
  }

  /** Runs {@code body}; returns or throws what it does. */
  static <R extends @Nullable Object> R run(Transport transport, Body<R> body) throws Exception {
    return outcome(begin(transport, body));
  }

  /** What a future comes to: its value, or the exception itself. */
  static <R extends @Nullable Object> R outcome(CompletableFuture<R> future) throws Exception {
    try {
      return future.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw e;
    }
  }

  private static void start(Runtime runtime) {
    try {
      runtime.start();
    } catch (RuntimeFailure e) {
      throw new AssertionError(e);
    }
  }

  /** Waits, as an actor, until {@code value} is {@code least} or more. */
  static void awaitValue(Context<?> ctx, AtomicInteger value, int least) {
    while (value.get() < least) {
      ctx.sleep(Duration.ofMillis(1));
    }
  }

  /** Waits, as an actor, until {@code value} has not changed for a while. */
  static void untilStable(Context<?> ctx, AtomicLong value) {
    long last = -1;
    for (int same = 0; same < 20; ) {
      ctx.sleep(Duration.ofMillis(10));
      long now = value.get();
      same = now == last ? same + 1 : 0;
      last = now;
    }
  }

  /** The value once it has not changed for a while, whatever the speed of the machine. */
  static long stable(AtomicLong value) {
    long last = -1;
    for (int same = 0; same < 20; ) {
      LockSupport.parkNanos(10_000_000);
      long now = value.get();
      same = now == last ? same + 1 : 0;
      last = now;
    }
    return last;
  }

  /** How many files, sockets and pipes this process has open. */
  static long openFiles() {
    var system = (UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return system.getOpenFileDescriptorCount();
  }

  static ByteBuf bytes(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
  }

  /** All that a stream yields until its end, as text. */
  static String readAll(ByteStream stream) throws IOException {
    ByteBuf all = stream.alloc().buffer();
    try {
      while (stream.read(all) >= 0) {
        // until the peer has sent all
      }
      return all.toString(StandardCharsets.UTF_8);
    } finally {
      all.release();
    }
  }
}
