package lemnos.runtime;

import static lemnos.runtime.Interleavings.BLOCKED;
import static lemnos.runtime.Interleavings.END;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.ArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Protocols of our own without locks, step by step in all interleavings: senders that fill the
 * slots of a ring that is closed meanwhile, and senders that wait for room while the receiver takes
 * or ends ({@link Inbox}). Each is also broken on purpose, to see that the search would find it.
 * {@link SharedModelTest} has those of thread-safe actors.
 */
@Timeout(300)
final class ProtocolModelTest {
  private static final int SENDERS = 3;

  // The ring's variables, with a slot for each sender. A slot that was taken is empty again.
  private static final int TAIL = 0;
  private static final int HEAD = 1;
  private static final int SHUT = 2;
  private static final int WOKEN = 3;
  private static final int RECEIVED = 4;
  private static final int DROPPED = 5;
  private static final int REFUSED = 6;
  private static final int SLOT = 7;
  private static final int RING_VARIABLES = SLOT + SENDERS;

  /** How the ring is broken, if at all. */
  private enum RingFault {
    NONE,
    WAKES_BEFORE_IT_FILLS,
    FORGETS_TO_WITHDRAW
  }

  /** Claims a position, fills its slot, wakes the receiver, and looks whether it was too late. */
  private static int filler(RingFault fault, int at, int[] v) {
    boolean early = fault == RingFault.WAKES_BEFORE_IT_FILLS;
    int mine = at / 10; // which position it claimed, plus one
    switch (at % 10) {
      case 0 -> {
        if (v[SHUT] == 1) {
          v[REFUSED]++;
          return END;
        }
        return 10 * ++v[TAIL] + (early ? 2 : 1);
      }
      case 1 -> {
        v[SLOT + mine - 1] = 1;
        return at - 1 + (early ? 3 : 2);
      }
      case 2 -> {
        v[WOKEN] = 1;
        return at - 2 + (early ? 1 : 3);
      }
      case 3 -> {
        return v[SHUT] == 1 && fault != RingFault.FORGETS_TO_WITHDRAW ? at + 1 : END;
      }
      default -> {
        v[DROPPED] += v[SLOT + mine - 1];
        v[SLOT + mine - 1] = 0;
        return END;
      }
    }
  }

  /** Takes {@code messages} and closes; waits for wake-ups and takes as much as there is. */
  private static int taker(int messages, int at, int[] v) {
    switch (at) {
      case 0 -> {
        if (v[RECEIVED] == messages) {
          return 2;
        }
        if (v[SLOT + v[HEAD]] == 0) {
          return 1;
        }
        v[SLOT + v[HEAD]] = 0;
        v[HEAD]++;
        v[RECEIVED]++;
        return 0;
      }
      case 1 -> {
        if (v[WOKEN] == 0) {
          return BLOCKED;
        }
        v[WOKEN] = 0;
        return 0;
      }
      case 2 -> {
        v[SHUT] = 1;
        return 3;
      }
      default -> {
        v[DROPPED] += v[SLOT + at - 3];
        v[SLOT + at - 3] = 0;
        return at - 3 == SENDERS - 1 ? END : at + 1;
      }
    }
  }

  /** An end at which a message is neither received nor dropped nor refused. */
  private static @Nullable String losesAMessage(int messages, RingFault fault) {
    var threads = new ArrayList<Interleavings.Steps>();
    threads.add((at, v) -> taker(messages, at, v));
    for (int i = 0; i < SENDERS; i++) {
      threads.add((at, v) -> filler(fault, at, v));
    }
    return new Interleavings(RING_VARIABLES, threads)
        .find(v -> v[RECEIVED] + v[DROPPED] + v[REFUSED] < SENDERS);
  }

  @Test
  void everyMessageIsReceivedOrDroppedOrRefused() {
    for (int messages = 0; messages <= SENDERS; messages++) {
      assertNull(losesAMessage(messages, RingFault.NONE));
    }
  }

  @Test
  void wakingTheReceiverBeforeTheSlotIsFilledLosesAMessage() {
    assertNotNull(losesAMessage(SENDERS, RingFault.WAKES_BEFORE_IT_FILLS));
  }

  @Test
  void notLookingWhetherTheRingWasClosedLosesAMessage() {
    assertNotNull(losesAMessage(1, RingFault.FORGETS_TO_WITHDRAW));
  }

