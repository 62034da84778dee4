package lemnos.runtime;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * What the {@link ScopedValue}s are bound to in the current thread. The JDK keeps that in the
 * thread, so actors that share one have to bring theirs with each turn and take them away after it.
 *
 * <p>That is not exported: the JVM has to be started with {@code --add-opens
 * java.base/java.lang=ALL-UNNAMED} (or {@code =lemnos.runtime} on the module path).
 */
final class ScopedBindings {
  /** The thread's field; null if we cannot have it. */
  private static final @Nullable VarHandle FIELD;

  /** Forgets the values that the thread has looked up; null if we cannot have it. */
  private static final @Nullable MethodHandle FORGET;

  private static final @Nullable Object NOTHING;

  static {
    VarHandle field = null;
    MethodHandle forget = null;
    Object nothing = null;
    if (Thread.class.getModule().isOpen("java.lang", ScopedBindings.class.getModule())) {
      try {
        MethodHandles.Lookup jdk =
            MethodHandles.privateLookupIn(Thread.class, MethodHandles.lookup());
        MethodHandle setCache =
            jdk.findStatic(
                Thread.class,
                "setScopedValueCache",
                MethodType.methodType(void.class, Object[].class));
        forget = MethodHandles.insertArguments(setCache, 0, (Object) null);
        nothing = jdk.findStaticVarHandle(Thread.class, "NEW_THREAD_BINDINGS", Object.class).get();
        field = jdk.findVarHandle(Thread.class, "scopedValueBindings", Object.class);
      } catch (ReflectiveOperationException e) {
        // another JDK, which has them elsewhere
      }
    }
    FIELD = field;
    FORGET = forget;
    NOTHING = nothing;
  }

  private ScopedBindings() {}

  static boolean areAvailable() {
    return FIELD != null;
  }

  /** As in a new thread, in the JDK's own terms. */
  static @Nullable Object nothing() {
    return NOTHING;
  }

  /** Binds {@link #nothing}, or everything as it was at some time. Returns how it was until now. */
  static @Nullable Object swap(@Nullable Object bindings) {
    if (FIELD == null || FORGET == null) {
      return null;
    }
    Thread thread = Thread.currentThread();
    Object before = FIELD.get(thread);
    if (before != bindings) { // mostly it is the same: nothing, and storing it takes a fence
      FIELD.set(thread, bindings);
      try {
        FORGET.invokeExact();
      } catch (Throwable t) {
        throw new AssertionError(t);
      }
    }
    return before;
  }
}
