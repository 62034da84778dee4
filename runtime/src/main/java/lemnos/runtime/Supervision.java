package lemnos.runtime;

import lemnos.runtime.Supervisor.Decision;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/** The fate of an actor that has a supervisor to itself. */
final class Supervision<M, T extends @Nullable Object> implements Fate<M> {
  private final NewActor<M, T> actor;
  private final Supervisor<T> supervisor;

  /** What the actor is made with. */
  private T argument;

  /** The actor could not be made once since its last life. */
  private boolean hasFailedToRestart;

  Supervision(NewActor<M, T> actor, Supervisor<T> supervisor, T argument) {
    this.actor = actor;
    this.supervisor = supervisor;
    this.argument = argument;
  }

  @Override
  public ActorBody<M> make(Process<M> process) throws Exception {
    return actor.create(process.inbox(), argument);
  }

  @Override
  public void ended(Process<M> process, @Nullable Throwable error) {
    hasFailedToRestart = false;
    if (error == null) {
      process.end();
    } else {
      decide(process, error, "failed");
    }
  }

  @Override
  public void notMade(Process<M> process, Throwable error) {
    if (hasFailedToRestart) {
      Fate.warn("an actor failed to restart a second time, stopping it", process, error);
      process.end();
      tell(process, error);
    } else {
      hasFailedToRestart = true;
      decide(process, error, "failed to restart");
    }
  }

  private void decide(Process<M> process, Throwable error, String what) {
    TraceTiming timing = process.tracer().start();
    try {
      switch (decision(error)) {
        case Decision.Stop<T>() -> {
          logStop(process, error, what);
          process.end();
        }
        case Decision.Restart<T>(T again, var delay) -> {
          Fate.warn("an actor " + what + ", restarting it", process, error);
          argument = again;
          process.restart(delay);
          Fate.traceRestart(timing, process);
        }
      }
    } catch (Throwable t) {
      if (t != error) {
        t.addSuppressed(error);
      }
      Fate.warn("the supervisor of an actor failed, stopping the actor", process, t);
      process.end();
    }
  }

  private Decision<T> decision(Throwable error) {
    if (hasFailedToRestart) {
      return supervisor.decideOnRestartError(error);
    }
    boolean unchecked = error instanceof RuntimeException || error instanceof Error;
    return unchecked ? supervisor.decideOnUnchecked(error) : supervisor.decide(error);
  }

  private void logStop(Process<M> process, Throwable error, String what) {
    if (supervisor instanceof NoSupervisor) {
      Fate.log(Level.ERROR, "an actor that was not to fail " + what, process, error);
    } else {
      Fate.warn("an actor " + what + ", stopping it", process, error);
    }
  }

  private void tell(Process<M> process, Throwable error) {
    try {
      supervisor.secondRestartError(error);
    } catch (Throwable t) {
      Fate.warn("the supervisor of an actor that was stopped failed", process, t);
    }
  }

  @Override
  public void gone(Process<M> process) {}
}