  // The inbox's variables. Its capacity is 1. WAITING has a digit for each sender, oldest first.
  private static final int QUEUE = 0;
  private static final int WAITING = 1;
  private static final int CLOSED = 2;
  private static final int NUDGES = 3;
  private static final int TAKEN = 4;
  private static final int ADMITTED = 5;
  private static final int INBOX_VARIABLES = ADMITTED + SENDERS;

  /** How the inbox is broken, if at all. */
  private enum Fault {
    NONE,
    NO_NUDGE,
    CLOSES_LATE
  }

  private static int sender(int id, Fault fault, int at, int[] v) {
    switch (at) {
      case 0 -> {
        if (v[CLOSED] == 1) {
          return END;
        }
        if (v[QUEUE] == 1) {
          return 1;
        }
        v[QUEUE]++;
        return END;
      }
      case 1 -> {
        v[ADMITTED + id] = 0;
        v[WAITING] = 10 * v[WAITING] + id + 1;
        return 2;
      }
      case 2 -> {
        v[NUDGES] += fault == Fault.NO_NUDGE ? 0 : 1;
        return 3;
      }
      case 3 -> {
        // The real one looks at `closed` once more and then parks: what counts is that look.
        return v[ADMITTED + id] == 1 ? 0 : v[CLOSED] == 1 ? 0 : 4;
      }
      case 4 -> {
        return v[ADMITTED + id] == 1 ? 0 : BLOCKED;
      }
      default -> throw new AssertionError(at);
    }
  }

  /** Wakes the sender that has waited longest. */
  private static void wakeNext(int[] v) {
    int digit = 1;
    while (v[WAITING] / digit >= 10) {
      digit *= 10;
    }
    int oldest = v[WAITING] / digit;
    v[WAITING] %= digit;
    if (oldest > 0) {
      v[ADMITTED + oldest - 1] = 1;
    }
  }

  /** Takes {@code messages}, letting in senders that asked for it, and then closes. */
  private static int receiver(int messages, Fault fault, int at, int[] v) {
    switch (at) {
      case 0 -> {
        if (v[TAKEN] == messages) {
          return 4;
        }
        if (v[NUDGES] > 0) {
          v[NUDGES]--;
          return 2;
        }
        return v[QUEUE] == 0 ? BLOCKED : 1;
      }
      case 1 -> { // a turn takes what there is
        if (v[QUEUE] == 0 || v[TAKEN] == messages) {
          return 2;
        }
        v[QUEUE]--;
        v[TAKEN]++;
        return 1;
      }
      case 2 -> {
        return v[QUEUE] == 0 ? 3 : 0;
      }
      case 3 -> {
        wakeNext(v);
        return 0;
      }
      case 4 -> {
        v[CLOSED] = fault == Fault.CLOSES_LATE ? 0 : 1;
        return 5;
      }
      case 5 -> {
        if (v[WAITING] == 0) {
          return 6;
        }
        wakeNext(v);
        return 5;
      }
      default -> {
        v[CLOSED] = 1;
        return END;
      }
    }
  }

  /** An end at which a sender sleeps though it could send or be told that nobody receives. */
  private static @Nullable String sleeps(int messages, Fault fault) {
    var threads = new ArrayList<Interleavings.Steps>();
    for (int i = 0; i < SENDERS; i++) {
      int id = i;
      threads.add((at, v) -> sender(id, fault, at, v));
    }
    threads.add((at, v) -> receiver(messages, fault, at, v));
    return new Interleavings(INBOX_VARIABLES, threads)
        .find(
            v -> {
              for (int i = 0; i < SENDERS; i++) {
                if (v[INBOX_VARIABLES + i] != END) {
                  return true;
                }
              }
              return v[INBOX_VARIABLES + SENDERS] != END;
            });
  }

  @Test
  void noSenderSleepsWhileThereIsRoom() {
    assertNull(sleeps(SENDERS, Fault.NONE));
  }

  @Test
  void noSenderSleepsAfterTheReceiverHasEnded() {
    for (int messages = 0; messages < SENDERS; messages++) {
      assertNull(sleeps(messages, Fault.NONE));
    }
  }

  @Test
  void wakingThoseWhoWaitBeforeClosingForgetsOne() {
    assertNotNull(sleeps(1, Fault.CLOSES_LATE));
  }

  @Test
  void joiningThoseWhoWaitWithoutHavingTheWorkerLookLosesAWakeUp() {
    assertNotNull(sleeps(SENDERS, Fault.NO_NUDGE));
  }
}
