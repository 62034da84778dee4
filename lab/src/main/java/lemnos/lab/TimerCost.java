package lemnos.lab;

import io.netty.util.HashedWheelTimer;
import io.netty.util.Timeout;
import java.util.Random;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import lemnos.core.Loop;
import org.agrona.DeadlineTimerWheel;
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
 * at random: nanoseconds for both. Beside a loop's timers: a binary heap that knows its places (the
 * JDK's scheduler), Agrona's wheel and Netty's.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 4, time = 1)
@Fork(
    value = 2,
    jvmArgsAppend = {"-XX:+UseCompactObjectHeaders", "-Xmx8g"})
public class TimerCost {
  private static final long MINUTE = 60_000_000_000L;
  private static final Runnable NOTHING = () -> {};

  /** How many timers are armed. */
  @Param({"100000", "1000000"})
  public int armed;

  /** Whose timers: {@code lemnos}, {@code heap}, {@code agrona}, {@code netty}. */
  @Param({"lemnos", "heap", "agrona", "netty"})
  public String whose = "lemnos";

  private final Random random = new Random(20261121);
  private Timers timers = new OfLoop();
  private int next;

  /** One timer after the other takes the place of one that was armed before. */
  private abstract static class Timers {
    abstract void size(int armed);

    /** Arms a timer in the place {@code i}; cancels the one that was there. */
    abstract void replace(int i, long delayNanos);

    void close() {}
  }

  private static final class OfLoop extends Timers {
    private final Loop loop = new Loop(0);
    private long[] keys = {};

    @Override
    void size(int armed) {
      keys = new long[armed];
    }

    @Override
    void replace(int i, long delayNanos) {
      loop.cancel(keys[i]);
      keys[i] = loop.at(loop.now() + delayNanos, NOTHING);
    }

    @Override
    void close() {
      loop.close();
    }
  }

  private static final class OfHeap extends Timers {
    private final ScheduledThreadPoolExecutor heap = new ScheduledThreadPoolExecutor(1);
    private ScheduledFuture<?>[] futures = {};

    @Override
    void size(int armed) {
      heap.setRemoveOnCancelPolicy(true);
      futures = new ScheduledFuture<?>[armed];
    }

    @Override
    void replace(int i, long delayNanos) {
      if (futures[i] != null) {
        futures[i].cancel(false);
      }
      futures[i] = heap.schedule(NOTHING, MINUTE + delayNanos, TimeUnit.NANOSECONDS);
    }

    @Override
    void close() {
      heap.shutdownNow();
    }
  }

  private static final class OfAgrona extends Timers {
    private final DeadlineTimerWheel wheel =
        new DeadlineTimerWheel(TimeUnit.NANOSECONDS, 0, 1 << 20, 1 << 16);
    private long[] ids = {};

    @Override
    void size(int armed) {
      ids = new long[armed];
      java.util.Arrays.fill(ids, DeadlineTimerWheel.NULL_DEADLINE);
    }

    @Override
    void replace(int i, long delayNanos) {
      wheel.cancelTimer(ids[i]);
      ids[i] = wheel.scheduleTimer(delayNanos);
    }
  }

  private static final class OfNetty extends Timers {
    private final HashedWheelTimer wheel = new HashedWheelTimer(1, TimeUnit.MILLISECONDS, 1 << 16);
    private Timeout[] timeouts = {};

    @Override
    void size(int armed) {
      timeouts = new Timeout[armed];
    }

    @Override
    void replace(int i, long delayNanos) {
      if (timeouts[i] != null) {
        timeouts[i].cancel();
      }
      timeouts[i] = wheel.newTimeout(_ -> {}, MINUTE + delayNanos, TimeUnit.NANOSECONDS);
    }

    @Override
    void close() {
      wheel.stop();
    }
  }

  @Setup(Level.Trial)
  public void arm() {
    timers =
        switch (whose) {
          case "lemnos" -> new OfLoop();
          case "heap" -> new OfHeap();
          case "agrona" -> new OfAgrona();
          case "netty" -> new OfNetty();
          default -> throw new IllegalArgumentException(whose + " has no timers here");
        };
    timers.size(armed);
    for (int i = 0; i < armed; i++) {
      timers.replace(i, delay());
    }
  }

  @TearDown(Level.Trial)
  public void close() {
    timers.close();
  }

  private long delay() {
    return 1 + random.nextLong(MINUTE);
  }

  @Benchmark
  public void replaceAtRandom() {
    timers.replace(random.nextInt(armed), delay());
  }

  @Benchmark
  public void replaceTheOldest() {
    next = next + 1 == armed ? 0 : next + 1;
    timers.replace(next, delay());
  }
}
