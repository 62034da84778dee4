package lemnos.core;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Lets other threads make something happen on a loop: the plainest of all ways to reach it, and the
 * one that {@link Channel} and {@link PipedThread} are built on. However often it is woken, its
 * handler runs once for all wake-ups that came before that run; none is lost, and the handler never
 * runs without one. A wake-up allocates nothing.
 *
 * <p>{@link #wake} and {@link #close} may be called from any thread. What a thread did before
 * {@code wake} is seen by a run of the handler that follows. Once the loop is closed, both do
 * nothing.
 *
 * <p>Source of the semantics: Stakker's {@code Waker}. There, bitmaps gather the wake-ups of many
 * wakers; here the loop's inbox does.
 */
public final class Waker implements AutoCloseable {
  /** What a waker does on its loop. */
  @FunctionalInterface
  public interface Handler {
    /**
     * Somebody has called {@link Waker#wake}, or closed the waker.
     *
     * @param closed whether the waker was closed; this is then the last call
     */
    void woken(boolean closed);
  }

  private static final int SCHEDULED = 1;
  private static final int CLOSED = 2;

  private static final VarHandle STATE;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(Waker.class, "state", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Loop loop;
  private final Handler handler;

  /**
   * The queued run, the same one every time. Belongs to whoever has set SCHEDULED, from then on to
   * the loop's inbox, and again to nobody when the run begins: by then the main queue has copied
   * what it says.
   */
  private final Call turn = new Call(CallQueue.HOST, null, (Runnable) this::run);

  /**
   * The bits SCHEDULED (a run is queued and has not begun) and CLOSED (for good). Any thread;
   * whoever turns it from 0 to something queues the run, and the run clears SCHEDULED before it
   * calls the handler. Every change is an atomic read-modify-write, so what came before a wake-up
   * is seen by the run that it, or the wake-up which it joined, has queued.
   *
   * <pre>
   * 0                --(wake)-->   SCHEDULED           queues a run
   * 0                --(close)-->  SCHEDULED, CLOSED   queues a run
   * SCHEDULED        --(close)-->  SCHEDULED, CLOSED   the queued run will say so
   * SCHEDULED        --(run)-->    0                   woken(false)
   * SCHEDULED, CLOSED --(run)-->   CLOSED              woken(true), the last one
   * </pre>
   */
  @SuppressWarnings("UnusedVariable") // by STATE
  private volatile int state;

  Waker(Loop loop, Handler handler) {
    this.loop = loop;
    this.handler = handler;
  }

  /** Has the handler run soon. Does nothing after {@link #close}. */
  public void wake() {
    schedule((int) STATE.getAndBitwiseOr(this, SCHEDULED));
  }

  /** Has the handler run a last time, with {@code closed}. Does nothing the second time. */
  @Override
  public void close() {
    schedule((int) STATE.getAndBitwiseOr(this, SCHEDULED | CLOSED));
  }

  private void schedule(int before) {
    if (before == 0) {
      loop.enqueue(turn);
    }
  }

  private void run() {
    // CLOSED stays: it keeps later calls from queueing anything.
    boolean last = ((int) STATE.getAndBitwiseAnd(this, ~SCHEDULED) & CLOSED) != 0;
    if (last) {
      loop.sources--;
    }
    handler.woken(last);
  }
}
