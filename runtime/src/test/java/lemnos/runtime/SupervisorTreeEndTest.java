package lemnos.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * How much time children have when their tree ends or restarts them, and what they may do in it.
 */
@Timeout(300)
final class SupervisorTreeEndTest {
  private static final Duration DAY = Duration.ofDays(1);
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final ManualWorld world = new ManualWorld();
  private final List<String> log = Collections.synchronizedList(new ArrayList<>());

  private Setup virtual() {
    return Run.setup(1).world(world).poller(world::poller);
  }

  /** An actor to which each message is a second's work; it has been sent so many. */
  private ActorRef<Integer> busy(SupervisorTree tree, String name, int seconds) {
    SequentialActor<Integer, Integer> body =
        (ctx, _) -> {
          try {
            while (true) {
              int second = ctx.receiveNext();
              ctx.sleep(SECOND);
              log.add(name + " " + second);
            }
          } catch (Disconnected e) {
            log.add(name + " ends by itself");
            throw e;
          } catch (Cancelled e) {
            log.add(name + " is ended");
            throw e;
          }
        };
    ActorOptions options =
        ActorOptions.standard().withName(name).withReady(false).withInboxSize(100);
    ActorRef<Integer> ref = tree.spawn(Lifetime.PERMANENT, body, 0, options);
    for (int i = 1; i <= seconds; i++) {
      assertSame(Sent.SENT, ref.trySend(i));
    }
    return ref;
  }

  private SupervisorTree patient(Runtime runtime) {
    return runtime.tree(TreeOptions.standard().withShutdown(SECOND.multipliedBy(10)));
  }

  @Test
  void whoIsToEndStillGetsItsMessages() throws Exception {
    try (Runtime runtime = virtual().build()) {
      SupervisorTree tree = patient(runtime);
      runtime.runOnWorkers(
          _ -> {
            busy(tree, "old", 2);
            busy(tree, "young", 3);
            tree.stop(); // before any time passes
          });
      tree.end().get(60, TimeUnit.SECONDS);
      assertTrue(log.containsAll(List.of("old 1", "old 2", "young 1", "young 2", "young 3")));
      assertEquals("old ends by itself", log.getLast());
      assertTrue(log.contains("young ends by itself"), log::toString);
      assertEquals(3 * SECOND.toNanos(), world.nanoTime());
    }
  }

  @Test
  void whoHasNotEndedInTimeIsEnded() throws Exception {
    try (Runtime runtime = virtual().build()) {
      SupervisorTree tree = patient(runtime);
      runtime.runOnWorkers(
          _ -> {
            busy(tree, "a", 99);
            tree.stop();
          });
      tree.end().get(60, TimeUnit.SECONDS);
      assertEquals("a is ended", log.getLast());
      assertTrue(log.contains("a 9"), log::toString);
      assertFalse(log.contains("a 11"), log::toString);
      assertEquals(10 * SECOND.toNanos(), world.nanoTime());
    }
  }

  @Test
  void aTreeBelowDoesAsItsOwnOptionsSayAndNoAlarmIsLeft() throws Exception {
    try (Runtime runtime = virtual().build()) {
      SupervisorTree tree = patient(runtime);
      SupervisorTree below = tree.tree(Lifetime.PERMANENT, TreeOptions.standard());
      runtime.runOnWorkers(
          _ -> {
            busy(tree, "a", 1);
            busy(below, "b", 2);
            tree.stop();
          });
      tree.end().get(60, TimeUnit.SECONDS);
      runtime.start(); // which returns: the alarm for who is late keeps nobody here
      assertTrue(log.contains("a ends by itself"), log::toString);
      assertEquals("b is ended", log.getLast());
      assertEquals(SECOND.toNanos(), world.nanoTime());
    }
  }

