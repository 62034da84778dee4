package lemnos.runtime;

import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.Collection;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import lemnos.core.Loop;
import lemnos.core.Ret;
import lemnos.core.World;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A sequential actor as the workers see it: something that has one turn after the other.
 *
 * <pre>
 * READY --(scheduled)--> RUNNING --(waits)--> WAITING --(woken)--> READY
 *                        RUNNING --(woken, then waits)--> RUNNING or READY
 *                        RUNNING --(lets others run)--> READY
 *                        RUNNING --(fails, restarted)--> READY
 *                        RUNNING --(returns, stopped)--> DONE
 * READY  --(stopped before it began)--> DONE
 * </pre>
 *
 * <p>Wake-ups may come for no reason: whoever parks checks what it waits for in a loop. Everything
 * but {@link #wake} and {@link #cancel} belongs to whoever has the turn: the worker that gives it,
 * or the actor's own code. What one turn did is seen by the next.
 */
abstract sealed class Process<M, T extends @Nullable Object>
    implements Seat, Runnable, Comparable<Process<?, ?>> permits LocalProcess, SharedProcess {
  /** How often a stopped actor may swallow {@link Cancelled} before it is given up. */
  static final int MAX_CANCELLATIONS = 1000;

  private static final Logger LOG = LoggerFactory.getLogger(Process.class);

  /** What a turn has come to. */
  enum Turn {
    /** The actor is in the middle of something that is not ours; it will say when it can go on. */
    BLOCKED,
    WAITS,
    YIELDS,
    ENDED
  }

  private final NewActor<M, T> actor;
  private final Supervisor<T> supervisor;
  private final ActorOptions options;
  private final Inbox<M> inbox;

  /** What the coroutine runs; null until the actor was made. */
  private @Nullable ActorBody<M> body;

  /** Null until the actor has its first turn, since it was made or restarted. */
  private @Nullable Coroutine coroutine;

  /** When the actor wants to be woken, of its own code. */
  private @Nullable Alarm alarms;

  /** Null until the actor receives a request. */
  private @Nullable Requests requests;

  private Turn turn = Turn.YIELDS;

  /** Set by any thread, before the wake-up that makes the actor look. */
  private volatile boolean cancelled;

  /** Set by any thread, before the wake-up: an empty inbox stays so. */
  private volatile boolean draining;

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

  /** The neighbours in a {@link ProcessList}. */
  @Nullable Process<?, ?> previous;

  @Nullable Process<?, ?> next;

  /** The actor may run at once, not only when a message has come. */
  private boolean mayBegin;

  /** A process without an actor, to which messages can be sent. */
  Process(NewActor<M, T> actor, Supervisor<T> supervisor, ActorOptions options) {
    this.supervisor = supervisor;
    this.actor = actor;
    this.options = options;
    this.mayBegin = options.ready();
    this.inbox = new Inbox<>(options.inboxSize(), this);
  }

  /** The process that the calling code is part of. */
  static Process<?, ?> current() {
    Seat seat = Seat.current();
    Process<?, ?> process = seat == null ? null : seat.process();
    if (process == null) {
      throw new IllegalStateException("only a sequential actor can wait; this is none");
    }
    return process;
  }

  // What the kinds differ in

  abstract World world();

  /** Where what the actor's code has to tell is traced to. */
  abstract Tracer tracer();

  /** What a turn is called in traces. */
  abstract String runningEvent();

  /** What a restart is called in traces. */
  abstract String restartingEvent();

  /** The loop that the process belongs to, for good. */
  abstract Loop loop();

  abstract Coroutine newCoroutine(Runnable body);

  /** Whether the calling code is the actor's own. */
  abstract boolean isOwnCode();

  /** Suspends until a wake-up, or not at all if one came since the last time. */
  abstract void awaitWake();

  /** No alarm is set any more. */
  abstract void disarm();

  /** Makes the actor run soon if it waits. Any thread. */
  abstract void wake();

  /** The turn that {@code worker} gives begins. */
  abstract void begin(Worker worker);

  /** Does what the turn that ends has come to; after that another may begin, on any worker. */
  abstract void settle();

  /** Has {@code ask} make its request with the right to answer it. */
  abstract <R> void request(Answer<R> answer, Consumer<Ret<R>> ask);

  // For everybody

  final Inbox<M> inbox() {
    return inbox;
  }

  @Override
  public final Process<?, ?> process() {
    return this;
  }

  /** As {@link #wake}. */
  @Override
  public final void run() {
    wake();
  }

  /**
   * Makes whatever the actor waits for throw {@link Cancelled}, now and from now on, and interrupts
   * it if it blocks. Any thread.
   */
  final void cancel() {
    cancelled = true;
    wake();
    VarHandle.fullFence(); // pairs with that in begun()
    Coroutine c = coroutine;
    if (c != null) {
      c.interrupt();
    }
  }

  /** Makes the actor for the first time: if that fails there is none, and there will be none. */
  final void make(T argument) throws Exception {
    try {
      setBody(actor.create(inbox, argument));
    } catch (Throwable t) {
      end();
      throw t;
    }
  }

  /** Gives the process its actor. */
  final void setBody(ActorBody<M> made) {
    body = Objects.requireNonNull(made, "a NewActor made no actor");
  }

  /** Has the actor know, when it has taken all messages there are, that none will come. */
  final void drain() {
    draining = true;
    wake();
  }

  // For the worker

  /** Lets the actor run until it waits, lets others run, or ends. */
  final void resume() {
    Coroutine c = coroutine;
    if (c == null) {
      if (cancelled) {
        end();
        return;
      }
      mayBegin |= !inbox.isEmpty();
      if (!mayBegin) {
        turn = Turn.WAITS;
        return;
      }
      c = begun();
    }
    turn = Turn.BLOCKED;
    try {
      c.resume();
    } catch (Throwable t) {
      end(); // the machine could not switch to it
      throw t;
    }
    inbox.admit();
    if (turn == Turn.ENDED) {
      end(); // given up: its coroutine will not be resumed
    } else if (c.isDone()) {
      ended(failure);
    }
  }

  /** The coroutine of an actor that begins; if that is cancelled at this moment, interrupted. */
  private Coroutine begun() {
    Coroutine c = newCoroutine(this::runBody);
    coroutine = c;
    VarHandle.fullFence(); // either this sees that it is cancelled, or cancel() sees the coroutine
    if (cancelled) {
      c.interrupt();
    }
    return c;
  }

  private void runBody() {
    try {
      Objects.requireNonNull(body).run(new Context<>(this));
    } catch (Throwable t) {
      failure = t;
    }
  }

  // For those who look for deadlocks

  /** The actor begins to wait for room in an inbox, for ever unless it is within some limit. */
  final void beginWait(Inbox.Waiter waiter) {
    if (!Alarm.anyLimit(alarms)) {
      wait = waiter;
      Deadlock.check(this);
    }
  }

  final void endWait() {
    wait = null;
  }

  /** For whose inbox the actor waits; null if it does not, or not for ever. Any thread. */
  final @Nullable Process<?, ?> waitsFor() {
    Inbox.Waiter waiter = wait;
    return waiter == null || cancelled ? null : waiter.receiver();
  }

  /** The thread of its own that the actor's code runs on; null if that is the worker's. */
  final @Nullable Thread thread() {
    Coroutine c = coroutine;
    return c == null ? null : c.thread();
  }

  // For those who trace

  /** The actor's number in traces. By whoever has the turn. */
  final long number() {
    if (number == 0) {
      number = tracer().nextSubstream();
    }
    return number;
  }

  private void ended(@Nullable Throwable error) {
    failure = null;
    alarms = null;
    dropRequests();
    if (error == null || error instanceof Cancelled || error instanceof Disconnected) {
      end();
    } else if (error instanceof VirtualMachineError fatal
        && !(error instanceof StackOverflowError)) {
      end();
      throw fatal;
    } else if (cancelled) {
      warn("actor '{}' failed while it was being stopped", error);
      end();
    } else {
      failed(error);
    }
  }

  /** The actor will not run again: refuses messages. */
  final void end() {
    turn = Turn.ENDED;
    dropRequests();
    inbox.close();
  }

  private void dropRequests() {
    if (requests != null) {
      requests.drop();
    }
  }

  final Turn turn() {
    return turn;
  }

  final boolean isCancelled() {
    return cancelled;
  }

  private void failed(Throwable error) {
    TraceTiming timing = tracer().start();
    if (!isRestarted(error)) {
      end();
    } else if (timing != null) {
      tracer().finish(timing, number(), restartingEvent(), TraceAttribute.of("name", toString()));
    }
  }

  /** Whether the actor, which threw {@code error}, is to run again, and prepares that. */
  private boolean isRestarted(Throwable error) {
    try {
      switch (supervisor.decide(error)) {
        case Supervisor.Decision.Stop<T>() -> {
          warn("actor '{}' failed, stopping it", error);
          return false;
        }
        case Supervisor.Decision.Restart<T>(T again) -> setBody(actor.create(inbox, again));
      }
    } catch (Throwable t) {
      if (t != error) {
        t.addSuppressed(error);
      }
      warn("the supervisor of actor '{}' failed, stopping the actor", t);
      return false;
    }
    warn("actor '{}' failed, restarting it", error);
    coroutine = null;
    turn = Turn.YIELDS;
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

  // Messages, for the actor itself

  /** Waits for the next message. */
  final M receive() {
    for (; ; ) {
      M message = tryReceive();
      if (message != null) {
        return message;
      }
      park();
    }
  }

  /** The next message, or null if none is there and some may come. */
  final @Nullable M tryReceive() {
    if (requests != null) {
      requests.dropForgotten();
    }
    M message = take();
    if (message == null && isDisconnected()) {
      throw new Disconnected();
    }
    return message;
  }

  private @Nullable M take() {
    M message = inbox.take();
    if (message instanceof Request<?> request) {
      requests = Requests.with(requests, request, this);
    }
    return message;
  }

  /** Waits for a message and takes up to {@code max} that are there; returns how many. */
  final int receive(Collection<? super M> into, int max) {
    if (max < 1) {
      throw new IllegalArgumentException("max is " + max + "; it must be at least 1");
    }
    int taken = 0;
    for (M message = receive(); message != null; message = taken < max ? take() : null) {
      into.add(message);
      taken++;
    }
    return taken;
  }

  /** Whether no message is there and none will come. */
  final boolean isDisconnected() {
    return draining && inbox.closeIfEmpty();
  }

  // Waiting, for the actor itself

  /** Waits for a wake-up; returns at once if one came since the last park. */
  final void park() {
    checkTurn();
    ringAlarms(false);
    awaitWake();
    checkCancelled();
    ringAlarms(true);
  }

  /** Waits until one of {@code sources} is ready. */
  final void await(Awaitable... sources) {
    await(Alarm.NEVER, sources);
  }

  /** Waits until one of {@code sources} is ready, or {@code until}; returns the former. */
  final boolean await(long until, Awaitable... sources) {
    for (Awaitable source : sources) {
      source.arm(this);
    }
    return await(() -> isAnyReady(sources), until);
  }

  private static boolean isAnyReady(Awaitable[] sources) {
    for (Awaitable source : sources) {
      if (source.isReady()) {
        return true;
      }
    }
    return false;
  }

  /** Waits until {@code isOver}, or {@code until}; returns the former. */
  final boolean await(BooleanSupplier isOver, long until) {
    if (until == Alarm.NEVER) {
      while (!isOver.getAsBoolean()) {
        park();
      }
      return true;
    }
    return isOver.getAsBoolean() || (world().nanoTime() < until && parkUntil(isOver, until));
  }

  /** Waits, at least for a moment. */
  private boolean parkUntil(BooleanSupplier isOver, long until) {
    var alarm = new Alarm(until);
    set(alarm);
    boolean over;
    try {
      do {
        park();
        over = isOver.getAsBoolean();
      } while (!over && world().nanoTime() < until);
    } finally {
      unset(alarm);
    }
    return over;
  }

  /** Waits until {@code delay} from now; if that is no time, lets the others have a turn. */
  final void sleep(Duration delay) {
    if (delay.isPositive()) {
      parkUntil(() -> false, later(delay));
    } else {
      checkTurn();
      suspend(Turn.YIELDS);
      checkCancelled();
    }
  }

  /** Does {@code work}, which must not wait any more when {@code limit} is over. */
  final <R extends @Nullable Object, X extends Exception> R within(
      Duration limit, Context.Work<R, X> work) throws X {
    var alarm = new Alarm(later(limit), limit);
    set(alarm);
    try {
      return work.run();
    } finally {
      unset(alarm);
    }
  }

  /** The time that is {@code delay} from now; the loop's own is that of its last run. */
  final long later(Duration delay) {
    return Alarm.after(world().nanoTime(), Worker.nanos(delay));
  }

  final void set(Alarm alarm) {
    alarm.next = alarms;
    alarms = alarm;
  }

  private void unset(Alarm alarm) {
    alarms = Alarm.without(alarms, alarm);
    if (alarms == null) {
      disarm();
    }
  }

  /** Throws if one of the alarms is a limit and has rung; the others that have are removed. */
  private void ringAlarms(boolean isWoken) {
    if (alarms == null) {
      return;
    }
    long now = world().nanoTime();
    for (Alarm a = alarms; a != null; a = a.next) {
      if (a.at <= now && a.limit != null) {
        throw new DeadlinePassed(a.limit);
      }
      if (a.at <= now && isWoken) {
        unset(a);
      }
    }
  }

  /** When the actor wants to be woken next. */
  final long nextAlarm() {
    return Alarm.first(alarms);
  }

  final void suspend(Turn comesTo) {
    turn = comesTo;
    try {
      ownCoroutine().suspend();
    } finally {
      turn = Turn.BLOCKED; // also if the JVM could not suspend here
    }
  }

  /** The coroutine of a turn that has begun. */
  final Coroutine ownCoroutine() {
    return Objects.requireNonNull(coroutine, "no turn has begun");
  }

  private void checkTurn() {
    if (!isOwnCode()) {
      throw new IllegalStateException(
          "actor '" + this + "' was made to wait by code that is not its own");
    }
    checkCancelled();
  }

  private void checkCancelled() {
    if (cancelled) {
      if (++cancellations > MAX_CANCELLATIONS && ownCoroutine().canBeGivenUp()) {
        LOG.error("actor '{}' waits again and again though it was stopped: giving it up", this);
        suspend(Turn.ENDED);
      }
      throw new Cancelled();
    }
  }

  // For the scheduler

  /** The order in which processes run. */
  @Override
  public final int compareTo(Process<?, ?> other) {
    int c = Long.compare(runtime, other.runtime);
    if (c == 0) {
      c = options.priority().compareTo(other.options.priority());
    }
    return c != 0 ? c : Long.compare(arrival, other.arrival);
  }

  final int weight() {
    return options.priority().weight;
  }

  @Override
  public final String toString() {
    return options.name();
  }
}
