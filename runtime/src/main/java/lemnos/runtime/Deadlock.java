package lemnos.runtime;

import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sequential actors that wait in a ring, each for room in the inbox of the next: none of them will
 * ever take a message out. Whoever begins to wait follows the ring; of several that begin at once
 * on different workers, the last to have said so sees all of it.
 *
 * <p>Not seen: a ring that is closed by somebody else, who fills an inbox that had room when the
 * ring was followed; and rings of actors that wait for answers.
 */
final class Deadlock {
  /** A ring with more actors is not found. */
  static final int MAX_ACTORS = 1000;

  private static final Logger LOG = LoggerFactory.getLogger(Deadlock.class);

  private Deadlock() {}

  /** Tells of the ring that {@code sender} has closed by beginning to wait, if it has. */
  static void check(Process<?> sender) {
    List<Process<?>> ring = ringOf(sender);
    if (!ring.isEmpty()) {
      LOG.atError()
          .addKeyValue("actors", ring)
          .log("deadlock: each of these actors waits for room in the inbox of the next");
    }
  }

  /** Those whom {@code sender} waits for, one after the other and itself last; or nobody. */
  static List<Process<?>> ringOf(Process<?> sender) {
    Process<?> next = sender.waitsFor();
    if (next == null || next.waitsFor() == null) {
      return List.of(); // as a rule
    }
    List<Process<?>> ring = new ArrayList<>();
    while (next != null && ring.size() < MAX_ACTORS) {
      ring.add(next);
      if (next == sender) {
        return ring;
      }
      next = next.waitsFor();
    }
    return List.of();
  }
}
