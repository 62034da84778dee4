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
 * The protocols without locks around thread-safe actors, step by step in all interleavings: a
 * process that is woken while it runs, waits or is queued ({@link SharedProcess}); workers that
 * take processes from the shared queue, sleep and leave ({@link SharedScheduler}, {@link Worker});
 * a virtual thread that parks by itself ({@link VirtualCoroutine}). Each is also broken on purpose,
 * to see that the search would find it.
 */
@Timeout(300)
final class SharedModelTest {
  /** How the protocol is broken, if at all. */
  private enum Fault {
    NONE,
    /** A turn ends with a write where a compare-and-set would see the wake-up. */
    FORGETS_WAKE_UPS,
    /** The queue seems empty while its stack is moved. */
    SEEMS_EMPTY,
    /** A worker looks for work before it says that it polls. */
    LOOKS_TOO_EARLY,
    /** A worker does not look whether it may leave after it has said that it polls. */
    DOES_NOT_LOOK_FOR_THE_END
  }

  // What all models of the queue share. STACK and HEAP count the processes there.
  private static final int STACK = 0;
  private static final int HEAP = 1;
  private static final int READY_SIZE = 2;
  private static final int LOCK = 3;
  private static final int ENDED = 4;
  private static final int STATUS = 5; // of two workers
  private static final int TOKEN = 7; // of two workers
  private static final int PROCESS = 9;
  private static final int MESSAGES = 10;
  private static final int BEGUN = 11;
  private static final int VARIABLES = 12;

  private static final int AWAKE = 0;
  private static final int POLLING = 1;
  private static final int WAKING = 2;

  /** Wakes worker {@code id} if it polls. */
  private static boolean wake(int id, int[] v) {
    if (v[STATUS + id] != POLLING) {
      return false;
    }
    v[STATUS + id] = WAKING;
    v[TOKEN + id] = 1;
    return true;
  }

  // The steps of a worker that has nothing to run.
  private static final int LOOK = 0;
  private static final int LOOK_MORE = 1;
  private static final int TAKE_LOCK = 2;
  private static final int SAY_READY = 3;
  private static final int MOVE = 4;
  private static final int TAKE = 5;
  private static final int SAY_SIZE = 6;
  private static final int SAY_SIZE_AND_RUN = 7;
  private static final int UNLOCK = 8;
  private static final int UNLOCK_AND_RUN = 9;
  private static final int MAY_LEAVE = 10;
  private static final int POLL = 11;
  private static final int LOOK_AGAIN = 12;
  private static final int LOOK_AGAIN_MORE = 13;
  private static final int LOOK_FOR_END = 14;
  private static final int SLEEP = 15;
  private static final int AWAKEN = 16;
  private static final int RUN = 20;

  /** A worker looks for a process until it has one, or leaves. */
  private static int seek(int id, Fault fault, int at, int[] v) {
    switch (at) {
      case LOOK -> {
        return v[STACK] > 0 ? TAKE_LOCK : LOOK_MORE;
      }
      case LOOK_MORE -> {
        return v[READY_SIZE] > 0 ? TAKE_LOCK : fault == Fault.LOOKS_TOO_EARLY ? POLL : MAY_LEAVE;
      }
      case TAKE_LOCK -> {
        if (v[LOCK] == 1) {
          return BLOCKED;
        }
        v[LOCK] = 1;
        return v[STACK] > 0 ? SAY_READY : TAKE;
      }
      case SAY_READY -> {
        v[READY_SIZE] = fault == Fault.SEEMS_EMPTY ? v[READY_SIZE] : v[HEAP] + 1;
        return MOVE;
      }
      case MOVE -> {
        v[HEAP] += v[STACK];
        v[STACK] = 0;
        return TAKE;
      }
      case TAKE -> {
        if (v[HEAP] == 0) {
          return SAY_SIZE;
        }
        v[HEAP]--;
        return SAY_SIZE_AND_RUN;
      }
      case SAY_SIZE, SAY_SIZE_AND_RUN -> {
        v[READY_SIZE] = v[HEAP];
        return at + UNLOCK - SAY_SIZE;
      }
      case UNLOCK, UNLOCK_AND_RUN -> {
        v[LOCK] = 0;
        return at == UNLOCK ? LOOK : RUN;
      }
      default -> {
        return sleep(id, fault, at, v);
      }
    }
  }

