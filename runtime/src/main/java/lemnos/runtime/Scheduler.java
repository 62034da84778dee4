package lemnos.runtime;

import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Chooses which of a worker's ready processes runs next: the one that has had the least run time,
 * weighted by priority; of two with the same, the one with the higher priority, then the one that
 * has been ready longer. Who was asleep, or is new, starts at the least of those that are ready,
 * and so neither waits for the others nor lets them wait until it has caught up.
 *
 * <p>Confined to its worker. Source: heph-rt's scheduler, with the minimum of Linux's CFS.
 */
final class Scheduler {
  private final PriorityQueue<Process<?>> ready = new PriorityQueue<>();

  /** The only one that is ready, if there is just one: then the queue is empty, and is spared. */
  private @Nullable Process<?> only;

  private long leastRuntime;
  private long arrivals;

  /** Adds a process that is able to run. */
  void add(Process<?> process) {
    process.runtime = Math.max(process.runtime, leastRuntime);
    process.arrival = arrivals++;
    if (isEmpty()) {
      only = process;
      return;
    }
    if (only != null) {
      ready.add(only);
      only = null;
    }
    ready.add(process);
  }

  /** Takes the process to run next, or null. */
  @Nullable Process<?> next() {
    Process<?> process = only == null ? ready.poll() : only;
    only = null;
    if (process != null) {
      leastRuntime = process.runtime;
    }
    return process;
  }

  /** The process to run next, or null. */
  @Nullable Process<?> peek() {
    return only == null ? ready.peek() : only;
  }

  /** Has {@code process} not run, if it was to. */
  void remove(Process<?> process) {
    if (only == process) {
      only = null;
    } else {
      ready.remove(process);
    }
  }

  boolean isEmpty() {
    return only == null && ready.isEmpty();
  }

  int size() {
    return only == null ? ready.size() : 1;
  }
}
