package lemnos.core;

import org.jspecify.annotations.Nullable;

/**
 * Calls code that is known by its number of arguments only. The types were checked by the caller.
 */
@SuppressWarnings("unchecked")
final class Invocation {
  private Invocation() {}

  /** Runs a behaviour with a primitive argument. */
  static <A> void run(A self, int shape, Object code, long bits) throws Exception {
    switch (shape) {
      case CallQueue.RUN_INT -> ((Behaviour.OfInt<A>) code).run(self, (int) bits);
      case CallQueue.RUN_LONG -> ((Behaviour.OfLong<A>) code).run(self, bits);
      default -> ((Behaviour.OfDouble<A>) code).run(self, Double.longBitsToDouble(bits));
    }
  }

  /** Runs a query; returns its result. */
  static <A> @Nullable Object ask(
      A self,
      int arguments,
      Object code,
      @Nullable Object a,
      @Nullable Object b,
      @Nullable Object c,
      @Nullable Object d)
      throws Exception {
    return switch (arguments) {
      case 0 -> ((Query.Of0<A, @Nullable Object>) code).run(self);
      case 1 -> ((Query.Of1<A, @Nullable Object, @Nullable Object>) code).run(self, a);
      case 2 ->
          ((Query.Of2<A, @Nullable Object, @Nullable Object, @Nullable Object>) code)
              .run(self, a, b);
      case 3 ->
          ((Query.Of3<A, @Nullable Object, @Nullable Object, @Nullable Object, @Nullable Object>)
                  code)
              .run(self, a, b, c);
      default ->
          ((Query.Of4<
                      A,
                      @Nullable Object,
                      @Nullable Object,
                      @Nullable Object,
                      @Nullable Object,
                      @Nullable Object>)
                  code)
              .run(self, a, b, c, d);
    };
  }

  /** Runs an init function; returns the actor's state, or null if that is still to come. */
  static <A> @Nullable A make(
      Cx<A> cx,
      int arguments,
      Object code,
      @Nullable Object a,
      @Nullable Object b,
      @Nullable Object c,
      @Nullable Object d)
      throws Exception {
    return switch (arguments) {
      case 0 -> ((Init.Of0<A>) code).make(cx);
      case 1 -> ((Init.Of1<A, @Nullable Object>) code).make(cx, a);
      case 2 -> ((Init.Of2<A, @Nullable Object, @Nullable Object>) code).make(cx, a, b);
      case 3 ->
          ((Init.Of3<A, @Nullable Object, @Nullable Object, @Nullable Object>) code)
              .make(cx, a, b, c);
      default ->
          ((Init.Of4<A, @Nullable Object, @Nullable Object, @Nullable Object, @Nullable Object>)
                  code)
              .make(cx, a, b, c, d);
    };
  }
}
