package lemnos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random programs on a loop and on its {@linkplain NaiveMachine model}: the same things have to
 * happen in the same order. The programs make, call, ask, kill and drop actors on all queues and by
 * timers, before they are ready and after their end; answer, pass, hold and forget Rets; throw; and
 * are run with budgets and idle calls.
 */
final class LoopModelTest {
  /** More with {@code -Dlemnos.loop.steps=20000000}. */
  private static final long STEPS = Long.getLong("lemnos.loop.steps", 260_000);

  private static final int ROUNDS = 200;
  private static final int DEPTH = 6;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void randomProgramsDoTheSameAsOnTheModel(long firstSeed) {
    System.out.println("LoopModelTest seeds from " + firstSeed * 1_000_000);
    long steps = 0;
    for (long seed = firstSeed * 1_000_000; steps < STEPS; seed++) {
      steps += compare(seed);
    }
  }

  private static long compare(long seed) {
    var random = new SplittableRandom(seed);
    var real = new RealMachine();
    var naive = new NaiveMachine();
    String where = "LoopModelTest seed " + seed;
    long now = 0;
    for (int round = 0; round < ROUNDS; round++) {
      for (int n = random.nextInt(3); n > 0; n--) {
        long script = Machine.script(random, DEPTH);
        real.perform(Machine.NOBODY, Machine.NOBODY, script);
        naive.perform(Machine.NOBODY, Machine.NOBODY, script);
      }
      now += random.nextInt(8) - 1;
      boolean idle = random.nextBoolean();
      int budget = random.nextInt(3) == 0 ? random.nextInt(12) : Integer.MAX_VALUE;
      runBoth(real, naive, now, idle, budget, where + " round " + round);
    }
    while (naive.nextExpiry() != Long.MAX_VALUE) {
      now = naive.nextExpiry();
      runBoth(real, naive, now, true, Integer.MAX_VALUE, where + " at the end");
    }
    real.close();
    naive.close();
    assertEquals(naive.events, real.events, where + " closing");
    assertEquals(naive.steps, real.steps);
    return naive.steps;
  }

  private static void runBoth(
      RealMachine real, NaiveMachine naive, long now, boolean idle, int budget, String where) {
    assertEquals(naive.run(now, idle, budget), real.run(now, idle, budget), where);
    assertEquals(naive.events, real.events, where);
    assertEquals(naive.load(), real.load(), where);
    assertEquals(naive.nextExpiry(), real.nextExpiry(), where);
    naive.events.clear();
    real.events.clear();
  }
}
