package lemnos.lab;

import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.SpawnProtocol;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
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
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** The programs of {@link SequentialPatterns} with Pekko's typed actors. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(value = 2, jvmArgsAppend = "-XX:+UseCompactObjectHeaders")
public class PeerPatterns {
  private static final int MESSAGES = SequentialPatterns.MESSAGES;
  private static final int RING = SequentialPatterns.RING;
  private static final int LEAVES = SequentialPatterns.LEAVES;
  private static final int CROWD = SequentialPatterns.CROWD;

  /** How many threads run the actors. */
  @Param({"1", "2"})
  public int threads;

  @SuppressWarnings("NullAway.Init") // by open()
  private ActorSystem<SpawnProtocol.Command> system;

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
            """
                .formatted(threads));
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
    return AskPattern.<SpawnProtocol.Command, ActorRef<M>>ask(
            system,
            replyTo -> new SpawnProtocol.Spawn<>(behavior, "", Props.empty(), replyTo),
            Duration.ofSeconds(30),
            system.scheduler())
        .toCompletableFuture()
        .join();
  }

  @Benchmark
  @OperationsPerInvocation(MESSAGES)
  public void ring() throws InterruptedException {
    var done = new CountDownLatch(1);
    var ring = new AtomicReferenceArray<ActorRef<Integer>>(RING);
    spawn(
        Behaviors.<Integer>setup(
            ctx -> {
              for (int i = 0; i < RING; i++) {
                ring.set(i, ctx.spawnAnonymous(pass(ring, (i + 1) % RING, done)));
              }
              ring.get(0).tell(MESSAGES - 1);
              return Behaviors.empty();
            }));
    done.await();
  }

  private static Behavior<Integer> pass(
      AtomicReferenceArray<ActorRef<Integer>> ring, int next, CountDownLatch done) {
    return Behaviors.setup(
        _ -> {
          var count = new int[1];
          return Behaviors.receiveMessage(
              left -> {
                if (left > 0) {
                  ring.get(next).tell(left - 1);
                } else {
                  done.countDown();
                }
                return ++count[0] == MESSAGES / RING ? Behaviors.stopped() : Behaviors.same();
              });
        });
  }

  @Benchmark
  @OperationsPerInvocation(MESSAGES)
  public void fan() throws InterruptedException {
    var done = new CountDownLatch(1);
    spawn(
        Behaviors.<Integer>setup(
            ctx -> {
              List<ActorRef<ActorRef<Integer>>> leaves = new ArrayList<>();
              for (int i = 0; i < LEAVES; i++) {
                leaves.add(ctx.spawnAnonymous(answer()));
              }
              leaves.forEach(leaf -> leaf.tell(ctx.getSelf()));
              var count = new int[1];
              return Behaviors.receiveMessage(
                  _ -> {
                    if (++count[0] == MESSAGES / 2) {
                      done.countDown();
                      return Behaviors.stopped();
                    }
                    if (count[0] % LEAVES == 0) {
                      leaves.forEach(leaf -> leaf.tell(ctx.getSelf()));
                    }
                    return Behaviors.same();
                  });
            }));
    done.await();
  }

  private static Behavior<ActorRef<Integer>> answer() {
    return Behaviors.receiveMessage(
        hub -> {
          hub.tell(1);
          return Behaviors.same();
        });
  }

  /** A question, to be answered with null; or that answer. */
  private record Word(@Nullable ActorRef<Word> replyTo) {
    static final Word ANSWER = new Word(null);
  }

  @Benchmark
  @OperationsPerInvocation(MESSAGES)
  public void big() throws InterruptedException {
    var done = new CountDownLatch(CROWD);
    var crowd = new AtomicReferenceArray<ActorRef<Word>>(CROWD);
    ActorRef<Integer> parent =
        spawn(
            Behaviors.<Integer>setup(
                ctx -> {
                  for (int i = 0; i < CROWD; i++) {
                    crowd.set(i, ctx.spawnAnonymous(mingle(crowd, i, done)));
                  }
                  for (int i = 0; i < CROWD; i++) {
                    crowd.get(i).tell(Word.ANSWER); // to begin with
                  }
                  return Behaviors.receiveMessage(_ -> Behaviors.stopped());
                }));
    done.await();
    parent.tell(0); // with all its children
  }

  private static Behavior<Word> mingle(
      AtomicReferenceArray<ActorRef<Word>> crowd, int me, CountDownLatch done) {
    return Behaviors.setup(
        ctx -> {
          var questions = new int[] {MESSAGES / CROWD / 2};
          var question = new Word(ctx.getSelf());
          return Behaviors.receiveMessage(
              word -> {
                if (word.replyTo() != null) {
                  word.replyTo().tell(Word.ANSWER);
                } else if (questions[0]-- > 0) {
                  crowd.get((me + 1 + questions[0] % (CROWD - 1)) % CROWD).tell(question);
                } else {
                  done.countDown();
                }
                return Behaviors.same();
              });
        });
  }
}
