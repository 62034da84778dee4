package lemnos.runtime;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.function.Consumer;
import lemnos.core.Loop;
import lemnos.core.Ret;
import lemnos.core.World;
import org.jspecify.annotations.Nullable;

/**
 * A thread-safe sequential actor: each of its turns is given by whichever worker comes first.
 *
 * <p>Whoever makes it READY, and nobody else, puts it on the shared run queue; whoever takes it
 * from there, and nobody else, runs it. A wake-up during a turn leaves the mark WOKEN, which sends
 * the process back to the queue if the turn ends with waiting. Every change is an atomic
 * read-modify-write, so each turn sees all that came before it, on whatever worker.
 *
 * <pre>
 * WAITING --(wake)-->    READY            to the queue
 * READY   --(begin)-->   RUNNING
 * RUNNING --(wake)-->    WOKEN
 * RUNNING --(waits)-->   WAITING
 * WOKEN   --(waits)-->   READY            to the queue
 * RUNNING, WOKEN --(lets others run, restarts)--> READY   to the queue
 * RUNNING, WOKEN --(blocked, can go on)-->        same    to the queue
 * RUNNING, WOKEN --(ends)-->              DONE
 * </pre>
 */
final class SharedProcess<M> extends Process<M> {
  private static final int WAITING = 0;
  private static final int READY = 1;
  private static final int RUNNING = 2;
  private static final int WOKEN = 3;
  private static final int DONE = 4;

  private static final VarHandle STATE;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(SharedProcess.class, "state", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final SharedScheduler scheduler;

  /** The worker that gives the turn; null between turns. Of that worker and the actor's code. */
  private @Nullable Worker worker;

  private volatile int state = READY;

  // Of the scheduler

  /** The process that came on the queue before this one, and how many did. */
  @Nullable SharedProcess<?> below;

  int depth;

  /** What makes it different from all others; 0 until the scheduler has seen it. */
  long serial;

  /** The alarm that the scheduler keeps. */
  long armedAt = Alarm.NEVER;

  SharedProcess(SharedScheduler scheduler, Fate<M> fate, ActorOptions options) {
    super(fate, options);
    this.scheduler = scheduler;
  }

  @Override
  public @Nullable Worker worker() {
    return worker;
  }

  @Override
  World world() {
    return scheduler.world();
  }

  /** The coordinator's: what an actor tells is in one stream, whoever gives it its turns. */
  @Override
  Tracer tracer() {
    return scheduler.tracer();
  }

  @Override
  String runningEvent() {
    return "Running thread-safe process";
  }

  @Override
  String restartingEvent() {
    return "Restarting thread-safe process";
  }

  @Override
  Loop loop() {
    throw new IllegalStateException(
        "'" + this + "' is a thread-safe actor and belongs to no loop: spawn it with spawnLocal");
  }

  @Override
  Coroutine newCoroutine(Runnable body) {
    return Coroutine.mobile(this, world(), body, this::unblocked);
  }

  @Override
  boolean isOwnCode() {
    return Seat.current() == this;
  }

  /** Asks on the loop of the worker that gives the turn: rights to answer belong to loops. */
  @Override
  <R> void request(Answer<R> answer, Consumer<Ret<R>> ask) {
    Loop here = Objects.requireNonNull(worker, "only in its turn").loop();
    here.execute(() -> ask.accept(here.ret(answer::arrived)));
  }

  // Turns

  @Override
  void begin(Worker by) {
    worker = by;
    STATE.compareAndSet(this, READY, RUNNING); // else it goes on with the turn in which it blocked
  }

  /** Never: the worker runs the sender meanwhile, if no other does. */
  @Override
  boolean linger() {
    return false;
  }

  @Override
  void leaveTurn() {
    ownCoroutine().suspend();
  }

  @Override
  void awaitWake() {
    if (!STATE.compareAndSet(this, WOKEN, RUNNING)) {
      suspend(Turn.WAITS);
    }
  }

  @Override
  void settle() {
    worker = null;
    switch (turn) {
      case Turn.WAITS -> {
        scheduler.arm(this, nextAlarm());
        if (!STATE.compareAndSet(this, RUNNING, WAITING)) {
          ready();
        }
      }
      case Turn.YIELDS -> ready();
      case Turn.ENDED -> {
        STATE.setVolatile(this, DONE);
        scheduler.ended(this);
      }
      default -> { // BLOCKED
        if (!ownCoroutine().isBlocked()) {
          unblocked();
        } else if (isCancelled()) {
          ownCoroutine().interrupt();
        }
      }
    }
  }

  private void ready() {
    STATE.setVolatile(this, READY);
    scheduler.push(this);
  }

  /** The turn, which ended in the middle, can go on. Any thread. */
  private void unblocked() {
    scheduler.push(this);
  }

  /** Nothing: the scheduler will find no alarm when the turn ends. */
  @Override
  void disarm() {}

  // Wake-ups

  @Override
  void wake() {
    VarHandle.fullFence(); // what the wake-up is for must be there before the state is read
    for (; ; ) {
      switch (state) {
        case WAITING -> {
          if (STATE.compareAndSet(this, WAITING, READY)) {
            scheduler.push(this);
            return;
          }
        }
        case RUNNING -> {
          if (STATE.compareAndSet(this, RUNNING, WOKEN)) {
            return;
          }
        }
        default -> {
          return;
        }
      }
    }
  }
}
