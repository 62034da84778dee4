package lemnos.runtime;

import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Supplier;
import lemnos.core.Driver;
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

  /** How many sequential actors have a turn between two polls, unless another number is given. */
  public static final int DEFAULT_RUN_POLL_RATIO = 32;

  /** How long one turn may keep its worker before the watchdog tells of it. */
  public static final Duration DEFAULT_WATCHDOG = Duration.ofMillis(50);

  private String name = "lemnos";
  private int workers = 1;
  private Supplier<? extends Poller> pollers = Poller::parking;
  private World world = World.real();
  private boolean signals = true;
  private boolean cpuAffinity;
  private Duration watchdog = DEFAULT_WATCHDOG;
  private Consumer<? super Blocked> onBlocked = Watchdog::log;
  private @Nullable Path traceFile;
  private int runPollRatio = DEFAULT_RUN_POLL_RATIO;
  private Duration maxRunTime = Duration.ofNanos(Driver.MAX_RUN_NANOS);
  private ActorOptions actorOptions = ActorOptions.standard();

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

  /** Whether the process's signals are {@linkplain Signal relayed} to actors. Default: yes. */
  public Setup signals(boolean signals) {
    this.signals = signals;
    return this;
  }

  /**
   * Whether each worker is bound to a CPU of its own: the first worker to the first CPU that the
   * process may use, and so on, from the first again if there are fewer CPUs. Actors on virtual
   * threads, which a JVM without the flags for coroutines uses, are not bound. Default: no.
   *
   * @throws UnsupportedOperationException if workers cannot be bound: not on Linux, or without
   *     {@code --enable-native-access}
   */
  public Setup cpuAffinity(boolean cpuAffinity) {
    String refusal = cpuAffinity ? CpuAffinity.refusal() : null;
    if (refusal != null) {
      throw new UnsupportedOperationException(refusal);
    }
    this.cpuAffinity = cpuAffinity;
    return this;
  }

  /**
   * How many sequential actors have a turn between two polls for I/O and timers at most: more of
   * them cost less, and let events wait for longer. Default: {@value #DEFAULT_RUN_POLL_RATIO}.
   */
  public Setup runPollRatio(int turns) {
    if (turns < 1) {
      throw new IllegalArgumentException("runPollRatio is " + turns + "; it must be at least 1");
    }
    this.runPollRatio = turns;
    return this;
  }

  /**
   * How long actors run between two polls, but for the turn that was begun last. Default: 5
   * milliseconds.
   */
  public Setup maxRunTime(Duration time) {
    if (!time.isPositive()) {
      throw new IllegalArgumentException("maxRunTime is " + time + "; it must be positive");
    }
    this.maxRunTime = time;
    return this;
  }

  /**
   * What {@link Runtime#actorOptions} gives, for code that spawns actors and leaves the size of
   * their inboxes and their priority to the program. Default: {@link ActorOptions#standard}.
   */
  public Setup actorOptions(ActorOptions options) {
    this.actorOptions = options;
    return this;
  }

  /**
   * How long one turn of an actor, or one behaviour, may keep its worker before {@link #onBlocked}
   * is told; zero for as long as it likes. The thread in {@link Runtime#start} watches, five times
   * within that limit, but not in the runtime's first three seconds, when classes are loaded.
   * Default: 50 milliseconds.
   */
  public Setup watchdog(Duration limit) {
    if (limit.isNegative()) {
      throw new IllegalArgumentException(
          "the limit of the watchdog is " + limit + "; it must be positive, or zero for none");
    }
    this.watchdog = limit;
    return this;
  }

  /**
   * What is done when an actor keeps its worker for longer than {@link #watchdog} allows: told once
   * at the limit, and again whenever the time has grown tenfold, but at most ten times a minute.
   * Called by the thread in {@link Runtime#start}; must be quick. Default: a warning is logged,
   * with the stack.
   */
  public Setup onBlocked(Consumer<? super Blocked> handler) {
    this.onBlocked = handler;
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

  Duration watchdog() {
    return watchdog;
  }

  Consumer<? super Blocked> onBlocked() {
    return onBlocked;
  }

  int runPollRatio() {
    return runPollRatio;
  }

  Duration maxRunTime() {
    return maxRunTime;
  }

  ActorOptions actorOptions() {
    return actorOptions;
  }

  boolean cpuAffinity() {
    return cpuAffinity;
  }

  @Nullable Path traceFile() {
    return traceFile;
  }
}
