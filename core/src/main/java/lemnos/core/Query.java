package lemnos.core;

import org.jspecify.annotations.Nullable;

/**
 * The shapes of a behaviour that answers by returning: {@code Light::isOn}. The digit is the number
 * of arguments. A query that throws ends its actor with {@link StopCause.Failed}, and whoever asked
 * is told that no answer came. A query may return {@code null}, which reaches the asker as "no
 * answer": answer with a value where the two must be told apart.
 */
public final class Query {
  private Query() {}

  /** A query without arguments. */
  @FunctionalInterface
  public interface Of0<A, R extends @Nullable Object> {
    R run(A self) throws Exception;
  }

  /** A query with one argument. */
  @FunctionalInterface
  public interface Of1<A, T extends @Nullable Object, R extends @Nullable Object> {
    R run(A self, T a) throws Exception;
  }

  /** A query with two arguments. */
  @FunctionalInterface
  public interface Of2<
      A, T extends @Nullable Object, U extends @Nullable Object, R extends @Nullable Object> {
    R run(A self, T a, U b) throws Exception;
  }

  /** A query with three arguments. */
  @FunctionalInterface
  public interface Of3<
      A,
      T extends @Nullable Object,
      U extends @Nullable Object,
      V extends @Nullable Object,
      R extends @Nullable Object> {
    R run(A self, T a, U b, V c) throws Exception;
  }

  /** A query with four arguments. */
  @FunctionalInterface
  public interface Of4<
      A,
      T extends @Nullable Object,
      U extends @Nullable Object,
      V extends @Nullable Object,
      W extends @Nullable Object,
      R extends @Nullable Object> {
    R run(A self, T a, U b, V c, W d) throws Exception;
  }
}
