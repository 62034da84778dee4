package lemnos.runtime;

import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * What a supervisor tree knows of one of its children.
 *
 * <pre>
 * RUNNING, STARTING --(to be stopped)--> STOPPING --(stopped)--> STOPPED
 * STOPPING --(not stopped in time)--> LATE --(stopped)---------> STOPPED
 * RUNNING, STARTING --(has ended)------------------------------> STOPPED
 * STOPPED --(to be restarted)--> DUE --(its turn)--> STARTING --(started)--> RUNNING
 * </pre>
 */
final class Child {
  /** What it is at. */
  enum State {
    STARTING,
    RUNNING,
    STOPPING,
    /** The others go on without it; it is as one that was being stopped when it has. */
    LATE,
    STOPPED,
    DUE
  }

  private final SupervisorTree tree;
  final Lifetime lifetime;
  final Member member;

  // Of the tree's events

  State state = State.RUNNING;

  /** It is to be stopped for the sake of a restart, its own or another's. */
  boolean isToRestart;

  /** It was told to end for good. */
  boolean isEnding;

  /** Who tells when it is late; null if it has all the time it wants, or none. */
  private @Nullable Future<?> alarm;

  /** Tells alarms apart: one that was cancelled may have gone off already. */
  private int alarms;

  Child(SupervisorTree tree, Lifetime lifetime, Member member) {
    this.tree = tree;
    this.lifetime = lifetime;
    this.member = member;
  }

  boolean isIdle() {
    return state == State.STOPPED || state == State.DUE;
  }

  /** The number of the alarm that is to be set next; the one before counts no more. */
  int nextAlarm() {
    if (alarm != null) {
      alarm.cancel(false);
      alarm = null;
    }
    return ++alarms;
  }

  void alarm(Future<?> alarm) {
    this.alarm = alarm;
  }

  boolean isAwaiting(int alarm) {
    return alarm == alarms;
  }

  // The news, from any thread

  void born() {
    tree.handle(() -> tree.born(this));
  }

  void started() {
    tree.handle(() -> tree.started(this));
  }

  /** It lives no more, but can be started again. With {@code error}, it failed. */
  void stopped(@Nullable Throwable error) {
    tree.handle(() -> tree.stopped(this, error));
  }

  void gone() {
    tree.handle(() -> tree.gone(this));
  }

  @Override
  public String toString() {
    return member.toString();
  }
}
