package lemnos.runtime;

import java.time.Duration;
import lemnos.core.World;
import org.jspecify.annotations.Nullable;

/** Restarts while there were fewer than so many restarts in the window that ends now. */
record RestartSupervisor<T extends @Nullable Object>(T argument, RestartLog restarts)
    implements Supervisor<T> {
  RestartSupervisor(T argument, int maxRestarts, Duration window) {
    this(argument, new RestartLog(maxRestarts, window, Backoff.NONE));
  }

  @Override
  public Decision<T> decide(Throwable error) {
    Worker worker = Worker.currentOrNull();
    return decide((worker == null ? World.real() : worker.world()).nanoTime());
  }

  Decision<T> decide(long now) {
    Duration pause = restarts.restart(now);
    return pause == null ? new Decision.Stop<>() : new Decision.Restart<>(argument, pause);
  }
}
