package lemnos.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import lemnos.core.Loop;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Suspending and resuming, with whatever kinds of coroutine this JVM has. */
@Timeout(60)
final class CoroutineTest {
  private final ManualWorld world = new ManualWorld();
  private final Loop loop = new Loop(0, world);
  private final List<String> log = new ArrayList<>();

  /** How to make a coroutine whose body gets the coroutine itself. */
  enum Kind {
    CONTINUATION,
    THREAD;

    Coroutine make(CoroutineTest test, BiConsumer<CoroutineTest, Coroutine> body) {
      test.loop.attach();
      var self = new Coroutine[1];
      Runnable run = () -> body.accept(test, self[0]);
      self[0] =
          this == CONTINUATION
              ? new ContinuationCoroutine(run)
              : new ThreadCoroutine(test.loop, test.world, run);
      return self[0];
    }
  }

  CoroutineTest() {
    loop.detach(); // JUnit makes this object and runs the test on different threads
  }

  static Stream<Kind> kinds() {
    return Stream.of(Kind.values())
        .filter(kind -> kind == Kind.THREAD || ContinuationCoroutine.isAvailable());
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void suspendsAndResumes100000Times(Kind kind) {
    var count = new int[1];
    int rounds = 100_000;
    Coroutine coroutine =
        kind.make(
            this,
            (_, self) -> {
              for (int i = 0; i < rounds; i++) {
                count[0]++;
                self.suspend();
              }
            });
    for (int i = 1; i <= rounds; i++) {
      coroutine.resume();
      assertEquals(i, count[0]);
      assertFalse(coroutine.isDone());
    }
    coroutine.resume();
    assertTrue(coroutine.isDone());
    assertEquals(rounds, count[0]);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void suspendsDeepInNestedCalls(Kind kind) {
    Coroutine coroutine = kind.make(this, (_, self) -> log.add("sum " + sum(self, 500)));
    int resumed = 0;
    while (!coroutine.isDone()) {
      coroutine.resume();
      resumed++;
    }
    assertEquals(List.of("sum 125250"), log);
    assertEquals(51, resumed);
  }

  private static int sum(Coroutine self, int n) {
    if (n == 0) {
      return 0;
    }
    if (n % 10 == 0) {
      self.suspend();
    }
    return sum(self, n - 1) + n;
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void exceptionsPassThroughSuspendedFrames(Kind kind) {
    Coroutine coroutine = kind.make(this, CoroutineTest::failAfterSuspending);
    coroutine.resume();
    log.add("suspended");
    coroutine.resume();
    assertTrue(coroutine.isDone());
    assertEquals(List.of("begin", "suspended", "finally", "caught on purpose"), log);
  }

  private void failAfterSuspending(Coroutine self) {
    try {
      log.add("begin");
      try {
        self.suspend();
        throw new IllegalStateException("on purpose");
      } finally {
        log.add("finally");
      }
    } catch (IllegalStateException e) {
      log.add("caught " + e.getMessage());
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void thousandsCanBeSuspendedAtOnce(Kind kind) {
    var order = new ArrayList<Integer>();
    var coroutines = new ArrayList<Coroutine>();
    int many = 5_000;
    for (int i = 0; i < many; i++) {
      int id = i;
      coroutines.add(
          kind.make(
              this,
              (_, self) -> {
                self.suspend();
                order.add(id);
                self.suspend();
                order.add(id);
              }));
    }
    for (int round = 0; round < 3; round++) {
      coroutines.forEach(Coroutine::resume);
      assertEquals(round * many, order.size());
    }
    assertTrue(coroutines.stream().allMatch(Coroutine::isDone));
    for (int i = 0; i < 2 * many; i++) {
      assertEquals(i % many, order.get(i));
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void theLoopBelongsToWhoeverRuns(Kind kind) {
    Coroutine coroutine =
        kind.make(
            this,
            (test, self) -> {
              test.log.add("inside " + test.loop.isOwner());
              self.suspend();
              test.log.add("inside " + test.loop.isOwner());
              test.loop.execute(() -> test.log.add("call"));
            });
    while (!coroutine.isDone()) {
      coroutine.resume();
      log.add("outside " + loop.isOwner());
    }
    loop.run(0, false);
    assertEquals(
        List.of("inside true", "outside true", "inside true", "outside true", "call"), log);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void anInterruptDoesNotDisturbTheTurns(Kind kind) {
    Coroutine coroutine =
        kind.make(
            this,
            (test, self) -> {
              for (int i = 0; i < 100; i++) {
                test.log.add("turn");
                Thread.currentThread().interrupt();
                self.suspend();
              }
            });
    for (int i = 1; i <= 100; i++) {
      Thread.currentThread().interrupt();
      coroutine.resume();
      assertEquals(i, log.size());
    }
    coroutine.resume();
    assertTrue(coroutine.isDone());
    Thread.interrupted();
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void threadsComeFromTheWorldAndEnd(Kind kind) throws InterruptedException {
    Coroutine coroutine = kind.make(this, (_, self) -> self.suspend());
    assertEquals(List.of(), world.threads(), "none before it is needed");
    coroutine.resume();
    coroutine.resume();
    assertEquals(kind == Kind.THREAD ? 1 : 0, world.threads().size());
    for (Thread thread : world.threads()) {
      assertEquals("lemnos-actor", thread.getName());
      assertTrue(thread.isVirtual());
      Run.join(thread);
    }
  }
}
