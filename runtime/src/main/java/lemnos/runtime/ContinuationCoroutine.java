package lemnos.runtime;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import jdk.internal.vm.Continuation;
import jdk.internal.vm.ContinuationScope;
import org.jspecify.annotations.Nullable;

/**
 * The fast kind: the JDK's own continuation, which runs on the worker's thread. The JDK keeps that
 * for itself, so the JVM has to be started with {@code --add-opens
 * java.base/jdk.internal.vm=ALL-UNNAMED} (or {@code =lemnos.runtime} on the module path), and with
 * what {@link ScopedBindings} need.
 *
 * <p>It never moves to another thread: compiled code may keep what {@link Thread#currentThread}
 * said over a suspension, which is only sound if the answer cannot change.
 *
 * <p>It is entered past {@link Continuation#run}, which does for each turn what is needed for
 * continuations in continuations and for virtual threads, with three fences: a tenth of all that a
 * message costs. What we do need of it is here and in {@link ScopedBindings}.
 */
final class ContinuationCoroutine extends Coroutine {
  private static final boolean AVAILABLE = available();

  private final Continuation continuation;
  private boolean begun;

  /** What the body has bound between its turns; at first what is bound where it was made. */
  private @Nullable Object bindings;

  ContinuationCoroutine(Runnable body) {
    continuation = new Continuation(Switch.SCOPE, body);
    bindings = ScopedBindings.get();
  }

  private static boolean available() {
    Module ours = ContinuationCoroutine.class.getModule();
    try {
      return Object.class.getModule().isOpen("jdk.internal.vm", ours)
          && ScopedBindings.areAvailable()
          && Switch.ENTER.type().parameterCount() > 0;
    } catch (LinkageError e) {
      return false; // another JDK, which does it otherwise
    }
  }

  static boolean isAvailable() {
    return AVAILABLE;
  }

  @Override
  void resume() {
    Object outer = ScopedBindings.swap(bindings);
    boolean goesOn = begun;
    begun = true;
    try {
      Switch.ENTER.invokeExact(continuation, goesOn, false);
      VarHandle.releaseFence(); // as Continuation has it, against the compiler's changes of order
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable t) {
      throw new AssertionError(t);
    } finally {
      Object own = ScopedBindings.swap(outer);
      if (own != bindings) {
        bindings = own;
      }
    }
    if (continuation.isDone()) {
      setDone();
    }
  }

  @Override
  void suspend() {
    try {
      if (!(boolean) Switch.LEAVE.invokeExact(continuation)) {
        throw new AssertionError("a continuation that cannot be left throws an exception");
      }
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /** Apart, so that asking whether it is available loads nothing that is not open. */
  private static final class Switch {
    static final ContinuationScope SCOPE = new ContinuationScope("lemnos");

    /** Runs a continuation, whether it goes on, and is of a virtual thread, until it is left. */
    static final MethodHandle ENTER;

    /**
     * Leaves a continuation. It is the JDK's method behind {@link Continuation#yield} and no deeper
     * one: too long to be inlined, it keeps a compiled frame above the actor's own. Of a stack that
     * has interpreted frames the JVM brings back the upper two only, but slowly if one of these is
     * interpreted.
     */
    static final MethodHandle LEAVE;

    static {
      try {
        MethodHandles.Lookup jdk =
            MethodHandles.privateLookupIn(Continuation.class, MethodHandles.lookup());
        Class<Continuation> type = Continuation.class;
        ENTER =
            jdk.findStatic(
                type,
                "enterSpecial",
                MethodType.methodType(void.class, type, boolean.class, boolean.class));
        LEAVE =
            MethodHandles.insertArguments(
                jdk.findVirtual(
                    type,
                    "yield0",
                    MethodType.methodType(boolean.class, ContinuationScope.class, type)),
                1,
                SCOPE,
                null);
      } catch (ReflectiveOperationException e) {
        throw new ExceptionInInitializerError(e);
      }
    }

    private Switch() {}
  }
}
