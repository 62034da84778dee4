package lemnos.runtime;

import jdk.internal.vm.Continuation;
import jdk.internal.vm.ContinuationScope;
import org.jspecify.annotations.Nullable;

/**
 * The fast kind: the JDK's own continuation, which runs on the worker's thread. The JDK does not
 * export it, so the JVM has to be started with {@code --add-exports
 * java.base/jdk.internal.vm=ALL-UNNAMED} (or {@code =lemnos.runtime} on the module path).
 *
 * <p>It never moves to another thread: compiled code may keep what {@link Thread#currentThread}
 * said over a suspension, which is only sound if the answer cannot change.
 */
final class ContinuationCoroutine extends Coroutine {
  private static final boolean AVAILABLE =
      Object.class
          .getModule()
          .isExported("jdk.internal.vm", ContinuationCoroutine.class.getModule());

  private final Continuation continuation;

  /** What the body has bound between its turns; at first what is bound where it was made. */
  private @Nullable Object bindings;

  ContinuationCoroutine(Runnable body) {
    continuation = new Continuation(Scope.SCOPE, body);
    bindings = ScopedBindings.get();
  }

  static boolean isAvailable() {
    return AVAILABLE;
  }

  @Override
  void resume() {
    Object outer = ScopedBindings.swap(bindings);
    try {
      continuation.run();
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
    Continuation.yield(Scope.SCOPE);
  }

  /** Apart, so that asking whether it is available loads nothing that is not exported. */
  private static final class Scope {
    static final ContinuationScope SCOPE = new ContinuationScope("lemnos");
  }
}
