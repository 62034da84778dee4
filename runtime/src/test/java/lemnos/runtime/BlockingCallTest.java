package lemnos.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Work that blocks, which an actor has done elsewhere. */
@Timeout(300)
final class BlockingCallTest {
  private static final Duration MILLI = Duration.ofMillis(1);

  @ParameterizedTest
  @EnumSource
  void theWorkerGoesOnMeanwhile(Kind kind) throws Exception {
    var result = new CompletableFuture<Integer>();
    Run.on(
        1,
        ref -> {
          var other = new CountDownLatch(1);
          kind.<Void>spawn(
              ref,
              ctx -> {
                Thread own = Thread.currentThread();
                result.complete(
                    ctx.blocking(
                        () -> {
                          assertNotSame(own, Thread.currentThread());
                          Run.await(other);
                          return 42;
                        }));
              });
          Run.<Void>spawn(ref, _ -> other.countDown());
        });
    assertEquals(42, result.join());
  }

  @ParameterizedTest
  @EnumSource
  void whatItThrowsIsThrownInTheActor(Kind kind) throws Exception {
    var done = new CountDownLatch(1);
    Run.on(
        1,
        ref ->
            kind.<Void>spawn(
                ref,
                ctx -> {
                  var checked = new IOException("on purpose");
                  Context.Work<Integer, IOException> failing =
                      () -> {
                        throw checked;
                      };
                  assertSame(checked, assertThrows(IOException.class, () -> ctx.blocking(failing)));
                  var error = new AssertionError("on purpose");
                  Context.Work<Integer, RuntimeException> broken =
                      () -> {
                        throw error;
                      };
                  assertSame(error, assertThrows(AssertionError.class, () -> ctx.blocking(broken)));
                  done.countDown();
                }));
    Run.await(done);
  }

  @ParameterizedTest
  @EnumSource
  void aDeadlineInterruptsIt(Kind kind) throws Exception {
    var interrupted = new CompletableFuture<Boolean>();
    Run.on(
        1,
        ref ->
            kind.<Void>spawn(
                ref,
                ctx ->
                    assertThrows(
                        DeadlinePassed.class,
                        () -> ctx.within(MILLI, () -> ctx.blocking(() -> blocked(interrupted))))));
    assertTrue(interrupted.get(30, TimeUnit.SECONDS));
  }

  @ParameterizedTest
  @EnumSource
  void soDoesTheRuntimesEnd(Kind kind) throws Exception {
    var interrupted = new CompletableFuture<Boolean>();
    var begun = new CountDownLatch(1);
    try (Runtime runtime = Run.setup(1).build()) {
      runtime.runOnWorkers(
          ref ->
              kind.<Void>spawn(
                  ref,
                  ctx ->
                      ctx.blocking(
                          () -> {
                            begun.countDown();
                            return blocked(interrupted);
                          })));
      Run.await(begun);
      runtime.stop();
      runtime.start();
    }
    assertTrue(interrupted.get(30, TimeUnit.SECONDS));
  }

  /** Blocks until it is interrupted. */
  private static int blocked(CompletableFuture<Boolean> interrupted) {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      interrupted.complete(true);
    }
    return 0;
  }
}
