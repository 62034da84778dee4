package lemnos.runtime;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import lemnos.core.Pulse;
import lemnos.core.World;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds workers that are kept by one turn of an actor. It looks at each of them several times
 * within the limit, from a thread that is not theirs; whose position is the same as at the last
 * look has been kept for the time between. If the watchdog itself comes late, the machine or a
 * garbage collection has held up everybody, so a step counts no more than twice what it should be.
 */
final class Watchdog {
  /** How many looks there are within the limit. */
  static final int LOOKS = 5;

  /** So long the program may load and compile its classes, which is nobody's fault. */
  static final Duration WARM_UP = Duration.ofSeconds(3);

  /** The handler is told no more often than that in a minute. */
  static final int MAX_TOLD = 10;

  private static final long MINUTE_NANOS = Duration.ofMinutes(1).toNanos();
  private static final Logger LOG = LoggerFactory.getLogger(Watchdog.class);

  /** A worker that is watched. */
  private static final class Ward {
    final Worker worker;
    final Thread thread;
    long position = -1;
    long keptNanos;

    /** Tell of it when it has been kept for so long. */
    long tellNanos;

    Ward(Worker worker, Thread thread) {
      this.worker = worker;
      this.thread = thread;
    }
  }

  private final World world;
  private final long limitNanos;
  private final Consumer<? super Blocked> handler;
  private final List<Ward> wards = new ArrayList<>();
  private final long warmNanos;
  private long lastNanos;

  /** How often the handler was told since {@link #minuteNanos}. */
  private int told;

  private long minuteNanos;

  Watchdog(World world, Duration limit, Consumer<? super Blocked> handler) {
    this.world = world;
    this.limitNanos = Alarm.nanos(limit);
    this.handler = handler;
    this.lastNanos = world.nanoTime();
    this.warmNanos = lastNanos + WARM_UP.toNanos();
    this.minuteNanos = lastNanos;
  }

  /** Watches a worker, whose thread is {@code thread}. */
  void watch(Worker worker, Thread thread) {
    wards.add(new Ward(worker, thread));
  }

  /** How much time there should be between two looks. */
  long periodNanos() {
    return Math.max(1, limitNanos / LOOKS);
  }

  /** Looks at all workers. Always by the same thread. */
  void look() {
    long now = world.nanoTime();
    long step = Math.min(now - lastNanos, 2 * periodNanos());
    lastNanos = now;
    if (now - minuteNanos >= MINUTE_NANOS) {
      minuteNanos = now;
      told = 0;
    }
    for (Ward ward : wards) {
      long position = ward.worker.position();
      boolean rests = ward.worker.isPolling() || !ward.thread.isAlive();
      if (position != ward.position || rests || now <= warmNanos) {
        ward.position = position;
        ward.keptNanos = 0;
        ward.tellNanos = limitNanos;
      } else {
        ward.keptNanos += step;
        if (ward.keptNanos >= ward.tellNanos && told < MAX_TOLD) {
          ward.tellNanos = 10 * ward.keptNanos;
          tell(ward);
        }
      }
    }
  }

  private void tell(Ward ward) {
    Worker worker = ward.worker;
    Process<?> process = worker.gauges().process();
    String actor = Pulse.actorName(worker.loop());
    Thread own = process == null ? null : process.thread();
    Thread thread = own == null ? ward.thread : own;
    List<StackTraceElement> stack = StackTraces.ofTop(thread.getStackTrace());
    if (worker.position() != ward.position) {
      return; // it has gone on meanwhile: the stack may be anybody's
    }
    told++;
    String name = process != null ? process.toString() : actor != null ? actor : "the runtime";
    Duration time = Duration.ofNanos(ward.keptNanos);
    try {
      handler.accept(new Blocked(worker.id(), name, time, thread.getState(), stack));
    } catch (Throwable t) {
      LOG.error("the handler of blocked workers failed", t);
    }
  }

  /** What is done unless the program wants something else. */
  static void log(Blocked blocked) {
    var stack = new Throwable("stack of the worker");
    stack.setStackTrace(blocked.stack().toArray(StackTraceElement[]::new));
    LOG.atWarn()
        .addKeyValue("worker", blocked.worker())
        .addKeyValue("actor", blocked.actor())
        .addKeyValue("millis", blocked.time().toMillis())
        .addKeyValue("state", blocked.state())
        .setCause(stack)
        .log(
            blocked.state() == Thread.State.BLOCKED
                ? "an actor keeps its worker from everything else, for it wants a monitor: does an"
                    + " actor of the same worker wait while it holds that? Leave it before waiting"
                : "an actor keeps its worker from everything else: use a sync actor"
                    + " for what blocks");
  }
}
