package lemnos.runtime;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Actors, and trees of others, that stand and fall together: its children, in the order in which
 * they were started. When one of them ends its life, it and those that the {@link Strategy} says
 * are restarted, if its {@link Lifetime} is such. First their lives are ended, the youngest child's
 * first, each after the other has ended; then, after a pause that grows with the number of
 * restarts, they begin anew, the oldest first, each after the one before it was made. References to
 * them and the messages in their inboxes outlast that.
 *
 * <p>If there are more restarts than {@link TreeOptions} allow, the tree gives up: the lives of all
 * children are ended, and what follows is for the tree above to decide, as if this one were an
 * actor that has failed. If there is none above, the tree ends, and {@link #end} tells the cause.
 *
 * <p>A life is ended by {@link Cancelled}, thrown by whatever the actor waits for. One that
 * computes on and on is waited for, as nobody can be killed; but no longer than {@link
 * TreeOptions#patience} says. After that its name is told and the others are restarted without it:
 * it begins anew when its life has ended after all. A tree that ends does so without it.
 *
 * <p>A tree needs no thread and keeps no worker from stopping. Methods may be called from any
 * thread unless they say otherwise.
 *
 * <p>Source: OTP's {@code supervisor}. Different is that a child may be on any worker or a thread
 * of its own, that its reference and messages are kept, and that one which is {@linkplain
 * Lifetime#TRANSIENT transient} and has returned is not started again for the sake of others.
 */
public final class SupervisorTree {
  private static final Logger LOG = LoggerFactory.getLogger(SupervisorTree.class);

  private enum Phase {
    RUNNING,
    /** The lives of all children are being ended, or have been; they may begin anew. */
    STOPPING,
    STOPPED,
    /** The children are being ended for good. */
    ENDING,
    ENDED
  }

  private final Runtime runtime;
  private final TreeOptions options;

  /** What the tree above knows of this; null if there is none. */
  private final @Nullable Child self;

  private final EventQueue events = new EventQueue();
  private final CompletableFuture<@Nullable Void> end = new CompletableFuture<>();

  // Of the events

  private final RestartLog restarts;
  private final List<Child> children = new ArrayList<>();
  private Phase phase = Phase.RUNNING;

  /** Why the tree gave up. */
  private @Nullable Throwable cause;

  /** The tree above waits until all children have been started anew. */
  private boolean isStarting;

  /** The end of the pause before a restart. */
  private long startAt;

  private SupervisorTree(
      Runtime runtime, TreeOptions options, @Nullable SupervisorTree above, Lifetime lifetime) {
    this.runtime = runtime;
    this.options = options;
    this.restarts = new RestartLog(options.maxRestarts(), options.window(), options.backoff());
    this.self = above == null ? null : new Child(above, lifetime, new Branch(this));
  }

  /** A tree without one above it. */
  static SupervisorTree root(Runtime runtime, TreeOptions options) {
    return new SupervisorTree(runtime, options, null, Lifetime.PERMANENT);
  }

  // Children. If the tree has ended, or is about to, they end before they begin.

  /** Starts a thread-safe actor as {@link Runtime#spawn} does. */
  public <M, T extends @Nullable Object> ActorRef<M> spawn(
      Lifetime lifetime, SequentialActor<M, T> actor, T argument, ActorOptions options) {
    return runtime.spawn(plain(lifetime, actor, argument), options);
  }

  /** Starts a thread-safe actor as {@link Runtime#trySpawn} does. */
  public <M, T extends @Nullable Object> ActorRef<M> trySpawn(
      Lifetime lifetime, NewActor<M, T> actor, T argument, ActorOptions options) throws Exception {
    return runtime.trySpawn(new Offspring<>(this, lifetime, actor, argument), options);
  }

  /** Starts an actor as {@link RuntimeRef#spawnLocal} does, on that worker. */
  public <M, T extends @Nullable Object> ActorRef<M> spawnLocal(
      RuntimeRef worker,
      Lifetime lifetime,
      SequentialActor<M, T> actor,
      T argument,
      ActorOptions options) {
    return worker.spawnLocal(plain(lifetime, actor, argument), options);
  }

  /** Starts an actor as {@link RuntimeRef#trySpawnLocal} does, on that worker. */
  public <M, T extends @Nullable Object> ActorRef<M> trySpawnLocal(
      RuntimeRef worker, Lifetime lifetime, NewActor<M, T> actor, T argument, ActorOptions options)
      throws Exception {
    return worker.trySpawnLocal(new Offspring<>(this, lifetime, actor, argument), options);
  }

  /** Starts a sync actor as {@link Runtime#spawnSync} does; restarts have the same thread. */
  public <M, T extends @Nullable Object> ActorRef<M> spawnSync(
      Lifetime lifetime, SequentialActor<M, T> actor, T argument, ActorOptions options) {
    return runtime.spawnSync(plain(lifetime, actor, argument), options);
  }

  private <M, T extends @Nullable Object> Fate<M> plain(
      Lifetime lifetime, SequentialActor<M, T> actor, T argument) {
    return new Offspring<>(this, lifetime, new PlainActor<>(actor), argument);
  }

  /**
   * Adds a tree below this one. If it gives up, that is a failure of this one's child; when that is
   * restarted, all its children are, and its count of restarts begins anew.
   */
  public SupervisorTree tree(Lifetime lifetime, TreeOptions options) {
    var tree = new SupervisorTree(runtime, options, this, lifetime);
    Objects.requireNonNull(tree.self).born();
    return tree;
  }

  // The end

  /**
   * Ends all children for good, the youngest first, each after the one before it has ended, and
   * then the tree. An actor is asked to end: it still gets the messages that it has been sent, and
   * when it wants another, {@link Disconnected}. If it has not ended when the time is up that
   * {@link TreeOptions#shutdown} gives it, its life is ended; so it is at once if that is zero. If
   * it goes on for longer than {@link TreeOptions#patience}, the tree does without it. Trees among
   * the children do as their own options say. Returns at once.
   */
  public void stop() {
    handle(
        () -> {
          if (phase != Phase.ENDED) {
            phase = Phase.ENDING;
            goOn();
          }
        });
  }

  /**
   * Completed when the tree has ended: because it was stopped, or the runtime was, or it gave up;
   * in that case with what the last child threw. A new future each time, so nothing becomes of the
   * tree by what is done to it.
   */
  public CompletableFuture<@Nullable Void> end() {
    var copy = new CompletableFuture<@Nullable Void>();
    end.whenComplete(
        (_, error) -> {
          if (error == null) {
            copy.complete(null);
          } else {
            copy.completeExceptionally(error);
          }
        });
    return copy;
  }

  // Events

  void handle(Runnable event) {
    events.add(event);
  }

  void born(Child child) {
    children.add(child);
    if (phase == Phase.ENDED) {
      child.member.end();
    }
    goOn();
  }

  void started(Child child) {
    if (child.state == Child.State.STARTING) {
      child.state = Child.State.RUNNING;
    }
    goOn();
  }

  void stopped(Child child, @Nullable Throwable error) {
    boolean expected = child.state == Child.State.STOPPING || child.state == Child.State.LATE;
    child.state = Child.State.STOPPED;
    if (!child.isEnding) {
      child.nextAlarm();
    }
    if (expected && error != null) {
      log(LOG.atWarn(), child, "a child failed while it was being stopped", error);
    } else if (!expected && phase == Phase.RUNNING) {
      decide(child, error);
    }
    goOn();
  }

  void gone(Child child) {
    children.remove(child);
    child.nextAlarm();
    goOn();
  }

  /** Ends the lives of all children, for the tree above. */
  void stopLives() {
    if (phase == Phase.RUNNING) {
      phase = Phase.STOPPING;
    }
    goOn();
  }

  /** All children begin anew, for the tree above. */
  void restart(long time) {
    if (phase == Phase.STOPPED) {
      phase = Phase.RUNNING;
      isStarting = true;
      startAt = time;
      cause = null;
      restarts.clear();
      children.forEach(child -> child.isToRestart = true);
    }
    goOn();
  }

  // Decisions

  private void decide(Child child, @Nullable Throwable error) {
    if (!child.lifetime.isRestarted(error != null)) {
      if (error != null) {
        log(LOG.atWarn(), child, "a child failed, ending it", error);
      }
      end(child);
      return;
    }
    long now = runtime.world().nanoTime();
    Duration pause = restarts.restart(now);
    if (pause == null) {
      cause = error == null ? new IllegalStateException(child + " returned too often") : error;
      phase = Phase.STOPPING;
      log(LOG.atError(), child, "a child failed too often, giving up", error);
      return;
    }
    log(
        LOG.atWarn(),
        child,
        error == null ? "a child returned, restarting" : "a child failed, restarting",
        error);
    startAt = Alarm.after(now, Alarm.nanos(pause));
    affectedBy(child).forEach(c -> c.isToRestart = true);
  }

  private List<Child> affectedBy(Child child) {
    return switch (options.strategy()) {
      case ONE_FOR_ONE -> List.of(child);
      case ONE_FOR_ALL -> children;
      case REST_FOR_ONE -> children.subList(children.indexOf(child), children.size());
    };
  }

  /** Takes the next steps towards what was decided, as far as none has to be waited for. */
  private void goOn() {
    switch (phase) {
      case RUNNING -> {
        if (areStopped(true)) {
          makeDue();
          startNext();
        }
      }
      case STOPPING -> {
        if (areStopped(false)) {
          stopped();
        }
      }
      case ENDING -> endNext();
      case STOPPED, ENDED -> areStopped(false); // one may have come late
    }
  }

  /**
   * Ends the life of the youngest child, all or those to be restarted, that has one. Who is late is
   * waited for no more.
   */
  private boolean areStopped(boolean onlyToRestart) {
    for (Child child : children.reversed()) {
      if (!child.isIdle()
          && child.state != Child.State.LATE
          && (child.isToRestart || !onlyToRestart)) {
        if (child.state != Child.State.STOPPING) {
          child.state = Child.State.STOPPING;
          child.member.stop();
          beImpatient(child, () -> goOnWithout(child));
        }
        return false;
      }
    }
    return true;
  }

  private void goOnWithout(Child child) {
    log(
        LOG.atError(),
        child,
        "a child goes on though its life was ended, not waiting for it",
        null);
    child.state = Child.State.LATE;
    goOn();
  }

  /** Those that were stopped for a restart may begin anew, but for the temporary ones. */
  private void makeDue() {
    for (Child child : List.copyOf(children)) {
      if (child.isToRestart && child.isIdle()) {
        child.isToRestart = false;
        if (child.lifetime == Lifetime.TEMPORARY) {
          end(child);
        } else {
          child.state = Child.State.DUE;
        }
      }
    }
  }

  private void startNext() {
    for (Child child : children) {
      if (child.state == Child.State.STARTING) {
        return;
      }
      if (child.state == Child.State.DUE) {
        child.state = Child.State.STARTING;
        child.member.startAt(startAt);
        return;
      }
    }
    if (isStarting && self != null) {
      isStarting = false;
      self.started();
    }
  }

  /** No child lives any more. */
  private void stopped() {
    if (self == null) {
      phase = Phase.ENDING;
      endNext();
    } else {
      phase = Phase.STOPPED;
      self.stopped(cause);
    }
  }

  private void endNext() {
    if (!children.isEmpty()) {
      finish(children.getLast());
      return;
    }
    phase = Phase.ENDED;
    if (cause == null) {
      end.complete(null);
    } else {
      end.completeExceptionally(cause);
    }
    if (self != null) {
      self.gone();
    }
  }

  /** Ends a child, which has some time for that if it lives. */
  private void finish(Child child) {
    if (child.isEnding) {
      return;
    }
    child.isEnding = true;
    if (child.state != Child.State.RUNNING || options.shutdown().isZero()) {
      endInTime(child);
      return;
    }
    child.member.finish();
    if (!setAlarm(child, options.shutdown(), () -> late(child))) {
      child.member.end(); // there is nobody to say when its time is up
    }
  }

  private void late(Child child) {
    log(LOG.atWarn(), child, "a child has not ended in time, ending its life", null);
    endInTime(child);
  }

  private void endInTime(Child child) {
    child.member.end();
    beImpatient(child, () -> abandon(child));
  }

  private void abandon(Child child) {
    log(LOG.atError(), child, "a child goes on though its life was ended, abandoning it", null);
    gone(child);
  }

  /** Has {@code event} handled if an actor whose life was ended goes on for too long. */
  private void beImpatient(Child child, Runnable event) {
    boolean isMine = !(child.member instanceof Branch); // which has patience of its own
    if (isMine && !options.patience().equals(ChronoUnit.FOREVER.getDuration())) {
      setAlarm(child, options.patience(), event);
    }
  }

  /**
   * Has {@code event} handled after a time, by a task of its own which is cancelled when the child
   * has ended in time. It replaces the one before. False if no worker is left to run it.
   */
  private boolean setAlarm(Child child, Duration time, Runnable event) {
    int number = child.nextAlarm();
    Runnable ifStillAwaited =
        () -> {
          if (child.isAwaiting(number)) {
            event.run();
          }
        };
    try {
      child.alarm(runtime.spawnFuture(ctx -> awaitAlarm(time, ifStillAwaited, ctx), alarm()));
      return true;
    } catch (IllegalStateException e) {
      return false;
    }
  }

  private ActorOptions alarm() {
    return ActorOptions.standard().withName(options.name() + "-shutdown");
  }

  private boolean awaitAlarm(Duration time, Runnable event, Context<Void> ctx) {
    ctx.sleep(time);
    handle(event);
    return true;
  }

  private static void end(Child child) {
    if (!child.isEnding) {
      child.isEnding = true;
      child.member.end();
    }
  }

  private void log(
      LoggingEventBuilder event, Child child, String message, @Nullable Throwable error) {
    event
        .addKeyValue("supervisor", options.name())
        .addKeyValue("child", child)
        .addKeyValue("strategy", options.strategy())
        .addKeyValue("allowed", restarts)
        .setCause(error)
        .log(message);
  }

  @Override
  public String toString() {
    return "supervisor tree '" + options.name() + "'";
  }
}
