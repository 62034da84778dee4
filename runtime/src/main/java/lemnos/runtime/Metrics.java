package lemnos.runtime;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * How a runtime is doing. Source: heph-rt 0.4.1, whose keys the logged line has, but for {@code
 * lemnos_version}.
 *
 * @param version of Lemnos; "unknown" if it was not started from its jars
 * @param host the machine
 * @param name the name of the runtime
 * @param processId the number of the operating system's process
 * @param parentProcessId the number of the process that started it; null if that is not known
 * @param uptime since the runtime was built
 * @param workerThreads the workers that run
 * @param syncActors the sync actors that run
 * @param sharedReady the thread-safe actors that wait for a turn
 * @param sharedInactive the thread-safe actors that wait for something else
 * @param sharedTimers the thread-safe actors for which a timer is armed
 * @param sharedNextTimer how long until the next of them; null if there is none, zero if it is due
 * @param signals the signals that are relayed
 * @param signalReceivers the actors that get signals, but for those of the workers
 * @param cpuTime the time that the coordinator's thread has used; zero if it does not run, or the
 *     JVM does not measure that
 * @param totalCpuTime the time that the process has used
 * @param traceFile where events are traced to; null if nowhere
 * @param traceCount how many events the coordinator and the thread-safe actors have traced
 * @param workers each worker
 */
public record Metrics(
    String version,
    Host host,
    String name,
    long processId,
    @Nullable Long parentProcessId,
    Duration uptime,
    int workerThreads,
    int syncActors,
    int sharedReady,
    int sharedInactive,
    int sharedTimers,
    @Nullable Duration sharedNextTimer,
    Set<Signal> signals,
    int signalReceivers,
    Duration cpuTime,
    Duration totalCpuTime,
    @Nullable Path traceFile,
    long traceCount,
    List<WorkerMetrics> workers) {
  /** The one logger that is not called as its class: what is a metric is picked out by it. */
  private static final Logger LOG = LoggerFactory.getLogger("metrics");

  /** As they are logged, but for the workers. */
  Map<String, @Nullable Object> pairs() {
    Map<String, @Nullable Object> pairs = new LinkedHashMap<>();
    pairs.put("lemnos_version", version);
    pairs.put("host_os", host.os());
    pairs.put("host_arch", host.arch());
    pairs.put("host_name", host.name());
    pairs.put("host_id", host.id());
    pairs.put("app_name", name);
    pairs.put("process_id", processId);
    pairs.put("parent_process_id", parentProcessId);
    pairs.put("uptime", uptime);
    pairs.put("worker_threads", workerThreads);
    pairs.put("sync_actors", syncActors);
    pairs.put("shared_scheduler_ready", sharedReady);
    pairs.put("shared_scheduler_inactive", sharedInactive);
    pairs.put("shared_timers_total", sharedTimers);
    pairs.put("shared_timers_next", sharedNextTimer);
    pairs.put("process_signals", signals);
    pairs.put("process_signal_receivers", signalReceivers);
    pairs.put("cpu_time", cpuTime);
    pairs.put("total_cpu_time", totalCpuTime);
    pairs.put("trace_file", traceFile);
    pairs.put("trace_counter", traceCount);
    return pairs;
  }

  /** Writes the line that SIGUSR2 asks for. */
  void log() {
    log("coordinator metrics", pairs());
  }

  @SuppressWarnings("NullAway") // SLF4J is unannotated: it takes null values
  static void log(String message, Map<String, @Nullable Object> pairs) {
    LoggingEventBuilder event = LOG.atInfo();
    for (var pair : pairs.entrySet()) {
      event = event.addKeyValue(pair.getKey(), pair.getValue());
    }
    event.log(message);
  }
}
