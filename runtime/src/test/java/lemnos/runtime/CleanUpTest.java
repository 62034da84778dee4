package lemnos.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.event.LoggingEvent;

/** An actor that throws while it cleans up: that is said once, and nobody else suffers. */
@Timeout(300)
final class CleanUpTest {
  private static final ActorOptions CARELESS = ActorOptions.standard().withName("careless");

  private final RuntimeException fault = new IllegalStateException("on purpose, in a clean-up");
  private final List<String> log = Collections.synchronizedList(new ArrayList<>());
  private final CountDownLatch waiting = new CountDownLatch(2);

  private final Supervisor<Integer> restarting =
      error -> {
        log.add("supervisor: " + error.getMessage());
        return new Supervisor.Decision.Restart<>(0);
      };

  private void waitCarelessly(Context<Integer> ctx) {
    log.add("began");
    waiting.countDown();
    try {
      ctx.receiveNext();
    } finally {
      log.add("cleans up");
      fail();
    }
  }

  private void fail() {
    throw fault;
  }

  private void waitWithCare(Context<Integer> ctx) {
    waiting.countDown();
    try {
      ctx.receiveNext();
    } finally {
      log.add("neighbour");
    }
  }

  /** The careless one and a neighbour, who both wait; {@code end} ends them. */
  private List<String> whenEnded(Kind kind, Runnable end, Runtime runtime) throws Exception {
    var careless = new CompletableFuture<ActorRef<Integer>>();
    try (CapturedLog captured = CapturedLog.of(Process.class)) {
      runtime.runOnWorkers(
          ref -> {
            careless.complete(kind.spawn(ref, restarting, CARELESS, this::waitCarelessly));
            Run.spawn(ref, this::waitWithCare);
          });
      Run.await(waiting);
      end.run();
      runtime.start(); // which has nothing to complain of
      assertFalse(careless.join().isConnected());
      captured
          .events()
          .forEach(event -> assertSame(fault, event.getThrowable(), CapturedLog.line(event)));
      return captured.lines();
    }
  }

  private static final List<String> SAID_ONCE =
      List.of("WARN an actor failed while it was being stopped actor=careless");

  private void assertCleanedUpOnce() {
    assertEquals(List.of("began", "cleans up", "neighbour"), log.stream().sorted().toList());
  }

  @ParameterizedTest
  @EnumSource
  void whileItsRuntimeStops(Kind kind) throws Exception {
    try (Runtime runtime = Run.setup(1).build()) {
      assertEquals(SAID_ONCE, whenEnded(kind, runtime::stop, runtime));
      assertCleanedUpOnce();
    }
  }

  /** A new life would be told at once that no message will come, and so on for ever. */
  @ParameterizedTest
  @EnumSource
  void whileItsRuntimeShutsDown(Kind kind) throws Exception {
    try (Runtime runtime = Run.setup(1).build()) {
      assertEquals(SAID_ONCE, whenEnded(kind, runtime::shutdown, runtime));
      assertCleanedUpOnce();
    }
  }

  /** What it throws replaces what the actor threw, as ever in Java. */
  @ParameterizedTest
  @EnumSource
  void beforeItIsRestarted(Kind kind) throws Exception {
    var lives = new int[1];
    try (CapturedLog captured = CapturedLog.of(Process.class)) {
      Run.on(
          1,
          ref ->
              kind.<Integer>spawn(
                  ref,
                  restarting,
                  CARELESS,
                  _ -> {
                    if (++lives[0] < 3) {
                      workCarelessly(lives[0]);
                    }
                    log.add("done");
                  }));
      assertEquals(
          Collections.nCopies(2, "WARN an actor failed, restarting it actor=careless"),
          captured.lines());
    }
    assertEquals(
        List.of("supervisor: on purpose, in a clean-up", "supervisor: on purpose", "done"), log);
  }

  private void workCarelessly(int life) throws IOException {
    if (life == 1) {
      try {
        throw new IOException("on purpose");
      } finally {
        fail();
      }
    }
    try (AutoCloseable _ = this::fail) {
      throw new IOException("on purpose");
    } catch (IOException e) {
      assertSame(fault, e.getSuppressed()[0]);
      throw e;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** The child whose life was ended for another's sake is restarted with that all the same. */
  @Test
  void whileItsTreeRestartsIt() throws Exception {
    var again = new CountDownLatch(4);
    TreeOptions options =
        TreeOptions.standard()
            .withStrategy(Strategy.ONE_FOR_ALL)
            .withIntensity(1, Duration.ofDays(1));
    try (CapturedLog captured = CapturedLog.of(SupervisorTree.class);
        Runtime runtime = Run.setup(1).build()) {
      SupervisorTree tree = runtime.tree(options);
      SequentialActor<Integer, Integer> careless =
          (ctx, _) -> {
            again.countDown();
            waitCarelessly(ctx);
          };
      tree.spawn(Lifetime.PERMANENT, careless, 0, CARELESS);
      SequentialActor<Integer, Integer> failing =
          (ctx, _) -> {
            again.countDown();
            ctx.receiveNext();
            throw new IOException("on purpose");
          };
      ActorRef<Integer> other = tree.spawn(Lifetime.PERMANENT, failing, 0, CARELESS);
      while (log.isEmpty()) {
        Thread.onSpinWait();
      }
      other.send(1);
      Run.await(again);
      assertEquals(
          List.of("a child failed, restarting", "a child failed while it was being stopped"),
          captured.events().stream().map(LoggingEvent::getMessage).toList());
      assertSame(fault, captured.events().getLast().getThrowable());
      tree.stop();
      tree.end().get(60, TimeUnit.SECONDS);
    }
  }
}
