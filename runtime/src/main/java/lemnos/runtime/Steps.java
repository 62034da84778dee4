package lemnos.runtime;

import org.jspecify.annotations.Nullable;

/** A life of an actor that does its work in steps on a stack that others use, too. */
final class Steps<M> implements ActorBody<M> {
  private final ActorSteps<M> actor;
  private final LocalProcess<M> process;
  private final Context<M> ctx;
  private boolean begun;

  /** What the actor waits for; null before its first step. */
  private @Nullable Awaitable awaited;

  Steps(ActorSteps<M> actor, LocalProcess<M> process) {
    this.actor = actor;
    this.process = process;
    this.ctx = new Context<>(process);
  }

  LocalProcess<M> process() {
    return process;
  }

  /** Gives the actor its turn, on the stack of the calling code. */
  void next() {
    if (!begun && !process.mayBegin()) {
      return;
    }
    begun = true;
    process.turn = Turn.BLOCKED;
    boolean goesOn = false;
    try {
      goesOn = step();
    } catch (Throwable t) {
      process.failed(t);
    } finally {
      process.turn = goesOn ? Turn.WAITS : Turn.RETURNED;
    }
  }

  /** Does a step, or several if there is nothing to wait for: whether others follow. */
  private boolean step() throws Exception {
    boolean goesOn = false;
    try {
      process.dropRung();
      goesOn = mayWait() && (isEarly() || waitsAgain()) && mayWait();
    } finally {
      if (!goesOn) {
        actor.end();
      }
    }
    return goesOn;
  }

  /** Whether the process was woken for no reason. */
  private boolean isEarly() {
    return awaited != null && !awaited.isReady();
  }

  /** As for any actor, waiting is over when it is stopped, and will be each time. */
  private boolean mayWait() {
    return !process.isCancelled();
  }

  private boolean waitsAgain() throws Exception {
    do {
      awaited = actor.step(ctx);
      if (awaited == null) {
        return false;
      }
      awaited.arm(process);
    } while (awaited.isReady());
    return true;
  }

  /** On a stack of its own, as those that cannot share one. */
  @Override
  public void run(Context<M> own) throws Exception {
    actor.run(own);
  }
}
