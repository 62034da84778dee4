package lemnos.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import lemnos.core.Poller;
import lemnos.core.World;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The shared run queue, who watches the alarms, and who may leave. */
@Timeout(300)
final class SharedSchedulerTest {
  private final ManualWorld world = new ManualWorld();
  private final Runtime runtime = Run.setup(1).build();
  private final SharedScheduler scheduler = new SharedScheduler(world, Tracer.of(null));
  private final Worker one = new Worker(8, world, Poller::parking, runtime, scheduler);
  private final Worker two = new Worker(9, world, Poller::parking, runtime, scheduler);

  @AfterEach
  void closeRuntime() {
    runtime.close();
  }

  private SharedProcess<Void> process(String name) {
    assertTrue(scheduler.enter());
    Fate<Void> idler = new Supervision<>((_, _) -> _ -> {}, Supervisor.stopping(), 0);
    return new SharedProcess<>(scheduler, idler, ActorOptions.standard().withName(name));
  }

  @Test
  void processesAreTakenInTheOrderInWhichTheyCame() {
    assertTrue(scheduler.isEmpty());
    assertNull(scheduler.next());
    List<SharedProcess<?>> all = new ArrayList<>();
    for (String name : List.of("a", "b", "c", "d")) {
      SharedProcess<?> process = process(name);
      all.add(process);
      scheduler.push(process);
      assertEquals(all.size(), scheduler.size());
    }
    assertSame(all.get(0), scheduler.next());
    assertEquals(3, scheduler.size());
    scheduler.push(all.get(0));
    for (int i : List.of(1, 2, 3, 0)) {
      assertSame(all.get(i), scheduler.next());
    }
    assertTrue(scheduler.isEmpty());
    assertEquals(0, scheduler.size());
  }

  /** Each process is pushed again by whoever took it; at no time may two have the same one. */
  @Test
  void noProcessIsTakenTwiceOrLostWhateverIsPushedMeanwhile() throws Exception {
    int threads = 4;
    int processes = 7;
    int turns = 40_000;
    var held = new HashMap<Process<?>, AtomicInteger>();
    for (int i = 0; i < processes; i++) {
      SharedProcess<?> process = process("p" + i);
      held.put(process, new AtomicInteger());
      scheduler.push(process);
    }
    var faults = new AtomicInteger();
    var done = new CountDownLatch(threads);
    for (int t = 0; t < threads; t++) {
      World.real()
          .start(
              "test-worker",
              false,
              () -> {
                for (int i = 0; i < turns; i++) {
                  Process<?> process = scheduler.next();
                  if (process instanceof SharedProcess<?> shared) {
                    AtomicInteger holders = held.getOrDefault(process, new AtomicInteger(1));
                    faults.addAndGet(holders.getAndIncrement());
                    holders.decrementAndGet();
                    scheduler.push(shared);
                  }
                }
                done.countDown();
              });
    }
    Run.await(done);
    assertEquals(0, faults.get());
    for (int i = 0; i < processes; i++) {
      assertNotNull(held.remove(scheduler.next()));
    }
    assertTrue(held.isEmpty());
    assertTrue(scheduler.isEmpty());
  }

  // Alarms

  @Test
  void oneWorkerWakesForAnAlarmAndTheOthersALittleLater() {
    assertEquals(Long.MAX_VALUE, scheduler.watch(one, 0), "there is none");
    scheduler.arm(process("a"), 1000);
    assertEquals(990, scheduler.watch(one, 10));
    assertEquals(980 + SharedScheduler.SLACK_NANOS, scheduler.watch(two, 20));
    assertEquals(970, scheduler.watch(one, 30), "it is the timekeeper still");
    scheduler.unwatch(two);
    assertEquals(960 + SharedScheduler.SLACK_NANOS, scheduler.watch(two, 40));
    scheduler.unwatch(one);
    assertEquals(950, scheduler.watch(two, 50), "the timekeeper is awake");
    assertEquals(0, scheduler.watch(two, 2000), "it is late");
    assertEquals(SharedScheduler.SLACK_NANOS, scheduler.watch(one, 2000));
  }

  @Test
  void whoSetsAnEarlierAlarmBecomesTimekeeper() {
    scheduler.arm(process("a"), 1000);
    assertEquals(1000, scheduler.watch(one, 0));
    scheduler.arm(process("b"), 500);
    assertEquals(500, scheduler.watch(two, 0));
    assertEquals(500 + SharedScheduler.SLACK_NANOS, scheduler.watch(one, 0));
  }

