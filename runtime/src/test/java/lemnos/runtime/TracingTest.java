package lemnos.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import lemnos.core.World;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a runtime traces of itself and for its actors. */
@Timeout(300)
final class TracingTest {
  @TempDir Path folder;

  private Path file() {
    return folder.resolve("test.trace");
  }

  private List<TraceEvent> read() throws IOException {
    List<TraceEvent> events = new ArrayList<>();
    try (var reader = TraceReader.open(file())) {
      for (TraceEvent event = reader.next(); event != null; event = reader.next()) {
        events.add(event);
      }
    }
    return events;
  }

  private static List<TraceEvent> only(List<TraceEvent> events, Predicate<TraceEvent> wanted) {
    return events.stream().filter(wanted).toList();
  }

  private static List<TraceEvent> called(List<TraceEvent> events, String description) {
    return only(events, event -> event.description().equals(description));
  }

  private static Set<String> descriptions(List<TraceEvent> events) {
    return events.stream()
        .map(TraceEvent::description)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String attributes(TraceEvent event) {
    return event.attributes().stream().map(Object::toString).collect(Collectors.joining(" "));
  }

  /** Two workers; on each an actor that traces what it does, sleeps and ends. */
  private void runTraced() throws RuntimeFailure {
    Run.on(
        Run.setup(2).tracing(file()),
        ref -> {
          TraceTiming spawning = ref.startTrace();
          Run.<Void>spawn(
              ref,
              ActorOptions.standard().withName("sleeper " + ref.workerId()),
              ctx -> {
                TraceTiming timing = ctx.startTrace();
                ctx.sleep(Duration.ofMillis(1));
                ctx.finishTrace(timing, "Half", TraceAttribute.of("part", 1));
                ctx.sleep(Duration.ofMillis(1));
                ctx.finishTrace(timing, "Whole");
                assertFalse(timing == null);
                ctx.startTrace(); // never finished: not recorded
              });
          ref.finishTrace(spawning, "Spawning");
        });
  }

  @Test
  void theRuntimeTellsWhatItDoes() throws Exception {
    runTraced();
    List<TraceEvent> events = read();
    assertEquals(
        new TreeSet<>(
            Set.of(
                "Initialising the coordinator thread",
                "Spawning worker threads",
                "Polling for OS events",
                "Handling OS events",
                "Processing worker event")),
        descriptions(only(events, event -> event.stream() == 0)));
    for (int id = 1; id <= 2; id++) {
      int worker = id;
      assertEquals(
          new TreeSet<>(
              Set.of(
                  "Initialising the worker thread",
                  "Scheduling processes",
                  "Scheduling thread-local processes based on timers",
                  "Polling for OS events",
                  "Processing communication message(s)",
                  "Running user function",
                  "Running thread-local process",
                  "Spawning",
                  "Half",
                  "Whole")),
          descriptions(only(events, event -> event.stream() == worker)));
    }
    assertEquals("amount=2", attributes(called(events, "Spawning worker threads").getFirst()));
  }

  @Test
  void aSyncActorHasAStreamOfItsOwn() throws Exception {
    var options = ActorOptions.standard().withName("printer");
    Supervisor<Integer> twice = Supervisor.restarting(2, 1, Duration.ofDays(1));
    try (Runtime runtime = Run.setup(1).tracing(file()).build()) {
      runtime.spawnSync(
          twice,
          (Context<Void> ctx, Integer run) -> {
            ctx.finishTrace(ctx.startTrace(), "Printing");
            if (run == 1) {
              throw new IOException("on purpose");
            }
          },
          1,
          options);
      runtime.start();
    }
    List<TraceEvent> events = only(read(), event -> event.stream() == 10_000);
    List<String> expected =
        List.of(
            "setting up synchronous actor",
            "Printing",
            "restarting synchronous actor",
            "running synchronous actor",
            "Printing",
            "running synchronous actor",
            "stopping synchronous actor");
    assertEquals(
        expected, // beside what every worker traces
        events.stream().map(TraceEvent::description).filter(expected::contains).toList());
    assertEquals(
        "id=1 name=printer", attributes(called(events, "running synchronous actor").getFirst()));
  }

  @Test
  void countsAreWithoutGapsAndTimesInOrder() throws Exception {
    runTraced();
    long[] next = new long[3];
    for (TraceEvent event : read()) {
      assertEquals(next[(int) event.stream()]++, event.count(), event::toString);
      assertTrue(0 <= event.startNanos() && event.startNanos() <= event.endNanos());
    }
  }

  @Test
  void anActorHasASubstreamThatItsTurnsAreNamedBy() throws Exception {
    runTraced();
    List<TraceEvent> events = read();
    Set<Long> substreams = new HashSet<>();
    for (TraceEvent whole : called(events, "Whole")) {
      substreams.add(whole.substream());
      List<TraceEvent> turns =
          only(
              called(events, "Running thread-local process"),
              turn -> turn.stream() == whole.stream());
      assertEquals(3, turns.size());
      for (TraceEvent turn : turns) {
        assertEquals(
            "id=" + whole.substream() + " name=sleeper " + whole.stream(), attributes(turn));
        assertEquals(0, turn.substream());
      }
    }
    assertEquals(2, substreams.size());
    assertFalse(substreams.contains(0L));
  }

  @Test
  void oneBeginningMayHaveSeveralEnds() throws Exception {
    runTraced();
    List<TraceEvent> events = only(read(), event -> event.stream() == 1);
    TraceEvent half = called(events, "Half").getFirst();
    TraceEvent whole = called(events, "Whole").getFirst();
    assertEquals(half.startNanos(), whole.startNanos());
    assertTrue(half.endNanos() + 1_000_000 <= whole.endNanos());
    assertEquals("part=1", attributes(half));
    assertEquals(List.of(), whole.attributes());
  }

  @Test
  void whatBecameReadyIsCounted() throws Exception {
    var all = new CountDownLatch(1);
    Run.on(
        Run.setup(1).tracing(file()),
        ref -> {
          for (int i = 0; i < 3; i++) {
            Run.<Void>spawn(ref, ctx -> all.countDown());
          }
        });
    assertTrue(
        called(read(), "Scheduling processes").stream()
            .anyMatch(
                event ->
                    attributes(event).equals("local amount=3 shared amount=0 total amount=3")));
  }

  @Test
  void aThreadSafeActorsTurnsAreTheWorkersAndItsOwnSpansTheCoordinators() throws Exception {
    try (Runtime runtime = Run.setup(1).tracing(file()).build()) {
      runtime.spawn(
          Supervisor.stopping(),
          (Context<Void> ctx, Integer _) -> {
            TraceTiming timing = ctx.startTrace();
            ctx.sleep(Duration.ofMillis(1));
            ctx.finishTrace(timing, "Whole");
          },
          0,
          ActorOptions.standard().withName("mover"));
      runtime.start();
    }
    List<TraceEvent> events = read();
    TraceEvent whole = called(events, "Whole").getFirst();
    assertEquals(0, whole.stream());
    List<TraceEvent> turns = called(events, "Running thread-safe process");
    assertEquals(2, turns.size());
    for (TraceEvent turn : turns) {
      assertEquals(1, turn.stream());
      assertEquals("id=" + whole.substream() + " name=mover", attributes(turn));
    }
    assertEquals(
        1,
        called(events, "Scheduling processes").stream()
            .filter(event -> attributes(event).contains(" shared amount=1 "))
            .count(),
        "the alarm");
    assertEquals(
        List.of("amount=1"),
        called(events, "Scheduling thread-safe processes based on timers").stream()
            .map(TracingTest::attributes)
            .toList());
  }

  @Test
  void wakeUpsByOtherThreadsAreTraced() throws Exception {
    try (Runtime runtime = Run.setup(1).tracing(file()).build()) {
      runtime.runOnWorkers(
          ref -> {
            ActorRef<Integer> one = Run.spawn(ref, Context::receiveNext);
            ActorRef<Integer> two = Run.spawn(ref, Context::receiveNext);
            Run.<Void>spawn(
                ref,
                _ -> { // both wait; it keeps the worker until both were woken
                  var sent = new CountDownLatch(1);
                  World.real()
                      .start(
                          "test-sender",
                          false,
                          () -> {
                            one.send(1);
                            two.send(2);
                            sent.countDown();
                          });
                  Run.await(sent);
                });
          });
      runtime.start();
    }
    assertEquals(
        List.of("amount=2"),
        called(read(), "Scheduling thread-local processes based on wake-up events").stream()
            .map(TracingTest::attributes)
            .toList());
  }

  /** The first worker has an actor of its own to run, so the shared one is too many. */
  @Test
  void wakingASiblingForSharedWorkIsTraced() throws Exception {
    var world = new ManualWorld();
    var both = new CountDownLatch(2);
    var second = new CompletableFuture<Worker>();
    try (Runtime runtime = Run.setup(2).world(world).tracing(file()).build()) {
      runtime.runOnWorkers(
          ref -> {
            if (ref.workerId() == 2) {
              second.complete(Worker.currentOrNull());
            } else {
              Run.awaitAsleep(second.join()); // it may look about once more before it parks
              Run.awaitParked(world.threads().get(1));
              Run.<Void>spawn(ref, _ -> both.countDown());
              Run.<Void>spawnShared(ref.runtime(), _ -> both.countDown());
            }
          });
      Run.await(both); // until the runtime is started nobody ends
      runtime.start();
    }
    List<TraceEvent> wakings = called(read(), "Waking worker threads");
    assertEquals(1, wakings.size());
    assertEquals(1, wakings.getFirst().stream());
    assertEquals("amount=1", attributes(wakings.getFirst()));
  }

  /** The coordinator relays, each worker tells its actors, and both print their metrics. */
  @Test
  void whatASignalBringsAboutIsTraced() throws Exception {
    try (Runtime runtime = Runtime.setup().tracing(file()).build()) {
      var ready = new CountDownLatch(1);
      runtime.runOnWorkers(
          ref -> {
            ref.receiveSignals(Run.spawn(ref, Context::receiveNext));
            ready.countDown();
          });
      Run.await(ready);
      sun.misc.Signal.raise(new sun.misc.Signal("USR2"));
      runtime.start();
    }
    List<TraceEvent> events = read();
    Set<String> ofSignal =
        Set.of(
            "Relaying process signal(s)",
            "Relaying process signal to actors",
            "Printing runtime metrics");
    assertEquals(
        List.of(
            "0 Printing runtime metrics",
            "0 Relaying process signal(s)",
            "1 Printing runtime metrics",
            "1 Relaying process signal to actors signal=user-2"),
        only(events, event -> ofSignal.contains(event.description())).stream()
            .map(event -> event.stream() + " " + event.description() + " " + attributes(event))
            .map(String::strip)
            .sorted()
            .toList());
  }

  @Test
  void withoutATraceNobodyTakesTheTime() throws Exception {
    var asked = new AtomicBoolean();
    Run.on(
        1,
        ref -> {
          assertNull(ref.startTrace());
          ref.finishTrace(null, "x");
          Run.<Void>spawn(
              ref,
              ctx -> {
                assertNull(ctx.startTrace());
                ctx.finishTrace(null, "x");
                asked.set(true);
              });
        });
    assertTrue(asked.get());
  }

  @Test
  void flightRecorderGetsTheSame() throws Exception {
    Path dump = folder.resolve("test.jfr");
    try (var recording = new Recording()) {
      recording.enable("lemnos.Span").withoutThreshold();
      recording.start();
      runTraced();
      recording.stop();
      recording.dump(dump);
    }
    Set<String> inFile = new HashSet<>();
    for (TraceEvent event : read()) {
      inFile.add(event.stream() + " " + event.description());
    }
    Set<String> recorded = new HashSet<>();
    for (RecordedEvent event : RecordingFile.readAllEvents(dump)) {
      if (event.getEventType().getName().equals("lemnos.Span")) {
        recorded.add(event.getInt("stream") + " " + event.getString("name"));
        if (event.getString("name").equals("Half")) {
          assertEquals("part=1", event.getString("attributes"));
          assertTrue(event.getLong("substream") > 0);
          assertTrue(event.getDuration().compareTo(Duration.ofMillis(1)) >= 0);
        }
      }
    }
    assertEquals(inFile, recorded);
  }

  /** Flight Recorder alone, without a file. */
  @Test
  void flightRecorderNeedsNoFile() throws Exception {
    Path dump = folder.resolve("test.jfr");
    try (var recording = new Recording()) {
      recording.enable("lemnos.Span").withoutThreshold();
      recording.start();
      Run.on(1, ref -> Run.<Void>spawn(ref, ctx -> ctx.finishTrace(ctx.startTrace(), "Mine")));
      recording.stop();
      recording.dump(dump);
    }
    assertTrue(
        RecordingFile.readAllEvents(dump).stream()
            .filter(event -> event.getEventType().getName().equals("lemnos.Span"))
            .anyMatch(event -> event.getString("name").equals("Mine")));
  }
}
