package lemnos.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import lemnos.core.Loop;
import lemnos.core.Poller;
import lemnos.core.World;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Suspending and resuming, with whatever kinds of coroutine this JVM has. */
@Timeout(300)
final class CoroutineTest {
  private final ManualWorld world = new ManualWorld();
  private final Loop loop = new Loop(0, world);
  private final List<String> log = Collections.synchronizedList(new ArrayList<>());
  private final Runtime runtime = Run.setup(1).build();

  /** Whom the bodies work for, for want of an actor. */
  private final Seat seat =
      new Worker(9, world, Poller::parking, runtime, new SharedScheduler(world, Tracer.of(null)));

  private final Semaphore unblocked = new Semaphore(0);

  /** How to make a coroutine whose body gets the coroutine itself. */
  enum Kind {
    CONTINUATION,
    VIRTUAL,
    THREAD,
    THREAD_OF_LOOP;

    Coroutine make(CoroutineTest test, BiConsumer<CoroutineTest, Coroutine> body) {
      test.loop.attach();
      var self = new Coroutine[1];
      Runnable run = () -> body.accept(test, self[0]);
      self[0] =
          switch (this) {
            case CONTINUATION -> new ContinuationCoroutine(run);
            case VIRTUAL -> new VirtualCoroutine(test.seat, run, test.unblocked::release);
            case THREAD -> new ThreadCoroutine(test.seat, null, test.world, run);
            case THREAD_OF_LOOP -> new ThreadCoroutine(test.seat, test.loop, test.world, run);
          };
      return self[0];
    }

    boolean isAvailable() {
      return switch (this) {
        case CONTINUATION -> ContinuationCoroutine.isAvailable();
        case VIRTUAL -> VirtualCoroutine.isAvailable();
        case THREAD, THREAD_OF_LOOP -> true;
      };
    }

    boolean isConfined() {
      return this == CONTINUATION || this == THREAD_OF_LOOP;
    }
  }

  CoroutineTest() {
    loop.detach(); // JUnit makes this object and runs the test on different threads
  }

  static Stream<Kind> kinds() {
    return Stream.of(Kind.values()).filter(Kind::isAvailable);
  }

  static Stream<Kind> confinedKinds() {
    return kinds().filter(Kind::isConfined);
  }

  static Stream<Kind> mobileKinds() {
    return kinds().filter(kind -> !kind.isConfined());
  }

  @AfterEach
  void closeRuntime() {
    runtime.close();
  }

  /** They have the scheduler of who starts them, and that is the body's alone. */
  @ParameterizedTest
  @MethodSource("mobileKinds")
  void virtualThreadsThatABodyStartsRunWithoutIt(Kind kind) throws Exception {
    var ended = new CountDownLatch(2);
    var mayEnd = new Semaphore(0);
    Runnable starter =
        () -> {
          Thread.ofVirtual()
              .start(
                  () -> {
                    mayEnd.acquireUninterruptibly(); // blocks, and goes on
                    ended.countDown();
                  });
          ended.countDown();
        };
    Coroutine coroutine =
        kind.make(
            this,
            (_, self) -> {
              Thread.ofVirtual().start(starter);
              self.suspend();
              log.add("resumed");
            });
    coroutine.resume();
    mayEnd.release();
    assertTrue(ended.await(30, TimeUnit.SECONDS)); // the body is suspended meanwhile
    assertEquals(List.of(), log);
    coroutine.resume();
    assertEquals(List.of("resumed"), log);
    assertTrue(coroutine.isDone());
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
  @MethodSource("confinedKinds")
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
    boolean hasThread = kind == Kind.THREAD || kind == Kind.THREAD_OF_LOOP;
    assertEquals(hasThread ? 1 : 0, world.threads().size());
    for (Thread thread : world.threads()) {
      assertEquals("lemnos-actor", thread.getName());
      assertTrue(thread.isVirtual());
      Run.join(thread);
    }
  }

  // Those that may move

