package lemnos.lab;

import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What it costs to arm one timer and cancel another while many are armed, within a minute from now
 * at random: nanoseconds for both. The heap is touched beforehand.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 4, time = 1)
@Fork(
    value = 2,
    jvmArgsAppend = {"-XX:+UseCompactObjectHeaders", "-Xms4g", "-Xmx4g", "-XX:+AlwaysPreTouch"})
public class TimerCost {
  static final long MINUTE = 60_000_000_000L;

  /** How many timers are armed. */
  @Param({"100000", "1000000"})
  public int armed;

  /** Whose timers. */
  @Param({"lemnos", "heap", "agrona", "netty", "none"})
  public String whose = "lemnos";

  private final SplittableRandom random = new SplittableRandom(20261121);
  private TimerPeer timers = TimerPeer.of(whose, 0);
  private int next;

  @Setup(Level.Trial)
  public void arm() {
    timers = TimerPeer.of(whose, armed);
    for (int i = 0; i < armed; i++) {
      timers.arm(i, delay());
    }
  }

  @TearDown(Level.Trial)
  public void close() {
    timers.close();
  }

  private long delay() {
    return 1 + random.nextLong(MINUTE);
  }

  private void replace(int i) {
    timers.cancel(i);
    timers.arm(i, delay());
  }

  @Benchmark
  public void replaceAtRandom() {
    replace(random.nextInt(armed));
  }

  @Benchmark
  public void replaceTheOldest() {
    next = next + 1 == armed ? 0 : next + 1;
    replace(next);
  }
}
