package lemnos.runtime;

import java.time.Duration;
import java.time.temporal.ChronoUnit;

/**
 * How a {@link SupervisorTree} is to be.
 *
 * @param name what logs call it
 * @param strategy who is restarted when a child has failed
 * @param maxRestarts how many failures within any period of {@code window} lead to a restart; one
 *     more, and the tree gives up
 * @param window see {@code maxRestarts}
 * @param backoff the pause before a restart
 * @param shutdown how long an actor has to end by itself when the tree {@linkplain
 *     SupervisorTree#stop ends}
 * @param patience how long an actor whose life was ended has to notice, before the tree goes on, or
 *     ends, without it; {@link ChronoUnit#FOREVER} if it is waited for. Like any other time, it is
 *     over when a worker is free to see that: so not while such actors keep all of them
 */
public record TreeOptions(
    String name,
    Strategy strategy,
    int maxRestarts,
    Duration window,
    Backoff backoff,
    Duration shutdown,
    Duration patience) {
  /** OTP's defaults, but for the last two. */
  private static final TreeOptions DEFAULT =
      new TreeOptions(
          "tree",
          Strategy.ONE_FOR_ONE,
          1,
          Duration.ofSeconds(5),
          Backoff.NONE,
          Duration.ZERO,
          ChronoUnit.FOREVER.getDuration());

  public TreeOptions {
    RestartLog.check(maxRestarts, window);
    if (shutdown.isNegative()) {
      throw new IllegalArgumentException(
          "shutdown is " + shutdown + "; it must be positive, or zero for none");
    }
    if (!patience.isPositive()) {
      throw new IllegalArgumentException(
          "patience is " + patience + "; it must be positive: no actor ends before its next wait");
    }
  }

  /**
   * One for one, at most one restart in 5 seconds, without a pause; no time to end, but patience.
   */
  public static TreeOptions standard() {
    return DEFAULT;
  }

  public TreeOptions withName(String name) {
    return new TreeOptions(name, strategy, maxRestarts, window, backoff, shutdown, patience);
  }

  public TreeOptions withStrategy(Strategy strategy) {
    return new TreeOptions(name, strategy, maxRestarts, window, backoff, shutdown, patience);
  }

  public TreeOptions withIntensity(int maxRestarts, Duration window) {
    return new TreeOptions(name, strategy, maxRestarts, window, backoff, shutdown, patience);
  }

  public TreeOptions withBackoff(Backoff backoff) {
    return new TreeOptions(name, strategy, maxRestarts, window, backoff, shutdown, patience);
  }

  public TreeOptions withShutdown(Duration shutdown) {
    return new TreeOptions(name, strategy, maxRestarts, window, backoff, shutdown, patience);
  }

  public TreeOptions withPatience(Duration patience) {
    return new TreeOptions(name, strategy, maxRestarts, window, backoff, shutdown, patience);
  }
}
