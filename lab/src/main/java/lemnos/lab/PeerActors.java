package lemnos.lab;

import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.SpawnProtocol;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** The programs of {@link SequentialActors} with Pekko's typed actors. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(value = 2, jvmArgsAppend = "-XX:+UseCompactObjectHeaders")
public class PeerActors {
  private static final int MESSAGES = 100_000;
  private static final int SPAWNS = 10_000;

  /**
   * How many threads run the actors. With several the pool may well run two actors that talk on one
   * of them; 0: each actor has a thread of its own, as actors of different workers have.
   */
  @Param({"0", "1", "2"})
  public int threads;

  @SuppressWarnings("NullAway.Init") // by open()
  private ActorSystem<SpawnProtocol.Command> system;

  private record Ping(ActorRef<Ping> replyTo) {}

  @Setup
  public void open() {
    var config =
        ConfigFactory.parseString(
            """
            pekko.loglevel = WARNING
            pekko.actor.default-dispatcher {
              executor = fork-join-executor
              fork-join-executor { parallelism-min = %1$d, parallelism-max = %1$d }
            }
            pinned {
              type = PinnedDispatcher
              executor = thread-pool-executor
            }
            """
                .formatted(Math.max(1, threads)));
    system =
        ActorSystem.create(
            SpawnProtocol.create(), "peer", config.withFallback(ConfigFactory.load()));
  }

  @TearDown
  public void close() throws Exception {
    system.terminate();
    system.getWhenTerminated().toCompletableFuture().get();
  }

  private <M> ActorRef<M> spawn(Behavior<M> behavior) {
    Props props = threads == 0 ? DispatcherSelector.fromConfig("pinned") : Props.empty();
    return AskPattern.<SpawnProtocol.Command, ActorRef<M>>ask(
            system,
            replyTo -> new SpawnProtocol.Spawn<>(behavior, "", props, replyTo),
            Duration.ofSeconds(30),
            system.scheduler())
        .toCompletableFuture()
        .join();
  }

  /** A message there, a message back: both count. */
  @Benchmark
  @OperationsPerInvocation(MESSAGES)
  public void pingPong() throws InterruptedException {
    var done = new CountDownLatch(1);
    ActorRef<Ping> pong = spawn(answer());
    ActorRef<Ping> ping = spawn(ask(pong, done));
    ping.tell(new Ping(pong));
    done.await();
  }

  private static Behavior<Ping> answer() {
    return Behaviors.setup(
        ctx -> {
          var count = new int[1];
          var answer = new Ping(ctx.getSelf());
          return Behaviors.receiveMessage(
              ping -> {
                ping.replyTo().tell(answer);
                return ++count[0] == MESSAGES / 2 ? Behaviors.stopped() : Behaviors.same();
              });
        });
  }

  private static Behavior<Ping> ask(ActorRef<Ping> pong, CountDownLatch done) {
    return Behaviors.setup(
        ctx -> {
          var count = new int[1];
          var ping = new Ping(ctx.getSelf());
          return Behaviors.receiveMessage(
              _ -> {
                if (count[0]++ == MESSAGES / 2) {
                  done.countDown();
                  return Behaviors.stopped();
                }
                pong.tell(ping);
                return Behaviors.same();
              });
        });
  }

  @Benchmark
  @OperationsPerInvocation(MESSAGES)
  public void counting() throws InterruptedException {
    var done = new CountDownLatch(1);
    ActorRef<Integer> counter = spawn(count(done));
    spawn(
        Behaviors.<Integer>setup(
            ctx -> {
              for (int i = 0; i < MESSAGES; i++) {
                counter.tell(1);
              }
              return Behaviors.stopped();
            }));
    done.await();
  }

  private static Behavior<Integer> count(CountDownLatch done) {
    return Behaviors.setup(
        ctx -> {
          var count = new int[1];
          return Behaviors.receiveMessage(
              one -> {
                count[0] += one;
                if (count[0] == MESSAGES) {
                  done.countDown();
                  return Behaviors.stopped();
                }
                return Behaviors.same();
              });
        });
  }

  /** Actors that are made, begin, and end. */
  @Benchmark
  @OperationsPerInvocation(SPAWNS)
  public void spawn() throws InterruptedException {
    var done = new CountDownLatch(SPAWNS);
    Behavior<Integer> child =
        Behaviors.setup(
            _ -> {
              done.countDown();
              return Behaviors.stopped();
            });
    spawn(
        Behaviors.<Integer>setup(
            ctx -> {
              for (int i = 0; i < SPAWNS; i++) {
                ctx.spawnAnonymous(child);
              }
              return Behaviors.empty();
            }));
    done.await();
  }
}
