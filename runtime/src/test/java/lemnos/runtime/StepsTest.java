package lemnos.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import lemnos.runtime.Supervisor.Decision;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Actors that do their work in steps. That they can do whatever others can, {@link Kind} shows. */
@Timeout(60)
final class StepsTest {
  private static final int MANY = 100;

  private final ManualWorld world = new ManualWorld();
  private final List<String> log = Collections.synchronizedList(new ArrayList<>());
  private final Gate gate = new Gate();

  private void onOneWorker(WorkerFunction function) throws RuntimeFailure {
    Run.on(Run.setup(1).world(world).poller(world::poller), function);
  }

  /** Something to wait for. */
  private static final class Gate implements Awaitable {
    private boolean open;
    private Runnable wake = () -> {};

    @Override
    public boolean isReady() {
      return open;
    }

    @Override
    public void arm(Runnable wake) {
      this.wake = wake;
    }

    void open() {
      open = true;
      wake.run();
    }
  }

  /** One that adds up what it gets, and tells the sum when nothing more comes. */
  private final class Sum implements ActorSteps<Integer> {
    private int sum;

    @Override
    public Awaitable step(Context<Integer> ctx) {
      log.add("step");
      for (Integer i = ctx.tryReceiveNext(); i != null; i = ctx.tryReceiveNext()) {
        sum += i;
      }
      return ctx.messages();
    }

    @Override
    public void end() {
      log.add("sum " + sum);
    }
  }

  @Test
  void aStepForWhatHasCome() throws Exception {
    onOneWorker(
        ref -> {
          ActorRef<Integer> sum = Run.spawnSteps(ref, new Sum());
          sum.send(1);
          sum.send(2);
          ref.loop().after(Duration.ofSeconds(1), () -> sum.trySend(3));
          ref.loop().after(Duration.ofSeconds(2), () -> ref.runtime().stop());
        });
    assertEquals(List.of("step", "step", "sum 6"), log);
  }

  /** The others take the one that is free. */
  @Test
  void whoWaitsInTheMidstOfAStepKeepsItsStack() throws Exception {
    onOneWorker(
        ref -> {
          for (int i = 0; i < 3; i++) {
            int self = i;
            Run.<Integer>spawnSteps(
                ref,
                ctx -> {
                  log.add(self + " begins");
                  ctx.sleep(Duration.ofSeconds(10 - self));
                  log.add(self + " goes on");
                  ctx.sleep(Duration.ofSeconds(2 * self + 1));
                  log.add(self + " ends");
                  return null;
                });
          }
        });
    assertEquals(
        List.of(
            "0 begins",
            "1 begins",
            "2 begins",
            "2 goes on",
            "1 goes on",
            "0 goes on",
            "0 ends",
            "1 ends",
            "2 ends"),
        log);
  }

  /** As a step of one that has none of its own, on the stack where others have theirs. */
  @Test
  void afterAStepInWhichItWaitedItHasNoStackOfItsOwn() throws Exception {
    assumeTrue(ContinuationCoroutine.isAvailable());
    List<Process<?>> processes = new ArrayList<>();
    onOneWorker(
        ref -> {
          Run.<Integer>spawnSteps(
              ref,
              ctx -> {
                Process<?> self = Process.current();
                log.add("own: " + (self.steps() == null));
                ctx.sleep(Duration.ofSeconds(1));
                log.add("own: " + (self.steps() == null));
                processes.add(self);
                return gate;
              });
          ref.loop().after(Duration.ofSeconds(2), () -> lookAndStop(ref, processes.getFirst()));
        });
    assertEquals(List.of("own: false", "own: true", "between steps: true"), log);
  }

  private void lookAndStop(RuntimeRef ref, Process<?> process) {
    log.add("between steps: " + (process.steps() != null));
    ref.runtime().stop();
  }

  /** A stack would be hundreds of bytes. */
  @Test
  void aStepTakesNoMemory() throws Exception {
    assumeTrue(ContinuationCoroutine.isAvailable());
    var bytes = new ArrayList<Long>();
    onOneWorker(
        ref ->
            Run.<Integer>spawnSteps(
                ref,
                new ActorSteps<>() {
                  private int steps;
                  private final Gate soon = new Gate();
                  private final Runnable open = soon::open;

                  @Override
                  public @Nullable Awaitable step(Context<Integer> ctx) {
                    if (steps % 1000 == 0) {
                      bytes.add(allocated());
                    }
                    soon.open = false;
                    ref.loop().execute(open);
                    return steps++ == 20_000 ? null : soon;
                  }
                }));
    List<Long> perStep = new ArrayList<>();
    for (int i = 1; i < bytes.size(); i++) {
      perStep.add((bytes.get(i) - bytes.get(i - 1)) / 1000);
    }
    assertThat(Collections.min(perStep)).as("%s", perStep).isLessThan(64);
  }

  private static long allocated() {
    return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
  }

