package lemnos.runtime;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.util.Objects;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The kind that may move: a virtual thread that no pool runs but whichever worker resumes it. For
 * its own code {@link Thread#currentThread} is always the same, so compiled code may keep the
 * answer over a suspension, as it does.
 *
 * <p>The JDK lets a virtual thread have a scheduler other than its own pool, but does not export
 * that, so the JVM has to be started with {@code --add-opens java.base/java.lang=ALL-UNNAMED} (or
 * {@code =lemnos.runtime} on the module path).
 *
 * <p><b>Slices.</b> A virtual thread runs in slices. When the next one can be run, the JDK says so
 * to the thread's scheduler, which is us: {@link #execute}. To suspend, the body yields. Then the
 * next slice is announced at once, on the worker, which runs it when it is told to resume. If the
 * body yields or parks on its own, somewhere inside a lock or a sleep, the slice is announced when
 * it can go on, on any thread, maybe before the worker has noticed that the last one ended:
 *
 * <pre>
 * NONE      --(announced)-->     ANNOUNCED
 * ANNOUNCED --(resumed)-->       NONE
 * NONE      --(worker waits)-->  BLOCKED
 * BLOCKED   --(announced)-->     ANNOUNCED, and says that it can go on
 * </pre>
 *
 * <p><b>Others' slices.</b> A virtual thread that is started by another has the same scheduler, so
 * those that the body starts are announced here, too. They are passed on to the JDK's own pool.
 */
final class VirtualCoroutine extends Coroutine implements Executor {
  private static final int NONE = 0;
  private static final int ANNOUNCED = 1;
  private static final int BLOCKED = 2;

  private static final VarHandle SLICE;

  /** Of the builder of virtual threads that takes a scheduler; null if we cannot have it. */
  private static final @Nullable Constructor<?> BUILDER = builder();

  /** What runs virtual threads that have no scheduler of their own; null if we cannot have it. */
  private static final @Nullable Executor POOL = pool();

  static {
    try {
      SLICE = MethodHandles.lookup().findVarHandle(VirtualCoroutine.class, "slice", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Thread thread;
  private final Runnable unblocked;
  private boolean begun;

  /** The body suspends. Of the body in its turn, of the worker between turns. */
  private boolean suspended;

  /** What runs a slice of the body, always the same. Known when the thread has been started. */
  private @Nullable Runnable ownSlice;

  private volatile int slice = NONE;

  VirtualCoroutine(Seat seat, Runnable body, Runnable unblocked) {
    this.unblocked = unblocked;
    this.thread =
        builder(this)
            .name("lemnos-actor")
            .inheritInheritableThreadLocals(false)
            .unstarted(
                () -> {
                  Seat.take(seat);
                  try {
                    body.run();
                  } finally {
                    setDone();
                  }
                });
  }

  static boolean isAvailable() {
    return BUILDER != null && POOL != null;
  }

  private static @Nullable Constructor<?> builder() {
    if (!Thread.class.getModule().isOpen("java.lang", VirtualCoroutine.class.getModule())) {
      return null;
    }
    try {
      Constructor<?> builder =
          Class.forName("java.lang.ThreadBuilders$VirtualThreadBuilder")
              .getDeclaredConstructor(Executor.class);
      builder.setAccessible(true);
      return builder;
    } catch (ReflectiveOperationException e) {
      return null; // another JDK, which has it elsewhere
    }
  }

  private static @Nullable Executor pool() {
    if (BUILDER == null) {
      return null;
    }
    try {
      Field pool = Class.forName("java.lang.VirtualThread").getDeclaredField("DEFAULT_SCHEDULER");
      pool.setAccessible(true);
      return (Executor) pool.get(null);
    } catch (ReflectiveOperationException | ClassCastException e) {
      return null;
    }
  }

  private static Thread.Builder.OfVirtual builder(Executor scheduler) {
    if (BUILDER == null) {
      throw new IllegalStateException("this JVM was not started with --add-opens");
    }
    try {
      return (Thread.Builder.OfVirtual) BUILDER.newInstance(scheduler);
    } catch (InstantiationException | IllegalAccessException | InvocationTargetException e) {
      throw new LinkageError("the JDK has changed", e);
    }
  }

  @Override
  void resume() {
    if (!begun) {
      begun = true;
      thread.start(); // which announces the first slice
    }
    assert slice == ANNOUNCED : "resumed though it blocks";
    slice = NONE;
    Objects.requireNonNull(ownSlice).run();
  }

  @Override
  void suspend() {
    suspended = true;
    Thread.interrupted(); // nobody's business in the next turn
    Thread.yield();
    Thread.interrupted();
    if (suspended) {
      suspended = false;
      throw new IllegalStateException("a native frame of the stack keeps it from being suspended");
    }
  }

  @Override
  Thread thread() {
    return thread;
  }

  @Override
  boolean isBlocked() {
    return SLICE.compareAndSet(this, NONE, BLOCKED);
  }

  @Override
  void interrupt() {
    thread.interrupt();
  }

  /**
   * The JDK says that the next slice of the body can be run, or one of a thread that it started.
   */
  @Override
  public void execute(Runnable runSlice) {
    if (ownSlice == null) {
      ownSlice = runSlice; // nobody but start() can be the first
    } else if (ownSlice != runSlice) {
      Objects.requireNonNull(POOL).execute(runSlice);
      return;
    }
    suspended = false;
    if ((int) SLICE.getAndSet(this, ANNOUNCED) == BLOCKED) {
      unblocked.run();
    }
  }
}
