package lemnos.runtime;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The fate of an actor that is the child of a supervisor tree, and the actor as that sees it. */
final class Offspring<M, T extends @Nullable Object> implements Fate<M>, Member {
  private final NewActor<M, T> actor;
  private final T argument;
  private final Child child;

  /** Set before the tree knows of it. */
  private @Nullable Process<M> process;

  Offspring(SupervisorTree tree, Lifetime lifetime, NewActor<M, T> actor, T argument) {
    this.actor = actor;
    this.argument = argument;
    this.child = new Child(tree, lifetime, this);
  }

  // As its process sees it

  @Override
  public ActorBody<M> make(Process<M> made) throws Exception {
    TraceTiming timing = process == null ? null : made.tracer().start();
    ActorBody<M> body = actor.create(made.inbox(), argument);
    if (process == null) {
      process = made;
      child.born();
    } else {
      child.started();
      Fate.traceRestart(timing, made);
    }
    return body;
  }

  @Override
  public void ended(Process<M> ended, @Nullable Throwable error) {
    ended.hold();
    child.stopped(error);
  }

  @Override
  public void notMade(Process<M> ended, Throwable error) {
    ended.hold();
    child.stopped(error);
  }

  @Override
  public void gone(Process<M> ended) {
    if (process != null) {
      child.gone();
    }
  }

  // As its tree sees it

  @Override
  public void startAt(long time) {
    process().startAt(time);
  }

  @Override
  public void stop() {
    process().cancelLife();
  }

  @Override
  public void finish() {
    process().drain();
  }

  @Override
  public void end() {
    process().cancel();
  }

  private Process<M> process() {
    return Objects.requireNonNull(process);
  }

  @Override
  public String toString() {
    return "actor '" + process() + "'";
  }
}
