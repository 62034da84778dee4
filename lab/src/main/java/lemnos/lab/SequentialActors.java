package lemnos.lab;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import lemnos.runtime.ActorOptions;
import lemnos.runtime.ActorRef;
import lemnos.runtime.Context;
import lemnos.runtime.Runtime;
import lemnos.runtime.Supervisor;
import org.jspecify.annotations.Nullable;
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

/** What a message between two sequential actors costs: nanoseconds a message. */
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
public class SequentialActors {
  private static final int MESSAGES = 100_000;
  private static final int SPAWNS = 10_000;

  /** On which worker the second actor lives: on that of the first, or on the other. */
  @Param({"1", "2"})
  public int secondOn;

  /** Its workers run from here on. */
  private final Runtime runtime = Runtime.setup().workers(2).signals(false).build();

  /** Who begins a rally when it gets a message. */
  private @Nullable ActorRef<Ping> player;

  /** Opened at the end of the rally. */
  private volatile CountDownLatch rallyDone = new CountDownLatch(0);

  /** The one message of a rally. */
  private record Ping(ActorRef<Ping> replyTo) {}

  @TearDown
  public void close() {
    runtime.close();
  }

  private <M> ActorRef<M> spawn(int workerId, ActorOptions options, Body<M> body) {
    var made = new CompletableFuture<ActorRef<M>>();
    runtime.runOnWorkers(
        ref -> {
          if (ref.workerId() == workerId) {
            made.complete(
                ref.spawnLocal(
                    Supervisor.stopping(),
                    (Context<M> ctx, Integer _) -> body.run(ctx),
                    0,
                    options));
          }
        });
    return made.join();
  }

  /** What an actor does. */
  private interface Body<M> {
    void run(Context<M> ctx);
  }

  /** A message there, a message back: both count. */
  @Benchmark
  @OperationsPerInvocation(MESSAGES)
  public void pingPong() throws InterruptedException {
    var done = new CountDownLatch(1);
    ActorRef<Ping> pong = spawn(secondOn, ActorOptions.standard(), SequentialActors::answer);
    spawn(1, ActorOptions.standard(), (Context<Ping> ctx) -> ask(ctx, pong, done));
    done.await();
  }

  /** The same between two actors that stay, and so run compiled code from the first message on. */
  @Benchmark
  @OperationsPerInvocation(MESSAGES)
  public void pingPongOfActorsThatStay() throws InterruptedException {
    if (player == null) {
      ActorRef<Ping> pong = spawn(secondOn, ActorOptions.standard(), SequentialActors::answerAll);
      player = spawn(1, ActorOptions.standard(), (Context<Ping> ctx) -> play(ctx, pong));
    }
    var done = new CountDownLatch(1);
    rallyDone = done;
    player.send(new Ping(player));
    done.await();
  }

  private static void answerAll(Context<Ping> ctx) {
    while (true) {
      Ping ping = ctx.receiveNext();
      ping.replyTo().send(ping);
    }
  }

  private void play(Context<Ping> ctx, ActorRef<Ping> pong) {
    var ping = new Ping(ctx.self());
    while (true) {
      ctx.receiveNext();
      for (int i = 0; i < MESSAGES / 2; i++) {
        pong.send(ping);
        ctx.receiveNext();
      }
      rallyDone.countDown();
    }
  }

  private static void answer(Context<Ping> ctx) {
    for (int i = 0; i < MESSAGES / 2; i++) {
      Ping ping = ctx.receiveNext();
      ping.replyTo().send(ping);
    }
  }

  private static void ask(Context<Ping> ctx, ActorRef<Ping> pong, CountDownLatch done) {
    var ping = new Ping(ctx.self());
    for (int i = 0; i < MESSAGES / 2; i++) {
      pong.send(ping);
      ctx.receiveNext();
    }
    done.countDown();
  }

  @Benchmark
  @OperationsPerInvocation(MESSAGES)
  public void counting() throws InterruptedException {
    count(ActorOptions.DEFAULT_INBOX_SIZE);
  }

  /** As many as in heph. */
  @Benchmark
  @OperationsPerInvocation(MESSAGES)
  public void countingInbox8() throws InterruptedException {
    count(8);
  }

  @Benchmark
  @OperationsPerInvocation(MESSAGES)
  public void countingInbox1024() throws InterruptedException {
    count(1024);
  }

  private void count(int inboxSize) throws InterruptedException {
    var done = new CountDownLatch(1);
    ActorOptions options = ActorOptions.standard().withInboxSize(inboxSize);
    ActorRef<Ping> counter =
        spawn(
            secondOn,
            options,
            (Context<Ping> ctx) -> {
              for (int i = 0; i < MESSAGES; i++) {
                ctx.receiveNext();
              }
              done.countDown();
            });
    spawn(
        1,
        options,
        (Context<Ping> ctx) -> {
          var message = new Ping(ctx.self());
          for (int i = 0; i < MESSAGES; i++) {
            counter.send(message);
          }
        });
    done.await();
  }

  /** Actors that are made, begin, and end. */
  @Benchmark
  @OperationsPerInvocation(SPAWNS)
  public void spawn() throws InterruptedException {
    var done = new CountDownLatch(SPAWNS);
    runtime.runOnWorkers(
        ref -> {
          if (ref.workerId() == secondOn) {
            for (int i = 0; i < SPAWNS; i++) {
              ref.spawnLocal(
                  Supervisor.stopping(),
                  (Context<Ping> _, CountDownLatch latch) -> latch.countDown(),
                  done,
                  ActorOptions.standard());
            }
          }
        });
    done.await();
  }
}
