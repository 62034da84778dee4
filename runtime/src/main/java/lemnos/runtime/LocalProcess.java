package lemnos.runtime;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.Consumer;
import lemnos.core.Loop;
import lemnos.core.Ret;
import lemnos.core.World;
import org.jspecify.annotations.Nullable;

/**
 * A sequential actor that stays on its worker. Its state needs no atomic operation; wake-ups from
 * other threads take the way over the worker.
 */
final class LocalProcess<M> extends Process<M> {
  private static final VarHandle WAKE_QUEUED;

  static {
    try {
      WAKE_QUEUED =
          MethodHandles.lookup().findVarHandle(LocalProcess.class, "wakeQueued", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  // As in Process
  private static final int READY = 0;
  private static final int RUNNING = 1;
  private static final int WAITING = 2;
  private static final int DONE = 3;

  private final Worker worker;
  private final Dispatcher dispatcher;
  private int state = READY;

  /** A wake-up came while running: the next park returns at once. */
  private boolean wokenMeanwhile;

  /** The loop's timer for the next alarm; 0 if there is none. */
  private long timer;

  private long timerAt;

  /**
   * Set by the thread that puts the process on the worker's list of those woken, cleared by the
   * worker before it looks for what the wake-up was for: so of many wake-ups one is queued, and
   * none is lost.
   */
  private volatile boolean wakeQueued;

  /**
   * The actor looks for messages itself, and its inbox says so, until it suspends or its turn ends.
   * After that it looks once more.
   */
  private boolean lingers;

  /** The next in the worker's list of those woken. */
  @Nullable LocalProcess<?> nextWoken;

  /** The actor has the worker, and its thread, to itself. */
  private final boolean isSole;

  LocalProcess(Worker worker, boolean isSole, Fate<M> fate, ActorOptions options) {
    super(fate, options);
    this.worker = worker;
    this.dispatcher = worker.dispatcher();
    this.isSole = isSole;
  }

  @Override
  public Worker worker() {
    return worker;
  }

  @Override
  World world() {
    return worker.world();
  }

  @Override
  Tracer tracer() {
    return worker.tracer();
  }

  @Override
  String runningEvent() {
    return isSole ? "running synchronous actor" : "Running thread-local process";
  }

  @Override
  String restartingEvent() {
    return isSole ? "restarting synchronous actor" : "Restarting thread-local process";
  }

  @Override
  Loop loop() {
    return worker.loop();
  }

  @Override
  Coroutine newCoroutine(Runnable body) {
    return isSole
        ? new SoleCoroutine(this, body)
        : Coroutine.confined(this, worker.loop(), worker.world(), body);
  }

  @Override
  ActorBody<M> prepared(ActorBody<M> actor) {
    boolean sharesStack = !isSole && ContinuationCoroutine.isAvailable();
    return sharesStack && actor instanceof ActorSteps<M> inSteps
        ? new Steps<>(inSteps, this)
        : actor;
  }

  @Override
  boolean isOwnCode() {
    return worker.loop().isOwner() && worker.process() == this;
  }

  @Override
  <R> void request(Answer<R> answer, Consumer<Ret<R>> ask) {
    ask.accept(loop().ret(answer::arrived));
  }

  // Turns

  @Override
  void begin(Worker by) {
    state = RUNNING;
  }

  @Override
  boolean linger() {
    if (worker.mayLinger()) {
      admit(); // who waits for room, or nobody might send; one of this worker comes first
    }
    if (!worker.mayLinger()) {
      return false;
    }
    if (!lingers) {
      lingers = true;
      inbox().watch();
    }
    return worker.linger(this);
  }

  private void endLingering() {
    lingers = false;
    inbox().unwatch();
    admit();
  }

  @Override
  void awaitWake() {
    if (lingers) {
      endLingering(); // and look again
    } else if (!wokenMeanwhile) {
      suspend(Turn.WAITS);
    }
    wokenMeanwhile = false;
  }

  @Override
  void leaveTurn() {
    if (steps() != null) {
      dispatcher.suspendStep(this);
      return;
    }
    Coroutine own = ownCoroutine();
    if (turn == Turn.WAITS && own.isShallow() && dispatcher.lend(this)) {
      return;
    }
    try {
      own.suspend();
    } catch (Throwable t) {
      dispatcher.stay(this);
      throw t;
    }
  }

  @Override
  void settle() {
    if (lingers) {
      endLingering();
      wokenMeanwhile = true;
    }
    switch (turn) {
      case Turn.WAITS -> {
        arm(nextAlarm());
        state = WAITING;
        if (wokenMeanwhile) { // between lives or steps; who waits in its turn has looked
          wokenMeanwhile = false;
          wakeHere();
        }
      }
      case Turn.YIELDS -> {
        state = READY;
        worker.ready(this);
      }
      case Turn.ENDED -> {
        state = DONE;
        if (loop().isOwner()) {
          disarm();
        }
        worker.ended(this);
      }
      default -> throw new AssertionError("a confined coroutine cannot block");
    }
  }

  private void arm(long at) {
    if (at != Alarm.NEVER && at != timerAt) {
      disarm();
      timer = loop().at(at, this::rang);
      timerAt = at;
    }
  }

  private void rang() {
    timer = 0;
    timerAt = 0;
    worker.timerRang();
    wakeHere();
  }

  @Override
  void disarm() {
    if (timer != 0) {
      loop().cancel(timer);
      timer = 0;
      timerAt = 0;
    }
  }

  // Wake-ups

  @Override
  void wake() {
    if (worker.loop().isOwner()) {
      wakeHere();
      return;
    }
    if (wakeQueued) {
      // What the wake-up is for must be there before the flag is read: if that is set still, the
      // worker clears it later, and looks later yet.
      VarHandle.fullFence();
      if (wakeQueued) {
        return;
      }
    }
    if (!(boolean) WAKE_QUEUED.getAndSet(this, true)) { // which is a fence, too
      worker.woken(this);
    }
  }

  /** On the worker: the queued part of a wake-up from another thread. */
  void wakeArrived() {
    WAKE_QUEUED.getAndSet(this, false);
    admit();
    wakeHere();
  }

  private void wakeHere() {
    switch (state) {
      case WAITING -> {
        state = READY;
        worker.ready(this);
      }
      case RUNNING -> wokenMeanwhile = true;
      default -> {}
    }
  }
}
