package lemnos.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import lemnos.runtime.ActorOptions;
import lemnos.runtime.ActorRef;
import lemnos.runtime.Context;
import lemnos.runtime.Runtime;
import lemnos.runtime.RuntimeRef;
import lemnos.runtime.SequentialActor;
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

/** What a message costs among many sequential actors: nanoseconds a message. */
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
public class SequentialPatterns {
  static final int MESSAGES = 120_000;
  static final int RING = 100;
  static final int LEAVES = 1000;
  static final int CROWD = 120;

  /** Whether the actors are all on one worker, or thread-safe ones on two. */
  @Param({"false", "true"})
  public boolean shared;

  private final Runtime runtime = Runtime.setup().workers(2).signals(false).build();

  @TearDown
  public void close() {
    runtime.close();
  }

  private <M> ActorRef<M> spawn(RuntimeRef ref, ActorOptions options, Body<M> body) {
    SequentialActor<M, Integer> actor = (ctx, _) -> body.run(ctx);
    return shared
        ? ref.spawn(Supervisor.stopping(), actor, 0, options)
        : ref.spawnLocal(Supervisor.stopping(), actor, 0, options);
  }

  /** What an actor does. */
  private interface Body<M> {
    void run(Context<M> ctx);
  }

  private void onFirst(Consumer<RuntimeRef> code) {
    runtime.runOnWorkers(
        ref -> {
          if (ref.workerId() == 1) {
            code.accept(ref);
          }
        });
  }

  /** One message goes round. */
  @Benchmark
  @OperationsPerInvocation(MESSAGES)
  public void ring() throws InterruptedException {
    var done = new CountDownLatch(1);
    var ring = new AtomicReferenceArray<ActorRef<Integer>>(RING);
    onFirst(
        ref -> {
          for (int i = 0; i < RING; i++) {
            int next = (i + 1) % RING;
            ring.set(i, spawn(ref, ActorOptions.standard(), ctx -> pass(ctx, ring, next, done)));
          }
          ring.get(0).trySend(MESSAGES - 1);
        });
    done.await();
  }

  private static void pass(
      Context<Integer> ctx,
      AtomicReferenceArray<ActorRef<Integer>> ring,
      int next,
      CountDownLatch done) {
    for (int i = 0; i < MESSAGES / RING; i++) {
      int left = ctx.receiveNext();
      if (left > 0) {
        ring.get(next).send(left - 1);
      } else {
        done.countDown();
      }
    }
  }

  /** One asks a thousand, who all answer, again and again. */
  @Benchmark
  @OperationsPerInvocation(MESSAGES)
  public void fan() throws InterruptedException {
    var done = new CountDownLatch(1);
    onFirst(
        ref -> {
          List<ActorRef<ActorRef<Integer>>> leaves = new ArrayList<>();
          for (int i = 0; i < LEAVES; i++) {
            leaves.add(spawn(ref, ActorOptions.standard(), SequentialPatterns::answer));
          }
          this.<Integer>spawn(
              ref,
              ActorOptions.standard(),
              ctx -> {
                for (int round = 0; round < MESSAGES / LEAVES / 2; round++) {
                  leaves.forEach(leaf -> leaf.send(ctx.self()));
                  for (int i = 0; i < LEAVES; i++) {
                    ctx.receiveNext();
                  }
                }
                done.countDown();
              });
        });
    done.await();
  }

  private static void answer(Context<ActorRef<Integer>> ctx) {
    for (int round = 0; round < MESSAGES / LEAVES / 2; round++) {
      ctx.receiveNext().send(round);
    }
  }

  /** A question, to be answered with null; or that answer; or the end. */
  private record Word(boolean isEnd, @Nullable ActorRef<Word> replyTo) {
    static final Word ANSWER = new Word(false, null);
    static final Word END = new Word(true, null);
  }

  /** Each asks others, one after the other, while it answers who asks. */
  @Benchmark
  @OperationsPerInvocation(MESSAGES)
  public void big() throws InterruptedException {
    var done = new CountDownLatch(CROWD);
    List<ActorRef<Word>> crowd = new CopyOnWriteArrayList<>();
    ActorOptions options = ActorOptions.standard().withInboxSize(2 * CROWD).withReady(false);
    onFirst(
        ref -> {
          List<ActorRef<Word>> all = new ArrayList<>();
          for (int i = 0; i < CROWD; i++) {
            int me = i;
            all.add(spawn(ref, options, ctx -> mingle(ctx, crowd, me, done)));
          }
          crowd.addAll(all);
          crowd.forEach(one -> one.trySend(Word.ANSWER)); // to begin with
        });
    done.await();
    crowd.forEach(one -> one.send(Word.END));
  }

  private static void mingle(
      Context<Word> ctx, List<ActorRef<Word>> crowd, int me, CountDownLatch done) {
    int questions = MESSAGES / CROWD / 2;
    var question = new Word(false, ctx.self());
    for (Word word = ctx.receiveNext(); !word.isEnd(); word = ctx.receiveNext()) {
      if (word.replyTo() != null) {
        word.replyTo().send(Word.ANSWER);
      } else if (questions-- > 0) {
        crowd.get((me + 1 + questions % (CROWD - 1)) % CROWD).send(question);
      } else {
        done.countDown();
      }
    }
  }
}
