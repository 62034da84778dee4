package lemnos.runtime;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;
import lemnos.core.Loop;
import lemnos.core.Ret;
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
 *                        RUNNING --(ends, restarted)--> READY
 *                        RUNNING --(ends, held or restarted after a pause)--> WAITING
 *                        RUNNING --(ends for good)--> DONE
 * READY, WAITING --(cancelled before it began)--> DONE
 * </pre>
 *
 * <p>A process may have several lives: each begins with an actor that is made anew, and what
 * follows its end is for the {@link Fate} to say. The inbox outlives all of them.
 *
 * <p>Wake-ups may come for no reason: whoever parks checks what it waits for in a loop. Everything
 * but {@link #wake} and {@link #cancel} belongs to whoever has the turn: the worker that gives it,
 * or the actor's own code. What one turn did is seen by the next.
 */
abstract sealed class Process<M> extends Sleeper<M>
    implements Seat, Runnable, Comparable<Process<?>> permits LocalProcess, SharedProcess {
  /** How often a stopped actor may swallow {@link Cancelled} before it is given up. */
  static final int MAX_CANCELLATIONS = 1000;

  private static final Logger LOG = LoggerFactory.getLogger(Process.class);

  /** In place of a time at which a life begins. */
  private static final long AT_ONCE = Long.MIN_VALUE;

  // How the process is cancelled
  private static final int NOT = 0;
  private static final int THIS_LIFE = 1;
  private static final int FOR_GOOD = 2;

  private static final VarHandle CANCELLED;

  static {
    try {
      CANCELLED = MethodHandles.lookup().findVarHandle(Process.class, "cancelled", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Fate<M> fate;
  private final ActorOptions options;
  private final Inbox<M> inbox;

  /** The actor, which the coroutine runs; null until it was made, for its first life or another. */
  private @Nullable ActorBody<M> body;

  /** Null until the actor has the first turn of its life. */
  private @Nullable Coroutine coroutine;

  /** The first life does not begin before a message has come. */
  private boolean awaitsMessage;

  /** When the next life may begin; {@link Alarm#NEVER} if nobody has said. Any thread. */
  private volatile long startAt = AT_ONCE;

  /** Null until the actor receives a request. */
  private @Nullable Requests requests;

  /** What the last turn has come to, as {@link Turn} has it. */
  int turn = Turn.YIELDS;

  /** Set by any thread, before the wake-up that makes the actor look. */
  private volatile int cancelled;

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
  @Nullable Process<?> previous;

  @Nullable Process<?> next;

  /** A process without an actor, to which messages can be sent. */
  Process(Fate<M> fate, ActorOptions options) {
    this.fate = fate;
    this.options = options;
    this.awaitsMessage = !options.ready();
    this.inbox = new Inbox<>(options.inboxSize(), this);
  }

  /** The process that the calling code is part of. */
  static Process<?> current() {
    Seat seat = Seat.current();
    Process<?> process = seat == null ? null : seat.process();
    if (process == null) {
      throw new IllegalStateException("only a sequential actor can wait; this is none");
    }
    return process;
  }

  // What the kinds differ in

  /** Where what the actor's code has to tell is traced to. */
  abstract Tracer tracer();

  /** What a turn is called in traces. */
  abstract String runningEvent();

  abstract String restartingEvent();

  /** The loop that the process belongs to, for good. */
  abstract Loop loop();

  abstract Coroutine newCoroutine(Runnable body);

  /** How the process runs an actor that has been made. */
  ActorBody<M> prepared(ActorBody<M> actor) {
    return actor;
  }

  /** Whether the calling code is the actor's own. */
  abstract boolean isOwnCode();

  /** Looks for a message for a moment, if one is likely to come: whether there is one. */
  abstract boolean linger();

  /** Suspends until a wake-up, or not at all if one may have come since the last time. */
  abstract void awaitWake();

  /** Makes the actor run soon if it waits. Any thread. */
  abstract void wake();

  /** The turn that {@code worker} gives begins. */
  abstract void begin(Worker worker);

  /** Does what the turn that ends has come to; after that another may begin, on any worker. */
  abstract void settle();

  /** Has {@code ask} make its request with the right to answer it. */
  abstract <R> void request(Answer<R> answer, Consumer<Ret<R>> ask);

  // For everybody

  @Override
  final Inbox<M> inbox() {
    return inbox;
  }

  @Override
  public final Process<?> process() {
    return this;
  }

  /** As {@link #wake}. */
  @Override
  public final void run() {
    wake();
  }

  /**
   * Makes whatever the actor waits for throw {@link Cancelled}, now and from now on, and interrupts
   * it if it blocks: it shall end, for good. Any thread.
   */
  final void cancel() {
    cancelled = FOR_GOOD;
    tellCancelled();
  }

  /** As {@link #cancel}, but its fate is asked what follows. */
  final void cancelLife() {
    if (CANCELLED.compareAndSet(this, NOT, THIS_LIFE)) {
      tellCancelled();
    }
  }

  private void tellCancelled() {
    wake();
    VarHandle.fullFence(); // pairs with that in begun()
    Coroutine c = coroutine;
    if (c != null) {
      c.interrupt();
    }
  }

  /** {@link #make} for an actor that needs not be made, which cannot fail. */
  final void makePlain() {
    try {
      make();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** Makes the actor for the first time: if that fails there is none, and there will be none. */
  final void make() throws Exception {
    try {
      create();
    } catch (Throwable t) {
      end();
      throw t;
    }
  }

  private void create() throws Exception {
    body = prepared(Objects.requireNonNull(fate.make(this), "a NewActor made no actor"));
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
      if (!mayBegin()) {
        return;
      }
      if (steps() != null) {
        turn = Turn.YIELDS; // they are done elsewhere
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
    if (c.isDone()) {
      turn = Turn.RETURNED;
    }
    left();
  }

  /** The actor's code has suspended or returned. */
  final void left() {
    admit();
    if (turn == Turn.RETURNED) {
      ended(failure);
    }
  }

  /** Whether a life begins with this turn; else the turn has come to something already. */
  final boolean mayBegin() {
    if (cancelled != NOT || (awaitsMessage && isDisconnected())) {
      ended(new Cancelled());
      return false;
    }
    if (!mayStart()) {
      turn = Turn.WAITS;
      return false;
    }
    return body != null || isMadeAnew();
  }

  private boolean mayStart() {
    awaitsMessage = awaitsMessage && !hasMessage();
    long at = awaitsMessage ? Alarm.NEVER : startAt;
    boolean may = at == AT_ONCE || (at != Alarm.NEVER && at <= world().nanoTime());
    wakeOnlyAt(may ? Alarm.NEVER : at);
    return may;
  }

  private boolean isMadeAnew() {
    try {
      create();
      return true;
    } catch (Throwable t) {
      endIfFatal(t);
      fate.notMade(this, t);
      return false;
    }
  }

  /** The coroutine of an actor that begins; if that is cancelled at this moment, interrupted. */
  private Coroutine begun() {
    Coroutine c = newCoroutine(this::runBody);
    coroutine = c;
    VarHandle.fullFence(); // either this sees that it is cancelled, or cancel() sees the coroutine
    if (cancelled != NOT) {
      c.interrupt();
    }
    return c;
  }

  private void runBody() {
    try {
      Objects.requireNonNull(body).run(new Context<>(this));
    } catch (Throwable t) {
      failed(t);
    }
  }

  // Steps

  /** What the actor does in steps, if it does, and is not in the midst of one. */
  final @Nullable Steps<?> steps() {
    return coroutine == null && body instanceof Steps<?> steps ? steps : null;
  }

  /**
   * From now on the actor has {@code stack} to itself, as it has waited in the midst of a step; or
   * null, as that is done.
   */
  final void keep(@Nullable Coroutine stack) {
    coroutine = stack;
  }

  final void failed(Throwable error) {
    failure = StackTraces.ofOne(error);
  }

  // For those who look for deadlocks

  /** The actor begins to wait for room in an inbox, for ever unless it is within some limit. */
  final void beginWait(Inbox.Waiter waiter) {
    if (!isWithinLimit()) {
      wait = waiter;
      Deadlock.check(this);
    }
  }

  final void endWait() {
    wait = null;
  }

  /** For whose inbox the actor waits; null if it does not, or not for ever. Any thread. */
  final @Nullable Process<?> waitsFor() {
    Inbox.Waiter waiter = wait;
    return waiter == null || isCancelled() ? null : waiter.receiver();
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
    body = null;
    coroutine = null;
    wakeOnlyAt(Alarm.NEVER);
    Requests.drop(requests);
    endIfFatal(error);
    boolean orderly = error == null || error instanceof Cancelled || error instanceof Disconnected;
    // Who was told that no message will come would be told so in each life.
    if (cancelled != FOR_GOOD && !(draining && (orderly || !inbox.isConnected()))) {
      fate.ended(this, orderly ? null : error);
    } else {
      if (error != null && !orderly) {
        Fate.warn("an actor failed while it was being stopped", this, error);
      }
      end();
    }
  }

  private void endIfFatal(@Nullable Throwable error) {
    if (error instanceof VirtualMachineError fatal && !(error instanceof StackOverflowError)) {
      end();
      throw fatal;
    }
  }

  // What may follow the end of a life, for the fate

  /** The actor will be made anew, after {@code pause}, and run from its beginning. */
  final void restart(Duration pause) {
    boolean atOnce = !pause.isPositive();
    startAt = atOnce ? AT_ONCE : later(pause);
    wakeOnlyAt(atOnce ? Alarm.NEVER : startAt);
    turn = atOnce ? Turn.YIELDS : Turn.WAITS;
  }

  /** The actor will be made anew when {@link #startAt} has been called. */
  final void hold() {
    startAt = Alarm.NEVER;
    cancellations = 0;
    turn = Turn.WAITS;
    CANCELLED.compareAndSet(this, THIS_LIFE, NOT);
  }

  /** The process, which is being held, begins its next life at {@code time}. Any thread. */
  final void startAt(long time) {
    startAt = time;
    wake();
  }

  /** The actor will not run again: refuses messages. */
  final void end() {
    turn = Turn.ENDED;
    Requests.drop(requests);
    inbox.close();
    fate.gone(this);
  }

  final boolean isCancelled() {
    return cancelled != NOT;
  }

  // Messages, for the actor itself

  /** The next message, or null if none is there and some may come. */
  final @Nullable M tryReceive() {
    checkOwnCode();
    if (requests != null) {
      requests.dropForgotten();
    }
    M message = take();
    if (message == null && isDisconnected()) {
      throw new Disconnected();
    }
    return message;
  }

  final @Nullable M take() {
    M message = takeMessage();
    if (message instanceof Request<?> request) {
      requests = Requests.with(requests, request, this);
    }
    return message;
  }

  /** Whether no message is there and none will come. */
  final boolean isDisconnected() {
    return draining && inbox.closeIfEmpty();
  }

  // Waiting, for the actor itself

  /** Waits for a message or another wake-up, which may have come before. */
  final void awaitMessage() {
    if (!linger()) {
      park();
    }
  }

  @Override
  final void park() {
    checkOwnCode();
    checkCancelled();
    checkLimits();
    awaitWake();
    checkCancelled();
    dropRung();
  }

  /** Waits until {@code delay} from now; if that is no time, lets the others have a turn. */
  final void sleep(Duration delay) {
    if (delay.isPositive()) {
      parkUntil(() -> false, later(delay));
    } else {
      checkOwnCode();
      checkCancelled();
      suspend(Turn.YIELDS);
      checkCancelled();
    }
  }

  final void suspend(int comesTo) {
    turn = comesTo;
    try {
      leaveTurn();
    } finally {
      turn = Turn.BLOCKED; // also if the JVM could not suspend here
    }
  }

  /** Returns in the actor's next turn; this one comes to {@link #turn}. */
  abstract void leaveTurn();

  /** The coroutine of a turn that has begun. */
  final Coroutine ownCoroutine() {
    return Objects.requireNonNull(coroutine, "no turn has begun");
  }

  /** Refuses a context that has been given to somebody else. */
  final void checkOwnCode() {
    if (!isOwnCode()) {
      throw new IllegalStateException(
          "the context of actor '" + this + "' was used by code that is not its own");
    }
  }

  private void checkCancelled() {
    if (cancelled != NOT) {
      if (++cancellations > MAX_CANCELLATIONS && ownCoroutine().canBeGivenUp()) {
        LOG.atError().addKeyValue("actor", this).log("a stopped actor waits on, giving it up");
        failure = new Cancelled();
        suspend(Turn.RETURNED); // for good: its coroutine will not be resumed
      }
      throw new Cancelled();
    }
  }

  // For the scheduler

  /** The order in which processes run. */
  @Override
  public final int compareTo(Process<?> other) {
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
