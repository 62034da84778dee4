package lemnos.runtime;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * What the {@link ScopedValue}s are bound to in the current thread. The JDK keeps that in the
 * thread, so actors that share one have to bring theirs with each turn and take them away after it.
 *
 * <p>The field is not exported: the JVM has to be started with {@code --add-opens
 * java.base/java.lang=ALL-UNNAMED} (or {@code =lemnos.runtime} on the module path).
 */
final class ScopedBindings {
  /** The thread's field; null if we cannot have it. */
  private static final @Nullable VarHandle FIELD = field();

  private ScopedBindings() {}

  private static @Nullable VarHandle field() {
    if (!Thread.class.getModule().isOpen("java.lang", ScopedBindings.class.getModule())) {
      return null;
    }
    try {
      return MethodHandles.privateLookupIn(Thread.class, MethodHandles.lookup())
          .findVarHandle(Thread.class, "scopedValueBindings", Object.class);
    } catch (ReflectiveOperationException e) {
      return null; // another JDK, which has them elsewhere
    }
  }

  static boolean areAvailable() {
    return FIELD != null;
  }

  /** What is bound, in the JDK's own terms. */
  static @Nullable Object get() {
    return FIELD == null ? null : FIELD.get(Thread.currentThread());
  }

  /** Binds everything as it was at some {@link #get}. Returns how it was until now. */
  static @Nullable Object swap(@Nullable Object bindings) {
    if (FIELD == null) {
      return null;
    }
    Thread thread = Thread.currentThread();
    Object before = FIELD.get(thread);
    if (before != bindings) { // mostly it is the same: nothing, and storing it takes a fence
      FIELD.set(thread, bindings);
    }
    return before;
  }
}
