package lemnos.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import lemnos.core.Poller;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who runs next, and what a priority is worth. */
@Timeout(300)
final class SchedulerTest {
  private final ManualWorld world = new ManualWorld();
  private final Runtime runtime = Run.setup(1).build();
  private final Worker worker =
      new Worker(9, world, Poller::parking, runtime, new SharedScheduler(world, Tracer.of(null)));
  private final Scheduler scheduler = new Scheduler();

  @AfterEach
  void closeRuntime() {
    runtime.close();
  }

  private Process<Void> process(String name, Priority priority, long runtime) {
    var options = ActorOptions.standard().withName(name).withPriority(priority);
    Fate<Void> idler = new Supervision<>((_, _) -> _ -> {}, Supervisor.stopping(), 0);
    var process = new LocalProcess<>(worker, false, idler, options);
    process.runtime = runtime;
    return process;
  }

  private Process<Void> process(long runtime) {
    return process("p" + runtime, Priority.NORMAL, runtime);
  }

  private Process<?> next() {
    return Objects.requireNonNull(scheduler.next());
  }

  @Test
  void anEmptySchedulerHasNobody() {
    assertTrue(scheduler.isEmpty());
    assertNull(scheduler.next());
  }

  @Test
  void whoHadTheLeastRunTimeIsNext() {
    var much = process(300);
    var little = process(100);
    var some = process(200);
    List.of(much, little, some).forEach(scheduler::add);
    assertEquals(3, scheduler.size());
    assertEquals(List.of(little, some, much), List.of(next(), next(), next()));
    assertTrue(scheduler.isEmpty());
  }

  @Test
  void ofEqualRunTimesTheHigherPriorityIsNextAndThenWhoCameFirst() {
    var low = process("low", Priority.LOW, 7);
    var first = process("first", Priority.NORMAL, 7);
    var second = process("second", Priority.NORMAL, 7);
    var high = process("high", Priority.HIGH, 7);
    List.of(low, first, second, high).forEach(scheduler::add);
    assertEquals(List.of(high, first, second, low), List.of(next(), next(), next(), next()));
  }

  @Test
  void aNewcomerStartsAtTheMinimum() {
    var old = process(1000);
    scheduler.add(old);
    next();
    old.runtime += 50;
    scheduler.add(old);
    var newcomer = process(0);
    scheduler.add(newcomer);
    assertEquals(1000, newcomer.runtime);
    assertSame(newcomer, next());
    newcomer.runtime += 60;
    scheduler.add(newcomer);
    assertSame(old, next(), "the newcomer has nothing to catch up");
  }

  @Test
  void aLongSleeperStartsAtTheMinimum() {
    var sleeper = process(10);
    scheduler.add(sleeper);
    next();
    var busy = process(20);
    for (int i = 0; i < 100; i++) {
      scheduler.add(busy);
      next();
      busy.runtime += 10;
    }
    scheduler.add(busy);
    scheduler.add(sleeper);
    assertEquals(busy.runtime - 10, sleeper.runtime);
  }

  @Test
  void whoWakesWithMoreThanTheMinimumKeepsIt() {
    var rich = process(500);
    var poor = process(100);
    scheduler.add(poor);
    next();
    scheduler.add(rich);
    assertEquals(500, rich.runtime);
  }

  @Test
  void whoIsRemovedIsNotNext() {
    var a = process(1);
    var b = process(2);
    var c = process(3);
    scheduler.add(a);
    scheduler.remove(b);
    assertEquals(1, scheduler.size());
    scheduler.remove(a);
    assertTrue(scheduler.isEmpty());
    List.of(a, b, c).forEach(scheduler::add);
    scheduler.remove(b);
    assertEquals(List.of(a, c), List.of(next(), next()));
    assertTrue(scheduler.isEmpty());
  }

  @Test
  void anyHistoryAgreesWithAListThatIsSearched() {
    long seed = new Random().nextLong();
    System.out.println("SchedulerTest seed " + seed);
    var random = new Random(seed);
    var order =
        Comparator.<Process<?>>comparingLong(p -> p.runtime)
            .thenComparing(p -> p.weight())
            .thenComparingLong(p -> p.arrival);
    var ready = new ArrayList<Process<?>>();
    var asleep = new ArrayList<Process<?>>();
    for (int i = 0; i < 40; i++) {
      asleep.add(process("p" + i, Priority.values()[i % 3], random.nextInt(100)));
    }
    for (int i = 0; i < 20_000; i++) {
      if (!asleep.isEmpty() && random.nextBoolean()) {
        Process<?> process = asleep.remove(random.nextInt(asleep.size()));
        scheduler.add(process);
        ready.add(process);
      } else if (!ready.isEmpty()) {
        Process<?> expected = ready.stream().min(order).orElseThrow();
        assertSame(expected, next(), "seed " + seed);
        ready.remove(expected);
        expected.runtime += (long) random.nextInt(50) * expected.weight();
        asleep.add(expected);
      }
      assertEquals(ready.size(), scheduler.size());
    }
  }

  @Test
  void prioritiesHoldUnderLoad() throws RuntimeFailure {
    checkShares(Duration.ofMillis(1), 20);
  }

  /** Whose time is known from samples. */
  @Test
  void prioritiesHoldForShortTurnsToo() throws RuntimeFailure {
    checkShares(Duration.ofNanos(1000), 400);
  }

  private void checkShares(Duration turn, int tolerance) throws RuntimeFailure {
    var turns = new EnumMap<Priority, Integer>(Priority.class);
    int total = 13_000; // HIGH : NORMAL : LOW is as 6 : 3 : 2, and there are 1, 1 and 2 of them
    Run.on(
        Run.setup(1).world(world).poller(world::poller),
        ref -> {
          for (Priority priority :
              List.of(Priority.LOW, Priority.HIGH, Priority.NORMAL, Priority.LOW)) {
            Run.<Void>spawn(
                ref,
                ActorOptions.standard().withPriority(priority),
                ctx -> {
                  while (sum(turns) < total) {
                    turns.merge(priority, 1, Integer::sum);
                    world.pass(turn);
                    ctx.sleep(Duration.ZERO);
                  }
                });
          }
        });
    assertEquals(total * 6 / 13.0, turns.getOrDefault(Priority.HIGH, 0), tolerance);
    assertEquals(total * 3 / 13.0, turns.getOrDefault(Priority.NORMAL, 0), tolerance);
    assertEquals(total * 4 / 13.0, turns.getOrDefault(Priority.LOW, 0), tolerance);
  }

  private static int sum(Map<Priority, Integer> turns) {
    return turns.values().stream().mapToInt(Integer::intValue).sum();
  }
}
