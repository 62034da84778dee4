package lemnos.runtime;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import lemnos.core.Loop;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A sequential actor as its worker sees it.
 *
 * <pre>
 * READY --(scheduled)--> RUNNING --(waits)--> WAITING --(woken)--> READY
 *                        RUNNING --(woken, then waits)--> RUNNING
 *                        RUNNING --(lets others run)--> READY
 *                        RUNNING --(fails, restarted)--> READY
 *                        RUNNING --(returns, stopped)--> DONE
 * READY  --(stopped before it began)--> DONE
 * </pre>
 *
 * <p>Wake-ups may come for no reason: whoever parks checks what it waits for in a loop. Everything
 * but {@link #wake} belongs to the worker's thread.
 */
final class Process<M, T extends @Nullable Object> implements Runnable, Comparable<Process<?, ?>> {
  /** How often a stopped actor may swallow {@link Cancelled} before it is given up. */
  static final int MAX_CANCELLATIONS = 1000;

  private static final Logger LOG = LoggerFactory.getLogger(Process.class);
  private static final VarHandle WAKE_QUEUED;

  static {
    try {
      WAKE_QUEUED =
          MethodHandles.lookup().findVarHandle(Process.class, "wakeQueued", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private enum State {
    READY,
    RUNNING,
    WAITING,
    DONE
  }

  private final Worker worker;
  private final SequentialActor<M, T> actor;
  private final Supervisor<T> supervisor;
  private final ActorOptions options;
  private final Inbox<M> inbox;
  private final Runnable waker = this::wake;
  private T argument;
  private Coroutine coroutine;
  private State state = State.READY;

  /** A wake-up came while running: the next park returns at once. */
  private boolean wokenMeanwhile;

  /** The body has had a turn since the actor was made or restarted. */
  private boolean begun;

  private volatile boolean cancelled;
  private int cancellations;

  /** Why the body ended, if it threw. */
  private @Nullable Throwable failure;

  /** What the actor waits for, if that is room in an inbox. Written by the actor, read by any. */
  private volatile Inbox.@Nullable Waiter wait;

  /** The actor's number in traces; 0 until one is needed. */
  private long number;

  /** Weighted run time, in nanoseconds times the weight; kept by the scheduler. */
  long runtime;

  /** Orders processes of equal run time; kept by the scheduler. */
  long arrival;

  /**
   * Set by the thread that queues a wake-up on the worker, cleared by the worker before it looks
   * for what the wake-up was for: so of many wake-ups one is queued, and none is lost.
   */
  @SuppressWarnings("UnusedVariable") // by WAKE_QUEUED
  private volatile boolean wakeQueued;

  Process(
      Worker worker,
      Supervisor<T> supervisor,
      SequentialActor<M, T> actor,
      T argument,
      ActorOptions options) {
    this.worker = worker;
    this.supervisor = supervisor;
    this.actor = actor;
    this.argument = argument;
    this.options = options;
    this.inbox = new Inbox<>(options.inboxSize(), this);
    this.coroutine = newCoroutine();
  }

  private Coroutine newCoroutine() {
    return Coroutine.of(worker.loop(), worker.world(), this::body);
  }

  private void body() {
    try {
      actor.run(new Context<>(this), argument);
    } catch (Throwable t) {
      failure = t;
    }
  }

  /** The process that the calling code is part of. */
  static Process<?, ?> current() {
    Worker worker = Worker.currentOrNull();
    Process<?, ?> process = worker == null ? null : worker.running();
    if (process == null) {
      throw new IllegalStateException("only a sequential actor can wait; this is none");
    }
    return process;
  }

  Worker worker() {
    return worker;
  }

  Loop loop() {
    return worker.loop();
  }

  Inbox<M> inbox() {
    return inbox;
  }

  // For those who look for deadlocks

  /** The actor begins to wait for room in an inbox. */
  void beginWait(Inbox.Waiter waiter) {
    wait = waiter;
    Deadlock.check(this);
  }

  void endWait() {
    wait = null;
  }

  /** For whose inbox the actor waits; null if it does not, or not for ever. Any thread. */
  @Nullable Process<?, ?> waitsFor() {
    Inbox.Waiter waiter = wait;
    return waiter == null || cancelled ? null : waiter.receiver();
  }

  /** The thread of its own that the actor's code runs on; null if that is the worker's. */
  @Nullable Thread thread() {
    return coroutine.thread();
  }

  // For those who trace

  Tracer tracer() {
    return worker.tracer();
  }

  long number() {
    if (number == 0) {
      number = tracer().nextSubstream();
    }
    return number;
  }

  // For the worker

  /**
   * Lets the actor run until it waits, lets others run, or ends. Who {@link #isReady} after that
   * has to be scheduled again; who {@link #isDone} has ended for good.
   */
  void resume() {
    if (cancelled && !begun) {
      end();
      return;
    }
    begun = true;
    state = State.RUNNING;
    coroutine.resume();
    inbox.admit();
    if (state == State.DONE) {
      end(); // given up: its coroutine will not be resumed
    } else if (coroutine.isDone()) {
      ended(failure);
    }
  }

  private void ended(@Nullable Throwable error) {
    failure = null;
    if (error == null || error instanceof Cancelled) {
      end();
    } else if (error instanceof VirtualMachineError fatal
        && !(error instanceof StackOverflowError)) {
      end();
      throw fatal;
    } else if (cancelled) {
      warn("actor '{}' failed while it was being stopped", error);
      end();
    } else if (!isRestarted(error)) {
      end();
    }
  }

  boolean isReady() {
    return state == State.READY;
  }

  boolean isDone() {
    return state == State.DONE;
  }

  /** The actor will not run again: refuses messages. */
  void end() {
    state = State.DONE;
    inbox.close();
  }

  /** Whether the actor, which threw {@code error}, is to run again, and prepares that. */
  private boolean isRestarted(Throwable error) {
    try {
      switch (supervisor.decide(error)) {
        case Supervisor.Decision.Stop<T>() -> {
          warn("actor '{}' failed, stopping it", error);
          return false;
        }
        case Supervisor.Decision.Restart<T>(T again) -> argument = again;
      }
    } catch (Throwable t) {
      if (t != error) {
        t.addSuppressed(error);
      }
      warn("the supervisor of actor '{}' failed, stopping the actor", t);
      return false;
    }
    warn("actor '{}' failed, restarting it", error);
    coroutine = newCoroutine();
    begun = false;
    wokenMeanwhile = false;
    state = State.READY;
    return true;
  }

  /** Logs what went wrong, even if the exception fails when it is asked for its text. */
  private void warn(String text, Throwable error) {
    try {
      LOG.warn(text, this, error);
    } catch (Throwable t) {
      LOG.warn(text + ": {} (which cannot be printed)", this, error.getClass().getName());
    }
  }

  /** Makes whatever the actor waits for throw {@link Cancelled}, now and from now on. */
  void cancel() {
    cancelled = true;
    wake();
  }

  // For the actor itself

  /** Waits for a wake-up; returns at once if one came since the last park. */
  void park() {
    checkTurn();
    if (!wokenMeanwhile) {
      suspend(State.WAITING);
    }
    wokenMeanwhile = false;
    checkCancelled();
  }

  /** Waits until one of {@code sources} is ready. */
  void await(Awaitable... sources) {
    for (Awaitable source : sources) {
      source.arm(waker);
    }
    while (!anyReady(sources)) {
      park();
    }
  }

  private static boolean anyReady(Awaitable[] sources) {
    for (Awaitable source : sources) {
      if (source.isReady()) {
        return true;
      }
    }
    return false;
  }

  /** Lets the other processes have a turn. */
  void yieldTurn() {
    checkTurn();
    suspend(State.READY);
    checkCancelled();
  }

  private void suspend(State until) {
    state = until;
    try {
      coroutine.suspend();
    } finally {
      state = State.RUNNING; // also if the JVM could not suspend here
    }
  }

  private void checkTurn() {
    if (!worker.loop().isOwner() || worker.running() != this) {
      throw new IllegalStateException(
          "actor '" + this + "' was made to wait by code that is not its own");
    }
    checkCancelled();
  }

  private void checkCancelled() {
    if (cancelled) {
      if (++cancellations > MAX_CANCELLATIONS) {
        LOG.error("actor '{}' waits again and again though it was stopped: giving it up", this);
        suspend(State.DONE);
      }
      throw new Cancelled();
    }
  }

  // For everybody

  /** Makes the actor run soon if it waits. Any thread. */
  void wake() {
    if (worker.loop().isOwner()) {
      wakeHere();
    } else if (!(boolean) WAKE_QUEUED.getAndSet(this, true)) {
      worker.loop().execute(this);
    }
  }

  /** The queued part of a wake-up from another thread. */
  @Override
  public void run() {
    WAKE_QUEUED.getAndSet(this, false);
    wakeHere();
  }

  private void wakeHere() {
    switch (state) {
      case WAITING -> {
        state = State.READY;
        worker.ready(this);
      }
      case RUNNING -> wokenMeanwhile = true;
      case READY, DONE -> {}
    }
  }

  /** The order in which the scheduler lets processes run. */
  @Override
  public int compareTo(Process<?, ?> other) {
    int c = Long.compare(runtime, other.runtime);
    if (c == 0) {
      c = options.priority().compareTo(other.options.priority());
    }
    return c != 0 ? c : Long.compare(arrival, other.arrival);
  }

  int weight() {
    return options.priority().weight;
  }

  @Override
  public String toString() {
    return options.name();
  }
}
