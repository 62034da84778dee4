package lemnos.lab;

import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
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

/**
 * What it costs to arm a million timers, within a minute from now at random, and what to cancel
 * them all in the order of their arming: nanoseconds each. The heap is touched beforehand.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 10)
@Measurement(iterations = 20)
@Fork(
    value = 1,
    jvmArgsAppend = {"-XX:+UseCompactObjectHeaders", "-Xms4g", "-Xmx4g", "-XX:+AlwaysPreTouch"})
public class TimerBursts {
  private static final int TIMERS = 1_000_000;

  /** Whose timers. */
  @Param({"lemnos", "heap", "agrona", "netty"})
  public String whose = "lemnos";

  private final SplittableRandom random = new SplittableRandom(20261121);
  private final long[] delays = random.longs(TIMERS, 1, TimerCost.MINUTE).toArray();
  private TimerPeer timers = TimerPeer.of(whose, 0);

  private void armAll() {
    for (int i = 0; i < TIMERS; i++) {
      timers.arm(i, delays[i]);
    }
  }

  private void cancelAll() {
    for (int i = 0; i < TIMERS; i++) {
      timers.cancel(i);
    }
  }

  /** Once for all: what a table of a million places costs is paid. */
  @Setup(Level.Trial)
  public void make() {
    timers = TimerPeer.of(whose, TIMERS);
    armAll();
    cancelAll();
  }

  @TearDown(Level.Trial)
  public void close() {
    timers.close();
  }

  /** All timers are there. */
  @State(Scope.Thread)
  public static class Armed {
    @Setup(Level.Invocation)
    public void arm(TimerBursts bursts) {
      bursts.armAll();
    }
  }

  /** No timer is left. */
  @State(Scope.Thread)
  public static class Empty {
    @TearDown(Level.Invocation)
    public void cancel(TimerBursts bursts) {
      bursts.cancelAll();
    }
  }

  @Benchmark
  @OperationsPerInvocation(TIMERS)
  public void arm(Empty empty) {
    armAll();
  }

  @Benchmark
  @OperationsPerInvocation(TIMERS)
  public void cancel(Armed armed) {
    cancelAll();
  }
}
