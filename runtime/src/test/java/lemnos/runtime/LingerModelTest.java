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
 * send to it and, seeing that it looks, do not have it woken ({@link Inbox}): step by step, in all
 * interleavings. Also broken on purpose, to see that the search would find it.
 */
@Timeout(300)
final class LingerModelTest {
  private static final int SENDERS = 3;

  // The variables: messages in the inbox, those received, whether the receiver looks for them
  // itself, whether its wake-up is queued, and the worker's stack.
  private static final int INBOX = 0;
  private static final int RECEIVED = 1;
  private static final int WATCHED = 2;
  private static final int WAKE_QUEUED = 3;
  private static final int STACKED = 4;

  private static final int VARIABLES = 5;

  /** How the protocol is broken, if at all. */
  private enum Fault {
    NONE,
    DOES_NOT_LOOK_AGAIN,
    LOOKS_BEFORE_THE_MARK_IS_GONE,
    READS_THE_MARK_BEFORE_THE_MESSAGE_IS_IN
  }

  /** Puts a message in, and has the receiver woken unless the mark says that it will look. */
  private static int sender(int at, int[] v) {
    switch (at) {
      case 0 -> {
        v[INBOX]++;
        return 1;
      }
      case 1 -> {
        return v[WATCHED] == 1 ? END : QUEUES_WAKE_UP;
      }
      default -> {
        return waker(at, v);
      }
    }
  }

  /** Does these two things the wrong way round. */
  private static int hastySender(int at, int[] v) {
    switch (at) {
      case 0 -> {
        return v[WATCHED] == 1 ? 1 : 2;
      }
      case 1 -> {
        v[INBOX]++;
        return END;
      }
      case 2 -> {
        v[INBOX]++;
        return QUEUES_WAKE_UP;
      }
      default -> {
        return waker(at, v);
      }
    }
  }

  private static final int QUEUES_WAKE_UP = 3;

  private static int waker(int at, int[] v) {
    if (at == QUEUES_WAKE_UP) {
      boolean isMine = v[WAKE_QUEUED] == 0;
      v[WAKE_QUEUED] = 1;
      return isMine ? QUEUES_WAKE_UP + 1 : END;
    }
    v[STACKED] = 1;
    return END;
  }

  // The receiver's steps
  private static final int TURN = 0; // takes what there is, and then lingers if it may
  private static final int LINGERS = 1; // the inbox has the mark
  private static final int LOOKS_LAST = 2; // only if it is broken
  private static final int UNMARKS = 3;
  private static final int PARKS = 4;
  private static final int SLEEPS = 5;
  private static final int WAKES = 6; // the worker has taken it from the stack
  private static final int MARKS = 7;

  private static int receiver(Fault fault, int at, int[] v) {
    switch (at) {
      case TURN -> {
        if (v[INBOX] == 0) {
          return MARKS;
        }
        v[INBOX]--;
        v[RECEIVED]++;
        return TURN;
      }
      case MARKS -> {
        v[WATCHED] = 1;
        return LINGERS;
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
        v[WATCHED] = 0;
        boolean sleeps =
            fault == Fault.DOES_NOT_LOOK_AGAIN || fault == Fault.LOOKS_BEFORE_THE_MARK_IS_GONE;
        return sleeps ? SLEEPS : PARKS;
      }
      case PARKS -> { // looks at the inbox after the mark has gone
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

  /** An end at which a message is left. */
  private static @Nullable String fault(Fault fault) {
    boolean hasty = fault == Fault.READS_THE_MARK_BEFORE_THE_MESSAGE_IS_IN;
    var threads = new ArrayList<Interleavings.Steps>();
    threads.add((at, v) -> receiver(fault, at, v));
    for (int i = 0; i < SENDERS; i++) {
      threads.add(hasty ? LingerModelTest::hastySender : LingerModelTest::sender);
    }
    return new Interleavings(VARIABLES, threads).find(v -> v[RECEIVED] < SENDERS);
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
  void relyingOnAMarkThatWasReadBeforeTheMessageWasThereLosesIt() {
    assertNotNull(fault(Fault.READS_THE_MARK_BEFORE_THE_MESSAGE_IS_IN));
  }
}
