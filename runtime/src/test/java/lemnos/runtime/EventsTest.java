package lemnos.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import lemnos.core.Poller;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a worker does in the midst of a poll, after each event that the poller tells it of. */
@Timeout(300)
final class EventsTest {
  private final List<String> log = new ArrayList<>();
  private final LinkedBlockingQueue<Runnable> events = new LinkedBlockingQueue<>();
  private final ManualWorld world = new ManualWorld();
  private volatile Runnable afterEvent = () -> {};

  /** Has events when a test says so. */
  private final class EventPoller implements Poller {
    private final Poller idle = world.poller();

    @Override
    public void onEvent(Runnable turn) {
      afterEvent = turn;
    }

    @Override
    public boolean poll(long maxNanos) {
      List<Runnable> due = new ArrayList<>();
      if (events.drainTo(due) == 0) {
        return idle.poll(maxNanos);
      }
      for (Runnable event : due) {
        event.run();
        afterEvent.run();
      }
      log.add("polled");
      return true;
    }

    @Override
    public void wakeup() {
      idle.wakeup();
    }

    @Override
    public void close() {
      idle.close();
    }
  }

  private Setup setup() {
    return Run.setup(1).world(world).poller(EventPoller::new);
  }

  /** An actor that notes so many messages, each in a turn of its own. */
  private ActorRef<Integer> noter(RuntimeRef ref, int messages) {
    return Run.spawn(
        ref,
        ctx -> {
          for (int i = 0; i < messages; i++) {
            log.add("got " + ctx.receiveNext());
          }
        });
  }

  private void sending(ActorRef<Integer> to, int message) {
    events.add(
        () -> {
          log.add("event " + message);
          assertEquals(Sent.SENT, to.trySend(message));
        });
  }

  @Test
  void whomAnEventMakesReadyRunsBeforeTheNextEvent() throws RuntimeFailure {
    Run.on(
        setup(),
        ref -> {
          ActorRef<Integer> noter = noter(ref, 2);
          sending(noter, 1);
          sending(noter, 2);
        });
    assertEquals(List.of("event 1", "got 1", "event 2", "got 2", "polled"), log);
  }

  @Test
  void callsThatAnEventBringsRunBeforeTheNextOne() throws RuntimeFailure {
    Run.on(
        setup(),
        ref -> {
          for (int i = 1; i <= 2; i++) {
            String call = "call " + i;
            events.add(() -> ref.loop().execute(() -> log.add(call)));
          }
          sending(noter(ref, 1), 3);
        });
    assertEquals(List.of("call 1", "call 2", "event 3", "got 3", "polled"), log);
  }

  @Test
  void noMoreRunInTheMidstOfAPollThanBetweenTwo() throws RuntimeFailure {
    Run.on(
        setup().runPollRatio(2),
        ref -> {
          ActorRef<Integer> noter = noter(ref, 3);
          IntStream.rangeClosed(1, 3).forEach(i -> sending(noter, i));
        });
    assertEquals(
        List.of("event 1", "got 1", "event 2", "got 2", "event 3", "polled", "got 3"), log);
  }

  @Test
  void noMoreRunInTheMidstOfAPollWhenTheTimeOfABatchIsOver() throws RuntimeFailure {
    Run.on(
        setup(),
        ref -> {
          ActorRef<Integer> noter = noter(ref, 2);
          Run.<Integer>spawn(
              ref,
              ctx -> {
                sending(ctx.self(), 1);
                sending(noter, 2);
                sending(noter, 3);
                ctx.receiveNext();
                log.add("takes long");
                world.pass(Duration.ofSeconds(1));
              });
        });
    assertEquals(
        List.of("event 1", "takes long", "event 2", "event 3", "polled", "got 2", "got 3"), log);
  }

  @Test
  void anEventWithinATurnWaitsForItsEnd() throws RuntimeFailure {
    Run.on(
        setup(),
        ref -> {
          ActorRef<Integer> noter = noter(ref, 1);
          ActorRef<Integer> first =
              Run.spawn(
                  ref,
                  ctx -> {
                    ctx.receiveNext();
                    assertEquals(Sent.SENT, noter.trySend(2));
                    afterEvent.run();
                    log.add("still its turn");
                  });
          sending(first, 1);
        });
    assertEquals(List.of("event 1", "still its turn", "got 2", "polled"), log);
  }

  @Test
  void anEventOutsideAPollChangesNothing() throws RuntimeFailure {
    Run.on(
        setup(),
        ref -> {
          ActorRef<Integer> noter = noter(ref, 1);
          assertEquals(Sent.SENT, noter.trySend(1));
          afterEvent.run();
          log.add("not yet");
        });
    assertEquals(List.of("not yet", "got 1"), log);
  }

  @Test
  void anErrorOfTheMachineInTheMidstOfAPollEndsTheRuntimeAndNotThePoll() {
    var broken =
        new VirtualMachineError("on purpose") {
          private static final long serialVersionUID = 1L;
        };
    try (Runtime runtime = setup().build()) {
      runtime.runOnWorkers(
          ref -> {
            ActorRef<Integer> breaks =
                Run.spawn(
                    ref,
                    ctx -> {
                      ctx.receiveNext();
                      throw broken;
                    });
            sending(breaks, 1);
            events.add(() -> log.add("event 2"));
          });
      assertSame(broken, assertThrows(RuntimeFailure.class, runtime::start).getCause());
    }
    assertEquals(List.of("event 1", "event 2", "polled"), log);
  }

  @Test
  void whoBlocksInTheMidstOfAPollIsFound() throws Exception {
    var told = new ArrayList<Blocked>();
    var watchdog = new Watchdog(world, Duration.ofMillis(50), told::add);
    var blocks = new CountDownLatch(1);
    var end = new CountDownLatch(1);
    var thread = new AtomicReference<@Nullable Thread>();
    try (Runtime runtime = setup().watchdog(Duration.ZERO).build();
        Run.Release _ = end::countDown) {
      runtime.watchWith(watchdog);
      world.pass(Watchdog.WARM_UP);
      watchdog.look();
      runtime.runOnWorkers(
          ref ->
              sending(
                  Run.spawn(
                      ref,
                      ActorOptions.standard().withName("greedy"),
                      ctx -> {
                        ctx.receiveNext();
                        thread.set(Thread.currentThread());
                        blocks.countDown();
                        end.await();
                      }),
                  1));
      Run.await(blocks);
      for (int i = 0; i <= Watchdog.LOOKS; i++) {
        world.pass(Duration.ofMillis(10));
        watchdog.look();
      }
      end.countDown();
      runtime.start();
    }
    assertEquals(List.of("greedy"), told.stream().map(Blocked::actor).toList());
  }
}
