package lemnos.net;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
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

  /** Begins to run {@code body}; the future is what it returns or throws. */
  static <R extends @Nullable Object> CompletableFuture<R> begin(
      Transport transport, Body<R> body) {
    assumeTrue(transport.isAvailable());
    var result = new CompletableFuture<R>();
    Runtime runtime = Runtime.setup().signals(false).poller(NettyPoller.of(transport)).build();
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
      return future.join();
    } catch (CompletionException e) {
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

  static ByteBuf bytes(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
  }

  /** All that a stream yields until its end, as text. */
  static String readAll(ByteStream stream) throws java.io.IOException {
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
