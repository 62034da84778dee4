package lemnos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The list of the actors of a loop, their numbers, and what else lies where they are linked. */
final class RosterTest {
  private static final int STEPS = 100_000;

  private final Loop loop = new Loop(0);
  private final Trace trace = new Trace();

  private void run() {
    loop.run(loop.now() + 1, false);
  }

  private Actor<Probe> actor(int i) {
    return i % 3 == 0
        ? loop.actor(Probe::new, trace, "p" + i, Ret.<StopCause>nop()).actor()
        : Probe.start(loop, trace, "p" + i).actor();
  }

  /** Gives an actor what few have, which changes how it is linked. */
  private static void enrich(Actor<Probe> actor, int how) {
    Probe.in(
        actor,
        cx -> {
          switch (how) {
            case 0 -> cx.name("somebody");
            case 1 -> cx.limit(3);
            default -> cx.hold(cx.ret(answer -> {}));
          }
        });
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void theListIsThatOfTheLivingWhateverComesAndGoes(long seed) {
    String where = "RosterTest seed " + seed;
    var random = new SplittableRandom(seed);
    var living = new ArrayList<Actor<Probe>>(); // oldest first
    int most = 1;
    for (int step = 0; step < STEPS; step++) {
      if (step % 1000 == 0) {
        most = 1 + random.nextInt(random.nextBoolean() ? 20 : 300);
      }
      if (living.size() < most) {
        living.add(actor(step));
      } else {
        int at = random.nextInt(3) == 0 ? living.size() - 1 : random.nextInt(living.size());
        Actor<Probe> actor = living.remove(at);
        Probe.in(actor, Cx::stop);
      }
      if (!living.isEmpty() && random.nextInt(5) == 0) {
        enrich(living.get(random.nextInt(living.size())), random.nextInt(3));
      }
      run();
      trace.take();
      assertEquals(living.size(), loop.actorCount(), where);
      int dead = loop.living.dead;
      assertTrue(dead <= living.size() + Roster.FEW, () -> where + ": " + dead + " dead entries");
      if (step % 100 == 0) {
        assertEquals(living.reversed(), loop.actors(), where);
      }
    }
    loop.close();
    assertEquals(List.of(), loop.living.newestFirst());
    assertEquals(0, loop.living.dead);
    assertTrue(living.stream().allMatch(Actor::isGone));
  }

  @Test
  void whoIsLeftOutOfTheListIsLinkedToNobodyAnyMore() {
    Actor<Probe> older = actor(0);
    Actor<Probe> newer = actor(3);
    run();
    assertSame(older, Cell.of(newer).older());
    Probe.in(newer, Cx::stop);
    run();
    assertEquals(null, Cell.of(newer).older());
    assertEquals(List.of(older), loop.actors());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void aNumberThatIsTooLargeForTheCellIsKeptAllTheSame(int how) {
    loop.living.lastId = Cell.FIRST_WIDE_ID - 3;
    var actors = new ArrayList<Actor<Probe>>();
    for (int i = 0; i < 6; i++) {
      actors.add(actor(i));
    }
    run();
    actors.forEach(actor -> enrich(actor, how));
    run();
    List<Long> ids = actors.stream().map(Actor::id).toList();
    long first = Cell.FIRST_WIDE_ID - 2;
    assertEquals(List.of(first, first + 1, first + 2, first + 3, first + 4, first + 5), ids);
    assertEquals(how == 0 ? "somebody" : "Probe#268435458", actors.get(4).name());
    assertEquals(actors.reversed(), loop.actors());
    assertFalse(actors.get(4).isGone());
    Probe.in(actors.get(4), Cx::stop);
    Probe.in(actors.get(1), Cx::stop);
    run();
    assertEquals(
        List.of("p4 closed", "p4 ended = Actor stopped", "p1 closed", "p1 ended = Actor stopped"),
        trace.take());
    assertEquals(first + 4, actors.get(4).id());
    assertEquals(first + 1, actors.get(1).id());
  }
}
