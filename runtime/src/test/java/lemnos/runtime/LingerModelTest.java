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
 * A local actor that looks for messages itself for a moment before it waits, while other threads
 * send to it and, seeing that it looks, do not have it woken ({@link LocalProcess}): step by step,
 * in all interleavings. Also broken on purpose, to see that the search would find it.
 */
@Timeout(300)
final class LingerModelTest {
  private static final int SENDERS = 3;

  // The variables: messages in the inbox, those received, the mark, and the worker's stack.
  private static final int INBOX = 0;
  private static final int RECEIVED = 1;
  private static final int WAKE_QUEUED = 2;
  private static final int STACKED = 3;

  /** The process was put on the stack while it was there, which would cut the stack off. */
  private static final int TWICE = 4;

  private static final int VARIABLES = 5;

  /** How the protocol is broken, if at all. */
  private enum Fault {
    NONE,
    DOES_NOT_LOOK_AGAIN,
    LOOKS_BEFORE_THE_MARK_IS_GONE,
    LINGERS_THOUGH_IT_IS_STACKED
  }

  /** Puts a message in, and has the receiver woken unless the mark says that it will look. */
  private static int sender(int at, int[] v) {
    switch (at) {
      case 0 -> {
        v[INBOX]++;
        return 1;
      }
      case 1 -> {
        return v[WAKE_QUEUED] == 1 ? END : 2;
      }
      case 2 -> {
        boolean isMine = v[WAKE_QUEUED] == 0;
        v[WAKE_QUEUED] = 1;
        return isMine ? 3 : END;
      }
      default -> {
        v[TWICE] |= v[STACKED];
        v[STACKED] = 1;
        return END;
      }
    }
  }

  // The receiver's steps
  private static final int TURN = 0; // takes what there is, and then lingers if it may
  private static final int LINGERS = 1; // the mark is its own
  private static final int LOOKS_LAST = 2; // only if it is broken
  private static final int UNMARKS = 3;
  private static final int PARKS = 4;
  private static final int SLEEPS = 5;
  private static final int WAKES = 6; // the worker has taken it from the stack
  private static final int TRIES_TO_LINGER = 7;

  private static int receiver(Fault fault, int at, int[] v) {
    switch (at) {
      case TURN -> {
        if (v[INBOX] == 0) {
          return TRIES_TO_LINGER;
        }
        v[INBOX]--;
        v[RECEIVED]++;
        return TURN;
      }
      case TRIES_TO_LINGER -> {
        boolean isStacked = v[WAKE_QUEUED] == 1;
        v[WAKE_QUEUED] = 1;
        return !isStacked || fault == Fault.LINGERS_THOUGH_IT_IS_STACKED ? LINGERS : PARKS;
      }
      case LINGERS -> { // for a moment: it may see a message, and may not
        if (v[INBOX] > 0 && v[RECEIVED] % 2 == 0) {
          v[INBOX]--;
          v[RECEIVED]++;
          return LINGERS;
        }
        return fault == Fault.LOOKS_BEFORE_THE_MARK_IS_GONE ? LOOKS_LAST : UNMARKS;
      }
      case LOOKS_LAST -> {
        if (v[INBOX] == 0) {
          return UNMARKS;
        }
        v[INBOX]--;
        v[RECEIVED]++;
        return LOOKS_LAST;
      }
      case UNMARKS -> {
        v[WAKE_QUEUED] = 0;
        boolean sleeps =
            fault == Fault.DOES_NOT_LOOK_AGAIN || fault == Fault.LOOKS_BEFORE_THE_MARK_IS_GONE;
        return sleeps ? SLEEPS : PARKS;
      }
      case PARKS -> { // has looked at the inbox after the mark was gone, or is stacked
        if (v[INBOX] > 0) {
          v[INBOX]--;
          v[RECEIVED]++;
          return PARKS;
        }
        return SLEEPS;
      }
      case SLEEPS -> {
        if (v[STACKED] == 0) {
          return BLOCKED;
        }
        v[STACKED] = 0;
        return WAKES;
      }
      default -> {
        v[WAKE_QUEUED] = 0;
        return TURN;
      }
    }
  }

  /** An end at which a message is left, or the stack was. */
  private static @Nullable String fault(Fault fault) {
    var threads = new ArrayList<Interleavings.Steps>();
    threads.add((at, v) -> receiver(fault, at, v));
    for (int i = 0; i < SENDERS; i++) {
      threads.add(LingerModelTest::sender);
    }
    return new Interleavings(VARIABLES, threads).find(v -> v[RECEIVED] < SENDERS || v[TWICE] > 0);
  }

  @Test
  void everyMessageIsReceived() {
    assertNull(fault(Fault.NONE));
  }

  @Test
  void waitingWithoutAnotherLookLosesAMessage() {
    assertNotNull(fault(Fault.DOES_NOT_LOOK_AGAIN));
  }

  @Test
  void lookingForTheLastTimeWhileOthersRelyOnItLosesAMessage() {
    assertNotNull(fault(Fault.LOOKS_BEFORE_THE_MARK_IS_GONE));
  }

  @Test
  void takingTheMarkOfAnotherWakeUpForItsOwnStacksItTwice() {
    assertNotNull(fault(Fault.LINGERS_THOUGH_IT_IS_STACKED));
  }
}
