package lemnos.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import lemnos.core.Cx;
import lemnos.core.Ret;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Who gets how much of one worker when all want all of it. The only time that passes is that which
 * the actors themselves take, so the figures are the same on any machine.
 */
@Timeout(300)
final class FairnessTest {
  private static final Duration RUN = Duration.ofSeconds(100);
  private static final Duration TICK = Duration.ofMillis(10);

  private final ManualWorld world = new ManualWorld();

  /** Who has used how much time. */
  private final Map<String, AtomicLong> used = new ConcurrentHashMap<>();

  private Duration turn = Duration.ofMillis(1);
  private long end = RUN.toNanos();
  private long lastPoll;
  private long longestWithoutPoll;
  private long latestTick;

  private Setup watched() {
    return Run.setup(1).world(world).poller(() -> new WatchedPoller(world.poller(), this::polled));
  }

  /** When it is over, only the clock is left, and time leaps to its tick. */
  private void polled() {
    long now = world.nanoTime();
    longestWithoutPoll =
        isOver() ? longestWithoutPoll : Math.max(longestWithoutPoll, now - lastPoll);
    lastPoll = now;
  }

  private boolean isOver() {
    return world.nanoTime() >= end;
  }

  private void use(String name) {
    used.computeIfAbsent(name, _ -> new AtomicLong()).addAndGet(turn.toNanos());
    world.pass(turn);
  }

  /** Computes without end, letting others run after each turn. */
  private SequentialActor<Void, Integer> greedy(String name) {
    return (ctx, _) -> {
      while (!isOver()) {
        use(name);
        ctx.sleep(Duration.ZERO);
      }
    };
  }

  private void spawn(RuntimeRef ref, Kind kind, String name, Priority priority) {
    ActorOptions options = ActorOptions.standard().withName(name).withPriority(priority);
    switch (kind) {
      case LOCAL -> ref.spawnLocal(Supervisor.stopping(), greedy(name), 0, options);
      case SHARED -> ref.spawn(Supervisor.stopping(), greedy(name), 0, options);
      case SYNC -> throw new IllegalArgumentException("it needs no worker");
    }
  }

  /** An object actor that wants to know every {@link #TICK} how late it is. */
  private static final class Clock {
    private final Cx<Clock> cx;
    private final FairnessTest test;
    private long due;

    Clock(Cx<Clock> cx, FairnessTest test) {
      this.cx = cx;
      this.test = test;
      arm();
    }

    private void arm() {
      due = test.world.nanoTime() + TICK.toNanos();
      cx.at(due, cx.self(), Clock::tick);
    }

    void tick() {
      test.latestTick = Math.max(test.latestTick, test.world.nanoTime() - due);
      if (test.isOver()) {
        cx.stop();
      } else {
        arm();
      }
    }
  }

  /** In percent of all that was used. */
  private double share(String name) {
    long all = used.values().stream().mapToLong(AtomicLong::get).sum();
    return 100.0 * used.getOrDefault(name, new AtomicLong()).get() / all;
  }

  private void printShares() {
    used.keySet().stream()
        .sorted()
        .forEach(name -> System.out.printf("FairnessTest %s: %.1f %%%n", name, share(name)));
    System.out.printf(
        "FairnessTest longest without a poll %d ms, latest tick %d ms%n",
        longestWithoutPoll / 1_000_000, latestTick / 1_000_000);
  }

  /**
   * However many local ones there are, a shared one has a turn after 16 of theirs, and the first
   * turn of a round if it had none at the end of the last. A round has 32 turns, or lasts 5 ms: so
   * of short turns those are 2 in 32, and of turns of a millisecond 1 in 5.
   */
  @ParameterizedTest
  @CsvSource({"10, 6.25", "1000, 20"})
  void busyLocalActorsStarveNobody(long turnMicros, double expected) throws RuntimeFailure {
    turn = Duration.of(turnMicros, ChronoUnit.MICROS);
    end = turn.multipliedBy(100_000).toNanos();
    Run.on(
        watched(),
        ref -> {
          for (int i = 0; i < 100; i++) {
            spawn(ref, Kind.LOCAL, "local", Priority.NORMAL);
          }
          spawn(ref, Kind.SHARED, "shared", Priority.NORMAL);
          ref.loop().actor(Clock::new, this, Ret.nop());
        });
    printShares();
    assertEquals(expected, share("shared"), 0.05);
    assertThat(longestWithoutPoll).isLessThanOrEqualTo(Duration.ofMillis(6).toNanos());
    assertThat(latestTick).isLessThanOrEqualTo(Duration.ofMillis(6).toNanos());
  }

  /** The weights are 5, 10 and 15, so the shares are as 6 to 3 to 2, local or shared. */
  @Test
  void prioritiesAreSharesOfTheTime() throws RuntimeFailure {
    for (Kind kind : new Kind[] {Kind.LOCAL, Kind.SHARED}) {
      used.clear();
      end = world.nanoTime() + RUN.toNanos();
      Run.on(
          watched(),
          ref -> {
            for (Priority priority : Priority.values()) {
              spawn(ref, kind, priority.name(), priority);
            }
          });
      printShares();
      assertThat(share("HIGH")).isBetween(54.4, 54.7);
      assertThat(share("NORMAL")).isBetween(27.2, 27.4);
      assertThat(share("LOW")).isBetween(18.1, 18.3);
    }
  }

  /** One that slept has no claim to the time it did not use: it is one of two from then on. */
  @Test
  void whoComesLateDoesNotCatchUp() throws RuntimeFailure {
    Run.on(
        watched(),
        ref -> {
          spawn(ref, Kind.LOCAL, "early", Priority.NORMAL);
          ref.spawnLocal(
              Supervisor.stopping(),
              (Context<Void> ctx, Integer _) -> {
                ctx.sleep(RUN.dividedBy(2));
                greedy("late").run(ctx, 0);
              },
              0,
              ActorOptions.standard());
        });
    printShares();
    assertThat(share("early")).isBetween(74.5, 75.5);
    assertEquals(100, share("early") + share("late"), 0.001);
  }
}
