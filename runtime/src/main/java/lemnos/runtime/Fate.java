package lemnos.runtime;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Makes the actor of a process for each of its lives, and decides what follows the end of one. Its
 * methods are called by whoever makes the process, and later by the workers, one at a time.
 */
sealed interface Fate<M> permits Supervision, TaskFate, Offspring {
  /** Makes the actor for the next life of {@code process}. */
  ActorBody<M> make(Process<M> process) throws Exception;

  /**
   * A life has ended, and the runtime does not want it to have been the last. Calls one of {@link
   * Process#restart}, {@link Process#hold} and {@link Process#end}.
   *
   * @param error what the actor threw; null if it returned, or was stopped in an orderly manner
   */
  void ended(Process<M> process, @Nullable Throwable error);

  /** The actor could not be made for another life. As {@link #ended} otherwise. */
  void notMade(Process<M> process, Throwable error);

  /** The process has ended for good. May be called more than once, and by any thread. */
  void gone(Process<M> process);

  /** Warns of what went wrong, even if the exception fails when it is asked for its text. */
  static void warn(String message, Process<?> process, Throwable error) {
    log(Level.WARN, message, process, error);
  }

  /** As {@link #warn}. */
  static void log(Level level, String message, Process<?> process, Throwable error) {
    Logger log = LoggerFactory.getLogger(Process.class);
    try {
      log.atLevel(level).addKeyValue("actor", process).setCause(error).log(message);
    } catch (Throwable t) {
      log.atLevel(level)
          .addKeyValue("actor", process)
          .addKeyValue("error", error.getClass().getName())
          .log(message + "; the error cannot be printed");
    }
  }

  /** Traces a restart of {@code process} that was decided on since {@code timing}. */
  static void traceRestart(@Nullable TraceTiming timing, Process<?> process) {
    if (timing != null) {
      process
          .tracer()
          .finish(
              timing,
              process.number(),
              process.restartingEvent(),
              TraceAttribute.of("name", process.toString()));
    }
  }
}
