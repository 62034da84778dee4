package lemnos.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What actors of every kind do wrong, and that nobody else suffers. See also the tests of
 * supervisors, of the watchdog and of the runtime's failures.
 */
@Timeout(300)
final class MischiefTest {
  private static final Duration DAY = Duration.ofDays(1);

  private final List<String> log = Collections.synchronizedList(new ArrayList<>());

  /** Runs an actor of {@code kind}, and then asserts that its worker still serves others. */
  private static void runBesideOthers(Kind kind, Run.Body<Integer> body) throws Exception {
    var served = new CountDownLatch(2);
    try (Runtime runtime = Run.setup(1).build()) {
      var actor = new CompletableFuture<ActorRef<Integer>>();
      Supervisor<Integer> supervisor = Supervisor.restarting(0, 100, DAY);
      runtime.runOnWorkers(
          ref -> actor.complete(kind.spawn(ref, supervisor, ActorOptions.standard(), body)));
      actor.join().join();
      runtime.runOnWorkers(ref -> Run.<Void>spawn(ref, _ -> served.countDown()));
      Run.<Void>spawnShared(runtime, _ -> served.countDown());
      Run.await(served);
    }
  }

  private static int overflow(int depth) {
    return depth < 0 ? 0 : 1 + overflow(depth + 1);
  }

  @ParameterizedTest
  @EnumSource
  void whateverIsThrownIsTheSupervisorsToDecide(Kind kind) throws Exception {
    runBesideOthers(
        kind,
        ctx -> {
          log.add("life " + (log.size() + 1));
          switch (log.size()) {
            case 1 -> throw new AssertionError("on purpose");
            case 2 -> throw new LinkageError("on purpose");
            case 3 -> throw new InterruptedException("on purpose");
            case 4 -> log.add("not reached " + overflow(0));
            case 5 -> throw new Cancelled(); // which would be an end, if it were one
            default -> {}
          }
        });
    assertEquals(List.of("life 1", "life 2", "life 3", "life 4", "life 5"), log);
  }

  @ParameterizedTest
  @EnumSource
  void anInterruptEndsNoWaitAndReachesNobody(Kind kind) throws Exception {
    runBesideOthers(
        kind,
        ctx -> {
          Thread.currentThread().interrupt();
          ctx.sleep(Duration.ofMillis(1));
          log.add("slept");
          ctx.self().send(7);
          Thread.currentThread().interrupt();
          log.add("got " + ctx.receiveNext());
          Thread.currentThread().interrupt();
          ctx.sleep(Duration.ZERO);
          log.add("after a turn of others: " + Thread.currentThread().isInterrupted());
        });
    assertEquals(List.of("slept", "got 7", "after a turn of others: false"), log);
  }

  @ParameterizedTest
  @EnumSource
  void aContextThatOutlivesItsActorIsOfNoUseToOthers(Kind kind) throws Exception {
    var leaked = new CompletableFuture<Context<Integer>>();
    try (Runtime runtime = Run.setup(1).build()) {
      var actor = new CompletableFuture<ActorRef<Integer>>();
      var lives = new CountDownLatch(2);
      runtime.runOnWorkers(
          ref ->
              actor.complete(
                  kind.<Integer>spawn(
                      ref,
                      Supervisor.restarting(0, 1, DAY),
                      ActorOptions.standard(),
                      ctx -> {
                        lives.countDown();
                        if (leaked.complete(ctx)) {
                          throw new IllegalStateException("on purpose");
                        }
                        log.add("got " + ctx.receiveNext());
                      })));
      Run.await(lives);
      assertUseless(leaked.join());
      CompletableFuture<String> other =
          runtime.spawnFuture(
              _ -> {
                assertUseless(leaked.join());
                return "other";
              },
              ActorOptions.standard());
      assertEquals("other", other.get(30, TimeUnit.SECONDS));
      assertTrue(actor.join().send(1));
      actor.join().join();
      assertUseless(leaked.join());
      assertFalse(actor.join().isConnected());
    }
    assertEquals(List.of("got 1"), log);
  }

  private static void assertUseless(Context<Integer> ctx) {
    for (Runnable use :
        List.<Runnable>of(
            ctx::receiveNext,
            ctx::tryReceiveNext,
            () -> ctx.receiveBatch(new ArrayList<>(), 1),
            () -> ctx.sleep(Duration.ZERO),
            () -> ctx.sleep(DAY),
            () -> ctx.blocking(() -> 1))) {
      assertThrows(IllegalStateException.class, use::run);
    }
  }
}
