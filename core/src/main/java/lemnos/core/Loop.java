package lemnos.core;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * An actor runtime on one thread, which any event loop can drive. It owns no thread, reads no clock
 * and never waits: the host passes the time to {@link #run} and asks {@link #nextWait} how long it
 * may sleep. A {@link Driver} is the ready-made host.
 *
 * <p>All methods belong to the owner: the thread that made the loop, or the last to {@link
 * #attach}. Only {@link #execute} and calls to actors may come from other threads.
 *
 * <p>Source of the semantics: Stakker 0.2.16.
 */
public final class Loop extends Core implements AutoCloseable {
  /** How many handles can be made on a closed loop: enough for those who clean up. */
  static final int MAX_HANDLES_AFTER_CLOSE = 1000;

  final long start;
  final World world;
  final Checks checks;
  long now;

  final Queues queues = new Queues(this);
  final CallQueue lazy = queues.lazy;
  final CallQueue idle = queues.idle;
  final Timers timers;
  final LogBook logBook = new LogBook(this);
  private final Inbox inbox = new Inbox();

  /**
   * Only this thread may touch the loop; null if none may. A thread writes itself when it takes the
   * loop over, and null when it lets go. So another thread may read an old value, but never itself:
   * if it ever was the owner, the null is its own doing.
   */
  private @Nullable Thread owner = Thread.currentThread();

  /** Set by the owner, which from then on is nobody. */
  boolean closed;

  /** Called by a thread whose call was the first in the inbox. */
  private volatile Runnable waker = () -> {};

  private BiConsumer<Object, Throwable> uncaughtHandler = Failures::log;

  final Map<Class<?>, Object> environment = new HashMap<>();
  @Nullable StopCause shutdownCause;

  /**
   * Tells {@link Queues#running} whose behaviour runs: the actor's place in the queue that runs, or
   * one of the negative numbers there. The commonest calls need not write it, for all of them it is
   * {@link Queues#HEAD}; and to write the actor itself would cost a barrier.
   */
  int place = Queues.NOBODY;

  /** Why that actor ends when its behaviour returns, or null. */
  @Nullable StopCause ending;

  /**
   * Whether a behaviour's return may have consequences: set when the actor is to end and when any
   * scope gets a handle. So a call that does neither has one thing to look at.
   */
  boolean unsettled;

  /** Owns the handles of the behaviour that runs. */
  final Scope frame = new Scope(this);

  /** Owns the handles in what comes from other threads while host code handles it. */
  final Scope arrivals = new Scope(this);

  /** Owns the handles made outside behaviours. */
  private final Scope root = new Scope(this);

  /** Owns the Rets that other loops and piped threads will answer. */
  final Scope away = new Scope(this);

  private boolean running;
  private int handlesAfterClose;

  /**
   * The last record class that was found to carry no handles: saves looking the next one up.
   * Written by the loop's thread; a thread that reads an old value looks the class up.
   */
  @Nullable Class<?> plainRecord;

  /** How many calls went over an actor's limit. */
  long refused;

  /** How many calls came to an actor that could not take them any more. */
  long discarded;

  /** How many wakers and channels are open: by them, other threads may yet bring something. */
  int sources;

  final Roster living = new Roster();

  /** A loop in the real world whose host has a clock of its own, which says {@code now}. */
  public Loop(long now) {
    this(now, World.real());
  }

  /** A loop in {@code world}, whose clock it goes by. */
  public Loop(World world) {
    this(world.nanoTime(), world);
  }

  /** A loop whose time begins at {@code now} nanoseconds, in {@code world}. */
  public Loop(long now, World world) {
    this(now, world, Checks.standard());
  }

  /** A loop whose time begins at {@code now} nanoseconds, with {@code checks}, in {@code world}. */
  public Loop(long now, World world, Checks checks) {
    super(null);
    this.start = now;
    this.now = now;
    this.timers = new Timers(this);
    this.world = world;
    this.checks = checks;
  }

  // Running

  /**
   * Runs until the main and lazy queues are empty. {@link #run(long, boolean, int)} without a
   * bound.
   *
   * @return whether calls wait in the idle queue
   */
  public boolean run(long now, boolean idle) {
    return run(now, idle, Integer.MAX_VALUE);
  }

  /**
   * Runs queued calls, in this order:
   *
   * <ol>
   *   <li>calls from other threads join the main queue;
   *   <li>if {@code idle}, one call of the idle queue runs, which still sees the old time;
   *   <li>the time moves to {@code now}, unless that is earlier, and the calls of expired timers
   *       join the main queue;
   *   <li>the main queue runs until it is empty; then what is on the lazy queue at that moment, as
   *       one batch; then the main queue again, until both are empty.
   * </ol>
   *
   * @param budget the greatest number of calls to run; the rest waits for the next run
   * @return whether calls wait in the idle queue
   * @throws IllegalStateException if called from within a run, or after {@link #close}
   */
  public boolean run(long now, boolean idle, int budget) {
    checkOwner("run");
    checkOpen();
    if (running) {
      throw new IllegalStateException("this loop is running already: queue a call instead");
    }
    running = true;
    try {
      drainInbox();
      int left = budget;
      if (idle && budget > 0 && !this.idle.isEmpty()) {
        queues.runIdle();
        left--;
      }
      advance(now);
      queues.run(left);
    } catch (VirtualMachineError e) {
      closeFor(e);
    } finally {
      running = false;
    }
    return !this.idle.isEmpty();
  }

  /** The machine is in trouble: nothing runs any more, but everybody gets an answer. */
  private void closeFor(VirtualMachineError e) {
    running = false;
    close();
    throw e;
  }

  private void advance(long to) {
    if (to > now) {
      now = to;
      timers.expire(to, main);
      queues.trim(to);
    }
  }

  boolean hasMail() {
    return !inbox.isEmpty();
  }

  /** Moves the calls that came from other threads to the main queue. */
  void drainInbox() {
    Call call = inbox.takeAll();
    while (call != null) {
      Call next = call.next;
      call.next = null;
      Cell<?> target = call.target;
      if (target == null) {
        main.push(call);
      } else {
        target.admit(call);
      }
      call = next;
    }
  }

  /** Runs what concerns one actor in the middle of host code. */
  private void runAtOnce(Runnable code) {
    boolean inRun = running;
    running = true;
    try {
      code.run();
    } catch (VirtualMachineError e) {
      if (inRun) {
        throw e; // the run will see to it
      }
      closeFor(e);
    } finally {
      running = inRun;
    }
  }

  // What the host asks between runs

  /** When the next timer expires, or {@link Long#MAX_VALUE} if none is armed. */
  public long nextExpiry() {
    assert isConfined("nextExpiry");
    return timers.nextExpiry();
  }

  /** Whether calls wait in the main or lazy queue or came from other threads. */
  public boolean hasWork() {
    return !closed && (!main.isEmpty() || !lazy.isEmpty() || !inbox.isEmpty());
  }

  /**
   * Whether anything can happen yet: calls are queued, timers armed, or, if there are {@code
   * others}, something is left that other threads may call or have promised to.
   */
  boolean hasFuture(boolean others) {
    return hasWork()
        || !idle.isEmpty()
        || timers.size() > 0
        || (others && (living.size() > 0 || sources > 0 || away.first != null));
  }

  /**
   * How long the host may wait for events: not at all if calls are queued or {@code pending}, else
   * until the next timer, but at most {@code max}. In nanoseconds.
   *
   * @param pending what {@link #run} returned, or whether the host has something left to do
   */
  public long nextWait(long now, long max, boolean pending) {
    if (pending || hasWork()) {
      return 0;
    }
    long expiry = timers.nextExpiry();
    if (expiry == Long.MAX_VALUE) {
      return max;
    }
    long wait = expiry - now; // negative also if it overflows
    return expiry <= now ? 0 : wait < 0 ? max : Math.min(wait, max);
  }

  /** Whether nobody has asked for {@link #shutdown}. */
  public boolean notShutdown() {
    assert isConfined("notShutdown");
    return shutdownCause == null;
  }

  /** Takes the cause of the shutdown, after which the loop may go on; null if there was none. */
  public @Nullable StopCause takeShutdown() {
    assert isConfined("takeShutdown");
    StopCause cause = shutdownCause;
    shutdownCause = null;
    return cause;
  }

  /**
   * Calls a query at once and returns its result: null if the actor is not ready, or fails by it.
   * For the host: between runs, and in host code that a run executes.
   *
   * @throws IllegalStateException if a behaviour is running
   */
  public <A, R> @Nullable R query(
      Recipient<A> recipient, Query.Of0<? super A, ? extends @Nullable R> query) {
    checkHost("query");
    Cell<A> cell = mine(recipient);
    if (!cell.isReady()) {
      return null;
    }
    var result = new Ret.Result<R>(checks);
    runAtOnce(() -> queues.ask(cell, query, result));
    return result.value;
  }

  /**
   * Kills an actor at once: it is gone when this returns. For the host, as {@link #query} is.
   *
   * @throws IllegalStateException if a behaviour is running
   */
  public void kill(ActorOwn<?> own, Throwable error) {
    checkHost("kill");
    own.checkUsable();
    Cell<?> cell = mine(own);
    runAtOnce(() -> queues.end(cell, new StopCause.Killed(error)));
  }

  /** The actors that have not ended, newest first. */
  public List<Actor<?>> actors() {
    checkOwner("actors");
    return living.newestFirst();
  }

  /** How much there is to do, and how much was done. */
  public Load load() {
    checkOwner("load");
    return Load.of(this);
  }

  /** The number of actors that have not ended. */
  public int actorCount() {
    assert isConfined("actorCount");
    return living.size();
  }

  // The host's side of other threads

  /**
   * Sets what wakes the host when a call comes from another thread. It runs on that thread, at most
   * once between two runs, and must be quick.
   */
  public void onWake(Runnable waker) {
    this.waker = waker;
    if (!inbox.isEmpty()) {
      waker.run();
    }
  }

  /**
   * Sets what gets the exceptions for which no actor answers: of host code, and of an actor that
   * was ending already. The first argument tells where it came from. By default they are logged.
   */
  public void onUncaught(BiConsumer<Object, Throwable> handler) {
    assert isConfined("onUncaught");
    uncaughtHandler = handler;
  }

  /**
   * Sends what the loop and its actors log, as far as {@code filter} allows, to {@code logger},
   * which takes the place of the one before. Nothing is logged until this is called.
   */
  public void setLogger(LogFilter filter, Logger logger) {
    logBook.setLogger(filter, logger);
  }

  /**
   * Changes what is logged. The logger is told first, with a record at INFO even if that is off.
   */
  public void setLogFilter(LogFilter filter) {
    logBook.setFilter(filter);
  }

  /**
   * Makes the calling thread the loop's owner. The one before it has to {@link #detach}, and what
   * tells this one so has to order memory, as a queue, a lock or the start of a thread does.
   *
   * @throws IllegalStateException if the loop is closed, or is known to belong to another thread
   */
  public void attach() {
    checkOpen();
    if (owner != null) {
      checkOwner("attach");
    }
    owner = Thread.currentThread();
  }

  /**
   * Lets go of the loop, which belongs to nobody until a thread attaches: what the calling thread
   * calls or executes till then waits for the next run. Only between runs.
   */
  public void detach() {
    checkBetweenRuns("detach");
    owner = null;
  }

  /** Whether the calling thread owns this loop. Any thread. */
  public boolean isOwner() {
    return Thread.currentThread() == owner;
  }

  // Ending

  /**
   * Ends everything at once: queued calls and timers are discarded, all actors end with {@link
   * StopCause.Dropped} (newest last), all handles are closed, so every Ret is answered. Calls that
   * come later are discarded; a closed loop neither runs nor makes actors. Does nothing the second
   * time.
   */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    checkBetweenRuns("close");
    closed = true;
    owner = null; // from here on every call, of this thread too, goes to the closed inbox
    Cell<?> broken = queues.running(); // whose behaviour an error of the machine cut short
    StopCause why = ending;
    place = Queues.NOBODY;
    ending = null;
    if (checks.on) {
      checks.leaks(root, "the loop", true);
    }
    closeScope(frame);
    for (Call call = inbox.close(); call != null; call = call.next) {
      call.discard(this);
    }
    queues.discardAll();
    timers.discardAll();
    closeScope(root);
    closeScope(away);
    for (Actor<?> actor : living.newestFirst().reversed()) {
      queues.end(Cell.of(actor), why != null && actor == broken ? why : Cell.DROPPED);
    }
    closeScope(root);
  }

  void closeScope(Scope scope) {
    Throwable t = scope.closeAll();
    if (t != null) {
      uncaught(this, t);
    }
  }

  // For the rest of the package

  /** Puts a call on the main queue; any thread. */
  void enqueue(Call call) {
    if (isOwner()) {
      main.push(call);
    } else {
      post(call);
    }
  }

  /** Puts a call of another thread into the inbox; if the loop is closed, discards it. */
  void post(Call call) {
    switch (inbox.push(call)) {
      case EMPTY -> waker.run();
      case OTHERS -> {}
      case CLOSED -> call.discard(this);
    }
  }

  /** Puts a call on one of this loop's queues; if the loop is closed, discards it. */
  void put(CallQueue queue, Call call) {
    if (closed) {
      call.discard(this);
    } else {
      queue.push(call);
    }
  }

  /** {@link #put(CallQueue, Call)} with a call of two arguments at most. */
  void put(
      CallQueue queue,
      int shape,
      Cell<?> target,
      Object code,
      @Nullable Object a,
      @Nullable Object b) {
    if (closed) {
      Call.of(shape, target, code, a, b).discard(this);
      return;
    }
    Call.checkPassable(this, target, a, b, null, null, null);
    queue.pushFew(shape, code, target, Handle.pass(a, this), Handle.pass(b, this));
  }

  /** The actor whose behaviour runs ends when that returns; the first cause wins. */
  void endWith(StopCause cause) {
    if (ending == null) {
      ending = cause;
      unsettled = true;
    }
  }

  /** The argument of a call that begins: the frame owns the handles in it now. */
  void arrive(@Nullable Object argument) {
    Handle.arrive(argument, frame);
  }

  /** Gives a new handle its first owner: the running behaviour, or else the loop. */
  <H extends Handle> H own(H handle) {
    checkOwner(handle);
    if (closed && ++handlesAfterClose > MAX_HANDLES_AFTER_CLOSE) {
      checkOpen(); // or else a Ret that makes a new one when it is dropped would never let us end
    }
    (place == Queues.NOBODY ? root : frame).add(handle);
    if (checks.on) {
      checks.made(handle);
    }
    return handle;
  }

  <A> ActorOwn<A> own(Cell<A> cell) {
    checkOwner(cell);
    return own(new ActorOwn<>(cell));
  }

  @SuppressWarnings("unchecked")
  <A> ActorOwn<A> create(Ret<StopCause> notify, @Nullable Object init) {
    checkOwner("actor");
    checkOpen();
    Cell<A> cell = living.add(this, (Ret<StopCause>) notify.passTo(this));
    if (logBook.isOn(LogLevel.OPEN)) {
      logBook.opened(cell, init, queues.running());
    }
    return own(cell);
  }

  /** The cell of an actor of this loop. */
  <A> Cell<A> mine(Recipient<A> recipient) {
    Cell<A> cell = Cell.of(recipient);
    if (cell.loop() != this) {
      throw new IllegalArgumentException(
          cell + " lives on another loop: call it, and let it use its own queues and timers");
    }
    checkOwner(cell);
    return cell;
  }

  long later(Duration delay) {
    return Timers.later(now, delay);
  }

  /** Throws unless the calling thread owns this loop or the loop is closed. */
  void checkOwner(Object what) {
    Thread o = owner;
    if (o != Thread.currentThread() && !closed) {
      throw new IllegalStateException(
          ("'%s' belongs to the loop of %s but was used by %s;"
                  + " other threads may only call actors and execute")
              .formatted(what, o == null ? "nobody until attach" : o, Thread.currentThread()));
    }
  }

  /** {@link #checkOwner} for an assertion. */
  boolean isConfined(Object what) {
    checkOwner(what);
    return true;
  }

  void checkOpen() {
    if (closed) {
      throw new IllegalStateException("this loop is closed");
    }
  }

  private void checkBetweenRuns(String what) {
    checkOwner(what);
    if (running) {
      throw new IllegalStateException(
          "a loop cannot " + what + " in the middle of its own calls; to end it, use shutdown");
    }
  }

  private void checkHost(String what) {
    checkOwner(what);
    if (place != Queues.NOBODY) {
      throw new IllegalStateException(
          "'" + what + "' is for the host, and a behaviour runs: an actor asks with a Ret instead");
    }
  }

  /** Throws {@code t} on if the machine is in trouble, which ends the loop. */
  void escalate(Throwable t) {
    if (Failures.isFatal(t) && !closed) {
      throw (VirtualMachineError) t;
    }
  }

  void uncaught(Object where, Throwable t) {
    escalate(t);
    try {
      uncaughtHandler.accept(where, t);
    } catch (Throwable t2) {
      Failures.log(where, Failures.joined(t, t2));
    }
  }
}
