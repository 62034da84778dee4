package lemnos.lab;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The programs of {@link SequentialActors} with the JDK's virtual threads and blocking queues, two
 * of the pool's threads; with one: {@code -jvmArgsAppend
 * -Djdk.virtualThreadScheduler.parallelism=1}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(value = 2, jvmArgsAppend = "-XX:+UseCompactObjectHeaders")
public class QueueThreads {
  private static final int MESSAGES = 100_000;
  private static final int SPAWNS = 10_000;

  private record Ping(BlockingQueue<Ping> replyTo) {}

  /** What a thread does. */
  private interface Body {
    void run() throws InterruptedException;
  }

  private static void start(Body body) {
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                body.run();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
  }

  @Benchmark
  @OperationsPerInvocation(MESSAGES)
  public void pingPong() throws InterruptedException {
    var done = new CountDownLatch(1);
    var there = new LinkedBlockingQueue<Ping>(8);
    var back = new LinkedBlockingQueue<Ping>(8);
    start(
        () -> {
          for (int i = 0; i < MESSAGES / 2; i++) {
            Ping ping = there.take();
            ping.replyTo().put(ping);
          }
        });
    start(
        () -> {
          var ping = new Ping(back);
          for (int i = 0; i < MESSAGES / 2; i++) {
            there.put(ping);
            back.take();
          }
          done.countDown();
        });
    done.await();
  }

  @Benchmark
  @OperationsPerInvocation(MESSAGES)
  public void countingInbox1024() throws InterruptedException {
    var done = new CountDownLatch(1);
    var inbox = new LinkedBlockingQueue<Ping>(1024);
    var message = new Ping(inbox);
    start(
        () -> {
          for (int i = 0; i < MESSAGES; i++) {
            inbox.take();
          }
          done.countDown();
        });
    start(
        () -> {
          for (int i = 0; i < MESSAGES; i++) {
            inbox.put(message);
          }
        });
    done.await();
  }

  @Benchmark
  @OperationsPerInvocation(SPAWNS)
  public void spawn() throws InterruptedException {
    var done = new CountDownLatch(SPAWNS);
    start(
        () -> {
          for (int i = 0; i < SPAWNS; i++) {
            start(done::countDown);
          }
        });
    done.await();
  }
}
