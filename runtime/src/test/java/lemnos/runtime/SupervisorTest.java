package lemnos.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of a sequential actor that throws, and what never happens to its worker. */
@Timeout(300)
final class SupervisorTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final List<String> log = Collections.synchronizedList(new ArrayList<>());

  /** Runs an actor that throws what it is told to, and then one beside it that must not suffer. */
  private ActorRef<Void> runFailing(Supervisor<Integer> supervisor, Throwable error)
      throws RuntimeFailure {
    var failing = new CompletableFuture<ActorRef<Void>>();
    Run.on(
        1,
        ref -> {
          failing.complete(
              ref.spawnLocal(
                  supervisor,
                  (ctx, run) -> {
                    log.add("run " + run);
                    if (run < 3) {
                      sneak(error);
                    }
                  },
                  0,
                  ActorOptions.standard()));
          Run.<Void>spawn(
              ref,
              ctx -> {
                ctx.sleep(Duration.ofMillis(1));
                log.add("neighbour");
              });
        });
    assertTrue(log.remove("neighbour"), log::toString);
    return failing.join();
  }

  @SuppressWarnings("unchecked")
  private static <E extends Throwable> void sneak(Throwable error) throws E {
    throw (E) error;
  }

  @Test
  void stoppingEndsTheActor() throws RuntimeFailure {
    ActorRef<Void> ref = runFailing(Supervisor.stopping(), new Exception("on purpose"));
    assertFalse(ref.isConnected());
    assertEquals(List.of("run 0"), log);
  }

  @Test
  void restartingRunsTheActorAnewWithTheGivenArgument() throws RuntimeFailure {
    var error = new Exception("on purpose");
    var next = new int[1];
    runFailing(
        e -> {
          log.add("same: " + (e == error));
          return new Supervisor.Decision.Restart<>(next[0] += 2);
        },
        error);
    assertEquals(List.of("run 0", "same: true", "run 2", "same: true", "run 4"), log);
  }

  private record Order(String what, int times) {}

  private void work(Context<Void> ctx, Order order) throws IOException {
    log.add(order + " for " + ctx.self());
    if (order.times() > 1) {
      throw new IOException("too much");
    }
  }

  /** Several arguments are a record. */
  @Test
  void anActorIsAMethodWithAnArgumentAndHasAName() throws RuntimeFailure {
    try (CapturedLog captured = CapturedLog.of(Process.class)) {
      Run.on(
          1,
          ref ->
              ref.spawnLocal(
                  error -> new Supervisor.Decision.Restart<>(new Order("less", 1)),
                  this::work,
                  new Order("much", 2),
                  ActorOptions.standard().withName("smith")));
      assertEquals(List.of("WARN an actor failed, restarting it actor=smith"), captured.lines());
    }
    assertEquals(
        List.of(
            "Order[what=much, times=2] for ActorRef of smith",
            "Order[what=less, times=1] for ActorRef of smith"),
        log);
  }

  @Test
  void anErrorThatIsNotTheMachinesIsDecidedLikeAnException() throws RuntimeFailure {
    runFailing(_ -> new Supervisor.Decision.Restart<>(3), new AssertionError("on purpose"));
    assertEquals(List.of("run 0", "run 3"), log);
  }

  @Test
  void aSupervisorThatThrowsStopsTheActor() throws RuntimeFailure {
    ActorRef<Void> ref =
        runFailing(
            _ -> {
              throw new IllegalStateException("on purpose, in the supervisor");
            },
            new Exception("on purpose"));
    assertFalse(ref.isConnected());
    assertEquals(List.of("run 0"), log);
  }

  @Test
  void aSupervisorMayThrowWhatItWasGiven() throws RuntimeFailure {
    ActorRef<Void> ref =
        runFailing(
            e -> {
              throw (IllegalStateException) e;
            },
            new IllegalStateException("on purpose"));
    assertFalse(ref.isConnected());
    assertEquals(List.of("run 0"), log);
  }

  @Test
  @SuppressWarnings("NullAway") // on purpose
  void aSupervisorThatDecidesNothingStopsTheActor() throws RuntimeFailure {
    ActorRef<Void> ref = runFailing(_ -> null, new Exception("on purpose"));
    assertFalse(ref.isConnected());
    assertEquals(List.of("run 0"), log);
  }

  @Test
  void anExceptionThatCannotBePrintedHarmsNobody() throws RuntimeFailure {
    runFailing(
        _ -> new Supervisor.Decision.Restart<>(3),
        new RuntimeException() {
          private static final long serialVersionUID = 1L;

          @Override
          public String getMessage() {
            throw new IllegalStateException("on purpose, in getMessage");
          }
        });
    assertEquals(List.of("run 0", "run 3"), log);
  }

  @Test
  void aStackOverflowIsTheActorsOwnAffair() throws RuntimeFailure {
    Run.on(
        1,
        ref -> {
          Run.<Void>spawn(
              ref,
              e -> {
                log.add(e.getClass().getSimpleName());
                return new Supervisor.Decision.Stop<>();
              },
              ctx -> overflow(0));
          Run.<Void>spawn(ref, ctx -> log.add("neighbour"));
        });
    assertEquals(List.of("StackOverflowError", "neighbour"), log);
  }

  private static int overflow(int n) {
    return n < 0 ? n : overflow(n + 1) + 1;
  }

  @Test
  void messagesAndReferencesOutliveARestart() throws RuntimeFailure {
    Run.on(
        1,
        ref -> {
          ActorRef<Integer> actor =
              Run.spawn(
                  ref,
                  _ -> new Supervisor.Decision.Restart<>(0),
                  ctx -> {
                    for (int n = ctx.receiveNext(); n != 5; n = ctx.receiveNext()) {
                      log.add("got " + n);
                      if (n % 2 == 0) {
                        throw new IllegalStateException("on purpose at " + n);
                      }
                    }
                  });
          for (int i = 0; i <= 5; i++) {
            actor.trySend(i);
          }
          assertTrue(actor.isConnected());
        });
    assertEquals(List.of("got 0", "got 1", "got 2", "got 3", "got 4"), log);
  }

  /** What a supervisor is asked, each time it is. */
  private final class Asked implements Supervisor<Integer> {
    @Override
    public Decision<Integer> decide(Throwable error) {
      log.add("decide " + error.getMessage());
      return new Decision.Restart<>(1);
    }

    @Override
    public Decision<Integer> decideOnUnchecked(Throwable error) {
      log.add("unchecked " + error.getMessage());
      return new Decision.Restart<>(2);
    }

    @Override
    public Decision<Integer> decideOnRestartError(Throwable error) {
      log.add("restart error " + error.getMessage());
      return new Decision.Restart<>(3);
    }

    @Override
    public void secondRestartError(Throwable error) {
      log.add("second restart error " + error.getMessage());
    }
  }

  /** Spawns what {@code actor} makes, and lets it run to its end. */
  private void runMade(Supervisor<Integer> supervisor, NewActor<Integer, Integer> actor)
      throws RuntimeFailure {
    Run.on(1, ref -> ref.trySpawnLocal(supervisor, actor, 0, ActorOptions.standard()));
  }

  @Test
  void errorsOfTheWorldAndFaultsOfTheCodeAreAskedForApart() throws RuntimeFailure {
    runMade(
        new Asked(),
        (_, argument) ->
            _ -> {
              log.add("run " + argument);
              switch (argument) {
                case 0 -> throw new IOException("world");
                case 1 -> throw new IllegalStateException("code");
                default -> {}
              }
            });
    assertEquals(List.of("run 0", "decide world", "run 1", "unchecked code", "run 2"), log);
  }

  @Test
  void anActorThatCannotBeMadeAnewIsTriedTwiceAndThenStopped() throws RuntimeFailure {
    try (var warnings = CapturedLog.of(Process.class)) {
      runMade(
          new Asked(),
          (self, argument) -> {
            if (argument > 0) {
              assertTrue(self.isConnected());
              throw new IOException("make " + argument);
            }
            return _ -> {
              throw new IOException("first");
            };
          });
      assertEquals(
          List.of(
              "WARN an actor failed, restarting it actor=actor",
              "WARN an actor failed to restart, restarting it actor=actor",
              "WARN an actor failed to restart a second time, stopping it actor=actor"),
          warnings.lines());
      assertEquals(
          List.of("first", "make 1", "make 3"),
          warnings.events().stream().map(event -> event.getThrowable().getMessage()).toList());
    }
    assertEquals(
        List.of("decide first", "restart error make 1", "second restart error make 3"), log);
  }

  @Test
  void aLifeAfterAFailedRestartBeginsTheCountAnew() throws RuntimeFailure {
    var made = new int[1];
    runMade(
        new Asked(),
        (_, _) -> {
          int number = ++made[0];
          if (number % 2 == 0) {
            throw new IOException("make " + number);
          }
          return _ -> {
            if (number < 5) {
              throw new IOException("run " + number);
            }
          };
        });
    assertEquals(
        List.of("decide run 1", "restart error make 2", "decide run 3", "restart error make 4"),
        log);
  }

  @Test
  void ofAnActorThatWasNotToFailAFailureIsAnError() throws RuntimeFailure {
    try (var errors = CapturedLog.of(Process.class)) {
      ActorRef<Void> ref = runFailing(Supervisor.none(), new Exception("on purpose"));
      assertFalse(ref.isConnected());
      assertEquals(
          List.of("ERROR an actor that was not to fail failed actor=actor"), errors.lines());
    }
  }

  @Test
  void aRestartMayHaveToWaitLongerEachTime() throws RuntimeFailure {
    var world = new ManualWorld();
    var backoff = new Backoff(SECOND, Duration.ofSeconds(3));
    Run.on(
        Run.setup(1).world(world).poller(world::poller),
        ref -> {
          ActorRef<Integer> actor =
              Run.spawn(
                  ref,
                  Supervisor.restarting(0, 4, Duration.ofDays(1), backoff),
                  ctx -> {
                    log.add(Duration.ofNanos(world.nanoTime()).toSeconds() + " s");
                    throw new IllegalStateException("on purpose");
                  });
          // In the middle of the first pause: a message is no reason to begin earlier.
          Run.<Void>spawn(
              ref,
              ctx -> {
                ctx.sleep(SECOND.dividedBy(2));
                actor.send(1);
              });
        });
    assertEquals(List.of("0 s", "1 s", "3 s", "6 s", "9 s"), log);
  }

  @Test
  void thePauseDoublesUpToItsMaximum() {
    var backoff = new Backoff(SECOND, Duration.ofSeconds(5));
    assertEquals(
        List.of(1L, 2L, 4L, 5L, 5L),
        IntStream.range(0, 5).mapToObj(i -> backoff.pause(i).toSeconds()).toList());
    assertEquals(Duration.ZERO, Backoff.NONE.pause(1_000_000));
    Duration forEver = ChronoUnit.FOREVER.getDuration();
    assertEquals(forEver, new Backoff(SECOND, forEver).pause(1_000));
    assertThrows(IllegalArgumentException.class, () -> new Backoff(SECOND, Duration.ZERO));
    assertThrows(IllegalArgumentException.class, () -> new Backoff(SECOND.negated(), SECOND));
  }

  @Test
  void aPauseIsAsShortAsTheFirstWhenAllRestartsHaveLeftTheWindow() {
    var restarts =
        new RestartLog(5, Duration.ofNanos(100), new Backoff(SECOND, SECOND.multipliedBy(8)));
    assertEquals(
        List.of(1L, 2L, 4L, 1L),
        Stream.of(0, 1, 2, 200).map(at -> seconds(restarts.restart(at))).toList());
  }

  private static long seconds(@Nullable Duration pause) {
    return Objects.requireNonNull(pause).toSeconds();
  }

  @Test
  void theIntensityOfRestartsIsLimited() {
    var supervisor = new RestartSupervisor<>("again", 2, Duration.ofNanos(100));
    var restart = new Supervisor.Decision.Restart<>("again");
    assertEquals(restart, supervisor.decide(1000));
    assertEquals(restart, supervisor.decide(1050));
    assertInstanceOf(Supervisor.Decision.Stop.class, supervisor.decide(1100));
    assertEquals(restart, supervisor.decide(1101), "the first has left the window");
    assertInstanceOf(Supervisor.Decision.Stop.class, supervisor.decide(1150));
    assertEquals(restart, supervisor.decide(1151));
  }

  @Test
  void noWindowEverHasMoreRestartsThanAllowed() {
    long seed = new Random().nextLong();
    System.out.println("SupervisorTest seed " + seed);
    var random = new Random(seed);
    for (int round = 0; round < 200; round++) {
      int max = random.nextInt(5);
      long window = random.nextInt(50);
      var supervisor = new RestartSupervisor<>("again", max, Duration.ofNanos(window));
      var restarts = new ArrayList<Long>();
      long now = 0;
      for (int i = 0; i < 200; i++) {
        now += random.nextInt(20);
        long from = now - window;
        long recent = restarts.stream().filter(t -> t >= from).count();
        boolean restart = supervisor.decide(now) instanceof Supervisor.Decision.Restart;
        assertEquals(recent < max, restart, "seed " + seed);
        if (restart) {
          restarts.add(now);
        }
      }
    }
  }

  @Test
  void theWindowIsMeasuredInTheRuntimesOwnTime() throws RuntimeFailure {
    var world = new ManualWorld();
    Run.on(
        Run.setup(1).world(world).poller(world::poller),
        ref ->
            Run.<Void>spawn(
                ref,
                Supervisor.restarting(0, 1, SECOND),
                ctx -> {
                  log.add("run");
                  if (log.size() < 4) {
                    ctx.sleep(SECOND.plusNanos(1));
                  }
                  throw new IllegalStateException("on purpose");
                }));
    assertEquals(List.of("run", "run", "run", "run"), log);
  }

  @Test
  void aWindowMayBeForEverAndNothingMayBeNegative() {
    Duration forEver = ChronoUnit.FOREVER.getDuration();
    var supervisor = new RestartSupervisor<>("again", 1, forEver);
    assertInstanceOf(Supervisor.Decision.Restart.class, supervisor.decide(0));
    assertInstanceOf(Supervisor.Decision.Stop.class, supervisor.decide(Long.MAX_VALUE));
    assertInstanceOf(
        Supervisor.Decision.Stop.class,
        Supervisor.restarting(0, 0, forEver).decide(new Exception("on purpose")));
    assertThrows(IllegalArgumentException.class, () -> Supervisor.restarting(0, -1, SECOND));
    assertThrows(
        IllegalArgumentException.class, () -> Supervisor.restarting(0, 1, SECOND.negated()));
  }
}