  @Test
  void aWakeUpForNoReasonIsNoStep() throws Exception {
    onOneWorker(
        ref -> {
          ActorRef<Integer> actor =
              Run.spawnSteps(
                  ref,
                  ctx -> {
                    log.add("step");
                    return gate.open ? null : gate;
                  });
          ref.loop().after(Duration.ofSeconds(1), () -> actor.trySend(1));
          ref.loop().after(Duration.ofSeconds(2), () -> log.add("now"));
          ref.loop().after(Duration.ofSeconds(2), gate::open);
        });
    assertEquals(List.of("step", "now", "step"), log);
  }

  @Test
  void whatIsReadyIsNotWaitedFor() throws Exception {
    gate.open = true;
    onOneWorker(
        ref -> {
          var steps = new AtomicInteger();
          Run.<Integer>spawnSteps(
              ref,
              ctx -> {
                log.add("step");
                return steps.incrementAndGet() == 3 ? null : gate;
              });
          Run.<Integer>spawn(ref, _ -> log.add("another"));
        });
    assertEquals(List.of("step", "step", "step", "another"), log);
  }

  @Test
  void timesWakeIt() throws Exception {
    onOneWorker(
        ref -> {
          long begin = world.nanoTime();
          var interval = new ArrayList<Interval>();
          Run.<Integer>spawnSteps(
              ref,
              ctx -> {
                if (interval.isEmpty()) {
                  interval.add(ctx.interval(Duration.ofSeconds(1)));
                } else {
                  interval.getFirst().next();
                }
                log.add("at " + Duration.ofNanos(world.nanoTime() - begin).toSeconds());
                return log.size() == 4 ? null : Awaitable.anyOf(gate, interval.getFirst());
              });
        });
    assertEquals(List.of("at 0", "at 1", "at 2", "at 3"), log);
  }

  @Test
  void whoFailsBeginsAnew() throws Exception {
    var lives = new AtomicInteger();
    onOneWorker(
        ref ->
            Run.<Integer>spawnSteps(
                ref,
                _ -> new Decision.Restart<>(0),
                ActorOptions.standard(),
                () -> new Failing(ref, lives.incrementAndGet())));
    assertEquals(
        List.of("1 step", "1 end", "2 step", "2 step", "2 end", "3 step", "3 step", "3 end"), log);
  }

  /** Fails in its first life in the first step, in its second in the second. */
  private final class Failing implements ActorSteps<Integer> {
    private final RuntimeRef ref;
    private final int life;
    private int steps;

    Failing(RuntimeRef ref, int life) {
      this.ref = ref;
      this.life = life;
    }

    @Override
    public @Nullable Awaitable step(Context<Integer> ctx) {
      log.add(life + " step");
      if (++steps == life) {
        throw new IllegalStateException("on purpose");
      }
      var soon = new Gate();
      ref.loop().after(Duration.ofSeconds(1), soon::open);
      return steps == 2 ? null : soon;
    }

    @Override
    public void end() {
      log.add(life + " end");
    }
  }

  @Test
  void whoIsStoppedBetweenStepsEnds() throws Exception {
    onOneWorker(
        ref -> {
          Run.spawnSteps(ref, new Logging(ctx -> gate));
          ref.loop().after(Duration.ofSeconds(1), () -> ref.runtime().stop());
        });
    assertEquals(List.of("step", "end"), log);
  }

  @Test
  void whoIsStoppedHasNoFurtherStepForWhatHasCome() throws Exception {
    List<Process<?>> self = new ArrayList<>();
    onOneWorker(
        ref -> {
          Run.spawnSteps(
              ref,
              new Logging(
                  _ -> {
                    self.add(Process.current());
                    return gate;
                  }));
          ref.loop()
              .after(
                  Duration.ofSeconds(1),
                  () -> {
                    gate.open();
                    self.getFirst().cancel();
                  });
        });
    assertEquals(List.of("step", "end"), log);
  }

  @Test
  void whoIsStoppedInTheMidstOfAStepEnds() throws Exception {
    onOneWorker(
        ref -> {
          Run.spawnSteps(
              ref,
              new Logging(
                  ctx -> {
                    assertThrows(Cancelled.class, () -> ctx.sleep(Duration.ofDays(1)));
                    log.add("cancelled");
                    return gate;
                  }));
          ref.loop().after(Duration.ofSeconds(1), () -> ref.runtime().stop());
        });
    assertEquals(List.of("step", "cancelled", "end"), log);
  }

  @Test
  void whoIsStoppedBeforeItBeganHasNoEnd() throws Exception {
    onOneWorker(
        ref -> {
          Run.spawnSteps(
              ref,
              Supervisor.stopping(),
              ActorOptions.standard().withReady(false),
              () -> new Logging(ctx -> gate));
          ref.loop().after(Duration.ofSeconds(1), () -> ref.runtime().stop());
        });
    assertThat(log).isEmpty();
  }

  /** One step after the other, all of this kind. */
  private final class Logging implements ActorSteps<Integer> {
    private final ActorSteps<Integer> step;

    Logging(ActorSteps<Integer> step) {
      this.step = step;
    }

