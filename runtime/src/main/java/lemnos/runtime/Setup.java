package lemnos.runtime;

import java.nio.file.Path;
import java.util.function.Supplier;
import lemnos.core.Poller;
import lemnos.core.World;
import org.jspecify.annotations.Nullable;

/**
 * How a runtime is to be. Each method changes this setup and returns it; {@link #build} starts the
 * workers.
 */
public final class Setup {
  /** The greatest number of workers. */
  public static final int MAX_WORKERS = 1024;

  private String name = "lemnos";
  private int workers = 1;
  private Supplier<? extends Poller> pollers = Poller::parking;
  private World world = World.real();
  private boolean signals = true;
  private @Nullable Path traceFile;

  Setup() {}

  /** The name, which the threads carry. Default: {@code lemnos}. */
  public Setup name(String name) {
    if (name.isEmpty()) {
      throw new IllegalArgumentException("the name of a runtime must not be empty");
    }
    this.name = name;
    return this;
  }

  /** The number of workers, 1 to {@value #MAX_WORKERS}. Default: 1. */
  public Setup workers(int workers) {
    if (workers < 1 || workers > MAX_WORKERS) {
      throw new IllegalArgumentException(
          "workers is " + workers + "; it must be 1 to " + MAX_WORKERS);
    }
    this.workers = workers;
    return this;
  }

  /** As many workers as the machine has cores for this process. */
  public Setup useAllCores() {
    return workers(Math.min(java.lang.Runtime.getRuntime().availableProcessors(), MAX_WORKERS));
  }

  /** What each worker sleeps on; made on the worker's thread. Default: it parks, without I/O. */
  public Setup poller(Supplier<? extends Poller> pollers) {
    this.pollers = pollers;
    return this;
  }

  /** Where time and threads come from. Default: the real world. */
  public Setup world(World world) {
    this.world = world;
    return this;
  }

  /** Whether the process's signals are relayed to actors. Default: yes. */
  public Setup signals(boolean signals) {
    this.signals = signals;
    return this;
  }

  /**
   * Records what the runtime and its actors do, in a file that {@link #build} makes; it must not
   * exist. {@code ./lemnos trace convert} makes of it what Chrome and Perfetto show. Default: no
   * file. Whatever is chosen here, JDK Flight Recorder gets the same as events {@code lemnos.Span}
   * while a recording wants them.
   */
  public Setup tracing(Path file) {
    this.traceFile = file;
    return this;
  }

  /**
   * Builds the runtime and starts its workers.
   *
   * @throws java.io.UncheckedIOException if the file for the trace exists or cannot be made
   */
  public Runtime build() {
    return new Runtime(this);
  }

  String name() {
    return name;
  }

  int workers() {
    return workers;
  }

  Supplier<? extends Poller> pollers() {
    return pollers;
  }

  World world() {
    return world;
  }

  boolean signals() {
    return signals;
  }

  @Nullable Path traceFile() {
    return traceFile;
  }
}
