package lemnos.core;

import org.jspecify.annotations.Nullable;

/**
 * The shapes of a behaviour: a method of an actor's class that is called through a queue and
 * answers nothing. Written as a method reference, {@code Light::set}; the last digit is the number
 * of arguments. More than four arguments travel as one record.
 *
 * <p>A behaviour may throw anything: the actor then ends with {@link StopCause.Failed}, and no
 * other actor notices. Use methods that are not overloaded, or the compiler cannot tell which is
 * meant.
 */
public final class Behaviour {
  private Behaviour() {}

  /** A behaviour without arguments. */
  @FunctionalInterface
  public interface Of0<A> {
    void run(A self) throws Exception;
  }

  /** A behaviour with one argument. */
  @FunctionalInterface
  public interface Of1<A, T extends @Nullable Object> {
    void run(A self, T a) throws Exception;
  }

  /** A behaviour with two arguments. */
  @FunctionalInterface
  public interface Of2<A, T extends @Nullable Object, U extends @Nullable Object> {
    void run(A self, T a, U b) throws Exception;
  }

  /** A behaviour with three arguments. */
  @FunctionalInterface
  public interface Of3<
      A, T extends @Nullable Object, U extends @Nullable Object, V extends @Nullable Object> {
    void run(A self, T a, U b, V c) throws Exception;
  }

  /** A behaviour with four arguments. */
  @FunctionalInterface
  public interface Of4<
      A,
      T extends @Nullable Object,
      U extends @Nullable Object,
      V extends @Nullable Object,
      W extends @Nullable Object> {
    void run(A self, T a, U b, V c, W d) throws Exception;
  }

  /** A behaviour whose one argument is an {@code int}, which is not boxed. */
  @FunctionalInterface
  public interface OfInt<A> {
    void run(A self, int a) throws Exception;
  }

  /** A behaviour whose one argument is a {@code long}, which is not boxed. */
  @FunctionalInterface
  public interface OfLong<A> {
    void run(A self, long a) throws Exception;
  }

  /** A behaviour whose one argument is a {@code double}, which is not boxed. */
  @FunctionalInterface
  public interface OfDouble<A> {
    void run(A self, double a) throws Exception;
  }
}
