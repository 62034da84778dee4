package lemnos.core;

import org.jspecify.annotations.Nullable;

/**
 * The shapes of a function that makes an actor's state: usually its constructor, {@code
 * Light::new}. It runs on the actor's loop, as a queued call, and gets the actor's context first.
 *
 * <p>Returning {@code null} means "not ready yet": the function has arranged that another init call
 * will come (by {@link Core#after}, {@link Cx#retInit} or {@link Cx#init}). Until one of them
 * returns the state, calls to the actor wait; they then run at once, in the order in which they
 * were made, before anything that the init function queued (Stakker's Prep state).
 */
public final class Init {
  private Init() {}

  /** An init function without arguments. */
  @FunctionalInterface
  public interface Of0<A> {
    @Nullable A make(Cx<A> cx) throws Exception;
  }

  /** An init function with one argument. */
  @FunctionalInterface
  public interface Of1<A, T extends @Nullable Object> {
    @Nullable A make(Cx<A> cx, T a) throws Exception;
  }

  /** An init function with two arguments. */
  @FunctionalInterface
  public interface Of2<A, T extends @Nullable Object, U extends @Nullable Object> {
    @Nullable A make(Cx<A> cx, T a, U b) throws Exception;
  }

  /** An init function with three arguments. */
  @FunctionalInterface
  public interface Of3<
      A, T extends @Nullable Object, U extends @Nullable Object, V extends @Nullable Object> {
    @Nullable A make(Cx<A> cx, T a, U b, V c) throws Exception;
  }

  /** An init function with four arguments. */
  @FunctionalInterface
  public interface Of4<
      A,
      T extends @Nullable Object,
      U extends @Nullable Object,
      V extends @Nullable Object,
      W extends @Nullable Object> {
    @Nullable A make(Cx<A> cx, T a, U b, V c, W d) throws Exception;
  }
}
