package lemnos.runtime;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a worker was doing at the end of its last round, between running and polling. Source: heph-rt
 * 0.4.1, whose keys the logged line has.
 *
 * @param id its number, 1 for the first
 * @param cpu the CPU that it is bound to; null if it is to none
 * @param ready the actors of its own that wait for their turn
 * @param inactive the actors of its own that wait for something else
 * @param timers the timers that are armed now
 * @param nextTimer how long until the next of them; null if there is none, zero if it is due
 * @param signalReceivers the actors that get signals through this worker
 * @param cpuTime the time that its thread has used; zero if the JVM does not measure that
 * @param traceCount how many events it has traced
 */
public record WorkerMetrics(
    int id,
    @Nullable Integer cpu,
    int ready,
    int inactive,
    int timers,
    @Nullable Duration nextTimer,
    int signalReceivers,
    Duration cpuTime,
    long traceCount) {

  /** As they are logged. */
  Map<String, @Nullable Object> pairs() {
    Map<String, @Nullable Object> pairs = new LinkedHashMap<>();
    pairs.put("worker_id", id);
    pairs.put("cpu_affinity", cpu);
    pairs.put("scheduler_ready", ready);
    pairs.put("scheduler_inactive", inactive);
    pairs.put("timers_total", timers);
    pairs.put("timers_next", nextTimer);
    pairs.put("process_signal_receivers", signalReceivers);
    pairs.put("cpu_time", cpuTime);
    pairs.put("trace_counter", traceCount);
    return pairs;
  }
}