  private static int sleep(int id, Fault fault, int at, int[] v) {
    switch (at) {
      case MAY_LEAVE -> {
        return v[ENDED] == 1 ? END : POLL;
      }
      case POLL -> {
        v[STATUS + id] = POLLING;
        return fault == Fault.LOOKS_TOO_EARLY ? LOOK_FOR_END : LOOK_AGAIN;
      }
      case LOOK_AGAIN -> {
        return v[STACK] > 0 ? AWAKEN : LOOK_AGAIN_MORE;
      }
      case LOOK_AGAIN_MORE -> {
        return v[READY_SIZE] > 0 ? AWAKEN : LOOK_FOR_END;
      }
      case LOOK_FOR_END -> {
        boolean looks = fault != Fault.DOES_NOT_LOOK_FOR_THE_END;
        return looks && v[ENDED] == 1 ? AWAKEN : SLEEP;
      }
      case SLEEP -> {
        if (v[TOKEN + id] == 0) {
          return BLOCKED;
        }
        v[TOKEN + id] = 0;
        return AWAKEN;
      }
      case AWAKEN -> {
        v[STATUS + id] = AWAKE;
        return LOOK;
      }
      default -> throw new AssertionError(at);
    }
  }

  // One process that is sent messages

  private static final int WAITING = 0;
  private static final int READY = 1;
  private static final int RUNNING = 2;
  private static final int WOKEN = 3;

  private static final int SENDERS = 2;

  /** Runs the process: takes the messages there are, then waits. It ends with the last message. */
  private static int workerOfMessages(int id, Fault fault, int at, int[] v) {
    switch (at) {
      case RUN -> {
        v[PROCESS] = RUNNING;
        return RUN + 1;
      }
      case RUN + 1 -> {
        v[BEGUN] += v[MESSAGES]; // those taken
        v[MESSAGES] = 0;
        return v[BEGUN] == SENDERS ? RUN + 4 : RUN + 2;
      }
      case RUN + 2 -> {
        if (v[PROCESS] == RUNNING || fault == Fault.FORGETS_WAKE_UPS) {
          v[PROCESS] = WAITING;
          return LOOK;
        }
        v[PROCESS] = READY;
        return RUN + 3;
      }
      case RUN + 3 -> { // alone on the queue it wakes nobody: this worker will look
        v[STACK]++;
        return LOOK;
      }
      case RUN + 4 -> {
        v[ENDED] = 1;
        return RUN + 5;
      }
      case RUN + 5, RUN + 6 -> {
        wake(at - RUN - 5, v);
        return at == RUN + 5 ? RUN + 6 : LOOK;
      }
      default -> {
        return seek(id, fault, at, v);
      }
    }
  }

  private static int sender(int at, int[] v) {
    switch (at) {
      case 0 -> {
        v[MESSAGES]++;
        return 1;
      }
      case 1 -> {
        return v[PROCESS] == WAITING ? 2 : v[PROCESS] == RUNNING ? 3 : END;
      }
      case 2 -> {
        if (v[PROCESS] != WAITING) {
          return 1;
        }
        v[PROCESS] = READY;
        return 4;
      }
      case 3 -> {
        if (v[PROCESS] != RUNNING) {
          return 1;
        }
        v[PROCESS] = WOKEN;
        return END;
      }
      case 4 -> {
        v[STACK]++;
        return 5;
      }
      case 5 -> {
        return wake(0, v) ? END : 6;
      }
      default -> {
        wake(1, v);
        return END;
      }
    }
  }

  /** An end at which a message lies there though nobody will run, or a worker has not left. */
  private static @Nullable String staysOnMessages(Fault fault) {
    var threads = new ArrayList<Interleavings.Steps>();
    threads.add((at, v) -> workerOfMessages(0, fault, at, v));
    threads.add((at, v) -> workerOfMessages(1, fault, at, v));
    for (int i = 0; i < SENDERS; i++) {
      threads.add(SharedModelTest::sender);
    }
    return new Interleavings(VARIABLES, threads)
        .find(v -> v[BEGUN] < SENDERS || v[VARIABLES] != END || v[VARIABLES + 1] != END);
  }

  @Test
  void noMessageIsForgottenAndEveryWorkerLeaves() {
    assertNull(staysOnMessages(Fault.NONE));
  }

  @Test
  void endingATurnWithAPlainWriteForgetsAMessage() {
    assertNotNull(staysOnMessages(Fault.FORGETS_WAKE_UPS));
  }

