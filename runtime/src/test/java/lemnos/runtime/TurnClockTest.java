package lemnos.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import lemnos.core.World;
import org.junit.jupiter.api.Test;

/** What turns are charged, and how often that takes a look at the clock. */
final class TurnClockTest {
  private static final int ROW = TurnClock.SAMPLING;
  private static final long SHORT = TurnClock.SHORT_TURN_NANOS;

  /** A clock that counts who looks at it. */
  private static final class CountedWorld implements World {
    long now;
    int looks;

    @Override
    public long nanoTime() {
      looks++;
      return now;
    }

    @Override
    public Instant wallTime() {
      throw new UnsupportedOperationException();
    }

    @Override
    public Thread start(String name, boolean virtual, Runnable body) {
      throw new UnsupportedOperationException();
    }
  }

  private final CountedWorld world = new CountedWorld();
  private final TurnClock clock = new TurnClock(world);

  /** A turn that takes so long. Returns what it is charged. */
  private long turn(long nanos) {
    clock.turnBegins();
    world.now += nanos;
    return clock.turnEnds();
  }

  /** A row of turns that take so long. Returns what each is charged. */
  private long[] row(long... nanos) {
    clock.begin(world.now);
    long[] charged = Arrays.stream(nanos).map(this::turn).toArray();
    assertEquals(world.now, clock.end(nanos.length));
    return charged;
  }

  private static long[] times(int turns, long nanos) {
    long[] all = new long[turns];
    Arrays.fill(all, nanos);
    return all;
  }

  /** Has so many short runs go by that the next is timed by sample. */
  private void settle() {
    for (int i = 0; i < TurnClock.EXACT_ROWS; i++) {
      row(1);
    }
  }

  @Test
  void longTurnsAreChargedExactlyWhatTheyTake() {
    for (int i = 0; i < 100; i++) {
      long[] took = {5 * SHORT, 1, 1_000_000, 0};
      assertThat(row(took)).isEqualTo(took);
    }
  }

  @Test
  void shortOnesAreTimedExactlyAtFirst() {
    for (int i = 0; i < TurnClock.EXACT_ROWS; i++) {
      assertThat(row(3, 5, 7)).containsExactly(3, 5, 7);
    }
    assertThat(row(times(ROW, 3))).doesNotContain(3);
  }

  @Test
  void laterOneInManyIsChargedForAllAndTheClockIsHardlyLookedAt() {
    settle();
    world.looks = 0;
    int runs = 1000;
    for (int i = 0; i < runs; i++) {
      assertEquals(100 * ROW, Arrays.stream(row(times(ROW, 100))).sum());
    }
    assertThat(world.looks).isLessThanOrEqualTo(3 * runs);
  }

  /** Whatever the pattern: two that alternate, one in seven, one that is always the first. */
  @Test
  void onAverageEachIsChargedWhatItTakes() {
    settle();
    int runs = 50_000;
    for (int period : new int[] {2, 7, ROW}) {
      long[] took = new long[period];
      long[] charged = new long[period];
      int who = 0;
      for (int i = 0; i < runs; i++) {
        clock.begin(world.now);
        for (int t = 0; t < ROW; t++) {
          long nanos = 100L + 200L * who;
          took[who] += nanos;
          charged[who] += turn(nanos);
          who = (who + 1) % period;
        }
        clock.end(ROW);
      }
      for (int i = 0; i < period; i++) {
        assertThat((double) charged[i] / took[i]).as("%d of %d", i, period).isBetween(0.9, 1.1);
      }
    }
  }

  /** The runs of actors that are alone end before the turn that would be timed. */
  @Test
  void runsThatEndEarlyAreChargedAsMuch() {
    settle();
    long charged = 0;
    int runs = 50_000;
    for (int i = 0; i < runs; i++) {
      charged += Arrays.stream(row(100, 300)).sum();
    }
    assertThat((double) charged / (400 * runs)).isBetween(0.9, 1.1);
  }

  @Test
  void aLongRunIsSeenWhenItIsOverAndThenAllAreTimedExactly() {
    settle();
    row(times(ROW, 1_000_000));
    for (int i = 0; i < TurnClock.EXACT_ROWS; i++) {
      assertThat(row(3, 5)).containsExactly(3, 5);
    }
    assertThat(row(times(ROW, 3))).doesNotContain(3);
  }

  @Test
  void whatSeemsVeryLongIsNotMultiplied() {
    long tooLong = Duration.ofSeconds(1).toNanos();
    long most = 0;
    for (int i = 0; i < 1000; i++) {
      settle();
      most = Math.max(most, row(tooLong)[0]);
    }
    assertEquals(tooLong + TurnClock.MAX_EXTRA_NANOS, most);
  }

  @Test
  void aRunThatIsToBeExactIsSo() {
    settle();
    for (int i = 0; i < 100; i++) {
      clock.beginExactly(world.now);
      assertEquals(3, turn(3));
      assertEquals(world.now, clock.end(1));
    }
    assertTrue(clock.now() > 0);
  }
}