  /** Then nobody is there to keep an eye on the time. */
  @Test
  void whenTheWorkersHaveLeftASyncActorIsEndedAtOnce() throws Exception {
    try (Runtime runtime = Run.setup(1).build()) {
      SupervisorTree tree = runtime.tree(TreeOptions.standard().withShutdown(DAY));
      tree.spawnSync(
          Lifetime.PERMANENT,
          (Context<Integer> ctx, Integer _) -> {
            while (true) {
              ctx.sleep(DAY);
            }
          },
          0,
          ActorOptions.standard().withName("sync"));
      var ended = new CompletableFuture<Void>();
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  runtime.start();
                  ended.complete(null);
                } catch (RuntimeFailure e) {
                  ended.completeExceptionally(e);
                }
              });
      assertThrows(IllegalStateException.class, () -> spawnForEver(runtime));
      tree.stop();
      tree.end().get(60, TimeUnit.SECONDS);
      ended.get(60, TimeUnit.SECONDS);
    }
  }

  private static void spawnForEver(Runtime runtime) throws Exception {
    while (true) {
      runtime.spawnFuture(_ -> true, ActorOptions.standard()).get(60, TimeUnit.SECONDS);
    }
  }

  /** It has its own thread, so that there is a worker to look at the time. */
  private CountDownLatch computing(SupervisorTree tree, AtomicBoolean mayEnd) {
    var begun = new CountDownLatch(1);
    tree.spawnSync(
        Lifetime.PERMANENT,
        (Context<Integer> _, Integer _) -> {
          begun.countDown();
          while (!mayEnd.get()) {
            Thread.onSpinWait();
          }
        },
        0,
        ActorOptions.standard().withName("busy"));
    return begun;
  }

  @Test
  void whoComputesOnIsAbandonedWhenPatienceEndsAndTheOthersEndAfterIt() throws Exception {
    var mayEnd = new AtomicBoolean();
    try (CapturedLog logged = CapturedLog.of(SupervisorTree.class);
        Runtime runtime = virtual().build()) {
      SupervisorTree tree =
          runtime.tree(TreeOptions.standard().withPatience(SECOND.multipliedBy(7)));
      runtime.runOnWorkers(
          _ -> {
            busy(tree, "old", 99);
            computing(tree, mayEnd).await();
            tree.stop(); // before any time passes
          });
      tree.end().get(60, TimeUnit.SECONDS);
      assertEquals(7 * SECOND.toNanos(), world.nanoTime());
      assertEquals("old is ended", log.getLast());
      String line = logged.lines().getFirst();
      assertTrue(line.startsWith("ERROR a child goes on though its life was ended"), line);
      assertTrue(line.contains("child=actor 'busy'"), line);
      mayEnd.set(true); // and its end, which comes late, does no harm
    } finally {
      mayEnd.set(true);
    }
  }

  @Test
  void withoutALimitWhoComputesOnIsWaitedFor() throws Exception {
    var mayEnd = new AtomicBoolean();
    try (Runtime runtime = virtual().build()) {
      SupervisorTree tree = runtime.tree(TreeOptions.standard());
      computing(tree, mayEnd).await();
      var end = tree.end();
      tree.stop();
      runtime
          .spawnFuture(
              ctx -> {
                ctx.sleep(DAY);
                return true;
              },
              ActorOptions.standard())
          .get(60, TimeUnit.SECONDS);
      assertFalse(end.isDone());
      mayEnd.set(true);
      end.get(60, TimeUnit.SECONDS);
    } finally {
      mayEnd.set(true);
    }
  }

  // Restarts

  private static TreeOptions impatient() {
    return TreeOptions.standard()
        .withStrategy(Strategy.ONE_FOR_ALL)
        .withPatience(SECOND.multipliedBy(7));
  }

  /** An actor that fails at its first message, and logs its second life; it has begun. */
  private ActorRef<Integer> failing(SupervisorTree tree, CountDownLatch restarted)
      throws InterruptedException {
    var lives = new AtomicInteger();
    var begun = new CountDownLatch(1);
    ActorRef<Integer> ref =
        tree.spawn(
            Lifetime.PERMANENT,
            (Context<Integer> ctx, Integer _) -> {
              begun.countDown();
              if (lives.incrementAndGet() == 2) {
                log.add("failing again at " + Duration.ofNanos(world.nanoTime()));
                restarted.countDown();
              }
              ctx.receiveNext();
              throw new IllegalStateException("on purpose");
            },
            0,
            ActorOptions.standard().withName("failing"));
    Run.await(begun);
    return ref;
  }

  /** An actor whose first life computes until {@code mayEnd}; its second one logs itself. */
  private CountDownLatch late(SupervisorTree tree, AtomicBoolean mayEnd, CountDownLatch restarted) {
    var begun = new CountDownLatch(1);
    tree.spawnSync(
        Lifetime.PERMANENT,
        (Context<Integer> ctx, Integer _) -> {
          if (begun.getCount() == 0) {
            log.add("late again");
            restarted.countDown();
            ctx.receiveNext();
          }
          begun.countDown();
          while (!mayEnd.get()) {
            Thread.onSpinWait();
          }
        },
        0,
        ActorOptions.standard().withName("late"));
    return begun;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void othersAreRestartedWithoutWhoComputesOnAndItAfterItsEnd(boolean isBelow) throws Exception {
    var mayEnd = new AtomicBoolean();
    var restarted = new CountDownLatch(1);
    var lateRestarted = new CountDownLatch(1);
    try (CapturedLog logged = CapturedLog.of(SupervisorTree.class);
        Runtime runtime = virtual().build()) {
      SupervisorTree tree = runtime.tree(impatient());
      ActorRef<Integer> failing = failing(tree, restarted);
      SupervisorTree ofLate = isBelow ? tree.tree(Lifetime.PERMANENT, impatient()) : tree;
      Run.await(late(ofLate, mayEnd, lateRestarted));
      failing.send(1);
      Run.await(restarted);
      assertEquals(List.of("failing again at PT7S"), log);
      String line = logged.lines().getLast();
      assertTrue(line.startsWith("ERROR a child goes on though its life was ended"), line);
      assertTrue(line.contains("child=actor 'late'"), line);
      mayEnd.set(true);
      Run.await(lateRestarted);
      tree.stop();
      tree.end().get(60, TimeUnit.SECONDS);
      assertEquals("late again", log.getLast());
    } finally {
      mayEnd.set(true);
    }
  }

  @Test
  void aTreeEndsWithoutWhoIsStillLate() throws Exception {
    var mayEnd = new AtomicBoolean();
    var restarted = new CountDownLatch(1);
    try (Runtime runtime = virtual().build()) {
      SupervisorTree tree = runtime.tree(impatient());
      ActorRef<Integer> failing = failing(tree, restarted);
      Run.await(late(tree, mayEnd, new CountDownLatch(1)));
      failing.send(1);
      Run.await(restarted);
      runtime.runOnWorkers(_ -> tree.stop()); // before any time passes
      tree.end().get(60, TimeUnit.SECONDS);
      assertEquals(14 * SECOND.toNanos(), world.nanoTime());
      mayEnd.set(true);
      runtime.start(); // which waits for it, and it does not begin anew
      assertEquals(List.of("failing again at PT7S"), log);
    } finally {
      mayEnd.set(true);
    }
  }

  @Test
  void whoEndsInTimeLeavesNoAlarm() throws Exception {
    var restarted = new CountDownLatch(2);
    try (Runtime runtime = virtual().build()) {
      SupervisorTree tree = runtime.tree(impatient());
      ActorRef<Integer> failing = failing(tree, restarted);
      failing(tree, restarted); // only waits, so it ends at once
      failing.send(1);
      Run.await(restarted);
      runtime.runOnWorkers(_ -> tree.stop()); // before any time passes
      runtime.start();
      assertEquals(Collections.nCopies(2, "failing again at PT0S"), log);
      assertEquals(0, world.nanoTime());
    }
  }

  @Test
  void theTimeToEndIsNotNegativeAndPatienceNotNothing() {
    TreeOptions options = TreeOptions.standard();
    assertThrows(IllegalArgumentException.class, () -> options.withPatience(Duration.ZERO));
    assertThrows(IllegalArgumentException.class, () -> options.withShutdown(SECOND.negated()));
  }
}