  @Test
  void lookingForWorkBeforeSayingSoForgetsAMessage() {
    assertNotNull(staysOnMessages(Fault.LOOKS_TOO_EARLY));
  }

  @Test
  void aWorkerThatDoesNotLookForTheEndSleepsForEver() {
    assertNotNull(staysOnMessages(Fault.DOES_NOT_LOOK_FOR_THE_END));
  }

  // Two processes, each with a turn that takes until the other has begun

  private static int workerOfTwo(int id, Fault fault, int at, int[] v) {
    switch (at) {
      case RUN -> {
        v[BEGUN]++;
        return RUN + 1;
      }
      case RUN + 1 -> {
        return v[BEGUN] == 2 ? END : BLOCKED;
      }
      default -> {
        return seek(id, fault, at, v);
      }
    }
  }

  /** Makes both ready, from outside, and has one worker woken for each. */
  private static int pusher(int at, int[] v) {
    switch (at % 3) {
      case 0 -> {
        v[STACK]++;
        return at + 1;
      }
      case 1 -> {
        return wake(0, v) ? end(at + 2) : at + 1;
      }
      default -> {
        wake(1, v);
        return end(at + 1);
      }
    }
  }

  private static int end(int at) {
    return at == 6 ? END : at;
  }

  private static @Nullable String sleepsBesideWork(Fault fault) {
    var threads = new ArrayList<Interleavings.Steps>();
    for (int i = 0; i < 2; i++) {
      int id = i;
      threads.add((at, v) -> workerOfTwo(id, fault, at, v));
    }
    threads.add(SharedModelTest::pusher);
    return new Interleavings(VARIABLES, threads).find(v -> v[BEGUN] < 2);
  }

  @Test
  void noWorkerSleepsBesideAProcessThatIsReady() {
    assertNull(sleepsBesideWork(Fault.NONE));
  }

  @Test
  void aQueueThatSeemsEmptyLetsAWorkerSleep() {
    assertNotNull(sleepsBesideWork(Fault.SEEMS_EMPTY));
  }

  // A virtual thread that parks by itself and is unparked by another thread

  private static final int SLICE = 0;
  private static final int THREAD = 1;
  private static final int PERMIT = 2;
  private static final int QUEUED = 3;

  private static final int NONE = 0;
  private static final int ANNOUNCED = 1;
  private static final int WAITS = 2;

  private static final int PARKED = 1;
  private static final int UNPARKED = 2;

  /** The announcement of a slice; {@code sees} whether the worker waits for it. */
  private static void announce(int[] v) {
    v[QUEUED] += v[SLICE] == WAITS ? 1 : 0;
    v[SLICE] = ANNOUNCED;
  }

  private static int parker(boolean broken, int at, int[] v) {
    switch (at) {
      case 0 -> {
        v[THREAD] = PARKED;
        return 1;
      }
      case 1 -> {
        return v[PERMIT] == 1 ? 2 : 4;
      }
      case 2 -> {
        if (v[THREAD] != PARKED) {
          return 4;
        }
        v[THREAD] = UNPARKED;
        return 3;
      }
      case 3 -> {
        announce(v);
        return 4;
      }
      case 4 -> { // the worker is back and asks whether the body is blocked
        if (v[SLICE] == NONE) {
          v[SLICE] = broken ? NONE : WAITS;
          return broken ? 5 : END;
        }
        v[QUEUED]++;
        return END;
      }
      default -> {
        v[SLICE] = WAITS;
        return END;
      }
    }
  }

  private static int unparker(int at, int[] v) {
    switch (at) {
      case 0 -> {
        v[PERMIT] = 1;
        return 1;
      }
      case 1 -> {
        if (v[THREAD] != PARKED) {
          return END;
        }
        v[THREAD] = UNPARKED;
        return 2;
      }
      default -> {
        announce(v);
        return END;
      }
    }
  }

  private static @Nullable String isNotQueuedOnce(boolean broken) {
    var threads = new ArrayList<Interleavings.Steps>();
    threads.add((at, v) -> parker(broken, at, v));
    threads.add(SharedModelTest::unparker);
    return new Interleavings(4, threads).find(v -> v[QUEUED] != 1);
  }

  @Test
  void aBodyThatParkedByItselfIsQueuedExactlyOnce() {
    assertNull(isNotQueuedOnce(false));
  }

  @Test
  void askingAndWaitingInTwoStepsForgetsABody() {
    assertNotNull(isNotQueuedOnce(true));
  }
}
