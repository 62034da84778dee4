package lemnos.lab;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import lemnos.runtime.ActorOptions;
import lemnos.runtime.ActorRef;
import lemnos.runtime.Context;
import lemnos.runtime.Runtime;
import lemnos.runtime.SequentialActor;
import lemnos.runtime.Supervisor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The programs of {@link SequentialActors} with thread-safe actors, which any of two workers runs,
 * and with sync actors, which have a thread each.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(
    value = 2,
    jvmArgsAppend = {
      "-XX:+UseCompactObjectHeaders",
      "--add-opens=java.base/jdk.internal.vm=ALL-UNNAMED",
      "--add-opens=java.base/java.lang=ALL-UNNAMED"
    })
public class SharedActors {
  private static final int MESSAGES = 100_000;

  /** Whether the actors are sync ones. */
  @Param({"false", "true"})
  public boolean sync;

  private final Runtime runtime = Runtime.setup().workers(2).signals(false).build();

  private record Ping(ActorRef<Ping> replyTo) {}

  @TearDown
  public void close() {
    runtime.close();
  }

  /** What an actor does. */
  private interface Body {
    void run(Context<Ping> ctx);
  }

  private ActorRef<Ping> spawn(Body body) {
    SequentialActor<Ping, Integer> actor = (ctx, _) -> body.run(ctx);
    return sync
        ? runtime.spawnSync(Supervisor.stopping(), actor, 0, ActorOptions.standard())
        : runtime.spawn(Supervisor.stopping(), actor, 0, ActorOptions.standard());
  }

  /** A message there, a message back: both count. */
  @Benchmark
  @OperationsPerInvocation(MESSAGES)
  public void pingPong() throws InterruptedException {
    var done = new CountDownLatch(1);
    ActorRef<Ping> pong =
        spawn(
            ctx -> {
              for (int i = 0; i < MESSAGES / 2; i++) {
                Ping ping = ctx.receiveNext();
                ping.replyTo().send(ping);
              }
            });
    spawn(
        ctx -> {
          var ping = new Ping(ctx.self());
          for (int i = 0; i < MESSAGES / 2; i++) {
            pong.send(ping);
            ctx.receiveNext();
          }
          done.countDown();
        });
    done.await();
  }

  @Benchmark
  @OperationsPerInvocation(MESSAGES)
  public void counting() throws InterruptedException {
    var done = new CountDownLatch(1);
    ActorRef<Ping> counter =
        spawn(
            ctx -> {
              for (int i = 0; i < MESSAGES; i++) {
                ctx.receiveNext();
              }
              done.countDown();
            });
    spawn(
        ctx -> {
          var message = new Ping(ctx.self());
          for (int i = 0; i < MESSAGES; i++) {
            counter.send(message);
          }
        });
    done.await();
  }
}