  /** A thread that resumes, and waits until that is done. */
  private static void resumeElsewhere(Coroutine coroutine) {
    try {
      Run.join(World.real().start("test-resumer", false, coroutine::resume));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @MethodSource("mobileKinds")
  void anyThreadMayResumeAndTheBodySeesOneThread(Kind kind) {
    var threads = new HashSet<Thread>();
    var local = new ThreadLocal<Integer>();
    Coroutine coroutine =
        kind.make(
            this,
            (_, self) -> {
              local.set(0);
              for (int i = 0; i < 100; i++) {
                threads.add(Thread.currentThread());
                local.set(local.get() + 1);
                self.suspend();
              }
              log.add("counted " + local.get());
              log.add("seat " + (Seat.current() == seat));
            });
    for (int i = 0; i < 50; i++) {
      coroutine.resume();
      resumeElsewhere(coroutine);
    }
    resumeElsewhere(coroutine);
    assertTrue(coroutine.isDone());
    assertEquals(1, threads.size());
    assertEquals(List.of("counted 100", "seat true"), log);
    assertNull(Seat.current(), "the resuming thread keeps its own seat");
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void whatABodyBindsIsItsOwn(Kind kind) {
    ScopedValue<String> name = ScopedValue.newInstance();
    var coroutines = new ArrayList<Coroutine>();
    for (String own : List.of("one", "two", "none")) {
      Runnable tell = () -> log.add(own + " sees " + seen(name));
      BiConsumer<CoroutineTest, Coroutine> body =
          (_, self) -> {
            tell.run();
            self.suspend();
            tell.run();
          };
      coroutines.add(
          kind.make(
              this,
              (test, self) -> {
                if (own.equals("none")) {
                  body.accept(test, self);
                } else {
                  ScopedValue.where(name, own).run(() -> body.accept(test, self));
                }
                tell.run();
              }));
    }
    for (int turn = 0; turn < 2; turn++) {
      coroutines.forEach(Coroutine::resume);
      log.add("the worker sees " + seen(name));
    }
    assertEquals(
        List.of(
            "one sees one",
            "two sees two",
            "none sees nothing",
            "the worker sees nothing",
            "one sees one",
            "one sees nothing",
            "two sees two",
            "two sees nothing",
            "none sees nothing",
            "none sees nothing",
            "the worker sees nothing"),
        log);
    assertTrue(coroutines.stream().allMatch(Coroutine::isDone));
  }

  /** Looks in the thread's cache of values, too, which {@code orElse} does not. */
  private static String seen(ScopedValue<String> name) {
    return name.isBound() ? name.get() : "nothing";
  }

  private static void assumeVirtual() {
    assumeTrue(VirtualCoroutine.isAvailable(), "needs --add-opens");
  }

  @Test
  void aBodyThatBlocksLetsItsWorkerGoOnAndSaysWhenItCan() throws Exception {
    assumeVirtual();
    var lock = new ReentrantLock();
    Coroutine coroutine =
        Kind.VIRTUAL.make(
            this,
            (_, self) -> {
              log.add("blocks");
              lock.lock();
              log.add("goes on");
              self.suspend();
              lock.unlock();
              log.add("ends");
            });
    lock.lock();
    coroutine.resume();
    assertEquals(List.of("blocks"), log);
    assertTrue(coroutine.isBlocked());
    assertEquals(0, unblocked.availablePermits());
    lock.unlock();
    assertTrue(unblocked.tryAcquire(30, TimeUnit.SECONDS));
    resumeElsewhere(coroutine);
    assertEquals(List.of("blocks", "goes on"), log);
    coroutine.resume();
    assertTrue(coroutine.isDone());
    assertEquals(List.of("blocks", "goes on", "ends"), log);
    assertEquals(0, unblocked.availablePermits(), "it was told once");
  }

  @Test
  void aBodyThatYieldsOnItsOwnCanGoOnAtOnce() {
    assumeVirtual();
    Coroutine coroutine =
        Kind.VIRTUAL.make(
            this,
            (_, _) -> {
              log.add("before");
              Thread.yield();
              log.add("after");
            });
    coroutine.resume();
    assertEquals(List.of("before"), log);
    assertFalse(coroutine.isBlocked());
    coroutine.resume();
    assertEquals(List.of("before", "after"), log);
    assertTrue(coroutine.isDone());
  }

  @Test
  void aBodyThatIsUnparkedForNothingStaysSuspended() {
    assumeVirtual();
    var threads = new ArrayList<Thread>();
    Coroutine coroutine =
        Kind.VIRTUAL.make(
            this,
            (_, self) -> {
              threads.add(Thread.currentThread());
              self.suspend();
              log.add("resumed");
              LockSupport.park();
              log.add("unparked");
            });
    coroutine.resume();
    LockSupport.unpark(threads.getFirst());
    assertEquals(0, unblocked.availablePermits());
    assertEquals(List.of(), log);
    coroutine.resume();
    assertEquals(List.of("resumed", "unparked"), log, "the permit was kept for the body's park");
    assertTrue(coroutine.isDone());
  }

  @Test
  void anInterruptEndsWhatABodyBlocksIn() throws Exception {
    assumeVirtual();
    Coroutine coroutine =
        Kind.VIRTUAL.make(
            this,
            (_, _) -> {
              try {
                new CountDownLatch(1).await();
              } catch (InterruptedException e) {
                log.add("interrupted");
              }
            });
    coroutine.resume();
    assertTrue(coroutine.isBlocked());
    coroutine.interrupt();
    assertTrue(unblocked.tryAcquire(30, TimeUnit.SECONDS));
    coroutine.resume();
    assertEquals(List.of("interrupted"), log);
  }

  private static @Nullable Coroutine initialiser;

  private static final class SuspendsWhileItIsInitialised {
    static final boolean SUSPENDED = suspend();

    private static boolean suspend() {
      Objects.requireNonNull(initialiser).suspend();
      return true;
    }
  }

  @Test
  void aBodyThatCannotBeSuspendedIsToldSo() {
    assumeVirtual();
    Coroutine coroutine =
        Kind.VIRTUAL.make(
            this,
            (_, self) -> {
              initialiser = self;
              try {
                log.add("suspended " + SuspendsWhileItIsInitialised.SUSPENDED);
              } catch (ExceptionInInitializerError e) {
                log.add("refused");
              }
              self.suspend();
              log.add("resumed");
            });
    coroutine.resume();
    assertEquals(List.of("refused"), log);
    coroutine.resume();
    assertEquals(List.of("refused", "resumed"), log);
  }
}
