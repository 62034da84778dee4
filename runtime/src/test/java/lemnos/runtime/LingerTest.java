package lemnos.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import lemnos.core.Poller;
import lemnos.core.World;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Actors of two workers that talk so fast that they look for the answer in their turns. The time
 * stands still, so every sleep counts as a short one, and looking is always worth while. {@link
 * LingerModelTest} goes through what may happen in between.
 */
@Timeout(300)
final class LingerTest {
  private static final int MESSAGES = 2_000;

  private final ManualWorld world = new ManualWorld();
  private final AtomicBoolean rested = new AtomicBoolean();
  private final CompletableFuture<ActorRef<Ping>> pong = new CompletableFuture<>();

  private record Ping(ActorRef<Ping> replyTo) {}

  private Setup setup() {
    return Run.setup(2).world(world);
  }

  /** Spawns an actor on each of two workers. */
  private WorkerFunction pair(int inboxSize, Run.Body<Ping> first, Run.Body<Ping> second) {
    return ref -> {
      if (ref.workerId() == 1) {
        Run.spawn(ref, Run.inboxOf(inboxSize), first);
      } else {
        pong.complete(Run.spawn(ref, Run.inboxOf(inboxSize), second));
      }
    };
  }

  private static void answer(Context<Ping> ctx) {
    for (; ; ) {
      Ping ping = ctx.receiveNext();
      ping.replyTo().send(ping);
    }
  }

  @Test
  void everyMessageIsAnswered() throws Exception {
    var answers = new AtomicInteger();
    Run.Body<Ping> asks =
        ctx -> {
          for (int i = 0; i < MESSAGES; i++) {
            pong.join().send(new Ping(ctx.self()));
            ctx.receiveNext();
            answers.incrementAndGet();
          }
          ctx.runtime().runtime().stop();
        };
    Run.on(setup(), pair(8, asks, LingerTest::answer));
    assertEquals(MESSAGES, answers.get());
  }

  @Test
  void whoWaitsForRoomGetsItFromOneThatLooks() throws Exception {
    var received = new AtomicInteger();
    Run.Body<Ping> sends =
        ctx -> {
          for (int i = 0; i < MESSAGES; i++) {
            pong.join().send(new Ping(ctx.self()));
          }
        };
    Run.Body<Ping> counts =
        ctx -> {
          for (int i = 0; i < MESSAGES; i++) {
            ctx.receiveNext();
            received.incrementAndGet();
          }
        };
    Run.on(setup(), pair(1, sends, counts));
    assertEquals(MESSAGES, received.get());
  }

  @Test
  void whoWaitsForRoomOnTheSameWorkerIsNotKeptWaitingByLooks() throws Exception {
    var toSkip = new AtomicInteger(-1);
    WorkerFunction both =
        ref -> {
          Spinner spinner = Objects.requireNonNull(Worker.currentOrNull()).spinner;
          spinner.slept(1); // so it looks when that may be of use
          ActorRef<Integer> counter =
              Run.spawn(
                  ref,
                  Run.inboxOf(2),
                  ctx -> {
                    for (int i = 0; i < MESSAGES; i++) {
                      ctx.receiveNext();
                    }
                    toSkip.set(spinner.turnsToSkip);
                  });
          Run.spawn(
              ref,
              Run.inboxOf(2),
              (Context<Integer> ctx) -> {
                for (int i = 0; i < MESSAGES; i++) {
                  counter.send(i);
                }
              });
        };
    Run.on(Run.setup(1).world(world), both);
    assertEquals(0, toSkip.get(), "nobody has looked in vain");
  }

  @RepeatedTest(5)
  void whoLooksCanBeStopped() throws Exception {
    var talking = new CountDownLatch(200);
    var ended = new AtomicInteger();
    Run.Body<Ping> asks =
        ctx -> {
          try {
            for (; ; ) {
              pong.join().send(new Ping(ctx.self()));
              ctx.receiveNext();
              talking.countDown();
            }
          } finally {
            ended.incrementAndGet();
          }
        };
    Run.Body<Ping> answers =
        ctx -> {
          try {
            answer(ctx);
          } finally {
            ended.incrementAndGet();
          }
        };
    Runtime runtime = setup().build();
    runtime.runOnWorkers(pair(8, asks, answers));
    Thread starter = World.real().start("test-starter", false, () -> start(runtime));
    Run.await(talking);
    runtime.stop();
    Run.join(starter);
    assertEquals(2, ended.get());
  }

  private static void start(Runtime runtime) {
    try {
      runtime.start();
    } catch (RuntimeFailure e) {
      throw new AssertionError(e);
    }
  }

  /** Calls its own worker during its first sleep, and counts the polls that are no sleeps. */
  private static final class CallingPoller implements Poller {
    final CountDownLatch asleep = new CountDownLatch(2);
    int looks;
    private final Worker worker = Objects.requireNonNull(Worker.currentOrNull());
    private final Poller parking = Poller.parking();
    private final boolean hasEvent;

    CallingPoller(boolean hasEvent) {
      this.hasEvent = hasEvent;
    }

    @Override
    public boolean poll(long maxNanos) {
      if (maxNanos == 0) {
        looks++;
        return false;
      }
      asleep.countDown();
      if (asleep.getCount() > 0) {
        worker.loop().execute(() -> {});
        return hasEvent;
      }
      return parking.poll(maxNanos);
    }

    @Override
    public void wakeup() {
      parking.wakeup();
    }

    @Override
    public void close() {
      parking.close();
    }
  }

  /** How often a worker looks for I/O after a short sleep that a call ended, before the next. */
  private int looksAfterASleep(boolean hasEvent) throws Exception {
    var made = new CompletableFuture<CallingPoller>();
    Supplier<Poller> pollers =
        () -> {
          var poller = new CallingPoller(hasEvent);
          made.complete(poller);
          return poller;
        };
    try (Runtime _ = Run.setup(1).world(world).poller(pollers).build()) {
      Run.await(made.join().asleep);
      return made.join().looks;
    }
  }

  @Test
  void aWorkerLooksAfterASleepThatAnotherThreadEnded() throws Exception {
    boolean isAlone = java.lang.Runtime.getRuntime().availableProcessors() == 1;
    assertEquals(isAlone ? 0 : Spinner.LOOKS / Spinner.LOOKS_A_POLL, looksAfterASleep(false));
    assertEquals(0, looksAfterASleep(true), "an event ended it");
  }

  @Test
  void sleepsThatTimersEndAreNoReasonToLook() throws RuntimeFailure {
    Run.on(
        Run.setup(1).world(world).poller(world::poller),
        ref ->
            Run.<Void>spawn(
                ref,
                ctx -> {
                  Worker worker = Objects.requireNonNull(Worker.currentOrNull());
                  for (int i = 0; i < 3; i++) {
                    ctx.sleep(Duration.ofNanos(1));
                    assertFalse(worker.spinner.mayLinger());
                  }
                  rested.set(true);
                }));
    assertTrue(rested.get());
  }
}