  @Test
  void anAlarmMayBeAsFarAwayAsTimeGoes() {
    scheduler.arm(process("a"), Alarm.NEVER - 1);
    assertEquals(Alarm.NEVER - 1, scheduler.watch(one, 0));
    assertEquals(Alarm.NEVER, scheduler.watch(two, 0));
  }

  @Test
  void alarmsOfTheSameTimeAreNotMistakenForEachOther() {
    SharedProcess<?> a = process("a");
    SharedProcess<?> b = process("b");
    List.of(a, b).forEach(scheduler::push);
    List.of(a, b).forEach(_ -> scheduler.next());
    scheduler.arm(a, 1000);
    scheduler.arm(b, 1000);
    scheduler.arm(a, Alarm.NEVER);
    assertEquals(1000, b.armedAt);
    assertEquals(1000, scheduler.watch(one, 0), "that of b is still there");
    scheduler.ring(1000);
    assertEquals(Alarm.NEVER, b.armedAt);
    assertEquals(Long.MAX_VALUE, scheduler.watch(one, 0));
  }

  @Test
  void whoHasEndedHasNoAlarm() {
    SharedProcess<?> process = process("a");
    scheduler.push(process);
    scheduler.next();
    scheduler.arm(process, 1000);
    assertEquals(1, scheduler.timers());
    scheduler.ended(process);
    assertEquals(0, scheduler.timers());
    assertFalse(scheduler.isDue(1000));
  }

  @Test
  void anyHistoryOfAlarmsAgreesWithASortedMap() {
    long seed = new Random().nextLong();
    System.out.println("SharedSchedulerTest seed " + seed);
    var random = new Random(seed);
    List<SharedProcess<?>> all = new ArrayList<>();
    IntStream.range(0, 20).forEach(i -> all.add(process("p" + i)));
    all.forEach(scheduler::push);
    all.forEach(_ -> scheduler.next());
    var expected = new TreeMap<Long, Integer>();
    long now = 0;
    for (int i = 0; i < 20_000; i++) {
      if (random.nextInt(4) > 0) {
        SharedProcess<?> process = all.get(random.nextInt(all.size()));
        expected.computeIfPresent(process.armedAt, (_, n) -> n == 1 ? null : n - 1);
        long at = random.nextInt(5) == 0 ? Alarm.NEVER : now + 1 + random.nextInt(50);
        scheduler.arm(process, at);
        if (at != Alarm.NEVER) {
          expected.merge(at, 1, Integer::sum);
        }
      } else {
        now += random.nextInt(30);
        scheduler.ring(now);
        expected.headMap(now, true).clear();
      }
      long first = expected.isEmpty() ? Alarm.NEVER : expected.firstKey();
      long armed = all.stream().mapToLong(p -> p.armedAt).min().orElseThrow();
      assertEquals(first, armed, "seed " + seed);
      long wait = first == Alarm.NEVER ? Long.MAX_VALUE : first - now;
      scheduler.unwatch(one);
      assertEquals(wait, scheduler.watch(one, now), "seed " + seed);
    }
  }

  // Who may leave

  @Test
  void workersStayAsLongAsAnythingLivesAndNothingComesAfterThem() {
    SharedProcess<?> process = process("a");
    scheduler.push(process);
    scheduler.next();
    assertFalse(scheduler.tryLeave());
    assertTrue(scheduler.hasLiving());
    scheduler.ended(process);
    assertFalse(scheduler.hasLiving());
    assertTrue(scheduler.tryLeave());
    assertFalse(scheduler.isDeserted());
    assertTrue(scheduler.enter(), "one worker is left");
    assertFalse(scheduler.tryLeave());
    assertTrue(scheduler.leave(), "the last one leaves because it failed");
    assertTrue(scheduler.isDeserted());
    assertFalse(scheduler.enter());
  }

  /** Or the memory of each that ever lived would be kept. */
  @Test
  void whoHasEndedIsForgotten() {
    List<SharedProcess<?>> all = List.of(process("a"), process("b"), process("c"));
    all.forEach(scheduler::push);
    all.forEach(_ -> scheduler.next());
    scheduler.ended(all.get(1));
    scheduler.cancelAll();
    assertEquals(List.of(true, false, true), all.stream().map(Process::isCancelled).toList());
  }

  @Test
  void whoComesWhenAllWereCancelledIsCancelledToo() {
    List<SharedProcess<?>> all = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      all.add(process("p" + i));
      scheduler.push(all.get(i));
      if (i == 1) {
        scheduler.cancelAll();
      }
    }
    all.forEach(_ -> scheduler.next());
    assertEquals(Collections.nCopies(4, true), all.stream().map(Process::isCancelled).toList());
  }
}
