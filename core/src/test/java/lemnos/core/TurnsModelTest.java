package lemnos.core;

import static org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt.forClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * A loop in its host's turns, which calls from other threads bring, under every interleaving that
 * Lincheck finds: no call waits for a turn that nobody asked for. (Named classes and fields only:
 * Lincheck overlooks races in lambdas on JDK 25.)
 */
public final class TurnsModelTest {
  /** Two threads call, one of them is also the host. */
  public static final class Checked {
    private final Loop loop = new Loop(new VirtualWorld(Instant.EPOCH));
    private final Posts host = new Posts();
    private final Counter counter = new Counter();
    private final AtomicInteger called = new AtomicInteger();

    /** A loop that waits for its first turn. */
    public Checked() {
      Driver.runOn(host, loop, Checked::never);
    }

    private static void never(StopCause cause) {
      throw new AssertionError(cause);
    }

    /** Any thread. */
    @Operation
    public void call() {
      called.incrementAndGet();
      loop.execute(counter);
    }

    /** The host's thread. */
    @Operation(nonParallelGroup = "host")
    public void turn() {
      host.step();
    }

    /** When all threads are done. */
    @Validate
    public void nothingIsLost() {
      int turns = 0;
      while (host.step()) {
        turns++;
      }
      assertEquals(called.get(), counter.count, "calls that ran");
      assertTrue(turns <= 2, turns + " turns were asked for, and one at a time is enough");
    }
  }

  /** The host's queue: all turns are the same, so their number is all there is to it. */
  private static final class Posts implements Driver.Host {
    private final AtomicInteger posted = new AtomicInteger();
    private @Nullable Runnable turn;

    @Override
    public void callAfter(long delayNanos, Runnable turn) {
      if (this.turn == null) {
        this.turn = turn; // the first, before there are other threads
      }
      posted.incrementAndGet();
    }

    boolean step() {
      if (posted.get() == 0 || turn == null) {
        return false;
      }
      posted.decrementAndGet();
      turn.run();
      return true;
    }
  }

  private static final class Counter implements Runnable {
    int count;

    @Override
    public void run() {
      count++;
    }
  }

  @Test
  void noCallWaitsForATurnThatNobodyAskedFor() {
    Models.options()
        .addCustomScenario(scenario("turn", "call", "call"))
        .addCustomScenario(scenario("", "turn", "call"))
        .addCustomScenario(scenario("turn", "call call", "turn"))
        .addCustomScenario(scenario("turn call", "call", "turn turn"))
        .iterations(0)
        .invocationsPerIteration(150)
        .addGuarantee(forClasses(WakerModelTest.CONFINED).allMethods().ignore())
        .sequentialSpecification(Anything.class)
        .check(Checked.class);
  }

  private static ExecutionScenario scenario(String before, String... threads) {
    return Scenarios.of(Checked.class, "nothingIsLost", before, threads);
  }

  /** Allows every order: the operations answer nothing. */
  public static final class Anything {
    /** Any thread. */
    public void call() {}

    /** The host's thread. */
    public void turn() {}
  }
}
