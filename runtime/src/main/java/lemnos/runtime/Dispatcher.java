package lemnos.runtime;

import java.util.ArrayDeque;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Gives processes their turns on a worker, and has them charged. Turns are given in rows. Of the
 * worker's thread alone.
 *
 * <p>When an actor waits in the midst of a row its stack need not be put away at once: whoever is
 * next can run on top of it. If the actor's own turn comes before the row is over, as it does when
 * two actors talk to each other, it just goes on, and a switch of stacks is spared; if not, its
 * stack is put away then. Only the first actor that waits lends its stack, not those that run on
 * it. Who runs when is the same either way.
 */
final class Dispatcher {
  /** How many processes have a turn in a row, before calls and those of the other kind have. */
  static final int MAX_ROW = 16;

  /** How many stacks are kept on which no step is being done. */
  private static final int MAX_FREE_STACKS = 32;

  private final Worker worker;
  private final Scheduler scheduler;
  private final SharedScheduler shared;
  private final Gauges gauges;
  private final Tracer tracer;
  private final Spinner spinner;
  private final TurnClock clock;

  // The row

  /** How many turns it may have yet; 0 between rows, and in those that are not to be extended. */
  private int left;

  /** How many it has had, and the one that goes on. */
  private int given;

  /** No turn begins after that. */
  private long deadline;

  /** An actor that waits has lent its stack to the others of the row. */
  private boolean isLent;

  /** What a turn on a lent stack threw, for the worker: its lender has nothing to do with it. */
  private @Nullable Throwable failure;

  /** On which a step is being done whose actor has not waited. */
  private @Nullable StepStack stepStack;

  private final ArrayDeque<StepStack> freeStacks = new ArrayDeque<>();

  /** Of the turn that goes on. */
  private @Nullable TraceTiming timing;

  Dispatcher(Worker worker, Scheduler scheduler, SharedScheduler shared, Spinner spinner) {
    this.worker = worker;
    this.scheduler = scheduler;
    this.shared = shared;
    this.gauges = worker.gauges();
    this.tracer = worker.tracer();
    this.spinner = spinner;
    this.clock = new TurnClock(worker.world());
  }

  /** Gives a process, if any, a turn by itself. Returns the time after that. */
  long runOne(@Nullable Process<?> process, long now) {
    if (process == null) {
      return now;
    }
    left = 0;
    clock.beginExactly(now);
    run(process);
    return clock.end(1);
  }

  /**
   * Gives local processes, or shared ones, a row of at most {@code most} turns; more than one to
   * shared ones only while no local one is ready. Returns the time after that.
   */
  long runRow(boolean local, int most, long from, long deadline) {
    clock.begin(from);
    this.deadline = deadline;
    left = Math.min(MAX_ROW, most);
    given = 0;
    if (local) {
      runLocals(null);
    } else {
      runShared();
    }
    left = 0;
    return given == 0 ? from : clock.end(given);
  }

  /** How many turns the last row has had. */
  int given() {
    return given;
  }

  private void runShared() {
    Process<?> process = shared.next();
    while (process != null) {
      countTurn();
      run(process);
      process = isOver() || !scheduler.isEmpty() ? null : shared.next();
    }
  }

  /** Goes on until the row is over, or it is the turn of {@code lender}: whether it is. */
  private boolean runLocals(@Nullable Process<?> lender) {
    while (given == 0 || !isOver()) { // one in any case, or calls might keep the worker busy
      Process<?> process = scheduler.next();
      if (process == null) {
        return false;
      }
      countTurn();
      if (process == lender) {
        return true;
      }
      run(process);
    }
    return false;
  }

  private boolean isOver() {
    return left == 0 || clock.now() >= deadline;
  }

  private void countTurn() {
    left--;
    given++;
  }

  /** Gives {@code process} its turn, in the row that the clock has been told of. */
  private void run(Process<?> process) {
    begin(process);
    try {
      Steps<?> steps = process.steps();
      if (steps == null) {
        process.resume();
      } else {
        doSteps(process, steps);
      }
    } finally {
      Process<?> last = gauges.process();
      if (last != null) { // else it has lent its stack, and its turn ended with that
        end(last);
      }
    }
    if (failure != null && !isLent) {
      throwFailure();
    }
  }

  // Steps

  /** Has {@code first}, whose turn it is, do a step, and others of the row after it. */
  private void doSteps(Process<?> first, Steps<?> steps) {
    StepStack stack = freeStacks.isEmpty() ? new StepStack(this) : freeStacks.removeLast();
    stack.assign(steps);
    stepStack = stack;
    try {
      stack.coroutine().resume();
    } catch (Throwable t) {
      stepStack = null;
      first.end(); // the machine could not switch to it
      throw t;
    }
    if (stepStack == stack) {
      stepStack = null;
      free(stack);
    } else {
      Objects.requireNonNull(gauges.process()).left(); // waits in the midst of its step
    }
  }

  private void free(StepStack stack) {
    if (freeStacks.size() < MAX_FREE_STACKS) {
      freeStacks.addLast(stack);
    }
  }

  /**
   * A step of {@code process} is done on {@code stack}. Whether there is another one to do there.
   */
  boolean stepDone(StepStack stack, Process<?> process) {
    if (stepStack != stack) { // the actor has waited, and the turn is none of this row
      process.keep(null);
      free(stack);
      return false;
    }
    try {
      process.left();
      end(process);
      Process<?> next = isOver() ? null : scheduler.peek();
      Steps<?> steps = next == null ? null : next.steps();
      if (steps == null) {
        return false;
      }
      scheduler.next();
      countTurn();
      begin(steps.process());
      stack.assign(steps);
      return true;
    } catch (Throwable t) {
      failure = t;
      left = 0;
      return false;
    }
  }

  /** The actor waits in the midst of its step: the stack is its own until that is done. */
  void suspendStep(LocalProcess<?> process) {
    StepStack stack = Objects.requireNonNull(stepStack, "no step is being done");
    process.keep(stack.coroutine());
    stepStack = null;
    try {
      stack.coroutine().suspend();
    } catch (Throwable t) {
      process.keep(null);
      stepStack = stack;
      throw t;
    }
  }

  private void throwFailure() {
    Throwable thrown = failure;
    failure = null;
    switch (thrown) {
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case null, default -> throw new AssertionError(thrown);
    }
  }

  private void begin(Process<?> process) {
    process.begin(worker);
    spinner.turnBegins();
    gauges.begin(process);
    timing = tracer.start();
    clock.turnBegins();
  }

  private void end(Process<?> process) {
    gauges.end();
    Thread.interrupted(); // the same of a process
    if (timing != null) {
      tracer.finishTurn(timing, process); // before another worker may give it a turn
    }
    process.runtime += clock.turnEnds() * process.weight();
    process.settle();
  }

  /**
   * The actor whose turn it is waits: gives the others their turns on its stack. Returns whether
   * its own has come; if not it has to leave the stack, for its turn has ended or goes on as it
   * was.
   */
  boolean lend(LocalProcess<?> lender) {
    if (isLent || isOver() || scheduler.isEmpty()) {
      return false;
    }
    lender.admit();
    end(lender);
    isLent = true;
    try {
      if (!runLocals(lender)) {
        return false;
      }
    } catch (Throwable t) {
      failure = t;
      left = 0;
      return false;
    } finally {
      isLent = false;
    }
    begin(lender);
    return true;
  }

  /** The actor could not leave its stack after all: its turn goes on, or another begins. */
  void stay(LocalProcess<?> process) {
    if (gauges.process() == null) {
      scheduler.remove(process);
      begin(process);
    }
  }
}
