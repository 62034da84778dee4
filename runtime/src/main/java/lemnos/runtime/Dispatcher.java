package lemnos.runtime;

import org.jspecify.annotations.Nullable;

/** Gives processes their turns on a worker, and has them charged. Of the worker's thread alone. */
final class Dispatcher {
  private final Worker worker;
  private final Gauges gauges;
  private final Tracer tracer;
  private final Spinner spinner;
  private final TurnClock clock;

  Dispatcher(Worker worker, Spinner spinner) {
    this.worker = worker;
    this.gauges = worker.gauges();
    this.tracer = worker.tracer();
    this.spinner = spinner;
    this.clock = new TurnClock(worker.world());
  }

  /** What tells how much turns are charged: to be told when a run of them begins and ends. */
  TurnClock clock() {
    return clock;
  }

  /** Gives a process, if any, a turn by itself. Returns the time after that. */
  long runOne(@Nullable Process<?> process, long now) {
    if (process == null) {
      return now;
    }
    clock.beginExactly(now);
    run(process);
    return clock.end(1);
  }

  /** Gives {@code process} its turn, in the run that the clock has been told of. */
  void run(Process<?> process) {
    process.begin(worker);
    spinner.turnBegins();
    gauges.begin(process);
    TraceTiming timing = tracer.start();
    clock.turnBegins();
    try {
      process.resume();
    } finally {
      gauges.end();
      Thread.interrupted(); // the same of a process
      if (timing != null) {
        tracer.finishTurn(timing, process); // before another worker may give it a turn
      }
      process.runtime += clock.turnEnds() * process.weight();
      process.settle();
    }
  }
}
