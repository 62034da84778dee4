package lemnos.core;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The ready-made host of a {@link Loop}: gives it the time of its world, runs what is to be run,
 * and sleeps on a {@link Poller} while there is nothing to do. {@link #runUntilShutdown} is all
 * that most programs need. A host whose thread does other work too calls {@link #run} and {@link
 * #poll} in turn. {@link #runOn} is for a thread that belongs to somebody else's event loop.
 *
 * <p>In a {@link VirtualWorld} a driver does not sleep but moves the time on.
 *
 * <p>A loop has one driver, the one made last: it is what calls from other threads wake. All
 * methods belong to the loop's owner.
 *
 * <p>Source of the semantics: the main loops in Stakker's documentation.
 */
public final class Driver {
  /** An event loop of somebody else, as far as {@link #runOn} needs it. */
  @FunctionalInterface
  public interface Host {
    /**
     * Calls {@code turn} once, not before the delay is over and soon after that; two turns never at
     * the same time, and each sees what the one before it did. Called from any thread if the delay
     * is 0, else from within a turn.
     */
    void callAfter(long delayNanos, Runnable turn);
  }

  /** How many calls run between two looks at the clock. */
  public static final int CALLS_BETWEEN_LOOKS = 64;

  /** How many calls run between two polls. */
  public static final int MAX_CALLS = 1024;

  /** How long calls run between two polls, but for the last that were begun. */
  public static final long MAX_RUN_NANOS = 5_000_000;

  /** How many calls that are queued, or come to be, still run after a shutdown. */
  static final int MAX_CALLS_AFTER_SHUTDOWN = 1 << 20;

  private static final int AWAKE = 0;
  private static final int ASLEEP = 1;
  private static final int WAKING = 2;

  private final Loop loop;
  private final World world;
  private final Poller poller;
  private final @Nullable VirtualWorld virtual;

  /** Calls wait in the loop's idle queue. */
  private boolean idlePending;

  /**
   * What the thread is at: {@code AWAKE -> ASLEEP -> (WAKING ->) AWAKE}. The driver says ASLEEP
   * <em>before</em> it looks for the last time for what other threads have for it, and a thread
   * that has left something looks here <em>after</em> that. So either the driver sees it or the
   * other sees ASLEEP; and of all others only the one that makes it WAKING pays for a system call.
   */
  private final AtomicInteger status = new AtomicInteger(AWAKE);

  /** A driver for a program without I/O: it parks the thread. */
  public Driver(Loop loop) {
    this(loop, Poller.parking());
  }

  /**
   * A driver that sleeps on {@code poller}, which remains the caller's to close.
   *
   * @throws IllegalArgumentException if the loop's time is in the future of its world
   */
  public Driver(Loop loop, Poller poller) {
    if (loop.now > loop.world.nanoTime()) {
      throw new IllegalArgumentException(
          "the loop's time, %d, is later than its world's, %d: make it with new Loop(world)"
              .formatted(loop.now, loop.world.nanoTime()));
    }
    this.loop = loop;
    this.world = loop.world;
    this.poller = poller;
    this.virtual = world instanceof VirtualWorld v ? v : null;
    loop.onWake(this::wake);
  }

  /**
   * Runs the loop until a {@linkplain Core#shutdown shutdown} is asked for, or nothing can happen
   * any more: no call is queued, no timer armed, no actor alive, no {@link Waker}, channel or piped
   * thread open, and nobody owes the loop an answer. (What other threads may yet {@linkplain
   * Core#execute execute} does not count: let them have an actor or a waker.) In a virtual world
   * there are no others, so there it ends when no call is queued and no timer armed.
   *
   * <p>After a shutdown the queued calls still run, until none is left on the main and lazy queues,
   * but at most 2<sup>20</sup>. The loop stays open, and may be run again.
   *
   * <p>An interrupt is taken for one that some call left behind, and forgotten. To end a loop from
   * another thread let it {@code execute} a shutdown. What the poller throws is thrown here; the
   * loop is none the worse.
   *
   * @return the cause of the shutdown, or null if nothing was left to do
   * @throws IllegalStateException if the loop belongs to another thread or is closed, or from
   *     within a run
   */
  public @Nullable StopCause runUntilShutdown() {
    runBatch(false);
    while (loop.notShutdown() && loop.hasFuture(virtual == null)) {
      runBatch(!poll(Long.MAX_VALUE));
    }
    return loop.notShutdown() ? null : finish();
  }

  /** Runs what is queued when a shutdown was asked for, and takes its cause. */
  @Nullable StopCause finish() {
    idlePending = loop.run(loop.now, false, MAX_CALLS_AFTER_SHUTDOWN);
    return loop.takeShutdown();
  }

  /**
   * Lets {@code host} give the loop its turns, each within the limits of {@link #run}: all the time
   * there is something to do, when a timer expires, and when anybody calls. An idle call runs in a
   * turn that finds nothing else to do. Returns at once; the first turn is yet to come.
   *
   * <p>Between its turns the loop is {@linkplain Loop#detach detached}. So whatever any thread
   * wants of it, the host's own included, it calls an actor or {@linkplain Core#execute executes}
   * it, and that brings the next turn.
   *
   * @param ended gets the cause of the shutdown after the last turn, on a thread that then owns the
   *     loop: to close it, or to go on
   */
  public static void runOn(Host host, Loop loop, Consumer<? super StopCause> ended) {
    new Turns(host, loop, ended).begin();
  }

  /** {@link #run} between two polls. */
  void runBatch(boolean idle) {
    long now = world.nanoTime();
    run(now, now + MAX_RUN_NANOS, idle);
  }

  /**
   * Runs calls of the loop until none is queued, {@value #MAX_CALLS} were run or {@code deadline}
   * is over; some in any case. Then forgets an interrupt that they left behind, for that would keep
   * everything from sleeping.
   *
   * @param now what the world's clock says
   * @param idle whether the host has nothing else to do: the first call of the idle queue may run
   *     then, if no others wait
   * @return what the clock says after that
   */
  public long run(long now, long deadline, boolean idle) {
    boolean work = loop.hasWork();
    boolean any = work || idle || loop.nextExpiry() <= now;
    // A call that comes at this very moment waits, or its time would seem to be the host's.
    idlePending = loop.run(now, idle && !work, any ? CALLS_BETWEEN_LOOKS : 0);
    long time = now;
    int left = MAX_CALLS;
    while (any) {
      time = world.nanoTime();
      left -= CALLS_BETWEEN_LOOKS;
      any = left > 0 && time < deadline && loop.hasWork();
      if (any) {
        idlePending = loop.run(time, false, CALLS_BETWEEN_LOOKS);
      }
    }
    Thread.interrupted();
    return time;
  }

  /**
   * Waits for events, for the next timer, for calls from other threads, but at most so long, and
   * handles what events came. Does not wait if calls are queued, also idle ones.
   *
   * @return whether the poller had any
   */
  public boolean poll(long maxNanos) {
    return poll(maxNanos, () -> false);
  }

  /**
   * Has {@code turn} run {@linkplain Poller#onEvent after each event} if the poller can. The driver
   * counts as awake then, and the turn may {@link #run} it. To be called before the first poll,
   * once.
   */
  public void onEvent(Runnable turn) {
    poller.onEvent(
        () -> {
          if (isAsleep()) {
            status.set(AWAKE);
          }
          turn.run();
        });
  }

  /**
   * {@link #poll(long)} for a host to which other threads give work that is no call of the loop.
   * They {@link #wake} the driver after that; it asks for the last time when it has begun to be one
   * that can be woken. So no work is overlooked, and no lock is needed.
   *
   * @param hasWork whether there is such work: then this does not wait
   */
  public boolean poll(long maxNanos, BooleanSupplier hasWork) {
    long wait = nextWait(maxNanos);
    if (wait == 0) {
      return poller.poll(0);
    }
    return virtual == null ? sleep(wait, hasWork) : leap(virtual, wait, hasWork);
  }

  /**
   * Ends the driver's sleep, if it sleeps. Any thread, after it has put what the driver is to be
   * woken for where it will look.
   *
   * @return whether this call woke it; of several at once only one does
   */
  public boolean wake() {
    if (status.get() == ASLEEP && status.compareAndSet(ASLEEP, WAKING)) {
      poller.wakeup();
      return true;
    }
    return false;
  }

  /** Whether the driver waits for events, or handles what ended the wait. Any thread. */
  public boolean isAsleep() {
    return status.get() != AWAKE;
  }

  /** How long there is nothing to do, if nobody calls. */
  long nextWait(long maxNanos) {
    long max = idlePending ? 0 : maxNanos;
    return max == 0 ? 0 : loop.nextWait(world.nanoTime(), max, false);
  }

  private boolean sleep(long wait, BooleanSupplier hasWork) {
    status.set(ASLEEP);
    try {
      return poller.poll(loop.hasWork() || hasWork.getAsBoolean() ? 0 : wait);
    } finally {
      status.set(AWAKE);
    }
  }

  private boolean leap(VirtualWorld world, long wait, BooleanSupplier hasWork) {
    boolean any = poller.poll(0);
    if (!any && wait != Long.MAX_VALUE && !hasWork.getAsBoolean()) {
      world.leapTo(world.nanoTime() + wait);
    }
    return any;
  }

  /** Sleeps without waiting: the thread goes on to what is not ours, {@code again} to be woken. */
  void doze(boolean again) {
    status.set(ASLEEP);
    if (again || loop.hasMail()) {
      wake();
    }
  }

  /** Ends what {@link #doze} began. */
  void stir() {
    status.set(AWAKE);
  }
}
