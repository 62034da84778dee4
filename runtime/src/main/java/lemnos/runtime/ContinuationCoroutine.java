package lemnos.runtime;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import jdk.internal.vm.Continuation;
import jdk.internal.vm.ContinuationScope;
import jdk.internal.vm.StackChunk;
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
  /** Up to how many words a stack is so small that others have room on top of it: 8 KiB. */
  private static final int MAX_SHALLOW_WORDS = 1024;

  private static final boolean AVAILABLE = available();

  private final Continuation continuation;
  private boolean begun;
  private boolean isShallow;

  /** What the body has bound, between its turns. Where it was made another's may be. */
  private @Nullable Object bindings = ScopedBindings.nothing();

  ContinuationCoroutine(Runnable body) {
    continuation = new Continuation(Switch.SCOPE, body);
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
    } else {
      isShallow = Switch.isWithin(MAX_SHALLOW_WORDS, continuation);
    }
  }

  @Override
  boolean isShallow() {
    return isShallow;
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

    // A stack that has been left: its upper chunk, and of each chunk the next one, its size and how
    // much of that is free, in words.
    private static final VarHandle TAIL;
    private static final VarHandle PARENT;
    private static final VarHandle SIZE;
    private static final VarHandle SP;

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
        TAIL = jdk.findVarHandle(type, "tail", StackChunk.class);
        MethodHandles.Lookup chunk =
            MethodHandles.privateLookupIn(StackChunk.class, MethodHandles.lookup());
        PARENT = chunk.findVarHandle(StackChunk.class, "parent", StackChunk.class);
        SIZE = chunk.findVarHandle(StackChunk.class, "size", int.class);
        SP = chunk.findVarHandle(StackChunk.class, "sp", int.class);
      } catch (ReflectiveOperationException e) {
        throw new ExceptionInInitializerError(e);
      }
    }

    private Switch() {}

    /** Whether the stack that a continuation has left takes at most {@code words}. */
    static boolean isWithin(int words, Continuation continuation) {
      int left = words;
      for (var chunk = (StackChunk) TAIL.get(continuation);
          chunk != null && left >= 0;
          chunk = (StackChunk) PARENT.get(chunk)) {
        left -= (int) SIZE.get(chunk) - (int) SP.get(chunk);
      }
      return left >= 0;
    }
  }
}
