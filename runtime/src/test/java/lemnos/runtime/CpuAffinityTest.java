package lemnos.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Workers on CPUs of their own (PARITY-heph row 36). */
@Timeout(300)
final class CpuAffinityTest {
  /** Does something on a thread that is not used for anything after that. */
  private static <T> T apart(Callable<T> task) throws Exception {
    var future = new FutureTask<>(task);
    Thread.ofPlatform().start(future);
    return future.get();
  }

  /** What the system itself says of the calling thread. */
  private static String allowedCpus() throws IOException {
    return Files.readAllLines(Path.of("/proc/thread-self/status")).stream()
        .filter(line -> line.startsWith("Cpus_allowed_list:"))
        .map(line -> line.replaceFirst(".*:\\s*", ""))
        .findFirst()
        .orElseThrow();
  }

  private static int[] cpus() throws Exception {
    return apart(CpuAffinity::ofThread).stream().toArray();
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aThreadIsBoundToEachCpuInTurn() throws Exception {
    int[] cpus = cpus();
    for (int i = 0; i < 2 * cpus.length; i++) {
      int index = i;
      List<Object> seen =
          apart(
              () ->
                  List.of(
                      CpuAffinity.bind(index, CpuAffinity.ofThread()),
                      allowedCpus(),
                      CpuAffinity.ofThread()));
      int cpu = cpus[i % cpus.length];
      var only = new BitSet();
      only.set(cpu);
      assertEquals(List.of(cpu, String.valueOf(cpu), only), seen);
    }
    assertThat(cpus()).as("other threads are not bound").isEqualTo(cpus);
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void eachWorkerHasItsCpu() throws Exception {
    int[] cpus = cpus();
    Map<Integer, List<Object>> seen = new ConcurrentHashMap<>();
    try (Runtime runtime = Run.setup(cpus.length + 1).cpuAffinity(true).build()) {
      runtime.runOnWorkers(
          ref -> seen.put(ref.workerId(), List.of(ref.cpu().getAsInt(), allowedCpus())));
      runtime.start();
      List<Integer> shown = new ArrayList<>();
      runtime.metrics().workers().forEach(worker -> shown.add(worker.cpu()));
      assertEquals(seen.size(), shown.size());
      for (int id = 1; id <= shown.size(); id++) {
        int cpu = cpus[(id - 1) % cpus.length];
        assertEquals(List.of(cpu, String.valueOf(cpu)), new TreeMap<>(seen).get(id));
        assertEquals(cpu, shown.get(id - 1));
      }
    }
  }

  @Test
  void otherwiseWorkersAreNotBound() throws Exception {
    try (Runtime runtime = Run.setup(1).build()) {
      runtime.runOnWorkers(ref -> assertEquals(OptionalInt.empty(), ref.cpu()));
      runtime.start();
      assertNull(runtime.metrics().workers().getFirst().cpu());
    }
  }

  @Test
  void theSetupRefusesWhereItIsNotPossible() {
    String os = System.getProperty("os.name");
    System.setProperty("os.name", "Mac OS X");
    try {
      Setup setup = Run.setup(1).cpuAffinity(false); // which is nothing to refuse
      var refusal =
          assertThrows(UnsupportedOperationException.class, () -> setup.cpuAffinity(true));
      assertEquals(
          "workers can be bound to CPUs on Linux alone, and this is Mac OS X",
          refusal.getMessage());
      assertFalse(setup.cpuAffinity());
    } finally {
      System.setProperty("os.name", os);
    }
  }

  @Test
  void whatTheSystemRefusesIsAWarningAndTheWorkerRunsOnAnyCpu() {
    try (var log = CapturedLog.of(CpuAffinity.class)) {
      var refusal = new IllegalStateException("sched_getaffinity failed with errno 1");
      int cpu =
          CpuAffinity.bindWorker(
              7,
              () -> {
                throw refusal;
              });
      assertEquals(-1, cpu);
      assertEquals(
          List.of("WARN a worker cannot be bound to a CPU: it runs on any worker=7"), log.lines());
      assertSame(refusal, log.events().getFirst().getThrowable());
    }
  }

  @Test
  void aRefusalSaysWhatToDo() {
    assertNull(CpuAffinity.refusal("Linux", true, "ALL-UNNAMED"));
    assertThat(CpuAffinity.refusal("Linux", false, "lemnos.runtime"))
        .endsWith("start the JVM with --enable-native-access=lemnos.runtime");
    assertThat(CpuAffinity.refusal("Mac OS X", true, "ALL-UNNAMED"))
        .isEqualTo("workers can be bound to CPUs on Linux alone, and this is Mac OS X");
  }
}
