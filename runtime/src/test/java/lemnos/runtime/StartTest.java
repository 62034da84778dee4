package lemnos.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a runtime is set up as, and what it says of that when it starts. */
@Timeout(300)
final class StartTest {
  @TempDir Path folder;

  @Test
  void oneLineSaysWhatWasStarted() throws Exception {
    Path trace = folder.resolve("x.trace");
    try (var log = CapturedLog.of(Runtime.class)) {
      Run.on(Run.setup(2).name("app").tracing(trace), ref -> {});
      assertThat(log.lines().stream().filter(line -> line.contains("started")))
          .singleElement()
          .asString()
          .startsWith("INFO runtime started name=app workers=2 poller=parking coroutines=")
          .endsWith(" cpu_affinity=false signals=[] trace_file=" + trace);
    }
  }

  @Test
  void theProgramsOptionsForActorsAreAtHand() throws Exception {
    ActorOptions options = ActorOptions.standard().withInboxSize(64).withPriority(Priority.LOW);
    try (Runtime runtime = Run.setup(1).actorOptions(options).build()) {
      assertEquals(options, runtime.actorOptions());
      runtime.runOnWorkers(ref -> assertEquals(options, ref.actorOptions()));
      runtime.start();
    }
  }

  @Test
  void threadsCarryTheName() throws Exception {
    Set<String> names = new ConcurrentSkipListSet<>();
    Run.on(Run.setup(2).name("app"), ref -> names.add(Thread.currentThread().getName()));
    assertEquals(new TreeSet<>(Set.of("app-worker-1", "app-worker-2")), names);
  }

  @Test
  void allCoresAreThoseOfTheProcess() {
    int cores = java.lang.Runtime.getRuntime().availableProcessors();
    try (Runtime runtime = Runtime.setup().signals(false).useAllCores().build()) {
      assertEquals(cores, runtime.workers());
    }
  }

  @Test
  void whatMakesNoSenseIsRefused() {
    assertThat(assertThrows(IllegalArgumentException.class, () -> Runtime.setup().name("")))
        .hasMessage("the name of a runtime must not be empty");
    for (int number : new int[] {0, -1, Setup.MAX_WORKERS + 1}) {
      assertThat(assertThrows(IllegalArgumentException.class, () -> Run.setup(number)))
          .hasMessage("workers is " + number + "; it must be 1 to 1024");
    }
    assertThat(assertThrows(IllegalArgumentException.class, () -> Run.setup(1).runPollRatio(0)))
        .hasMessage("runPollRatio is 0; it must be at least 1");
    assertThat(
            assertThrows(
                IllegalArgumentException.class, () -> Run.setup(1).maxRunTime(Duration.ZERO)))
        .hasMessage("maxRunTime is PT0S; it must be positive");
  }
}
