package lemnos.core;

import static org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt.forClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Test;

/**
 * A waker, and the loop's inbox below it, under every interleaving that Lincheck finds. Not checked
 * for linearizability, which is not promised: a wake-up that joins another may return before that
 * one has reached the loop. What must hold is that in the end nothing is lost. (Named classes and
 * fields only: Lincheck overlooks races in lambdas on JDK 25.)
 */
public final class WakerModelTest {
  /** What only the loop's thread touches, where Lincheck need not look. */
  static final String[] CONFINED = {"lemnos.core.Timers", "lemnos.core.Scope"};

  /** Two threads wake and close, one of them also runs the loop. */
  public static final class Checked {
    private final Loop loop = new Loop(0);
    private final Seen seen = new Seen();
    private final Waker waker = loop.waker(seen);

    /** A waker of a loop that nobody owns yet. */
    public Checked() {
      loop.detach();
    }

    /** Any thread. */
    @Operation
    public void wake() {
      seen.written.incrementAndGet();
      waker.wake();
    }

    /** Any thread. */
    @Operation
    public void close() {
      seen.closed = true;
      waker.close();
    }

    /** The loop's thread. */
    @Operation(nonParallelGroup = "owner")
    public void run() {
      loop.attach();
      loop.run(loop.now() + 1, false);
      loop.detach();
    }

    /** When all threads are done. */
    @Validate
    public void nothingIsLost() {
      run();
      assertEquals(seen.closed ? 1 : 0, seen.ends, "the close is told once");
      assertEquals(0, seen.late, "calls after the last");
      assertTrue(seen.closed || seen.read == seen.written.get(), "a wake-up was lost");
      assertTrue(seen.calls <= seen.written.get(), "calls without a wake-up");
    }
  }

  private static final class Seen implements Waker.Handler {
    final AtomicInteger written = new AtomicInteger();
    volatile boolean closed;
    int read;
    int calls;
    int ends;
    int late;

    @Override
    public void woken(boolean last) {
      read = written.get();
      late += ends;
      if (last) {
        ends++;
      } else {
        calls++;
      }
    }
  }

  @Test
  void noWakeUpAndNoCloseIsLostWhateverTheInterleaving() {
    Models.options()
        .addCustomScenario(scenario("", "wake", "wake"))
        .addCustomScenario(scenario("", "wake", "close"))
        .addCustomScenario(scenario("wake", "run", "wake"))
        .addCustomScenario(scenario("wake", "run", "close"))
        .addCustomScenario(scenario("", "run", "wake close"))
        .addCustomScenario(scenario("wake", "close wake", "close"))
        .iterations(0)
        .invocationsPerIteration(250)
        .addGuarantee(forClasses(CONFINED).allMethods().ignore())
        .sequentialSpecification(Anything.class)
        .check(Checked.class);
  }

  private static ExecutionScenario scenario(String before, String... threads) {
    return Scenarios.of(Checked.class, "nothingIsLost", before, threads);
  }

  /** Allows every order: the operations answer nothing. */
  public static final class Anything {
    /** Any thread. */
    public void wake() {}

    /** Any thread. */
    public void close() {}

    /** The loop's thread. */
    public void run() {}
  }
}
