package lemnos.core;

import java.util.Arrays;
import java.util.List;
import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;

/**
 * Writes scenarios for Lincheck by hand: with few operations it gets through all their
 * interleavings, which it does not with those that it makes at random.
 */
final class Scenarios {
  private Scenarios() {}

  /**
   * What each thread does, as names of methods without parameters.
   *
   * @param check the name of the method that is called in the end
   */
  static ExecutionScenario of(Class<?> type, String check, String before, String... threads) {
    return new ExecutionScenario(
        actors(type, before),
        Arrays.stream(threads).map(thread -> actors(type, thread)).toList(),
        List.of(),
        actor(type, check));
  }

  private static List<Actor> actors(Class<?> type, String names) {
    return Arrays.stream(names.split(" "))
        .filter(name -> !name.isEmpty())
        .map(name -> actor(type, name))
        .toList();
  }

  private static Actor actor(Class<?> type, String name) {
    try {
      return new Actor(type.getMethod(name), List.of());
    } catch (NoSuchMethodException e) {
      throw new AssertionError(e);
    }
  }
}
