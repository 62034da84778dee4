package lemnos.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lemnos.core.Poller;
import org.junit.jupiter.api.Test;

/** When a worker looks for a moment before it sleeps. */
final class SpinnerTest {
  private final Spinner spinner = new Spinner(2);
  private int looks;
  private int polls;

  /** At which poll there is an event; 0: at none. */
  private int polledAt;

  /** Has the spinner look for work that is there at the look of that number; 0: never. */
  private boolean spin(int foundAt) {
    looks = 0;
    polls = 0;
    return spinner.spin(() -> ++looks == foundAt, () -> ++polls == polledAt);
  }

  @Test
  void afterAShortSleepItLooksAndAfterALongOneNot() {
    assertFalse(spin(1), "nothing is known yet");
    assertEquals(0, looks);
    spinner.slept(Spinner.SHORT_SLEEP_NANOS);
    assertFalse(spin(1));
    spinner.slept(Spinner.SHORT_SLEEP_NANOS - 1);
    assertTrue(spin(7));
    assertEquals(7, looks);
    assertTrue(spin(7), "it goes on as long as that is of use");
  }

  @Test
  void inVainItLooksNoLongerThanAMomentAndLessAndLessOften() {
    int sleeps = 1;
    for (int i = 0; i < 20; i++) {
      for (int n = 0; n < sleeps; n++) {
        assertFalse(spin(0));
        assertEquals(0, looks, "after " + n + " of " + sleeps + " short sleeps");
        spinner.slept(1);
      }
      assertFalse(spin(0));
      assertEquals(Spinner.LOOKS, looks);
      sleeps = i == 0 ? 1 : Math.min(2 * sleeps, Spinner.MAX_PATIENCE);
    }
  }

  @Test
  void meanwhileItPolls() {
    polledAt = 3;
    spinner.slept(1);
    assertTrue(spin(0));
    assertEquals(3 * Spinner.LOOKS_A_POLL, looks);
    polledAt = 0;
    assertFalse(spin(0));
    assertEquals(Spinner.LOOKS / Spinner.LOOKS_A_POLL, polls);
  }

  @Test
  void successBeginsTheCountAnew() {
    spinner.slept(1);
    spin(0);
    spinner.slept(1);
    spin(0);
    spinner.slept(1);
    spinner.slept(1);
    assertTrue(spin(1));
    assertFalse(spin(0));
    spinner.slept(1);
    assertTrue(spin(1));
  }

  @Test
  void withOneProcessorItNeverLooks() {
    var alone = new Spinner(1);
    alone.slept(1);
    assertFalse(alone.spin(() -> true, () -> true));
    alone.turnBegins();
    assertFalse(alone.mayLinger());
  }

  @Test
  void anActorLooksForAMessageWhileLookingIsOfUse() {
    try (Runtime runtime = Run.setup(1).build()) {
      LocalProcess<Integer> receiver = receiver(runtime);
      spinner.turnBegins();
      assertFalse(spinner.mayLinger(), "nothing is known yet");
      spinner.slept(1);
      assertTrue(spinner.mayLinger());
      assertFalse(spinner.linger(receiver, () -> ++looks == 7));
      assertEquals(7, looks, "there was other work");
      assertFalse(spinner.linger(receiver, () -> ++looks == 0));
      assertEquals(7 + Spinner.LOOKS_A_POLL, looks, "no longer than a moment");
      receiver.inbox().trySend(1);
      assertTrue(spinner.linger(receiver, () -> ++looks == 0));
      assertFalse(spin(0));
      assertFalse(spinner.mayLinger(), "looking was in vain");
    }
  }

  @Test
  void inOneTurnItLooksForSoManyMessagesAndNoMore() {
    try (Runtime runtime = Run.setup(1).build()) {
      LocalProcess<Integer> receiver = receiver(runtime);
      receiver.inbox().trySend(1);
      spinner.slept(1);
      spinner.turnBegins();
      for (int i = 0; i < Spinner.MAX_LINGERS; i++) {
        assertTrue(spinner.mayLinger());
        assertTrue(spinner.linger(receiver, () -> true));
      }
      assertFalse(spinner.mayLinger());
      spinner.turnBegins();
      assertTrue(spinner.mayLinger());
    }
  }

  @Test
  void anActorThatLookedInVainLooksNoMoreInItsTurn() {
    try (Runtime runtime = Run.setup(1).build()) {
      LocalProcess<Integer> receiver = receiver(runtime);
      spinner.slept(1);
      spinner.turnBegins();
      assertFalse(spinner.linger(receiver, () -> false));
      assertFalse(spinner.mayLinger());
      spinner.turnBegins();
      assertFalse(spinner.linger(receiver, () -> true));
      assertFalse(spinner.mayLinger());
    }
  }

  @Test
  void whoLooksInVainAgainAndAgainLooksLessAndLessOften() {
    try (Runtime runtime = Run.setup(1).build()) {
      LocalProcess<Integer> receiver = receiver(runtime);
      spinner.slept(1);
      int turns = 1;
      for (int i = 0; i < 15; i++) {
        spinner.turnBegins();
        assertTrue(spinner.mayLinger());
        assertFalse(spinner.linger(receiver, () -> false));
        for (int n = 0; n < turns; n++) {
          spinner.turnBegins();
          assertFalse(spinner.mayLinger(), "turn " + n + " of " + turns);
        }
        turns = Math.min(2 * turns, Spinner.MAX_TURNS_TO_SKIP);
      }
      receiver.inbox().trySend(1);
      spinner.turnBegins();
      assertTrue(spinner.linger(receiver, () -> false));
      assertFalse(spinner.linger(receiver(runtime), () -> false));
      spinner.turnBegins();
      assertFalse(spinner.mayLinger());
      spinner.turnBegins();
      assertTrue(spinner.mayLinger(), "success began the count anew");
    }
  }

  /** That of an actor that has no turn. */
  private static LocalProcess<Integer> receiver(Runtime runtime) {
    var world = new ManualWorld();
    var worker =
        new Worker(9, world, Poller::parking, runtime, new SharedScheduler(world, Tracer.of(null)));
    Fate<Integer> idler = new Supervision<>((_, _) -> _ -> {}, Supervisor.stopping(), 0);
    return new LocalProcess<>(worker, false, idler, Run.inboxOf(1));
  }
}
