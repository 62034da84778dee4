package lemnos.core;

import static org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt.forClasses;

import java.time.Instant;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Test;

/**
 * A driver that parks while other threads call, under every interleaving that Lincheck finds: if a
 * wake-up were lost, all threads would wait, and that is what Lincheck looks for. (Named classes
 * and fields only: Lincheck overlooks races in lambdas on JDK 25.)
 */
public final class DriverModelTest {
  private static final int CALLS = 2;

  /** One thread drives a loop, which the last call of the others shuts down. */
  public static final class Checked {
    private final Loop loop = new Loop(new Timeless());
    private final Last last = new Last(loop);

    /** A loop that nobody owns yet. */
    public Checked() {
      loop.waker(last); // keeps the driver waiting
      loop.detach();
    }

    /** The driver's thread. */
    @Operation
    public void drive() {
      loop.attach();
      if (new Driver(loop, new Waiting()).runUntilShutdown() == null) {
        throw new AssertionError("no shutdown");
      }
    }

    /** Any thread. */
    @Operation
    public void call() {
      loop.execute(last);
    }

    /** When all threads are done. */
    @Validate
    public void allHaveEnded() {}
  }

  private static final class Last implements Runnable, Waker.Handler {
    private final Loop loop;
    private int left = CALLS;

    Last(Loop loop) {
      this.loop = loop;
    }

    @Override
    public void run() {
      if (--left == 0) {
        loop.shutdown(Cell.STOPPED);
      }
    }

    @Override
    public void woken(boolean closed) {
      throw new AssertionError("nobody wakes it");
    }
  }

  /** Waits without fail: of a thread that parks Lincheck believes that it may wake by itself. */
  private static final class Waiting implements Poller {
    private boolean woken;

    @Override
    public synchronized boolean poll(long maxNanos) {
      while (!woken && maxNanos > 0) {
        try {
          wait();
        } catch (InterruptedException e) {
          throw new AssertionError(e);
        }
      }
      woken = false;
      return false;
    }

    @Override
    public synchronized void wakeup() {
      woken = true;
      notifyAll();
    }

    @Override
    public void close() {}
  }

  /** A world without time. */
  private static final class Timeless implements World {
    @Override
    public long nanoTime() {
      return 0;
    }

    @Override
    public Instant wallTime() {
      return Instant.EPOCH;
    }

    @Override
    public Thread start(String name, boolean virtual, Runnable body) {
      throw new AssertionError(name);
    }
  }

  @Test
  void noDriverSleepsWhileACallWaits() {
    Models.options()
        .addCustomScenario(scenario("", "drive", "call call"))
        .addCustomScenario(scenario("", "drive", "call", "call"))
        .addCustomScenario(scenario("call", "drive", "call"))
        .iterations(0)
        .invocationsPerIteration(150)
        .addGuarantee(forClasses(WakerModelTest.CONFINED).allMethods().ignore())
        .sequentialSpecification(Anything.class)
        .check(Checked.class);
  }

  private static ExecutionScenario scenario(String before, String... threads) {
    return Scenarios.of(Checked.class, "allHaveEnded", before, threads);
  }

  /** Allows every order: the operations answer nothing. */
  public static final class Anything {
    /** Any thread. */
    public void call() {}

    /** The driver's thread. */
    public void drive() {}
  }
}
