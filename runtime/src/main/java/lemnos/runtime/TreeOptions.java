package lemnos.runtime;

import java.time.Duration;

/**
 * How a {@link SupervisorTree} is to be.
 *
 * @param name what logs call it
 * @param strategy who is restarted when a child has failed
 * @param maxRestarts how many failures within any period of {@code window} lead to a restart; one
 *     more, and the tree gives up
 * @param window see {@code maxRestarts}
 * @param backoff the pause before a restart
 */
public record TreeOptions(
    String name, Strategy strategy, int maxRestarts, Duration window, Backoff backoff) {
  /** OTP's defaults. */
  private static final TreeOptions DEFAULT =
      new TreeOptions("tree", Strategy.ONE_FOR_ONE, 1, Duration.ofSeconds(5), Backoff.NONE);

  public TreeOptions {
    RestartLog.check(maxRestarts, window);
  }

  /** One for one, at most one restart in 5 seconds, without a pause. */
  public static TreeOptions standard() {
    return DEFAULT;
  }

  public TreeOptions withName(String name) {
    return new TreeOptions(name, strategy, maxRestarts, window, backoff);
  }

  public TreeOptions withStrategy(Strategy strategy) {
    return new TreeOptions(name, strategy, maxRestarts, window, backoff);
  }

  public TreeOptions withIntensity(int maxRestarts, Duration window) {
    return new TreeOptions(name, strategy, maxRestarts, window, backoff);
  }

  public TreeOptions withBackoff(Backoff backoff) {
    return new TreeOptions(name, strategy, maxRestarts, window, backoff);
  }
}
