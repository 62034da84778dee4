package lemnos.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of a sequential actor that throws, and what never happens to its worker. */
@Timeout(60)
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