    @Override
    public @Nullable Awaitable step(Context<Integer> ctx) throws Exception {
      log.add("step");
      return step.step(ctx);
    }

    @Override
    public void end() {
      log.add("end");
    }
  }

  @Test
  void whatAStepHasBoundIsNotSeenByOthers() throws Exception {
    ScopedValue<String> name = ScopedValue.newInstance();
    onOneWorker(
        ref -> {
          for (int i = 0; i < 3; i++) {
            String self = "actor " + i;
            Run.<Integer>spawnSteps(
                ref,
                ctx -> {
                  log.add(name.orElse("nothing"));
                  ScopedValue.where(name, self).run(() -> ctx.sleep(Duration.ofSeconds(1)));
                  log.add(name.orElse("nothing"));
                  return null;
                });
          }
        });
    assertThat(log).hasSize(6).containsOnly("nothing");
  }

  /** Set while a class is initialised, which keeps its stack from being put away. */
  private static volatile @Nullable Context<Integer> initContext;

  private static final class Waits {
    static final int RECEIVED = Objects.requireNonNull(initContext).receiveNext();

    private Waits() {}
  }

  @Test
  void whoCannotLeaveTheStackGoesOn() throws Exception {
    assumeTrue(ContinuationCoroutine.isAvailable());
    onOneWorker(
        ref -> {
          ActorRef<Integer> actor =
              Run.spawnSteps(
                  ref,
                  ctx -> {
                    initContext = ctx;
                    assertThrows(
                        ExceptionInInitializerError.class, () -> log.add("" + Waits.RECEIVED));
                    log.add("goes on");
                    log.add("got " + ctx.receiveNext());
                    return null;
                  });
          ref.loop().after(Duration.ofSeconds(1), () -> actor.trySend(7));
          Run.<Integer>spawnSteps(
              ref,
              _ -> {
                log.add("another");
                return null;
              });
        });
    assertEquals(List.of("goes on", "another", "got 7"), log);
  }

  @Test
  void whatEndsTheWorkerEndsIt() {
    var fatal = new InternalError("on purpose");
    RuntimeFailure failure =
        assertThrows(
            RuntimeFailure.class,
            () ->
                onOneWorker(
                    ref -> {
                      Run.spawnSteps(ref, new Logging(ctx -> gate));
                      Run.<Integer>spawnSteps(
                          ref,
                          _ -> {
                            throw fatal;
                          });
                    }));
    assertSame(fatal, failure.getCause());
    assertEquals(List.of("step", "end"), log);
  }

  @Test
  void theStackTraceOfAFailureEndsWhereItsActorBegins() throws Exception {
    List<StackTraceElement> trace = new ArrayList<>();
    onOneWorker(
        ref ->
            Run.<Integer>spawnSteps(
                ref,
                failure -> {
                  trace.addAll(Arrays.asList(failure.getStackTrace()));
                  return new Decision.Stop<>();
                },
                ActorOptions.standard(),
                () ->
                    _ -> {
                      throw new IllegalStateException("on purpose");
                    }));
    assertEquals(
        assumedBottom(), trace.getLast().getClassName() + "." + trace.getLast().getMethodName());
  }

  private static String assumedBottom() {
    return ContinuationCoroutine.isAvailable()
        ? "lemnos.runtime.Steps.next"
        : "lemnos.runtime.Process.runBody";
  }

  /** Their turns are counted as anybody's, on whatever stack. */
  @Test
  void manyKeepNobodyWaiting() throws Exception {
    var poller = new WatchedPoller(world.poller(), () -> {});
    List<Integer> polls = new ArrayList<>();
    Run.on(
        Run.setup(1).world(world).poller(() -> poller),
        ref -> {
          for (int i = 0; i < MANY; i++) {
            Run.<Integer>spawnSteps(
                ref,
                new ActorSteps<>() {
                  private int left = 100;

                  @Override
                  public @Nullable Awaitable step(Context<Integer> ctx) {
                    polls.add(poller.polls.get());
                    var soon = new Gate();
                    ref.loop().execute(soon::open);
                    return left-- == 0 ? null : soon;
                  }
                });
          }
        });
    int most = polls.size() / Setup.DEFAULT_RUN_POLL_RATIO;
    assertThat(polls.getLast() - polls.getFirst()).isGreaterThanOrEqualTo(most);
  }

  @Test
  void aSyncActorAndAThreadSafeOneDoTheSame() throws Exception {
    for (boolean sync : new boolean[] {true, false}) {
      log.clear();
      Run.on(
          1,
          ref -> {
            var sum = new Sum();
            SequentialActor<Integer, Integer> actor = (ctx, _) -> sum.run(ctx);
            ActorRef<Integer> summing =
                sync
                    ? ref.spawnSync(Supervisor.stopping(), actor, 0, ActorOptions.standard())
                    : ref.spawn(Supervisor.stopping(), actor, 0, ActorOptions.standard());
            summing.trySend(1);
            summing.trySend(2);
            ref.runtime().shutdown();
          });
      assertEquals("sum 3", log.getLast());
    }
  }
}
